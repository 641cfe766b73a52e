//! Which files are checked: several, standard input, none; and the exit status.

use super::support::{Ran, enricher};
use super::{RULE, check, with};

fn run(arguments: &[&str]) -> Ran {
    enricher().arg("check").args(arguments).output().unwrap().into()
}

#[test]
fn several_files_are_checked_and_the_worst_decides() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (right, wrong) = (place("right.toml", RULE), place("wrong.toml", &with("grnats = true")));
    let missing = folder.path().join("missing.toml").display().to_string();
    let ran = run(&[&right, &wrong]);
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.contains("right.toml: ok, 1 rule") && ran.stdout.contains("wrong.toml: 1 error"),
        "{}",
        ran.stdout
    );
    assert_eq!(run(&[&right, &right]).status, 0);
    let ran = run(&[&missing, &wrong, &right]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("missing.toml") && ran.stderr.contains("No such file"), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("wrong.toml: 1 error") && ran.stdout.contains("right.toml: ok"),
        "{}",
        ran.stdout
    );
    let folder = folder.path().display().to_string();
    let ran = run(&[&folder]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("it is a directory"), "{}", ran.stderr);

    let ran = run(&["--json", &right, &wrong]);
    let lines = ran.lines();
    assert_eq!((ran.status, lines.len()), (1, 2));
    assert_eq!((&lines[0]["ok"], &lines[1]["ok"]), (&true.into(), &false.into()));
    let fault = &lines[1]["faults"][0];
    assert_eq!(
        *fault,
        serde_json::json!({
            "line": 4, "column": 1, "end": 7, "text": "unknown key `grnats`; did you mean `grants`?", "instead": "grants",
        })
    );
    assert_eq!(lines[1]["file"], wrong.as_str());
}

#[test]
fn standard_input_is_checked_like_a_file() {
    let ran = check(&[], RULE.as_bytes());
    assert_eq!(ran.status, 0);
    assert!(ran.stdout.starts_with("standard input: ok, 1 rule, policy "), "{}", ran.stdout);
    let ran = run(&["-", "-"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`-` stands twice"), "{}", ran.stderr);
    let ran = check(&[], "#".repeat(256 * 1024 + 1).as_bytes());
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("failed to read standard input: it is larger than 256 kB"), "{}", ran.stderr);
}

/// A command that needs a policy shows its faults as `check` does.
#[test]
fn replay_shows_the_faults_of_its_policy_with_their_lines() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), with("grnats = true\nend_date = 1")).unwrap();
    let mut command = enricher();
    command.args(["replay", "events/access.request.create--v2.json"]).env("ENRICHMENT_FILE", file.path());
    let ran: Ran = command.output().unwrap().into();
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("4 | grnats = true\n  | ^^^^^^ did you mean `grants`?"), "{}", ran.stderr);
    assert!(ran.stderr.contains("has 2 errors"), "{}", ran.stderr);
}
