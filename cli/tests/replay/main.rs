//! The operator's command line, run as its user would: what it prints, where, and its exit status.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod expect;
mod german;
mod hostile;
mod inputs;
mod org;
#[path = "../support/mod.rs"]
mod support;
mod world;

use assert_cmd::Command;
use okta_request_enricher::policy;
use okta_request_enricher::policy_file::Fingerprint;
use okta_simulator::TOKEN;
use okta_simulator::doubles::{file, root};
use serde_json::Value;

fn enricher() -> Command {
    Command::from_std(support::enricher())
}

const V2: &str = "events/access.request.create--v2.json";

fn stdout(command: &mut Command, status: i32) -> String {
    String::from_utf8(command.assert().code(status).get_output().stdout.clone()).unwrap()
}

fn stderr(command: &mut Command, status: i32) -> String {
    String::from_utf8(command.assert().code(status).get_output().stderr.clone()).unwrap()
}

#[test]
fn replay_says_that_it_does_not_use_the_changed_policy_of_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (place, event) = ("function/enrichment.toml", root().join(V2));
    std::fs::create_dir(folder.path().join("function")).unwrap();
    let replay = |policy: &str| {
        std::fs::write(folder.path().join(place), policy).unwrap();
        let mut command = enricher();
        command.current_dir(folder.path()).arg("replay").arg(&event);
        command
    };
    let kits = policy::EMBEDDED.replacen("./enrichment", "../enrichment", 1);
    let said = stderr(&mut replay(&kits), 0);
    assert!(said.contains("\npolicy: built in (") && !said.contains(place), "{said}");
    let changed = kits.replace("label = \"Title\"", "label = \"Position\"");
    assert_ne!(changed, kits);
    let mut unused = replay(&changed);
    let said = stderr(&mut unused, 0);
    assert!(
        said.contains("policy: built in (") && said.contains(&format!("--policy {place} uses it")),
        "{said}"
    );
    let hash = Fingerprint::of(changed.as_bytes());
    let used = format!("policy: {place} ({hash})\n");
    let said = stderr(unused.env("ENRICHMENT_FILE", place), 0);
    assert!(said.ends_with(&used), "{said}");
    let mut named = replay(&changed);
    named.args(["--policy", place]).env("ENRICHMENT_FILE", "no-such-file");
    assert!(stderr(&mut named, 0).ends_with(&used));
    assert!(stdout(&mut named, 0).contains("  | Position: "));
}

#[test]
fn replay_shows_the_message_and_the_outcome() {
    let shown = stdout(enricher().args(["replay", V2]), 0);
    assert!(
        shown.contains("  | Nothing to look at: GitHub Maintainer, GitHub Enterprise, 90 days\n"),
        "{shown}"
    );
    assert!(shown.contains("  | For: Zoë Brontë-Müller (zoe.bronte-mueller@example.com)\n"), "{shown}");
    assert!(
        shown.ends_with("  message posted to the simulator on req16zRXf4PBGnr7o18A [rule every-request, 9 calls to Okta]\n"),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'), "no colours where the output is no terminal");
}

#[test]
fn replay_answers_json_one_line_a_file() {
    let shown = stdout(enricher().args(["replay", "--json", "events"]), 1);
    let lines: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), std::fs::read_dir(root().join("events")).unwrap().count() - 1);
    for line in &lines {
        assert!(line["file"].is_string() && line["outcome"].is_string(), "{line}");
        assert_eq!(line["outcome"] == "failed", line["errorMessage"].is_string(), "{line}");
        assert_eq!(line["outcome"] == "posted", line["message"].is_string(), "{line}");
    }
}

#[test]
fn replay_sums_up_many_files_on_stderr() {
    let told = stderr(enricher().args(["replay", "events"]), 1);
    assert!(
        told.contains("29 events: 23 posted to the simulator, 3 skipped, 1 reconciled, 2 failed"),
        "{told}"
    );
}

#[test]
fn replay_reads_standard_input_and_posts_nothing_in_a_dry_run() {
    let event = std::fs::read(root().join(V2)).unwrap();
    let shown = stdout(enricher().args(["replay", "--dry-run", "-"]).write_stdin(event), 0);
    assert!(shown.contains("dry run: nothing posted on req16zRXf4PBGnr7o18A"), "{shown}");
}

#[test]
fn replay_shows_what_a_fault_of_okta_leads_to() {
    let shown = stdout(enricher().args(["replay", "--fault", "post=503", V2]), 1);
    assert!(
        shown.contains(
            "failed to post the message, and whether it arrived is not known: POST /governance/api/v2/"
        ),
        "{shown}"
    );
    assert!(shown.contains("[Retryable okta-unavailable, rule every-request"), "{shown}");
}

#[test]
fn wrong_usage_has_its_own_exit_status_and_says_what_to_do() {
    for (args, says) in [
        (vec!["replay"], "`enricher replay` needs <FILE>"),
        (vec!["replay", "no-such-file.json"], "failed to read `no-such-file.json`"),
        (vec!["replay", "--org", "https://acme.okta.com", V2], "set OKTA_API_TOKEN, or OKTA_SECRET_FILE"),
        (vec!["replay", "--fault", "post=later", V2], "a fault is CALLS=WHAT"),
        (vec!["replay", "src"], "holds no .json, .jsonl or .ndjson file"),
        (vec!["replay", "--post", V2], "--org <URL>"),
        (vec!["replay", "--post", "--dry-run", "--org", "x", V2], "cannot be used with '--dry-run'"),
        (vec!["replay", "--world", "x", "--org", "x", V2], "cannot be used with '--org"),
        (vec!["frobnicate"], "unrecognized subcommand"),
    ] {
        let told = stderr(enricher().args(&args), 2);
        assert!(told.contains(says), "{args:?}: {told}");
    }
}

