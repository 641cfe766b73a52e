//! Whatever comes in, from EventBridge, from Okta or from the policy file, leads to an answer in words:
//! nothing panics, nothing is posted that Okta would not take.

use std::sync::LazyLock;
use std::time::Duration;

use okta_request_enricher::event;
use okta_request_enricher::log_line::log_line;
use okta_request_enricher::message::Template;
use okta_request_enricher::policy::{Policy, Shows};
use okta_request_enricher::section::{
    self, Check, CheckKind, Content, Fact, Section, Source, Warning, WarningKind,
};
use okta_request_enricher::text::neutralise;
use okta_request_enricher::words::{Piece, Term, Words};
use okta_simulator::doubles::root;
use okta_simulator::{Calls, Fault, FaultKind, Simulator, World};
use proptest::prelude::*;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::scene::deployment;

/// The sample events that are JSON.
static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let files = std::fs::read_dir(root().join("events")).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
    files.sort();
    files.iter().filter_map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).ok()).collect()
});

/// What Okta answers, of every kind of call.
static ANSWERS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let world = World::sample();
    let all =
        [&world.users, &world.groups, &world.apps, &world.v1_requests, &world.v2_requests, &world.bundles];
    let mut answers: Vec<Value> = all.iter().flat_map(|records| records.values().cloned()).collect();
    answers.push(world.groups.values().cloned().collect());
    answers.extend(world.app_links.values().map(|links| Value::from(links.clone())));
    answers
});

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        // What means something somewhere.
        prop::sample::select(
            &[
                "access.request.create",
                "req16zRXf4PBGnr7o18A",
                "69a97622417fb5da41baf7b4",
                "00u1F5GHSf7bLpPyKNqn",
                "2026-11-24T09:00:00Z",
                "9999-12-31T23:59:59Z",
                "-009999-01-01T00:00:00Z",
                "P90D",
                "P99999999999Y",
                "PT1S",
                "APPLICATION",
                "GROUP",
                "ACTIVE",
                "null",
                "[{}]",
                "../../x",
                "\u{202e}\r\n@here",
            ][..]
        )
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z_]{1,12}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// One of the samples with some of its values exchanged.
fn like(samples: &'static [Value]) -> impl Strategy<Value = Value> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any_json()), 0..4);
    (prop::sample::select(samples), changes).prop_map(|(mut value, changes)| {
        for (place, new) in changes {
            let mut places = Vec::new();
            pointers(&value, String::new(), &mut places);
            *value.pointer_mut(&places[place.index(places.len())]).unwrap() = new;
        }
        value
    })
}

/// The JSON pointers of all values within.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, inner)| pointers(inner, format!("{at}/{}", escaped(key)), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, inner)| pointers(inner, format!("{at}/{index}"), found));
        }
        _ => {}
    }
    found.push(at);
}

/// The bytes of a text, with a piece of them exchanged.
fn broken(text: String) -> impl Strategy<Value = Vec<u8>> {
    let pieces = (any::<prop::sample::Index>(), 0..20usize, prop::collection::vec(any::<u8>(), 0..20));
    pieces.prop_map(move |(place, length, new)| {
        let mut bytes = text.clone().into_bytes();
        let start = place.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, new);
        bytes
    })
}

fn any_payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => any_json().prop_map(|value| value.to_string().into_bytes()),
        4 => like(&EVENTS).prop_map(|value| value.to_string().into_bytes()),
        2 => prop::sample::select(&EVENTS[..]).prop_flat_map(|value| broken(value.to_string())),
    ]
}

