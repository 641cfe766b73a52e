//! Every call to Okta with every fault, in the test's own process.

use std::sync::LazyLock;
use std::time::Duration;

use futures_util::future::join_all;
use okta_request_enricher::error::{Class, Code};
use okta_request_enricher::handler::Enricher;
use okta_request_enricher::message::Message;
use okta_request_enricher::outcome::{Attempt, Post};
use okta_request_enricher::same_request::Resolution;
use okta_simulator::doubles::{PROFILE_ONLY, changed, event, file, published};
use okta_simulator::{CLIENT_ID, Simulator, TOKEN, World, service_app_secret};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::support;
use crate::tables::Tables;

/// How a call is brought about, and picked for its fault.
struct Staging {
    /// The sample event that leads to it.
    case: &'static str,
    /// The call, as the simulator's faults name it.
    call: &'static str,
    /// The call after which Okta is to be gone, so that this one is refused; none: from the start.
    before: Option<&'static str>,
}

/// Lan's manager, who raised the request of the sample `on-behalf`: read by the id of who asked.
const LANS_MANAGER: &str = "GET /api/v1/users/00u1fal5i1KVF4iIKEvj$";

fn staging(call: &str) -> Staging {
    const ZOE: &str = "GET /api/v1/users/00u1F5GHSf7bLpPyKNqn$";
    const ZOES_MANAGER: &str = "GET /api/v1/users/rosa";
    const ANYONE: &str = "user";
    const SEARCH: &str = "users";
    let (case, call, before) = match call {
        "token" => ("v2", "token", None),
        "person" => ("v2", ZOE, None),
        "manager" => ("v2", ZOES_MANAGER, Some(ZOE)),
        "search" => ("v2", SEARCH, Some(ZOES_MANAGER)),
        "request" => ("v2", "request", None),
        "needed request" => ("no-debug-data", "request", None),
        "list" => ("v2-by-24-hex", "list", None),
        "candidate" => {
            ("v2-by-24-hex", "GET /governance/api/v2/requests/req1NgR2o1oqIbjRlFfs$", Some("list"))
        }
        "earlier" => ("v2", "list", Some("request")),
        "groups" => ("v2", "groups", Some(LANS_MANAGER)),
        "links" => ("v2", "links", Some(LANS_MANAGER)),
        "app" => ("v2", "app", Some("request")),
        "group" => ("on-behalf", "group", Some("request")),
        "bundle" => ("v2", "bundle", Some("request")),
        "catalog" => ("v2", "catalog", Some("request")),
        "type" => ("v1", "type", Some("request")),
        "post v1" => ("v1", "post", Some(ANYONE)),
        "post v2" => ("v2", "post", Some(ANYONE)),
        "probe v1" => ("v1", "POST /governance/api/v1/requests/000000000000000000000000/", Some(ANYONE)),
        "probe v2" => ("v2", "POST /governance/api/v2/requests/req00000000000000000/", Some(ANYONE)),
        _ => panic!("how is the call `{call}` brought about?"),
    };
    Staging { case, call, before }
}

/// One cell on its way: an Okta, an enricher with a service app's credential, an event.
struct Line {
    okta: Simulator,
    enricher: Enricher,
    event: String,
}

impl Line {
    async fn new(case: &str, secret: &str, policy: Option<&str>) -> Line {
        static WORLD: LazyLock<World> = LazyLock::new(World::sample);
        let port = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let okta = Simulator::serve(port, WORLD.clone()).await.unwrap();
        let file = file(policy.unwrap_or_default());
        let settings = policy.map(|_| ("ENRICHMENT_FILE", file.path().to_str().unwrap()));
        let enricher = support::enricher(&okta, secret, settings.as_slice());
        Line { okta, enricher, event: event(case) }
    }

    fn fault(&self, fault: &str) {
        self.okta.fault(fault.parse().unwrap());
    }

    async fn attempt(&self, payload: &str, limit: Duration) -> Attempt {
        support::attempt(&self.enricher, payload, limit).await
    }

    /// Another event leaves a connection and an access token behind, as any but the first of a process finds
    /// them. The event is new, so with `PROFILE_ONLY` its calls follow one another on one connection. A
    /// second idle one could be chosen for the next call at the very moment at which Okta closes it.
    async fn warm(&self) {
        let another = self.okta.with_world(|world| world.another_request(&event("no-manager"), 1));
        let another = fresh(&another);
        assert_eq!(self.attempt(&another, AMPLE).await.name(), "posted");
    }

