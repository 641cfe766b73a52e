//! `--org`: what a real org gets, and what it never gets without `--post`.

use okta_simulator::doubles::file;
use okta_simulator::{Simulator, TOKEN};

use super::{Command, V2, enricher, stderr, stdout};

/// An org that is real to the program.
fn org() -> (tokio::runtime::Runtime, Simulator) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let okta = runtime.block_on(Simulator::start()).unwrap();
    (runtime, okta)
}

fn replay(org: &str, options: &[&str]) -> Command {
    let mut command = enricher();
    command.args(["replay", "--org", org]).args(options).arg(V2).env("OKTA_API_TOKEN", TOKEN);
    command
}

#[test]
fn nothing_is_posted_on_an_org_unless_post_is_given() {
    let (_runtime, okta) = org();
    for options in [&[][..], &["--dry-run"], &["--json"]] {
        let mut command = replay(&okta.url(), options);
        assert!(stdout(&mut command, 0).contains("For: Zoë Brontë-Müller"), "{options:?}");
        let told = stderr(&mut command, 0);
        let last = told.lines().last().unwrap();
        assert_eq!(last, format!("nothing was posted on {}; add --post to post 1 message", okta.url()));
        assert!(told.starts_with(&format!("okta: {}\npolicy: built in (", okta.url())), "{told}");
        assert!(!told.contains("for real"), "{told}");
    }
    assert_eq!(okta.messages().len(), 0);
    assert!(okta.calls().iter().all(|call| call.method == "GET"), "{:#?}", okta.calls());
}

#[test]
fn with_post_it_says_so_and_posts_with_either_credential() {
    let (_runtime, okta) = org();
    let mut command = replay(&okta.url(), &["--post"]);
    let told = stderr(&mut command, 0);
    assert!(told.contains(&format!("Messages are posted for real on {}; ", okta.url())), "{told}");
    assert!(told.ends_with("its ledger is neither read nor written\n"), "{told}");
    assert_eq!(okta.messages().len(), 1);
    let secret = file(&format!(r#"{{"api_token":"{TOKEN}"}}"#));
    let mut command = enricher();
    command.args(["replay", "--post", "--org", &okta.url(), V2]).env("OKTA_SECRET_FILE", secret.path());
    assert!(stdout(&mut command, 0).contains("message posted on req16zRXf4PBGnr7o18A"));
    assert_eq!(okta.messages().len(), 2);
}

#[test]
fn a_fault_of_the_command_comes_before_the_word_that_messages_are_posted() {
    let (_runtime, okta) = org();
    for (org, token, event, status, says) in [
        (
            "https://acme-admin.okta.com",
            TOKEN,
            V2,
            2,
            "in --org is the admin console's address; write https://acme.okta.com",
        ),
        ("acme.okta.com", TOKEN, V2, 2, "in --org has no scheme; write `https://acme.okta.com`"),
        (&okta.url(), TOKEN, "no-such-event.json", 2, "failed to read `no-such-event.json`"),
        (&okta.url(), "{}", V2, 2, "failed to use the credential"),
        (&okta.url(), "00WrongTokenWrongTokenWrongTokenWrong123456", V2, 1, "failed to sign in to Okta"),
    ] {
        let mut command = enricher();
        command.args(["replay", "--post", "--org", org, V2, event]).env("OKTA_API_TOKEN", token);
        let told = stderr(&mut command, status);
        assert!(told.contains(says) && !told.contains("for real"), "{org}: {told}");
    }
    let mut command = enricher();
    command.args(["replay", "--post", "--org", "https://acme.okta.com", V2]);
    assert!(stderr(&mut command, 2).contains("set OKTA_API_TOKEN, or OKTA_SECRET_FILE"));
    let mut command = replay(&okta.url(), &["--post"]);
    let told = stderr(command.env("ENRICHMENT_FILE", "no-such-file"), 2);
    assert!(told.contains("no-such-file") && !told.contains("for real"), "{told}");
    assert_eq!(okta.messages().len(), 0);
}

#[test]
fn a_blank_age_limit_is_none() {
    let (_runtime, okta) = org();
    for blank in ["", " "] {
        let told = stderr(replay(&okta.url(), &[]).env("MAX_EVENT_AGE", blank), 0);
        assert!(told.ends_with("add --post to post 1 message\n"), "{told}");
    }
}
