//! The pure stages of an invocation, one by one: what of its time the program itself takes. All of them
//! together are some hundred microseconds, beside the quarter of a second that an invocation waits for Okta;
//! `benches/process.rs` measures that.
//!
//! ```console
//! $ cargo bench --bench stages
//! ```

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that fails must fail"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::degradation::Degradation;
use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::enrichment::{access, combinations, manager, profile, request};
use okta_request_enricher::event::{self, Conflicts, Incoming, RequestEvent};
use okta_request_enricher::findings::Findings;
use okta_request_enricher::jws::ProofKey;
use okta_request_enricher::ledger::protocol::{self, Claim, View};
use okta_request_enricher::log_line::log_line;
use okta_request_enricher::message::Template;
use okta_request_enricher::okta::{AccessRequest, AppLink, Asked, AskedKind, Group, Marks, OktaError, User};
use okta_request_enricher::outcome::{About, Attempt, Outcome, Prepared};
use okta_request_enricher::policy::{EMBEDDED, Items, Person, Policy};
use okta_request_enricher::request::RequestId;
use okta_request_enricher::same_request::Resolution;
use okta_request_enricher::section::Content;
use okta_request_enricher::text::neutralise;
use okta_request_enricher::words::Words;
use okta_simulator::{World, service_app_secret};
use serde_json::{Value, json};

/// The longest value in a message.
const VALUE_LIMIT: usize = 250;

/// Mentions, a forged line, a deceptive link, bidi and zero-width characters, stacked marks.
const HOSTILE: &str = "<!channel> Approve\u{2028}WARNING: none\n[docs](https://evil.example/a) \u{202e}moc.live\u{202c} \
    @here \u{200b}z\u{200d}\u{301}\u{301}\u{301}\u{301}\u{301}algo שלום &lt;b&gt; *bold* ~~gone~~ `code`";

const PLAIN: &str =
    "Covering for Lwazi during parental leave: new vendors of the Chennai plant wait for their details.";

/// A policy of some size: thirty rules of which the last matches, and ten toxic combinations.
fn large_policy() -> String {
    let mut text = String::new();
    for n in 0..29 {
        text += &format!(
            "[[rule]]\nname = \"rule {n}\"\nmatch = {{ resources = [\"0oaOther{n:012}\"], subjects = [\"Team {n} *\"] }}\n\
             sections = [\"profile\"]\n"
        );
    }
    text += "[[rule]]\nname = \"last\"\nsections = [\"request\", \"profile\", \"manager\", \"access\", \"sod\"]\n\
             attributes = [{ name = \"title\", label = \"Title\" }, { name = \"department\", label = \"Department\" }]\n";
    for n in 0..10 {
        text += &format!(
            "[[toxic_combination]]\nname = \"pair {n}\"\nseverity = \"high\"\none = {{ groups = [\"Finance {n} *\"] }}\n\
             other = {{ bundles = [\"Vendor {n} *\"], apps = [\"ERP {n}\"] }}\n"
        );
    }
    text
}

/// What the stages work on: an event of the samples, and Okta's answers to what it leads to.
struct Fixture {
    payload: Vec<u8>,
    event: RequestEvent,
    user_json: String,
    user: User,
    /// As of someone in many groups.
    groups_json: String,
    groups: Result<Vec<Group>, OktaError>,
    apps: Result<Vec<AppLink>, OktaError>,
    policy: Policy,
    now: Timestamp,
}

impl Fixture {
    fn new() -> Fixture {
        let payload = std::fs::read("events/access.request.create--v2.json").unwrap();
        let Incoming::Created(event) = event::parse(&payload).unwrap() else {
            panic!("not an access request")
        };
        let world = World::sample();
        let id = event.subject().unwrap().as_str();
        let group = |n: usize| json!({"id": format!("00g{n:017}"), "type": "OKTA_GROUP", "profile": {"name": format!("Finance {n} - Users"), "description": "made up"}});
        let groups_json = (0..200).map(group).collect::<Value>().to_string();
        let user_json = world.users[id].to_string();
        Fixture {
            user: serde_json::from_str(&user_json).unwrap(),
            user_json,
            groups: Ok(serde_json::from_str(&groups_json).unwrap()),
            groups_json,
            apps: Ok(serde_json::from_value(json!(world.app_links.get(id))).unwrap_or_default()),
            policy: Policy::parse("large", &large_policy()).unwrap(),
            now: Timestamp::now(),
            payload,
            event: *event,
        }
    }

    fn request(&self) -> AccessRequest {
        AccessRequest {
            marks: Marks::default(),
            requested_for: self.event.subject().cloned(),
            requested_for_another: false,
            requested_by: self.event.requester.clone(),
            people: Vec::new(),
            subject_line: None,
            closed: None,
            resource: None,
            scope: None,
            more: Vec::new(),
            partly_unnamed: false,
            has_duration: true,
            duration: Some("P90D".to_owned()),
            answers: Vec::new(),
            conflicts: Conflicts::Known(Vec::new()),
        }
    }
}

fn reading(criterion: &mut Criterion) {
    let fixture = Fixture::new();
    criterion.bench_function("event: parse", |b| b.iter(|| event::parse(black_box(&fixture.payload))));
    criterion.bench_function("policy: parse the embedded one", |b| {
        b.iter(|| Policy::parse("enrichment.toml", black_box(EMBEDDED)));
    });
    let large = large_policy();
    criterion.bench_function("policy: parse 30 rules, 10 combinations", |b| {
        b.iter(|| Policy::parse("large", black_box(&large)));
    });
    criterion.bench_function("policy: match the last of 30 rules", |b| {
        b.iter(|| fixture.policy.rule_for(black_box(&fixture.event), Person::UNREAD));
    });
    criterion.bench_function("answer: parse a user", |b| {
        b.iter(|| serde_json::from_str::<User>(black_box(&fixture.user_json)));
    });
    criterion.bench_function("answer: parse 200 groups", |b| {
        b.iter(|| serde_json::from_str::<Vec<Group>>(black_box(&fixture.groups_json)));
    });
}