    fn messages(&self) -> usize {
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        let warming = format!("{:024x}", 1);
        self.okta.messages().iter().filter(|posted| posted.request_id != warming).count()
    }
}

const AMPLE: Duration = Duration::from_secs(20);

/// The same event, published now.
fn fresh(event: &str) -> String {
    published(event, jiff::Timestamp::now())
}

/// Elsewhere an API token makes no difference, and costs the simulator no checks of signatures.
fn needs_service_app(call: &str, fault: &str) -> bool {
    matches!(call, "token" | "list" | "earlier") || fault == "401"
}

/// Whether the call is made only after an attempt that ended in doubt.
fn follows_doubt(call: &str) -> bool {
    call.starts_with("probe ")
}

/// An attempt that ends in doubt, and whose message did not arrive.
async fn doubt(line: &Line) {
    line.fault("post=cut-beforex1");
    assert_eq!(word_for(&line.attempt(&line.event, AMPLE).await), "in doubt");
}

/// Stages a call with its fault; the first attempt on it.
async fn first_attempt(call: &str, fault: &str, once: bool) -> (Line, Attempt) {
    let Staging { case, call: selector, before } = staging(call);
    let prepare = |line: &Line| {
        if call == "search" {
            // The profile names the manager by an e-mail address that is no login.
            line.okta.with_world(|world| {
                world.user_mut("00u1Bo4Vv7qwaxye92u7")["profile"]["login"] = "rosa@corp.example.com".into();
            });
        }
        if call == "catalog" {
            // The catalog is read only if the calls for app and bundle are refused.
            line.okta.with_world(|world| {
                world.token_roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()];
                world.service_app_mut(CLIENT_ID).roles = world.token_roles.clone();
            });
        }
    };
    let secret = if needs_service_app(call, fault) { service_app_secret() } else { TOKEN.to_owned() };
    if fault == "gone" {
        // The person alone is read before the post, and one by one.
        let case = if before == Some(LANS_MANAGER) { "on-behalf" } else { case };
        let posts = selector == "post" || follows_doubt(call);
        let mut line = Line::new(case, &secret, posts.then_some(PROFILE_ONLY)).await;
        prepare(&line);
        if call != "token" {
            line.warm().await;
        }
        if posts {
            line.event = fresh(&line.event);
        }
        if follows_doubt(call) {
            doubt(&line).await;
        }
        match before {
            None => line.okta.refuse_connections(),
            Some(before) => line.fault(&format!("{before}=gone")),
        }
        let attempt = line.attempt(&line.event, AMPLE).await;
        return (line, attempt);
    }
    let line = Line::new(case, &secret, None).await;
    prepare(&line);
    if selector == "list" {
        line.warm().await;
    }
    if follows_doubt(call) {
        doubt(&line).await;
    }
    line.fault(&format!("{selector}={fault}{}", if once { "x1" } else { "" }));
    let limit = match fault {
        "hang" if !once => Duration::from_secs(4),
        "429:5" => Duration::from_secs(5),
        _ => AMPLE,
    };
    let attempt = line.attempt(&line.event, limit).await;
    (line, attempt)
}

/// What a cell says of this end.
fn word_for(attempt: &Attempt) -> &'static str {
    let resolution = attempt.about.as_ref().and_then(|about| about.resolution);
    let class = attempt.result.as_ref().err().map(|error| error.class().as_str());
    match (attempt.name(), class, attempt.post()) {
        ("posted", _, Post::Stands) if !attempt.degraded().is_empty() => "degraded",
        ("posted", _, Post::Stands) if resolution == Some(Resolution::Unproven) => "as given",
        ("posted", _, Post::Stands) => "posted",
        (_, Some("Retryable"), Post::No) => "Retryable",
        (_, Some("Permanent"), Post::No) => "Permanent",
        (_, Some("Retryable"), Post::InDoubt) => "in doubt",
        _ => panic!("no cell says this: {:?}, {:?}", attempt.result, attempt.post()),
    }
}

/// What is wrong with a cell.
struct Wrong {
    text: String,
    /// A section came too late for its message, which a busy machine may cause.
    late: bool,
}

