//! A new kit: its files, where it may be made, and that a failure leaves nothing.

use std::fs;

use crate::{FILES, Place, files_below, mode, set_mode};

#[test]
fn a_kit_has_these_files_and_each_is_printed() {
    let place = Place::new();
    let ran = place.init(&["kit", "--bootstrap", "arm64"]);
    assert_eq!((ran.status, place.files("kit")), (0, FILES.map(str::to_owned).to_vec()), "{}", ran.stderr);
    let mut printed: Vec<_> = ran.stdout.lines().map(|line| line.strip_prefix("kit/").unwrap()).collect();
    printed.sort_unstable();
    assert_eq!(printed, FILES);
    assert!(ran.stderr.contains("fill in the values in kit/samconfig.toml"), "{}", ran.stderr);
    assert!(ran.stderr.contains("for arm64"), "{}", ran.stderr);
}

#[test]
fn the_next_steps_can_be_pasted_into_a_shell() {
    let place = Place::new();
    for (kit, shown) in [("Zoë's kit", r"'Zoë'\''s kit'"), ("-kit", "./-kit"), ("$HOME", "'$HOME'")] {
        let ran = place.init(&["--bootstrap", "arm64", "--", kit]);
        assert!(ran.stderr.contains(&format!("cd {shown} && sam deploy")), "{}", ran.stderr);
        let step = |name| ran.stderr.lines().find_map(|line| line.split_once(name)).unwrap().1;
        let folder = std::path::Path::new(env!("CARGO_BIN_EXE_enricher")).parent().unwrap();
        for step in [step("its messages: "), step("policy: ")] {
            let mut shell = std::process::Command::new("/bin/sh");
            shell.args(["-c", step]).current_dir(place.path("")).env("PATH", folder);
            assert!(shell.output().unwrap().status.success(), "{step}");
        }
        let again = place.init(&["--bootstrap", "arm64", "--", kit]);
        assert!(again.stderr.contains(&format!("`enricher init --upgrade {shown}`")), "{}", again.stderr);
    }
}

#[test]
fn lambda_may_run_the_binary_and_read_the_policy_whatever_the_umask() {
    let place = Place::new();
    let enricher = env!("CARGO_BIN_EXE_enricher");
    let line = format!("umask 077 && '{enricher}' init kit --bootstrap arm64");
    let ran =
        std::process::Command::new("sh").args(["-c", &line]).current_dir(place.path("")).output().unwrap();
    assert!(ran.status.success());
    assert_eq!(mode(&place.path("kit/function/bootstrap")), 0o755);
    assert_eq!(mode(&place.path("kit/function/enrichment.toml")), 0o644);
}

#[test]
fn a_kit_is_made_in_an_empty_folder_or_a_new_repository() {
    for folder in ["empty", "a/b/c"] {
        let place = Place::new();
        fs::create_dir(place.path("empty")).unwrap();
        fs::create_dir(place.path("empty/.git")).unwrap();
        assert_eq!(place.init(&[folder, "--bootstrap", "arm64"]).status, 0);
        assert_eq!(place.files(folder), FILES);
    }
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    let ran = crate::support::enricher()
        .current_dir(place.path("empty"))
        .args(["init", ".", "--bootstrap", "../arm64"])
        .output()
        .unwrap();
    assert!(ran.status.success());
    assert_eq!(place.files("empty"), FILES);
}

