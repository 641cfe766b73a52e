//! The message of each sample event under the embedded policy: short, and without a line that is always the
//! same.

use okta_request_enricher::event::Channel;
use okta_request_enricher::handler::AsOf;
use okta_simulator::Simulator;
use okta_simulator::doubles::{event, root};

use crate::support::{attempt, operator_s_enricher_at};

/// The most lines of an ordinary message, and the most characters of its first one.
const LINES: usize = 14;
const HEADLINE: usize = 100;

/// Longer by their nature: the requester's text is an attack.
const EXTRAORDINARY: [&str; 1] = ["hostile-text"];

/// The messages of the sample events of new requests that get one, by their cases.
async fn messages() -> Vec<(String, String)> {
    let mut cases: Vec<String> = std::fs::read_dir(root().join("events"))
        .unwrap()
        .filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            Some(name.strip_prefix("access.request.create--")?.strip_suffix(".json")?.to_owned())
        })
        .collect();
    cases.sort();
    let mut messages = Vec::new();
    for case in cases {
        let okta = Simulator::start().await.unwrap();
        let enricher = operator_s_enricher_at(&okta, &okta.token(), &[], AsOf::Event);
        let enricher = enricher.fed_by(Channel::Function);
        let attempt = attempt(&enricher, event(&case), std::time::Duration::from_secs(20)).await;
        if attempt.name() != "posted" {
            continue;
        }
        assert_eq!(attempt.degraded(), <[&str; 0]>::default(), "{case}");
        assert_eq!(okta.complaints(), Vec::<String>::new(), "{case}");
        let [posted] = okta.messages().try_into().unwrap();
        messages.push((case, posted.message));
    }
    messages
}

#[tokio::test]
async fn each_sample_s_message_is_short_and_no_line_is_in_all_of_them() {
    let messages = messages().await;
    assert!(messages.len() > 15, "{}", messages.len());
    for (case, message) in &messages {
        let lines: Vec<&str> = message.lines().collect();
        assert!(lines.len() <= LINES || EXTRAORDINARY.contains(&case.as_str()), "{case}:\n{message}");
        assert!(lines[0].chars().count() <= HEADLINE, "{case}: {}", lines[0]);
        let (mut once, all) = (lines.clone(), lines.iter().filter(|line| !line.is_empty()).count());
        once.retain(|line| !line.is_empty());
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all, "{case} says something twice:\n{message}");
    }
    let is_list = |line: &str| {
        line.is_empty()
            || line.starts_with("(okta-request-enricher, ")
            || line.starts_with("Checked: ")
            || line.starts_with("Not checked: ")
    };
    for line in messages[0].1.lines().filter(|line| !is_list(line)) {
        let always = messages.iter().all(|(_, message)| message.lines().any(|other| other == line));
        assert!(!always, "every message has `{line}`");
    }
}
