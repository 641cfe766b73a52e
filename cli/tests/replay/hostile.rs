//! Texts from outside, in files, names and arguments: whatever they hold, they can't act on the terminal.

use std::path::PathBuf;

use okta_simulator::doubles::{event_with, file, published};
use okta_simulator::{Simulator, TOKEN};
use serde_json::{Value, json};

use super::{Command, V2, enricher, stderr, stdout};

/// A title for the window, a cleared screen, a forged line, a reversed text, both new forms of line breaks.
const HOSTILE: &str = "\u{1b}]0;PWNED\u{7}\u{1b}[2J\u{9b}31m\n  FORGED\u{202e}\u{2028}\u{85}\u{200b}\u{7f}x";

/// As on a terminal that shows colours.
fn in_colour() -> Command {
    let mut command = enricher();
    command.env("CLICOLOR_FORCE", "1");
    command
}

/// Asserts that nothing acts but the program's own colours and line breaks, and returns the plain text.
fn plain(shown: &str) -> String {
    let mut text = String::new();
    for part in shown.split('\u{1b}') {
        let own = ["[0m", "[1m", "[2m", "[4m", "[31m", "[32m", "[33m"]
            .iter()
            .find_map(|own| part.strip_prefix(own));
        assert!(text.is_empty() || own.is_some(), "{part:?} in {shown:?}");
        text += own.unwrap_or(part);
    }
    let acts = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
    };
    assert!(!text.contains(acts), "{text:?}");
    assert!(!text.contains("\n  FORGED"), "{text}");
    text
}

#[test]
fn the_source_of_an_event_is_quoted_only_if_it_can_be_an_org() {
    for (source, says) in [
        (HOSTILE, "the event's source is not the org of OKTA_ORG_URL"),
        ("zoe@example.com", "the event's source is not the org of OKTA_ORG_URL"),
        ("contoso", "the event's source names the org `contoso`"),
    ] {
        let event =
            event_with("v2", |event| event["source"] = format!("aws.partner/okta.com/{source}/x").into());
        let file = file(&event);
        let shown = in_colour()
            .args(["replay", "--dry-run", "--org", "https://acme.okta.com"])
            .arg(file.path())
            .env("OKTA_API_TOKEN", TOKEN)
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .output()
            .unwrap();
        let shown = plain(&String::from_utf8(shown.stdout).unwrap());
        assert!(shown.contains(says) && !shown.contains("PWNED") && !shown.contains("zoe"), "{shown}");
    }
}

#[test]
fn a_key_of_a_policy_file_stays_text() {
    let key = json!(HOSTILE).to_string().replace('\u{7f}', "\\u007f");
    for policy in [
        format!("[[rule]]\nname = \"r\"\n{key} = 1\nsections = [\"profile\"]\n"),
        format!("[[rule]]\nname = {key}\nsections = []\n"),
        format!(
            "[[rule]]\nname = \"r\"\nsections = [\"profile\"]\ntemplate = {}\n",
            json!(format!("{{{{ {HOSTILE} }}}}"))
        ),
    ] {
        let file = file(&policy);
        let shown = plain(&stdout(in_colour().arg("check").arg(file.path()), 1));
        assert_eq!(shown.matches("error: ").count(), 1, "{shown}");
        let told = stdout(in_colour().args(["check", "--json"]).arg(file.path()), 1);
        plain(&told);
        assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["ok"], false);
        // The same through the settings of the function.
        let told = stderr(in_colour().args(["replay", V2]).env("ENRICHMENT_FILE", file.path()), 2);
        assert_eq!(plain(&told).matches("error: ").count(), 2, "the fault, and that there is one: {told}");
    }
}

#[test]
fn a_file_name_stays_text_and_json_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(format!("{}.json", HOSTILE.replace('/', "")));
    std::fs::write(&path, event_with("v2", |_| ())).unwrap();
    let shown = plain(&stdout(in_colour().arg("replay").arg(&path), 0));
    assert!(shown.contains("]0;PWNED"), "{shown}");
    let told = stdout(in_colour().args(["replay", "--json"]).arg(&path), 0);
    plain(&told);
    let line: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(line["file"], path.display().to_string());
    let missing = folder.path().join(format!("missing{HOSTILE}"));
    plain(&stderr(in_colour().arg("replay").arg(&missing), 2));
    plain(&stderr(in_colour().arg("check").arg(&missing), 2));
}

#[test]
fn an_argument_in_an_error_stays_text() {
    for args in [
        vec![HOSTILE],
        vec!["replay", "--fault", HOSTILE, V2],
        vec!["redrive", "--queue-url", HOSTILE],
        vec![
            "redrive",
            "--queue-url",
            "https://sqs.eu-west-1.amazonaws.com/1/q",
            "--older-than",
            "1d\u{200b}",
            "--dry-run",
            "x\u{9b}",
        ],
        vec!["reconcile", "--since", HOSTILE],
    ] {
        let shown = in_colour().args(&args).output().unwrap();
        assert_eq!(shown.status.code(), Some(2), "{args:?}");
        plain(&String::from_utf8(shown.stderr).unwrap());
    }
    let told = stderr(enricher().args(["reconcile", "--since", "1d\u{200b}"]), 2);
    assert!(told.contains("error: an argument has control or invisible characters"), "{told}");
}

#[test]
fn what_okta_answers_stays_text() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let okta = runtime.block_on(Simulator::start()).unwrap();
    let event = event_with("v2", |event| {
        event["detail"]["debugContext"]["debugData"]["accessRequestSubject"] = HOSTILE.into();
        event["detail"]["uuid"] = HOSTILE.into();
    });
    let file = file(&published(&event, jiff::Timestamp::now()));
    let shown = in_colour()
        .args(["--verbose", "replay", "--org", &okta.url()])
        .arg(file.path())
        .env("OKTA_API_TOKEN", TOKEN)
        .output()
        .unwrap();
    plain(&String::from_utf8(shown.stdout).unwrap());
    plain(&String::from_utf8(shown.stderr).unwrap());
}