#[test]
fn help_teaches_with_examples() {
    for command in ["replay", "check", "simulate", "completions", "man"] {
        let help = stdout(enricher().args([command, "--help"]), 0);
        assert!(help.contains("Example"), "{help}");
    }
    assert!(stdout(enricher().args(["simulate", "--help"]), 0).contains(TOKEN));
}

#[test]
fn files_from_windows_are_read() {
    let with_mark = |text: &str| format!("\u{FEFF}{text}");
    let event = file(&with_mark(&std::fs::read_to_string(root().join(V2)).unwrap()));
    let path = event.path().to_str().unwrap();
    assert!(
        stdout(enricher().args(["replay", path]), 0)
            .contains("message posted to the simulator on req16zRXf4PBGnr7o18A")
    );
    let bytes = std::fs::read(path).unwrap();
    assert!(
        stdout(enricher().args(["replay", "-"]).write_stdin(bytes), 0)
            .contains("message posted to the simulator")
    );

    let folder = tempfile::tempdir().unwrap();
    let texts = folder.path().to_str().unwrap();
    enricher().args(["replay", "--expect", texts, "--update", V2]).assert().code(0);
    let text = folder.path().join("access.request.create--v2.txt");
    let stored = std::fs::read_to_string(&text).unwrap();
    std::fs::write(&text, with_mark(&stored.replace('\n', "\r\n"))).unwrap();
    enricher().args(["replay", "--expect", texts, V2]).assert().code(0);

    let policy = "[[rule]]\r\nname = \"windows\"\r\nsections = [\"profile\"]\r\n";
    let policy = file(&with_mark(policy));
    assert!(stdout(enricher().arg("check").arg(policy.path()), 0).contains("ok, 1 rule"));
    let shown = stdout(enricher().args(["replay", V2]).env("ENRICHMENT_FILE", policy.path()), 0);
    assert!(shown.contains("rule windows"), "{shown}");
}

#[test]
fn a_file_in_utf_16_is_called_so() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let file = file("");
    for text in ["\u{FEFF}{}", "{}"] {
        std::fs::write(file.path(), utf16(text)).unwrap();
        for command in ["replay", "check"] {
            let told = stderr(enricher().arg(command).arg(file.path()), 2);
            assert!(told.contains("it is UTF-16 text, as PowerShell writes it; save it as UTF-8"), "{told}");
        }
        let told = stderr(enricher().args(["replay", "-"]).write_stdin(utf16(text)), 2);
        assert!(told.contains("failed to read standard input: it is UTF-16 text"), "{told}");
        let told = stderr(enricher().args(["replay", V2]).env("ENRICHMENT_FILE", file.path()), 2);
        assert!(told.contains("it is UTF-16 text"), "{told}");
        let told = stderr(enricher().args(["replay", V2]).env("SSL_CERT_FILE", file.path()), 2);
        assert!(told.contains("it is UTF-16 text"), "{told}");
    }
}

#[test]
fn check_tells_of_every_fault_with_its_line() {
    assert!(stdout(enricher().arg("check"), 0).contains("the built-in policy: ok, 1 rule"));
    assert!(stdout(enricher().args(["check", "enrichment.toml"]), 0).contains("enrichment.toml: ok"));
    let policy = Fingerprint::of(policy::EMBEDDED.as_bytes()).to_string();
    for arguments in [&["check"][..], &["check", "enrichment.toml"], &["check", "--json", "enrichment.toml"]]
    {
        assert!(stdout(enricher().args(arguments), 0).contains(&policy), "{arguments:?}");
    }
    let file = file("[[rule]]\nname = \"a\"\nsections = [\"profile\"]\nattribute = []\n");
    let path = file.path().to_str().unwrap();
    let told = stdout(enricher().args(["check", path]), 1);
    assert!(
        told.contains("error: unknown key `attribute`") && told.contains(&format!("{path}:4:1")),
        "{told}"
    );
    let told: Value = serde_json::from_str(&stdout(enricher().args(["check", "--json", path]), 1)).unwrap();
    assert_eq!((&told["ok"], &told["faults"][0]["line"]), (&Value::from(false), &Value::from(4)));
    assert!(stderr(enricher().args(["check", "no-such-file"]), 2).contains("failed to read `no-such-file`"));
}

#[test]
fn the_schema_in_the_project_is_the_program_s() {
    let stored = std::fs::read_to_string(root().join("enrichment.schema.json")).unwrap();
    assert_eq!(
        stored,
        stdout(enricher().args(["check", "--schema"]), 0),
        "run: cargo enricher check --schema > enrichment.schema.json"
    );
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(enricher().args(["completions", shell]), 0);
        assert!(script.contains("redrive") && script.contains("older-than"), "{shell}: {script}");
    }
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man1");
    enricher().arg("man").arg(&man).assert().code(0).stdout("");
    let page = std::fs::read_to_string(man.join("enricher-redrive.1")).unwrap();
    assert!(
        page.contains(r"\-\-older\-than") && page.contains("Send dead letters to the function again"),
        "{page}"
    );
    assert!(man.join("enricher.1").exists() && !man.join("enricher-help.1").exists());
    let told = stderr(enricher().args(["man", "Cargo.toml/man"]), 2);
    assert!(told.contains("failed to write the pages into `Cargo.toml/man`"), "{told}");
}
