//! Files of events in every form that Okta and EventBridge give them.

use okta_simulator::doubles::root;
use serde_json::{Value, json};

use super::{V2, enricher, stderr, stdout};

/// The System Log event of a sample.
fn bare(case: &str) -> Value {
    let path = root().join(format!("events/access.request.create--{case}.json"));
    let envelope: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    envelope["detail"].clone()
}

fn other() -> Value {
    json!({ "uuid": "u", "published": "2026-11-24T09:00:00Z", "eventType": "user.session.start" })
}

/// What the System Log API returns.
fn export() -> Value {
    json!([other(), bare("v1"), bare("v2"), other()])
}

#[test]
fn a_bare_event_leads_to_the_message_of_its_envelope() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bare.json");
    std::fs::write(&file, bare("v2").to_string()).unwrap();
    let message = |shown: String| serde_json::from_str::<Value>(&shown).unwrap()["message"].clone();
    let mut command = enricher();
    command.args(["replay", "--json"]).arg(&file);
    let of_sample = message(stdout(enricher().args(["replay", "--json", V2]), 0));
    assert_eq!(message(stdout(&mut command, 0)), of_sample);
    assert!(of_sample.as_str().unwrap().contains("For: Zoë"));
    assert!(stderr(&mut command, 0).contains("note: wrapped 1 bare System Log event in an envelope"));
}

#[test]
fn an_export_is_read_as_array_and_as_lines_and_other_types_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = export().as_array().unwrap().iter().map(Value::to_string).collect();
    for (name, text) in [("log.json", export().to_string()), ("log.jsonl", lines.join("\n"))] {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mut command = enricher();
        command.arg("replay").arg(&file);
        let shown = stdout(&mut command, 0);
        for (number, id) in [(2, "69a97622417fb5da41baf7b4"), (3, "req16zRXf4PBGnr7o18A")] {
            assert!(shown.contains(&format!("{name}:{number}\n")), "{shown}");
            assert!(shown.contains(&format!("message posted to the simulator on {id}")), "{shown}");
        }
        let told = stderr(&mut command, 0);
        assert!(told.contains("note: wrapped 2 bare System Log events"), "{told}");
        assert!(told.contains("note: left out 2 events of other types than access.request.create"), "{told}");
        assert!(told.ends_with("2 events: 2 posted to the simulator\n"), "{told}");
        let texts = folder.path().join("texts");
        command.arg("--expect").arg(&texts).arg("--update").assert().code(0);
        assert!(texts.join("log.2.txt").exists() && texts.join("log.3.txt").exists());
    }
    let mut both = enricher();
    let told = stderr(both.arg("replay").arg(folder.path()), 0);
    assert!(told.contains("4 events: 2 posted to the simulator, 2 duplicate"), "{told}");
    let nothing = folder.path().join("other.json");
    std::fs::write(&nothing, json!([other()]).to_string()).unwrap();
    for options in [vec!["replay"], vec!["replay", "--expect", "events"]] {
        let told = stderr(enricher().args(options).arg(&nothing), 2);
        assert!(
            told.contains(
                "the files hold no event of the type access.request.create; 1 of other types were left out"
            ),
            "{told}"
        );
    }
}

#[test]
fn a_broken_line_fails_alone_and_names_its_line() {
    let text = format!("{}\n{{\"uuid\": \n{}\n", bare("v1"), bare("v2"));
    let mut command = enricher();
    command.args(["replay", "-"]).write_stdin(text);
    let shown = stdout(&mut command, 1);
    assert!(shown.contains("-:2\n  failed to read the event: it is not JSON (line 2, column"), "{shown}");
    assert!(shown.contains("message posted to the simulator on 69a97622417fb5da41baf7b4"), "{shown}");
    assert!(shown.contains("message posted to the simulator on req16zRXf4PBGnr7o18A"), "{shown}");
}

#[test]
fn a_csv_export_is_called_so() {
    let told = stderr(
        enricher()
            .args(["replay", "-"])
            .write_stdin("timestamp,uuid,event_type\n2026,u,access.request.create\n"),
        2,
    );
    assert!(
        told.contains("failed to read standard input: it is CSV, as the Admin Console exports"),
        "{told}"
    );
    assert!(told.contains("/api/v1/logs?filter=eventType eq"), "{told}");
}

#[test]
fn what_only_another_org_has_is_said_with_what_to_do() {
    for (known, unknown, says) in [
        ("req16zRXf4PBGnr7o18A", "req4v8TqYbNc2LmX9dRk", "the simulator has no request req4v8TqYbNc2LmX9dRk"),
        (
            "00u1KxrytILnG4bL2AFG",
            "00u4v8TqYbNc2LmX9dRk",
            "the simulator has no request 69a97622417fb5da41baf7ff and no person 00u4v8TqYbNc2LmX9dRk",
        ),
    ] {
        let case = if known.starts_with("req") { "v2" } else { "v1" };
        let event = bare(case).to_string().replace(known, unknown);
        // The request names its people, so a person of the event alone is asked for only if it names none.
        let event = event.replace("69a97622417fb5da41baf7b4", "69a97622417fb5da41baf7ff");
        let mut command = enricher();
        command.args(["replay", "-"]).write_stdin(event.clone());
        let shown = stdout(&mut command, 1);
        assert!(shown.contains(&format!("note: {says}")), "{shown}");
        assert!(shown.contains("use --org URL") && shown.contains("--world DIR"), "{shown}");
        let mut command = enricher();
        command.args(["replay", "--json", "-"]).write_stdin(event);
        let line: Value = serde_json::from_str(&stdout(&mut command, 1)).unwrap();
        assert!(line["note"].as_str().unwrap().contains(says), "{line}");
    }
    // The simulator has it, and a fault hides it.
    let shown = stdout(enricher().args(["replay", "--fault", "user=404", V2]), 1);
    assert!(!shown.contains("note:"), "{shown}");
}

#[test]
fn with_v_it_is_said_why_no_rule_matches() {
    let policy = okta_simulator::doubles::file(
        "[[rule]]\nname = \"jira\"\nmatch = { api = \"v1\" }\nsections = [\"profile\"]\n",
    );
    let mut command = enricher();
    command.args(["replay", V2, "--policy"]).arg(policy.path());
    assert!(stdout(&mut command, 0).contains("skipped: no rule of the policy matches the request"));
    let why = "rule jira does not match: match.api: ";
    assert!(!stderr(&mut command, 0).contains(why));
    assert!(stderr(command.arg("-v"), 0).contains(&format!("{V2}: {why}")));
}