/// Handles a payload while Okta answers every read with `body`, where there is one.
fn handle(payload: &[u8], body: Option<(&'static str, Vec<u8>)>) {
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    });
    static WORLD: LazyLock<World> = LazyLock::new(World::sample);
    RUNTIME.block_on(async {
        let port = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let okta = Simulator::serve(port, WORLD.clone()).await.unwrap();
        let enricher = crate::support::enricher(&okta, &okta.token(), &[]);
        if let Some((call, body)) = body {
            okta.fault(Fault { on: Calls::Named(call), times: None, kind: FaultKind::Body(body) });
        }
        let attempt = crate::support::attempt(&enricher, payload, Duration::from_secs(20)).await;
        if let Err(error) = &attempt.result {
            assert!(error.to_string().starts_with("failed to "), "{error}");
        }
        assert_eq!(okta.messages().len(), usize::from(attempt.name() == "posted"), "{:?}", attempt.result);
        assert_eq!(okta.complaints(), Vec::<String>::new(), "{:?}", attempt.result);
        drop(log_line(&attempt, &deployment(), "lambda", jiff::Timestamp::now()));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_event_is_read_or_refused_in_words(payload in any_payload()) {
        if let Err(error) = event::parse(&payload) {
            prop_assert!(error.to_string().starts_with("failed to "), "{}", error);
        }
    }

    #[test]
    fn any_policy_is_read_or_refused_with_the_place_of_each_fault(text in any_policy()) {
        let parsed = Policy::parse("enrichment.toml", &text);
        let checked = Policy::check(&text);
        prop_assert_eq!(parsed.is_ok(), checked.is_ok(), "{}", text);
        if let Err(error) = parsed {
            prop_assert!(!error.to_string().is_empty());
        }
        let faults = match checked {
            Ok((_, warnings)) => warnings,
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                faults
            }
        };
        for fault in faults {
            let part = text.get(fault.place.clone());
            prop_assert!(part.is_some_and(|part| !part.contains('\n')), "{:?} in {}", fault, text);
            let line = text[..fault.place.start].matches('\n').count() + 1;
            prop_assert_eq!(fault.line, line, "{:?} in {}", fault, text);
            prop_assert!(!fault.cause.is_empty() && !fault.remedy.is_empty(), "{:?}", fault);
        }
    }

    #[test]
    fn any_text_is_one_safe_line_of_a_message(
        label in any::<String>(), value in any::<String>(), warning in any::<String>(),
    ) {
        let safe = neutralise(&value, 250);
        let unsafe_char = |c: char| c.is_control() || "\u{2028}\u{2029}\u{202e}\u{200b}".contains(c);
        prop_assert!(!safe.contains(unsafe_char), "{:?}", safe);
        prop_assert_eq!(neutralise(&safe, 250), safe.clone(), "what is safe stays as it is");
        let facts = vec![Fact::answer(&label, section::Value::Known(Piece::quoted(&value, 250)))];
        let warning = Warning::new(WarningKind::Conflict, Piece::quoted(&warning, 80));
        let check = Check::made(CheckKind::OktaRules, Term::CheckOktaRules, vec![warning]);
        let section = Section { source: Source::Request, facts, checks: vec![check] };
        let content = Content { sections: vec![section], ..Content::default() };
        let message = Template::built_in().render(&content, &Words::english()).unwrap();
        let lines: Vec<&str> = message.as_str().lines().collect();
        let starts = ["1 to look at: ", "WARNING: “", "", "“", "Checked: ", "(okta-request-enricher, "];
        prop_assert_eq!(lines.len(), starts.len(), "{}", message.as_str());
        prop_assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{:?}", lines);
    }

    #[test]
    fn any_template_is_written_or_refused(source in any_template()) {
        if let Ok(template) = Template::parse(&source) {
            let shows = Shows { sections: Source::ALL.to_vec(), attributes: Vec::new() };
            if let Ok(message) = template.render(&shows.sample(), &Words::english()) {
                prop_assert!((1..=5000).contains(&message.as_str().encode_utf16().count()));
            }
        }
    }
}

proptest! {
    // Each of these makes a process's worth of connections.
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_payload_ends_in_words(payload in any_payload()) {
        handle(&payload, None);
    }

    #[test]
    fn any_answer_of_okta_ends_in_a_message_or_in_words(
        event in prop::sample::select(&EVENTS[..]),
        call in prop::sample::select(&["user", "request", "groups", "links", "app", "group", "bundle", "type", "post"][..]),
        body in prop_oneof![
            3 => like(&ANSWERS).prop_map(|value| value.to_string().into_bytes()),
            1 => any_json().prop_map(|value| value.to_string().into_bytes()),
            1 => prop::collection::vec(any::<u8>(), 0..300),
            1 => prop::sample::select(&ANSWERS[..]).prop_flat_map(|value| broken(value.to_string())),
        ],
    ) {
        handle(event.to_string().as_bytes(), Some((call, body)));
    }
}

fn any_policy() -> impl Strategy<Value = String> {
    const POLICY: &str = include_str!("../../enrichment.toml");
    const FULL: &str = r#"
[[rule]]
name = "a"
match = { request_types = ["618ad20a5ccefb000985fd15"], subjects = ["Need *"], source = "web", api = "v1", on_behalf = true }
sections = ["request", "profile", "manager", "access", "sod"]
attributes = [{ name = "title", label = "Title" }]
required = ["sod"]
relevant = { groups = ["Finance *"], apps = ["SAP *"] }
on_behalf = { sections = ["request"], attributes = [] }
template = "{{ profile.name }} {% for w in warnings %}{{ w }}{% endfor %}"
[[toxic_combination]]
name = "x"
description = "y"
severity = "high"
one = { groups = ["A*"] }
other = { bundles = ["B*"] }
"#;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    prop_oneof![
        1 => broken(POLICY.to_owned()).prop_map(text),
        3 => broken(FULL.to_owned()).prop_map(text),
        1 => any::<String>(),
    ]
}

fn any_template() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "{{ ",
            " }}",
            "{% for fact in ",
            "section.facts",
            "{% for section in sections %}",
            "{% endfor %}",
            "{% if ",
            "{% endif %}",
            "{% else %}",
            " %}",
            "profile.name",
            "request.answers",
            "warnings",
            "sod.okta",
            "as_of",
            " | shorten(9)",
            " | shorten(-1)",
            " | join(', ')",
            " | length",
            " | upper",
            "loop.index",
            "{#",
            "#}",
            "{% set x = ",
            "{% macro m() %}",
            "{% endmacro %}",
            "{{ m() }}",
            "x",
            " ~ ",
            " + 1",
            " / 0",
            "'a' * 9999999",
            "[1][5]",
            "{% raw %}",
            "{% endraw %}",
            "\n",
            "text",
        ][..],
    )
    .prop_map(str::to_owned);
    let piece = prop_oneof![9 => piece, 1 => "\\PC{0,6}"];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}
