//! Every call, failing in every way: the tables of `docs/faults.md` are run cell by cell, over real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::future::join_all;
use okta_request_enricher::error::{Class, Error};
use okta_request_enricher::handler::Enricher;
use okta_request_enricher::message::Message;
use okta_request_enricher::okta::Resolution;
use okta_request_enricher::outcome::{Attempt, Outcome, Post};
use okta_simulator::{Simulator, TOKEN, World, service_app_secret};
use support::*;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// The Markdown tables of the documentation, each below its heading.
struct Tables(BTreeMap<String, Vec<Vec<String>>>);

impl Tables {
    fn read() -> Tables {
        let text = std::fs::read_to_string("docs/faults.md").unwrap();
        let mut tables: BTreeMap<_, Vec<Vec<String>>> = BTreeMap::new();
        let mut heading = String::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                title.clone_into(&mut heading);
            } else if let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix('|')) {
                let row = row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
                tables.entry(heading.clone()).or_default().push(row);
            }
        }
        Tables(tables)
    }

    /// The rows of the table below `heading`, its head with them.
    fn table(&self, heading: &str) -> &[Vec<String>] {
        self.0.get(heading).unwrap_or_else(|| panic!("docs/faults.md has no table below `{heading}`"))
    }

    fn rows(&self, heading: &str) -> &[Vec<String>] {
        &self.table(heading)[1..]
    }

    /// Each cell of a table of outcomes: row, column, outcome. Rows and columns that name several things are all of them.
    fn cells(&self, heading: &str) -> Vec<(String, String, String)> {
        let (head, rows) = self.table(heading).split_first().unwrap();
        let mut cells = Vec::new();
        for row in rows {
            assert_eq!(row.len(), head.len(), "{heading}: {row:?}");
            for (columns, outcome) in head.iter().zip(row).skip(1) {
                for column in columns.split(", ") {
                    cells.extend(row[0].split(", ").map(|row| (row.into(), column.into(), outcome.clone())));
                }
            }
        }
        cells
    }

    /// The names in the first column.
    fn names(&self, heading: &str) -> Vec<&str> {
        self.rows(heading).iter().map(|row| row[0].as_str()).collect()
    }

    fn row(&self, heading: &str, name: &str) -> &[String] {
        let found = self.rows(heading).iter().find(|row| row[0].split(", ").any(|part| part == name));
        found.unwrap_or_else(|| panic!("`{name}` is not in the table below `{heading}`"))
    }
}

/// How a call is brought about, and picked for its fault.
struct Staging {
    /// The sample event that leads to it.
    case: &'static str,
    /// The call, as the simulator's faults name it.
    call: &'static str,
    /// The call after which Okta is to be gone, so that this one is refused; none: from the start.
    before: Option<&'static str>,
}

fn staging(call: &str) -> Staging {
    const ZOE: &str = "GET /api/v1/users/00u1F5GHSf7bLpPyKNqn$";
    const ZOES_MANAGER: &str = "GET /api/v1/users/rosa";
    const LANS_MANAGER: &str = "GET /api/v1/users/tomasz";
    const ANYONE: &str = "user";
    let (case, call, before) = match call {
        "token" => ("v2", "token", None),
        "person" => ("v2", ZOE, None),
        "manager" => ("v2", ZOES_MANAGER, Some(ZOE)),
        "request" => ("v2", "request", None),
        "needed request" => ("no-debug-data", "request", None),
        "list" => ("v2-by-24-hex", "list", None),
        "groups" => ("v2", "groups", Some(LANS_MANAGER)),
        "links" => ("v2", "links", Some(LANS_MANAGER)),
        "app" => ("v2", "app", Some("request")),
        "group" => ("on-behalf", "group", Some("request")),
        "bundle" => ("v2", "bundle", Some("request")),
        "type" => ("v1", "type", Some("request")),
        "post v1" => ("v1", "post", Some(ANYONE)),
        "post v2" => ("v2", "post", Some(ANYONE)),
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
        let file = tempfile::NamedTempFile::new().unwrap();
        if let Some(policy) = policy {
            std::fs::write(file.path(), policy).unwrap();
        }
        let settings = policy.map(|_| ("ENRICHMENT_FILE", file.path().to_str().unwrap()));
        let enricher = support::line::enricher(&okta, secret, settings.as_slice());
        Line { okta, enricher, event: event(case) }
    }

    fn fault(&self, fault: &str) {
        self.okta.fault(fault.parse().unwrap());
    }

    async fn attempt(&self, payload: &str, limit: Duration) -> Attempt {
        support::line::attempt(&self.enricher, payload, limit).await
    }

    /// Another event leaves a connection and an access token behind, as any but the first of a process finds them.
    async fn warm(&self) {
        let another = self.okta.with_world(|world| world.another_request(&event("no-manager"), 1));
        assert_eq!(self.attempt(&another, AMPLE).await.result, Ok(Outcome::Posted));
    }

    fn messages(&self) -> usize {
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        let warming = format!("{:024x}", 1);
        self.okta.messages().iter().filter(|posted| posted.request_id != warming).count()
    }
}

