//! Wrong usage: two lines that say what is wrong, what to write instead, and how the command is used.

use crate::run;
use crate::support::enricher;

#[test]
fn without_arguments_the_program_shows_its_short_help() {
    let ran = run(&[]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(ran.stderr, run(&["-h"]).stdout);
}

#[test]
fn a_mistake_is_answered_with_what_to_write() {
    for (arguments, says) in [
        (&["relpay"][..], "unrecognized subcommand 'relpay'; did you mean 'replay'?"),
        (&["DOCTOR"], "did you mean 'doctor'?"),
        (&["enrichment.toml"], "did you mean 'enricher check enrichment.toml'?"),
        (&["a/event.json"], "did you mean 'enricher replay a/event.json'?"),
        (&["list"], "unrecognized subcommand 'list'; the commands are replay, preview, check, "),
        (&["doctor", "--functon", "x"], "unexpected argument '--functon'; did you mean '--function'?"),
        (&["doctor", "-f", "x"], "did you mean '--function'?"),
        (&["replay", "--dryrun", "x"], "did you mean '--dry-run'?"),
        (&["doctor", "--limit", "3"], "unexpected argument '--limit'; `enricher redrive`"),
        (&["man", "--portt", "3"], "did you mean 'enricher simulate --port'?"),
        (&["--function", "x", "doctor"], "write it after the command: enricher doctor --function"),
        (
            &["--queue-url", "x"],
            "unexpected argument '--queue-url'; `enricher doctor`, `enricher redrive` have it",
        ),
        (&["doctor", "production"], "unexpected argument 'production'; `enricher doctor` takes options only"),
        (&["replay"], "`enricher replay` needs <FILE>... ("),
        (
            &["redrive"],
            "needs --queue-url <URL> (the dead-letter queue) and --function <NAME> (the function: ",
        ),
        (
            &["replay", "--post", "x"],
            "with these options, `enricher replay` needs --org <URL> (read from this org instead of the simulator",
        ),
        (&["simulate", "--port", "http"], "invalid value 'http' for '--port <PORT>': give a whole number"),
        (&["simulate", "--port", "70000"], "'--port <PORT>': give a number from 0 to 65535"),
        (
            &["completions", "basch"],
            "[possible values: bash, elvish, fish, powershell, zsh]; did you mean 'bash'?",
        ),
        (&["doctor", "--function"], "a value is required for '--function <NAME>' but none was supplied"),
        (&["doctor", "--json", "--json"], "the argument '--json' cannot be used multiple times"),
    ] {
        let ran = run(arguments);
        let lines: Vec<_> = ran.stderr.lines().collect();
        assert_eq!(
            (ran.status, ran.stdout.as_str(), lines.len()),
            (2, "", 2),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(lines[0].starts_with("error: ") && lines[0].contains(says), "{arguments:?}: {}", ran.stderr);
        assert!(
            lines[1].starts_with("Usage: enricher ") && lines[1].ends_with(" --help`)"),
            "{}",
            ran.stderr
        );
    }
    let ran = run(&["doctor", "--functon", "x"]);
    assert!(ran.stderr.ends_with("\nUsage: enricher doctor [OPTIONS] (see `enricher doctor --help`)\n"));
    for dashed in ["–function", "—function", "–-function", "-–function"] {
        let ran = run(&["doctor", dashed, "x"]);
        assert_eq!(
            ran.stderr,
            "error: an option begins with two hyphens, not with a dash: write --function\n"
        );
        assert_eq!(ran.status, 2);
    }
}

#[test]
fn a_file_whose_name_begins_with_a_dash_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("–a.toml"), "").unwrap();
    let ran = enricher().current_dir(folder.path()).args(["check", "–a.toml"]).output().unwrap();
    assert!(!String::from_utf8(ran.stderr).unwrap().contains("hyphens"));
}

#[test]
fn a_credential_among_the_arguments_is_not_repeated() {
    let token = format!("00{}", "hunter2-".repeat(5));
    for arguments in [&[token.as_str()][..], &["doctor", &token], &["completions", &token]] {
        let ran = run(arguments);
        assert_eq!(ran.status, 2);
        ran.shows_none_of(&["hunter2"]);
    }
}
