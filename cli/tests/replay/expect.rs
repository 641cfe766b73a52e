//! `--expect`: messages compared with stored texts.

use std::path::Path;

use super::{Command, V2, enricher, stderr, stdout};

fn expect(folder: &Path, rest: &[&str]) -> Command {
    let mut command = enricher();
    command.args(["replay", "--expect"]).arg(folder).args(rest);
    command
}

#[test]
fn messages_are_held_to_stored_texts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut update = expect(path, &["--update", "events"]);
    assert!(stderr(&mut update, 0).starts_with("29 events: 23 messages stored in `"));
    let mut same = expect(path, &["events"]);
    assert_eq!(stderr(&mut same, 0), "29 events: 23 messages as expected, 6 without a message\n");
    assert_eq!(stdout(&mut same, 0), "");
    let text = path.join("access.request.create--v2.txt");
    let stored = std::fs::read_to_string(&text).unwrap();
    assert!(stored.contains("(okta-request-enricher, 2026-11-24 09:"), "the event's own moment: {stored}");
    std::fs::write(&text, stored.replace("Title: ", "Job: ")).unwrap();
    let told = stderr(&mut expect(path, &[V2, "events/access.request.create--v1.json"]), 1);
    assert!(told.contains("  - Job: Staff Software Engineer\n  + Title: Staff Software Engineer"), "{told}");
    assert!(told.contains("\npolicy: built in ("), "{told}");
    assert!(told.ends_with("\n2 events: 1 not as expected\n"), "{told}");
}

#[test]
fn a_message_that_is_missing_or_new_is_not_as_expected() {
    let folder = tempfile::tempdir().unwrap();
    let told = stderr(&mut expect(folder.path(), &[V2]), 1);
    assert!(told.starts_with(&format!("{V2} has no text `")) && told.contains("\n  + For: Zoë"), "{told}");
    let skipped = "events/access.request.create--failed-outcome.json";
    std::fs::write(folder.path().join("access.request.create--failed-outcome.txt"), "For: Zoë\n").unwrap();
    let told = stderr(&mut expect(folder.path(), &[skipped]), 1);
    let says = "skipped: the event's outcome is FAILURE: no request was made\n  - For: Zoë";
    assert!(
        told.starts_with(&format!("{skipped} has no message, but the text")) && told.contains(says),
        "{told}"
    );
}

#[test]
fn two_events_never_share_a_text() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = other.path().join("access.request.create--v2.json");
    std::fs::copy(okta_simulator::doubles::root().join(V2), &copy).unwrap();
    for options in [&["--update", V2][..], &[V2]] {
        let told = stderr(expect(folder.path(), options).arg(&copy), 2);
        let both = format!("`{V2}` and `{}` would both have the text", copy.display());
        assert!(told.contains(&both) && told.contains("rename one of them"), "{told}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_error_names_the_path_that_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts");
    std::fs::write(&file, "").unwrap();
    let told = stderr(&mut expect(&file, &["--update", V2]), 2);
    assert!(told.contains(&format!("failed to make the folder `{}`", file.display())), "{told}");
    std::fs::create_dir(folder.path().join("access.request.create--v2.txt")).unwrap();
    let told = stderr(&mut expect(&folder.path().join("none"), &[V2]), 2);
    assert!(told.contains("/none`; --update makes it and stores the messages"), "{told}");
    for (options, verb) in [(&["--update", V2][..], "write"), (&[V2], "read")] {
        let told = stderr(&mut expect(folder.path(), options), 2);
        assert!(told.contains(&format!("failed to {verb} `")) && told.contains("--v2.txt`: "), "{told}");
    }
}