/// Runs a cell.
async fn check(
    tables: &Tables,
    (fault, call, expected): &(String, String, String),
    once: bool,
) -> Result<(), Wrong> {
    let place = format!("{fault} / {call}{}", if once { ", once" } else { "" });
    let [_, written, _, says] = tables.row("How it fails", fault) else { panic!("{fault}") };
    let [_, path, lack] = tables.row("What Okta is asked for", call) else { panic!("{call}") };
    let (line, attempt) = first_attempt(call, written, once).await;
    let wrong = |what: &str| {
        let text = format!("{place}: {what}: {:?} {:?}", attempt.result, attempt.degraded());
        let message = attempt.message().map_or("", Message::as_str);
        Err(Wrong { text, late: attempt.result.is_ok() && message.contains("no answer from Okta in time") })
    };
    let word = word_for(&attempt);
    if word != expected {
        return wrong(&format!("`{word}`, not `{expected}`"));
    }
    if word == "degraded" && attempt.degraded().join(", ") != *lack {
        return wrong(&format!("not available is not `{lack}`"));
    }
    let stands = usize::from(matches!(word, "posted" | "degraded" | "as given"));
    let took_effect = written == "cut-after" && word == "in doubt";
    if line.messages() != stands + usize::from(took_effect) {
        return wrong(&format!("{} messages", line.messages()));
    }
    if let Err(error) = &attempt.result {
        let text = error.to_string();
        let names_call = path.split('`').next().unwrap().split("/{id}").next().unwrap();
        let says = match written.as_str() {
            // What Okta says to the probe is a refusal, and half of one is none.
            "truncated" if follows_doubt(call) => "Okta answered 404 (no Okta error code",
            "html" | "garbage" | "huge" | "empty" if follows_doubt(call) => "which Okta would not",
            _ => says,
        };
        if !text.starts_with("failed to ") || !text.contains(says) {
            return wrong("the error's text");
        }
        if written != "gone" && !text.contains(names_call) {
            return wrong(&format!("the error's text does not name {names_call}"));
        }
    }

    line.okta.clear_faults();
    if written == "gone" {
        line.okta.accept_connections().await.unwrap();
    }
    if follows_doubt(call) && written.starts_with("429:") {
        // The probe waits for no window.
        let opens = Duration::from_secs(if written == "429:5" { 7 } else { 3 });
        tokio::time::sleep(opens).await;
    }
    let next = line.attempt(&line.event, AMPLE).await;
    // The probe has spent nothing.
    let row = if follows_doubt(call) && stands == 0 { "in doubt" } else { word };
    let [_, then, messages] = tables.row("The next attempt", row) else { panic!("{row}") };
    let found = match (next.name(), next.is_doubtful()) {
        ("duplicate", false) => "duplicate",
        ("posted", false) => "posted",
        ("posted", true) => "posted, reported as doubtful",
        _ => return wrong(&format!("the next attempt: {:?}", next.result)),
    };
    let count = 1 + usize::from(took_effect);
    if found != then || !messages.contains(&count.to_string()) || line.messages() != count {
        return wrong(&format!("the next attempt: {found}, {} messages", line.messages()));
    }
    Ok(())
}

/// Where many cells work at once, a section may come too late for its message; those that wait are in
/// nobody's way.
static WORKING: Semaphore = Semaphore::const_new(4);

static WAITING: Semaphore = Semaphore::const_new(24);