const AMPLE: Duration = Duration::from_secs(20);

fn event(case: &str) -> String {
    std::fs::read_to_string(format!("events/access.request.create--{case}.json")).unwrap()
}

/// The same event, published now.
fn fresh(event: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(event).unwrap();
    event["detail"]["published"] = jiff::Timestamp::now().to_string().into();
    event.to_string()
}

/// Elsewhere an API token makes no difference, and costs the simulator no checks of signatures.
fn needs_service_app(call: &str, fault: &str) -> bool {
    matches!(call, "token" | "list") || fault == "401"
}

/// Stages a call with its fault; the first attempt on it.
async fn first_attempt(call: &str, fault: &str, once: bool) -> (Line, Attempt) {
    let Staging { case, call: selector, before } = staging(call);
    let secret = if needs_service_app(call, fault) { service_app_secret() } else { TOKEN.to_owned() };
    if fault == "gone" {
        // The person alone is read before the post, and one by one.
        let policy = "[[rule]]\nname = \"r\"\nsections = [\"profile\"]\n";
        let case = if before == Some("GET /api/v1/users/tomasz") { "on-behalf" } else { case };
        let mut line = Line::new(case, &secret, (selector == "post").then_some(policy)).await;
        if call != "token" {
            line.warm().await;
        }
        match before {
            None => line.okta.refuse_connections(),
            Some(before) => line.fault(&format!("{before}=gone")),
        }
        if selector == "post" {
            line.event = fresh(&line.event);
        }
        let attempt = line.attempt(&line.event, AMPLE).await;
        return (line, attempt);
    }
    let line = Line::new(case, &secret, None).await;
    if selector == "list" {
        line.warm().await;
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
    let result = attempt.result.as_ref().map_err(Error::class);
    match (result, attempt.post) {
        (Ok(Outcome::Posted), Post::Stands) if !attempt.degraded.is_empty() => "degraded",
        (Ok(Outcome::Posted), Post::Stands) if attempt.resolution == Some(Resolution::Unproven) => "as given",
        (Ok(Outcome::Posted), Post::Stands) => "posted",
        (Err(Class::Retryable), Post::No) => "Retryable",
        (Err(Class::Permanent), Post::No) => "Permanent",
        (Err(Class::Retryable), Post::InDoubt) => "in doubt",
        _ => panic!("no cell says this: {:?}, {:?}", attempt.result, attempt.post),
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
        let text = format!("{place}: {what}: {:?} {:?}", attempt.result, attempt.degraded);
        let message = attempt.message.as_ref().map_or("", Message::as_str);
        Err(Wrong { text, late: attempt.result.is_ok() && message.contains("no answer from Okta in time") })
    };
    let word = word_for(&attempt);
    if word != expected {
        return wrong(&format!("`{word}`, not `{expected}`"));
    }
    if word == "degraded" && attempt.degraded.join(", ") != *lack {
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
    let next = line.attempt(&line.event, AMPLE).await;
    let [_, then, messages] = tables.row("The next attempt", word) else { panic!("{word}") };
    let doubtful = next.grant.as_ref().is_some_and(okta_request_enricher::ledger::Grant::doubtful);
    let found = match (&next.result, doubtful) {
        (Ok(Outcome::Duplicate), false) => "duplicate",
        (Ok(Outcome::Posted), false) => "posted",
        (Ok(Outcome::Posted), true) => "posted, told as doubtful",
        _ => return wrong(&format!("the next attempt: {:?}", next.result)),
    };
    let count = 1 + usize::from(took_effect);
    if found != then || !messages.contains(&count.to_string()) || line.messages() != count {
        return wrong(&format!("the next attempt: {found}, {} messages", line.messages()));
    }
    Ok(())
}

/// Where many cells work at once, a section may come too late for its message; those that wait are in nobody's way.
static WORKING: Semaphore = Semaphore::const_new(4);
static WAITING: Semaphore = Semaphore::const_new(8);

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
async fn two_posts_in_doubt_are_never_followed_by_a_third() {
    let tables = Tables::read();
    let [_, then, _] = tables.row("The next attempt", "twice") else { panic!() };
    let (class, says) = then.split_once(": ").unwrap();
    let line = Line::new("v2", TOKEN, None).await;
    line.fault("post=500-afterx2");
    for doubtful in [false, true] {
        let attempt = line.attempt(&line.event, AMPLE).await;
        assert_eq!(word_for(&attempt), "in doubt");
        assert_eq!(attempt.grant.unwrap().doubtful(), doubtful);
    }
    let error = line.attempt(&line.event, AMPLE).await.result.unwrap_err();
    assert_eq!(error.class().as_str(), class);
    assert!(error.to_string().contains(says.trim_matches('"')), "{error}");
    assert!(error.to_string().contains("enricher redrive --repost"), "{error}");
    assert_eq!(line.messages(), 2);

    // An operator who looked, and insists.
    let mut insisting: serde_json::Value = serde_json::from_str(&line.event).unwrap();
    insisting["redrive"] = serde_json::json!({"repost": true});
    assert_eq!(line.attempt(&insisting.to_string(), AMPLE).await.result, Ok(Outcome::Posted));
    assert_eq!(line.attempt(&insisting.to_string(), AMPLE).await.result, Ok(Outcome::Duplicate));
}

#[tokio::test]
async fn what_okta_does_not_know_of_a_new_request_it_may_know_in_a_minute() {
    for (case, call, fault) in
        [("v2", "post", "404"), ("v1", "post", "409"), ("no-debug-data", "request", "404")]
    {
        let line = Line::new(case, TOKEN, None).await;
        line.fault(&format!("{call}={fault}"));
        let event = fresh(&line.event);
        let Err(error) = line.attempt(&event, AMPLE).await.result else { panic!("{call}") };
        let text = error.to_string();
        assert_eq!(error.class(), Class::Retryable, "{text}");
        assert!(text.contains(&format!("Okta answered {fault}")), "{text}");
        assert!(text.ends_with("; the request is new, so this may pass"), "{text}");
        line.okta.clear_faults();
        assert_eq!(line.attempt(&event, AMPLE).await.result, Ok(Outcome::Posted));
        assert_eq!(line.messages(), 1);
    }
}

#[tokio::test]
async fn an_error_says_what_to_do() {
    for (call, fault, says) in [
        ("post v2", "400", "look up the error id in the org's System Log"),
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

/// A call to AWS, and the fault that is to meet it.
struct OfAws {
    okta: Simulator,
    aws: Aws,
    /// Before the service that fails.
    proxy: Proxy,
}

impl OfAws {
    async fn start() -> OfAws {
        let okta = Simulator::start().await.unwrap();
        let aws = Aws::start();
        aws.set_secret(okta.token());
        let proxy = Proxy::start(aws.url().trim_start_matches("http://").parse::<SocketAddr>().unwrap());
        OfAws { okta, aws, proxy }
    }

    fn process(&self, failing: &str, through_proxy: bool) -> Lambda {
        let service = match failing {
            "secret" => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            "bus" => "AWS_ENDPOINT_URL_EVENTBRIDGE",
            _ => "AWS_ENDPOINT_URL_DYNAMODB",
        };
        let url = if through_proxy { format!("http://{}", self.proxy.addr()) } else { self.aws.url() };
        let env = [
            ("OKTA_ORG_URL", self.okta.url()),
            ("OKTA_SECRET_ID", SECRET_NAME.to_owned()),
            ("LEDGER_TABLE", LEDGER_TABLE.to_owned()),
            ("OUTCOME_BUS", "outcomes".to_owned()),
            ("MAX_EVENT_AGE", "4000000000".to_owned()),
            (service, url),
        ];
        Lambda::spawn(Path::new(env!("CARGO_BIN_EXE_okta-request-enricher")), &env, &self.aws)
    }

    fn fail(&self, call: &str, fault: &str) {
        let of_table = |fault: &str| match fault {
            "hangs" => LedgerFault::Hangs,
            "throttled" => LedgerFault::Throttled,
            "internal error" => LedgerFault::Internal,
            "access denied" => LedgerFault::AccessDenied,
            "not found" => LedgerFault::NotFound,
            "validation" => LedgerFault::Validation,
            "lost answer" => LedgerFault::AnswerLost,
            _ => panic!("what is the fault `{fault}`?"),
        };
        match call {
            "secret" => self.aws.fail_secret(match fault {
                // Of a read, it is the same.
                "hangs" | "lost answer" => SecretFault::Hangs,
                "throttled" => SecretFault::Throttled,
                "internal error" => SecretFault::Internal,
                "access denied" => SecretFault::AccessDenied,
                "not found" => SecretFault::NotFound,
                "validation" => SecretFault::Validation,
                _ => panic!("what is the fault `{fault}`?"),
            }),
            "bus" => self.aws.fail_events(match fault {
                "hangs" => EventsFault::Hangs,
                "throttled" => EventsFault::Throttled,
                "internal error" => EventsFault::Internal,
                "access denied" => EventsFault::AccessDenied,
                "not found" => EventsFault::NotFound,
                "validation" => EventsFault::Validation,
                "lost answer" => EventsFault::AnswerLost,
                _ => panic!("what is the fault `{fault}`?"),
            }),
            "claim" => self.aws.fail_ledger(of_table(fault)),
            // The claim passes.
            _ => self.aws.fail_ledger_after(1, of_table(fault)),
        }
    }

    /// Refuses connections from the moment on at which nothing but the failing call is left.
    async fn refuse_before(&mut self, call: &str) {
        match call {
            "record" | "release" => {
                while self.aws.records().is_empty()
                    || !self.okta.calls().iter().any(|call| call.method == "POST")
                {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                self.proxy.refuse().await;
            }
            _ => self.proxy.refuse().await,
        }
    }
}

/// Runs a cell of the tables of AWS; what is wrong with it.
async fn check_aws(
    (fault, call, expected): &(String, String, String),
    next: &[(String, String, String)],
) -> Result<(), String> {
    let refused = fault == "refused connection";
    let mut of = OfAws::start().await;
    if call == "secret" {
        if refused { of.refuse_before(call).await } else { of.fail(call, fault) }
    }
    let process = of.process(call, refused);
    process.wait_for_next().await;
    match (call.as_str(), refused) {
        ("secret", _) => {}
        (_, false) => of.fail(call, fault),
        ("record" | "release", true) => of.okta.fault("post=slow:1s".parse().unwrap()),
        (_, true) => of.refuse_before(call).await,
    }
    if call == "release" {
        of.okta.with_world(|world| world.request_mut("req16zRXf4PBGnr7o18A")["status"] = "LOCKED".into());
        // What tells that it is closed before the post.
        of.okta.fault("request=503".parse().unwrap());
    }
    let options = |time_limit| InvokeOptions { request_id: Some("lambda".into()), time_limit };
    let invoked = process.invoke_with(event("v2"), options(Duration::from_secs(10)));
    let answer = if refused && matches!(call.as_str(), "record" | "release") {
        tokio::join!(invoked, of.refuse_before(call)).0
    } else {
        invoked.await
    };
    let logged = process.log_lines_json().iter().any(|line| {
        let text = line["message"].as_str().unwrap_or_default();
        line["level"] == "WARN" && text.starts_with("failed to ") && line.get("outcome").is_none()
    });
    let word = match &answer {
        Answer::Response(answer) => answer["outcome"].as_str().unwrap().to_owned(),
        Answer::Error { error_type, .. } => error_type.clone(),
        other => format!("{other:?}"),
    };
    let found = if logged { format!("{word}, logged") } else { word };
    let place = format!("{fault} / {call}");
    if found != *expected {
        return Err(format!("{place}: `{found}`, not `{expected}`: {answer:?} {:?}", process.logs()));
    }
    if let Answer::Error { error_message, .. } = &answer
        && call != "release"
    {
        let says =
            if call == "secret" { "failed to read the secret `" } else { "failed to claim the request `" };
        assert!(error_message.starts_with(says), "{place}: {error_message}");
    }

    of.okta.clear_faults();
    of.okta.with_world(|world| world.request_mut("req16zRXf4PBGnr7o18A")["status"] = "PENDING".into());
    of.aws.set_secret(of.okta.token());
    of.aws.heal_ledger();
    of.aws.heal_events();
    let process = if refused { of.process(call, false) } else { process };
    let answer = process.invoke_with(event("v2"), options(Duration::from_secs(30))).await.response();
    let line = process.log_lines_json().pop().unwrap();
    let found = match (answer["outcome"].as_str(), line["Doubtful"].as_u64(), of.okta.messages().len()) {
        (Some("posted"), Some(0), 1) => "posted",
        (Some("posted"), Some(1), 1) => "posted, told as doubtful",
        (Some("posted"), Some(1), 2) => "posted again, told as doubtful",
        (Some("duplicate"), Some(0), 1) => "duplicate",
        other => return Err(format!("{place}: the next attempt: {other:?}")),
    };
    let [(.., then)] = &next.iter().filter(|(a, b, _)| (a, b) == (fault, call)).collect::<Vec<_>>()[..]
    else {
        return Err(format!("{place}: the next attempt has no cell"));
    };
    if found == then { Ok(()) } else { Err(format!("{place}: the next attempt: `{found}`, not `{then}`")) }
}

#[tokio::test]
async fn a_fault_of_aws_ends_as_its_cell_says() {
    let tables = Tables::read();
    let (cells, next) = (tables.cells("A fault of AWS that lasts"), tables.cells("The next attempt at AWS"));
    assert_eq!((cells.len(), next.len()), (8 * 5, 8 * 5));
    let places = Semaphore::new(6);
    let checked = cells.iter().map(async |cell| {
        let _place = places.acquire().await.unwrap();
        check_aws(cell, &next).await.err()
    });
    let wrong: Vec<_> = join_all(checked).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} cells of AWS:\n{}", wrong.len(), wrong.join("\n"));
}
