//! The Lambda's binary: where it is found, and what is refused in its place.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Ran;
use crate::{ARM64, Place, X86_64, program};

/// This program as a wheel or an archive installs it, with a Lambda's binary for each of these processors.
struct Installed {
    folder: tempfile::TempDir,
}

impl Installed {
    fn with(binaries: &[(&str, u16)]) -> Installed {
        // On the disk of the program, which is too large to be copied for each test.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::hard_link(env!("CARGO_BIN_EXE_enricher"), folder.path().join("bin/enricher")).unwrap();
        for (name, machine) in binaries {
            let share = folder.path().join("share/okta-request-enricher").join(name);
            fs::create_dir_all(&share).unwrap();
            fs::write(share.join("bootstrap"), program(*machine)).unwrap();
        }
        Installed { folder }
    }

    fn init(&self, program: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new(self.folder.path().join(program));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .arg("init")
            .args(arguments)
            .output()
            .unwrap()
            .into()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn machine(&self, kit: &str) -> Option<u8> {
        fs::read(self.path().join(kit).join("function/bootstrap")).ok().map(|program| program[18])
    }
}

#[test]
fn the_installed_binary_is_taken_and_arm64_is_preferred() {
    let both = Installed::with(&[("arm64", ARM64), ("x86_64", X86_64)]);
    assert_eq!(both.init("bin/enricher", &["kit"]).status, 0);
    assert_eq!(both.machine("kit"), Some(183));
    assert_eq!(both.init("bin/enricher", &["--architecture", "x86_64", "kit2"]).status, 0);
    assert_eq!(both.machine("kit2"), Some(62));

    let one = Installed::with(&[("x86_64", X86_64)]);
    assert_eq!(one.init("bin/enricher", &["kit"]).status, 0);
    assert_eq!(one.machine("kit"), Some(62));
    let ran = one.init("bin/enricher", &["--architecture", "arm64", "kit2"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("there is no `") && ran.stderr.contains("arm64/bootstrap`"),
        "{}",
        ran.stderr
    );
    assert!(!one.path().join("kit2").exists());
}

/// pipx puts a link on the `PATH`, and the files elsewhere.
#[cfg(unix)]
#[test]
fn the_binary_is_found_from_a_link_to_this_program() {
    let installed = Installed::with(&[("arm64", ARM64)]);
    fs::create_dir(installed.path().join("path")).unwrap();
    std::os::unix::fs::symlink("../bin/enricher", installed.path().join("path/enricher")).unwrap();
    let ran = installed.init("path/enricher", &["kit"]);
    assert_eq!((ran.status, installed.machine("kit")), (0, Some(183)), "{}", ran.stderr);
}

#[test]
fn where_no_binary_is_installed_it_says_where_it_looked_and_what_to_do() {
    let installed = Installed::with(&[]);
    let ran = installed.init("bin/enricher", &["kit"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    let share = installed.path().canonicalize().unwrap().join("share/okta-request-enricher");
    for place in [share.join("arm64/bootstrap"), share.join("x86_64/bootstrap")] {
        assert!(ran.stderr.contains(&format!("`{}`", place.display())), "{}", ran.stderr);
    }
    assert!(ran.stderr.contains("--bootstrap FILE"), "{}", ran.stderr);
    assert!(!installed.path().join("kit").exists());
}

#[test]
fn a_binary_in_the_folder_of_another_processor_is_refused() {
    let installed = Installed::with(&[("arm64", X86_64)]);
    let ran = installed.init("bin/enricher", &["kit"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("is for x86_64, not for arm64"), "{}", ran.stderr);
}

#[test]
fn the_given_binary_decides_the_processor() {
    let place = Place::new();
    for (name, other) in [("arm64", "x86_64"), ("x86_64", "arm64")] {
        let ran = place.init(&[&format!("kit-{name}"), "--bootstrap", name]);
        assert_eq!((ran.status, ran.stderr.contains("warning")), (0, false), "{}", ran.stderr);
        assert_eq!(
            fs::read(place.path(&format!("kit-{name}/function/bootstrap"))).unwrap(),
            fs::read(place.path(name)).unwrap()
        );
        assert_eq!(place.processor(&format!("kit-{name}")), name);

        let ran = place.init(&["kit", "--bootstrap", name, "--architecture", other]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains(&format!("`{name}` is for {name}, not for {other}")), "{}", ran.stderr);
        assert!(!place.path("kit").exists());
    }
}

#[test]
fn what_is_no_binary_of_lambda_s_is_refused_in_words() {
    let place = Place::new();
    place.write("release.zip", b"PK\x03\x04 and so on");
    place.write("script", "#!/bin/sh\n");
    place.write("nothing", "");
    place.write("mac", b"\xCF\xFA\xED\xFE\x0C\x00\x00\x01");
    place.write("riscv", program(243));
    // As from a broken download.
    let enricher = fs::read(env!("CARGO_BIN_EXE_enricher")).unwrap();
    place.write("half", &enricher[..enricher.len() / 2]);
    fs::create_dir(place.path("folder")).unwrap();
    let refused = [
        ("release.zip", "it is a zip archive, which has to be unpacked"),
        ("script", "it is no program"),
        ("nothing", "it is empty"),
        ("mac", "it is a macOS program"),
        ("riscv", "it is for another processor"),
        ("half", "it is cut off"),
        ("folder", "`folder` is not a file"),
        ("/dev/zero", "`/dev/zero` is not a file"),
        ("missing", "failed to read the Lambda's binary `missing`"),
    ];
    for (file, why) in refused {
        let ran = place.init(&["kit", "--bootstrap", file]);
        assert_eq!(ran.status, 2, "{file}");
        assert!(ran.stderr.contains(why), "{file}: {}", ran.stderr);
        assert!(!place.path("kit").exists(), "{file}");
    }
}

#[test]
fn a_program_that_never_asks_lambda_for_events_is_warned_of() {
    let place = Place::new();
    place.write("other", &program(ARM64)[..64]);
    for other in ["other", env!("CARGO_BIN_EXE_enricher")] {
        let ran = place.init(&["kit", "--bootstrap", other]);
        assert_eq!(ran.status, 0);
        let warning = format!("warning: `{other}` does not look like a Lambda's binary");
        assert!(ran.stderr.contains(&warning), "{}", ran.stderr);
        fs::remove_dir_all(place.path("kit")).unwrap();
    }
}