async fn check_all(heading: &str, once: bool) {
    let tables = Tables::read();
    let cells = tables.cells(heading);
    let checked = join_all(cells.iter().map(async |cell| {
        let (fault, call, _) = cell;
        let waits = matches!(fault.as_str(), "hanging" | "429 late" | "429 soon");
        let places = if waits { &WAITING } else { &WORKING };
        let _place = places.acquire_many(if needs_service_app(call, fault) { 4 } else { 1 }).await.unwrap();
        check(&tables, cell, once).await
    }));
    let mut wrong = Vec::new();
    for (cell, checked) in cells.iter().zip(checked.await) {
        let _alone = WORKING.acquire_many(4).await.unwrap();
        let checked = match checked {
            Err(Wrong { late: true, .. }) => check(&tables, cell, once).await,
            checked => checked,
        };
        wrong.extend(checked.err().map(|wrong| wrong.text));
    }
    assert!(wrong.is_empty(), "{} cells of `{heading}`:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_lasts_ends_as_its_cell_says() {
    check_all("A fault that lasts", false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_comes_once_ends_as_its_cell_says() {
    check_all("A fault that comes once", true).await;
}

#[test]
fn no_call_no_fault_and_no_cell_is_missing() {
    let tables = Tables::read();
    let (calls, faults) = (tables.names("What Okta is asked for"), tables.names("How it fails"));
    for heading in ["A fault that lasts", "A fault that comes once"] {
        let mut told: Vec<_> =
            tables.cells(heading).into_iter().map(|(fault, call, _)| (fault, call)).collect();
        told.sort();
        let mut all: Vec<_> = faults
            .iter()
            // Gone is gone.
            .filter(|fault| heading == "A fault that lasts" || **fault != "refused")
            .flat_map(|fault| calls.iter().map(|call| ((*fault).to_owned(), (*call).to_owned())))
            .collect();
        all.sort();
        assert_eq!(told, all, "{heading}");
    }
}

#[tokio::test]
async fn an_outage_spends_one_post_however_long_it_lasts() {
    for (case, fault) in [("v2", "503"), ("v1", "cut-before"), ("v2", "429:60"), ("v2", "html")] {
        let line = Line::new(case, TOKEN, None).await;
        doubt(&line).await;
        line.fault(&format!("post={fault}"));
        for _ in 0..4 {
            let attempt = line.attempt(&line.event, AMPLE).await;
            let error = attempt.result.as_ref().unwrap_err();
            let code = if fault == "429:60" { Code::OktaRateLimited } else { Code::PostHeldBack };
            assert_eq!((error.class(), error.code()), (Class::Retryable, code), "{error}");
            assert!(error.to_string().starts_with("failed to ask whether Okta takes messages"), "{error}");
            assert_eq!((attempt.post(), attempt.is_doubtful()), (Post::No, false), "{fault}");
        }
        // An operator who insists spends nothing, either.
        let insisting = changed(&line.event, |event| event["redrive"] = serde_json::json!({"repost": true}));
        assert!(line.attempt(&insisting, AMPLE).await.result.is_err());
        let posts = line.okta.calls().into_iter().filter(|call| call.path.contains("/messages"));
        let (probes, posts): (Vec<_>, Vec<_>) =
            posts.partition(|call| call.path.contains("0000000000000000"));
        let sent = if fault == "429:60" { 1 } else { 5 };
        assert_eq!((posts.len(), probes.len(), line.messages()), (1, sent, 0), "{fault}");
        line.okta.clear_faults();
        if fault == "429:60" {
            continue;
        }
        let attempt = line.attempt(&line.event, AMPLE).await;
        assert_eq!((attempt.name(), attempt.is_doubtful(), line.messages()), ("posted", true, 1), "{fault}");
    }
}

/// The answer never comes, so the error says how long the question was waited for.
#[tokio::test]
async fn the_question_before_a_second_post_takes_ten_seconds_or_half_of_what_is_left() {
    join_all([(40, 10.0), (6, 3.0)].map(async |(limit, longest)| {
        let line = Line::new("v2", TOKEN, None).await;
        doubt(&line).await;
        line.fault("post=hang");
        let attempt = line.attempt(&line.event, Duration::from_secs(limit)).await;
        let text = attempt.result.unwrap_err().to_string();
        let waited = text.split("no answer from Okta within ").nth(1).and_then(|rest| rest.split(' ').next());
        let waited: f32 = waited.unwrap_or_else(|| panic!("{text}")).parse().unwrap();
        assert!(waited <= longest && waited > 0.0, "{limit}: {text}");
        assert_eq!(line.messages(), 0);
    }))
    .await;
}

#[tokio::test]
async fn two_posts_in_doubt_are_never_followed_by_a_third() {
    let tables = Tables::read();
    let [_, then, _] = tables.row("The next attempt", "twice") else { panic!() };
    let (class, says) = then.split_once(": ").unwrap();
    let line = Line::new("v2", TOKEN, None).await;
    line.fault("POST /governance/api/v2/requests/req16zRXf4PBGnr7o18A/messages=500-afterx2");
    for doubtful in [false, true] {
        let attempt = line.attempt(&line.event, AMPLE).await;
        assert_eq!(word_for(&attempt), "in doubt");
        assert!(attempt.used_grant.is_some());
        assert_eq!(attempt.is_doubtful(), doubtful);
    }
    let error = line.attempt(&line.event, AMPLE).await.result.unwrap_err();
    assert_eq!(error.class().as_str(), class);
    assert!(error.to_string().contains(says.trim_matches('"')), "{error}");
    assert!(error.to_string().contains("enricher redrive --repost"), "{error}");
    assert_eq!(line.messages(), 2);

    // An operator who looked, and insists.
    let insisting = changed(&line.event, |event| event["redrive"] = serde_json::json!({"repost": true}));
    assert_eq!(line.attempt(&insisting, AMPLE).await.name(), "posted");
    assert_eq!(line.attempt(&insisting, AMPLE).await.name(), "duplicate");
}

#[tokio::test]
async fn an_okta_that_takes_a_second_and_a_half_for_each_answer_gets_whole_messages() {
    join_all(["v2", "v1", "on-behalf", "v2-by-24-hex"].map(async |case| {
        let line = Line::new(case, &service_app_secret(), None).await;
        line.fault("any=slow:1500ms");
        let attempt = line.attempt(&line.event, Duration::from_secs(88)).await;
        assert_eq!(
            (attempt.name(), attempt.degraded()),
            ("posted", [].as_slice()),
            "{case}: {:?}",
            attempt.result
        );
    }))
    .await;
}

/// A read is sent again after five seconds. An invocation keeps two seconds for its end.
#[tokio::test]
async fn a_section_gets_eight_seconds_or_half_of_the_time() {
    let cases: [(u64, &[&str], bool); 4] = [
        (60, &["hangx1", "slow:2s"], true),
        (60, &["hangx1", "slow:4s"], false),
        (60, &["slow:4s"], true),
        (8, &["slow:4s"], false),
    ];
    join_all(cases.map(async |(limit, faults, is_whole)| {
        let line = Line::new("v2", TOKEN, None).await;
        for fault in faults {
            line.fault(&format!("groups={fault}"));
        }
        let attempt = line.attempt(&line.event, Duration::from_secs(limit)).await;
        let lacks: &[&str] = if is_whole { &[] } else { &["access"] };
        assert_eq!((attempt.name(), attempt.degraded()), ("posted", lacks), "{limit} s, {faults:?}");
    }))
    .await;
}

#[tokio::test]
async fn what_okta_does_not_know_of_a_new_request_it_may_know_in_a_minute() {
    for (case, call, fault) in
        [("v2", "post", "404"), ("v1", "post", "409"), ("no-debug-data", "request", "404")]
    {
        let line = Line::new(case, TOKEN, None).await;
        line.fault(&format!("{call}={fault}"));
        let event = fresh(&line.event);
        let error = line.attempt(&event, AMPLE).await.result.unwrap_err();
        assert_eq!(error.class().as_str(), "Retryable", "{call}");
        let text = error.to_string();
        assert!(text.contains(&format!("Okta answered {fault}")), "{text}");
        assert!(text.ends_with("; the request is new, so this may pass"), "{text}");
        line.okta.clear_faults();
        assert_eq!(line.attempt(&event, AMPLE).await.name(), "posted");
        assert_eq!(line.messages(), 1);
    }
}

#[tokio::test]
async fn an_error_says_what_to_do() {
    for (call, fault, says) in [
        ("post v2", "400", "look up the request id in the org's System Log"),
        ("person", "401", "see in the Admin Console (Security > API > Tokens)"),
        ("token", "401", "the public key of this id is registered and active"),
        ("post v1", "403", "give the role Access Requests Administrator (ACCESS_REQUESTS_ADMIN)"),
        (
            "person",
            "403:okta.users.read",
            "lacks the OAuth scope `okta.users.read`; grant it to the service app",
        ),
        ("person", "404", "compare the id with the org in OKTA_ORG_URL"),
        ("post v2", "409", "a closed request takes no messages"),
    ] {
        let (_, attempt) = first_attempt(call, fault, false).await;
        let text = attempt.result.unwrap_err().to_string();
        assert!(text.contains(says), "{call}, {fault}: {text}");
    }
    let (_, attempt) = first_attempt("post v2", "503", false).await;
    let text = attempt.result.unwrap_err().to_string();
    assert!(
        text.starts_with("failed to post the message, and whether it arrived is not known: POST /gov"),
        "{text}"
    );
}