#[test]
fn a_folder_with_files_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.kit();
    let before = place.read("kit/kit.json");
    let ran = place.init(&["kit", "--bootstrap", "x86_64"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("is a kit already; `enricher init --upgrade kit` renews it"),
        "{}",
        ran.stderr
    );
    assert_eq!(place.read("kit/kit.json"), before);

    fs::create_dir(place.path("other")).unwrap();
    place.write("other/.env", "");
    let ran = place.init(&["other", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`other` is not empty: it has `.env`"), "{}", ran.stderr);
    assert_eq!(place.files("other"), [".env"]);

    let ran = place.init(&["arm64", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`arm64` can't be the kit's folder"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_no_folder() {
    let place = Place::new();
    std::os::unix::fs::symlink("nowhere", place.path("link")).unwrap();
    let ran = place.init(&["link", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`link` can't be the kit's folder"), "{}", ran.stderr);
    assert!(!place.path("nowhere").exists());
}

#[cfg(unix)]
#[test]
fn a_name_that_the_next_steps_cant_show_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;

    for name in [&b"a\nb"[..], b"a\x1B[31m", b"caf\xE9", "a\u{202E}b".as_bytes()] {
        let place = Place::new();
        let name = std::ffi::OsStr::from_bytes(name);
        let mut command = crate::support::enricher();
        command.current_dir(place.path("")).args(["init", "--bootstrap", "arm64"]).arg(name);
        let ran = crate::support::Ran::from(command.output().unwrap());
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("give another name"), "{}", ran.stderr);
        assert!(!place.path("").join(name).exists());
    }
}

/// A file-size limit stands for a full disk: the binary is the first file that does not fit.
#[test]
fn a_failure_leaves_no_half_kit() {
    let place = Place::new();
    let mut large = crate::program(crate::ARM64);
    large.resize(1_000_000, 0);
    place.write("large", large);
    let enricher = env!("CARGO_BIN_EXE_enricher");
    for (folder, left) in [("new", None), ("empty", Some(0))] {
        fs::create_dir(place.path("empty")).ok();
        // In blocks of 512 bytes; without the signal, the write fails.
        let line = format!("trap '' XFSZ; ulimit -f 200; '{enricher}' init {folder} --bootstrap large");
        let ran = std::process::Command::new("sh")
            .args(["-c", &line])
            .current_dir(place.path(""))
            .output()
            .unwrap();
        let stderr = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(&format!("failed to write `{folder}/function/bootstrap`")), "{stderr}");
        assert!(ran.stdout.is_empty());
        let files = place.path(folder).exists().then(|| fs::read_dir(place.path(folder)).unwrap().count());
        assert_eq!(files, left, "{folder}");
    }
    assert!(files_below(&place.path("empty")).is_empty());
}

#[test]
fn what_a_killed_run_leaves_is_removed_or_told() {
    let place = Place::new();
    fs::create_dir_all(place.path("kit/.enricher-new/function")).unwrap();
    place.write("kit/.enricher-new/function/bootstrap", "half");
    place.kit();
    assert_eq!(place.files("kit"), FILES);

    fs::create_dir_all(place.path("other/.enricher-new")).unwrap();
    place.write("other/template.yaml", "moved before the run was killed");
    let ran = place.init(&["other", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cut off") && ran.stderr.contains("delete its files"), "{}", ran.stderr);
    assert_eq!(place.files("other"), ["template.yaml"]);
}

/// A lock of this test stands for another run.
#[cfg(unix)]
#[test]
fn two_runs_at_once_do_not_mix() {
    let place = Place::new();
    place.kit();
    fs::create_dir(place.path("new")).unwrap();
    for arguments in
        [["new", "--bootstrap", "arm64"].as_slice(), &["--upgrade", "kit", "--bootstrap", "arm64"]]
    {
        let folder = if arguments[0] == "new" { "new" } else { "kit" };
        let other = fs::File::open(place.path(folder)).unwrap();
        other.lock().unwrap();
        let before = place.files(folder);
        let ran = place.init(arguments);
        assert_eq!((ran.status, place.files(folder)), (2, before));
        assert!(ran.stderr.contains("another `enricher init` is at work in"), "{}", ran.stderr);
        drop(other);
        assert_eq!(place.init(arguments).status, 0);
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_told() {
    let place = Place::new();
    fs::create_dir(place.path("closed")).unwrap();
    set_mode(&place.path("closed"), 0o555);
    // The superuser may write everywhere.
    if fs::write(place.path("closed/try"), "").is_ok() {
        return;
    }
    let ran = place.init(&["closed/kit", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("failed to write `closed/kit`"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cant_be_written_is_told() {
    let place = Place::new();
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let init = |kit: &str| {
        let mut command = crate::support::enricher();
        command.current_dir(place.path("")).args(["init", kit, "--bootstrap", "arm64"]);
        command
    };
    let ran = init("kit").stdout(full()).output().unwrap();
    let stderr = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("error: failed to write the output: No space left"), "{stderr}");
    assert_eq!(init("other").stderr(full()).output().unwrap().status.code(), Some(0));
}
