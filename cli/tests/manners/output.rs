//! What is printed where: colours on terminals only, or as `NO_COLOR` and `CLICOLOR_FORCE` say; a reader that goes
//! away ends nothing; a full disk does; Ctrl-C ends the program at once.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use okta_simulator::TOKEN;

use crate::run;
use crate::support::enricher;

fn is_coloured(command: &mut Command) -> [bool; 2] {
    let output = command.output().unwrap();
    [output.stdout, output.stderr].map(|text| text.contains(&0x1b))
}

#[test]
fn colours_are_for_terminals_and_as_the_variables_say() {
    let commands: [&[&str]; 3] = [&["doctor"], &["relpay"], &["--help"]];
    for arguments in commands {
        let coloured = |variables: &[(&str, &str)]| {
            is_coloured(enricher().args(arguments).envs(variables.iter().copied()))
        };
        assert_eq!(coloured(&[]), [false; 2], "{arguments:?}");
        assert_ne!(coloured(&[("CLICOLOR_FORCE", "1")]), [false; 2], "{arguments:?}");
        assert_eq!(coloured(&[("TERM", "xterm")]), [false; 2], "{arguments:?}");
        assert_eq!(coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), [false; 2], "{arguments:?}");
    }
    let mut json = enricher();
    assert_eq!(is_coloured(json.args(["doctor", "--json"]).env("CLICOLOR_FORCE", "1")), [false; 2]);
}

/// Runs it until its first line is read, then closes the pipe, as `head -1` does.
fn head(arguments: &[&str]) -> (i32, String) {
    let mut child = enricher().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!line.is_empty(), "{arguments:?}: {said}");
    (child.wait().unwrap().code().expect("an exit status"), said)
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [
        &["replay", "events/access.request.create--v1.json", "events/access.request.create--v2.json"][..],
        &["check", "--schema"],
        &["completions", "zsh"],
        &["doctor", "--help"],
        &["simulate", "--help"],
    ] {
        let (status, said) = head(arguments);
        assert_eq!(status, 0, "{arguments:?}: {said}");
        assert!(!said.contains("error") && !said.contains("panic"), "{arguments:?}: {said}");
    }
    let (status, said) = head(&["doctor"]);
    assert_eq!(status, 1, "the checks count: {said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    for arguments in [&["completions", "zsh"][..], &["check", "--schema"], &["doctor", "--json"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = enricher().args(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("error: failed to write the output: No space left on device"), "{said}");
    }
}

#[test]
fn data_and_everything_else_are_apart() {
    let ran = run(&["replay", "--json", "events/access.request.create--v2.json"]);
    assert_eq!((ran.status, ran.lines().len()), (0, 1), "{}", ran.stdout);
    let ran = run(&["check", "/nonexistent/a.toml"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("/nonexistent/a.toml"), "{}", ran.stderr);
}

/// A shell shows this as status 130.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_at_once() {
    use std::os::unix::process::ExitStatusExt as _;

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = enricher();
    command
        .arg("doctor")
        .env("OKTA_ORG_URL", format!("http://{}", silent.local_addr().unwrap()))
        .env("OKTA_API_TOKEN", TOKEN)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let waits_for_okta = silent.accept().unwrap();
    let stopped = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let status = child.wait().unwrap();
    assert!(status.signal() == Some(2) || status.code() == Some(130), "{status}");
    drop(waits_for_okta);
}