fn evaluating(criterion: &mut Criterion) {
    let fixture = Fixture::new();
    let Fixture { event, user, groups, apps, policy, now, .. } = &fixture;
    let shows = &policy.rules.last().unwrap().own.shows;
    let relevant = Items { groups: vec!["Finance 1*".into()], ..Items::default() };
    let account = manager::Account::of(user, manager::Matched::ByIdOrLogin).unwrap();
    let found = manager::Manager::Found(account);
    let requester = event.requester.person();
    let answers = request::RequestAnswers {
        request: &Ok(fixture.request()),
        resource: None,
        scope: None,
        contents: None,
        people: Vec::new(),
    };
    let held = access::Held { groups, apps, grants: None };
    let asked = Some(Asked { kind: AskedKind::Group, id: "00gOther".to_owned(), name: None, place: None });
    let access = combinations::Access { groups, apps, asked: &[], unknown: None };
    criterion
        .bench_function("evaluate: request", |b| b.iter(|| request::evaluate(event, black_box(&answers))));
    criterion.bench_function("evaluate: profile", |b| {
        b.iter(|| profile::evaluate(black_box(user), &shows.attributes, *now));
    });
    criterion.bench_function("evaluate: manager", |b| {
        b.iter(|| manager::evaluate(black_box(&found), None, requester, true));
    });
    criterion.bench_function("evaluate: access, 200 groups", |b| {
        b.iter(|| access::evaluate(black_box(&held), Ok(asked.as_ref()), &relevant, *now));
    });
    criterion.bench_function("evaluate: 10 toxic combinations, 200 groups", |b| {
        b.iter(|| combinations::evaluate(&policy.toxic_combinations, black_box(&access)));
    });

    let content = Content {
        sections: vec![
            request::evaluate(event, &answers),
            profile::evaluate(user, &shows.attributes, *now),
            manager::evaluate(&found, None, requester, true),
            access::evaluate(&held, Ok(asked.as_ref()), &relevant, *now),
        ],
        as_of: *now,
        ..Content::default()
    };
    let template = Template::built_in();
    criterion.bench_function("message: render", |b| {
        b.iter(|| template.render(black_box(&content), &Words::english()));
    });
}

fn writing(criterion: &mut Criterion) {
    criterion
        .bench_function("text: neutralise plain", |b| b.iter(|| neutralise(black_box(PLAIN), VALUE_LIMIT)));
    criterion.bench_function("text: neutralise hostile", |b| {
        b.iter(|| neutralise(black_box(HOSTILE), VALUE_LIMIT));
    });
    let long = HOSTILE.repeat(1000);
    criterion.bench_function("text: neutralise 200 kB of hostile", |b| {
        b.iter(|| neutralise(black_box(&long), VALUE_LIMIT));
    });

    let now = Timestamp::now();
    let claim = Claim { owner: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".into(), until: now };
    let ids = || ["req16zRXf4PBGnr7o18A".to_owned(), "618ad20a5ccefb000985fd15".to_owned()];
    criterion.bench_function("ledger: decide a claim, nothing there", |b| {
        b.iter_batched(
            || View::new(ids()),
            |view| protocol::claim(&view, &claim, false, now),
            BatchSize::SmallInput,
        );
    });
    let view = View::new(ids());
    let posted = view.after(&protocol::complete(&view, &claim));
    criterion.bench_function("ledger: decide a claim, posted already", |b| {
        b.iter(|| protocol::claim(black_box(&posted), &claim, false, now));
    });

    let prepared = Prepared {
        message: Template::built_in().render(&Content::default(), &Words::english()).unwrap(),
        degraded: Degradation::default(),
        findings: Findings::default(),
    };
    let attempt = Attempt {
        about: Some(About {
            request_id: RequestId::parse("req16zRXf4PBGnr7o18A").unwrap(),
            resolution: Some(Resolution::AsGiven),
            uuid: Some("6df5abfe-cd2b-5329-a6b1-24ad175e7461".into()),
            rule: Some("every-request".into()),
        }),
        okta_calls: 8,
        ..Attempt::ended(Ok(Outcome::Posted { prepared, event_to_post: Some(Duration::from_millis(1500)) }))
    };
    let deployment = Deployment::read(|_| None);
    criterion.bench_function("outcome: log line", |b| {
        b.iter(|| log_line(black_box(&attempt), &deployment, "8476a536-e9f4-11e8-9739-2dfe598c3fcd", now));
    });
}

fn signing(criterion: &mut Criterion) {
    let key = ProofKey::generate().unwrap();
    let claims = json!({"htm": "GET", "htu": "https://acme.okta.com/api/v1/users/00u1F5GHSf7bLpPyKNqn", "iat": 1_795_435_200, "jti": "x", "ath": "y"});
    criterion.bench_function("credential: a DPoP proof", |b| b.iter(|| key.proof(black_box(&claims))));
    let secret = service_app_secret();
    criterion.bench_function("credential: parse a service app's secret", |b| {
        b.iter(|| Credential::parse(black_box(&secret)));
    });
}

criterion_group! {
    name = stages;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50);
    targets = reading, evaluating, writing, signing
}
criterion_main!(stages);
