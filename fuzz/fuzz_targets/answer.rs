//! Whatever Okta answers to one of its calls, the attempt ends in a message that Okta takes or in an error in
//! the project's form. The first byte of an input chooses the call and the event, the other bytes are the
//! answer's body: `0` to `8` are the calls for the first event, `K`, `L` and `M` those of `RARE_CALLS`. The
//! answer travels over real HTTP, from the simulator to the client.

#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::handler::Enricher;
use okta_simulator::{Calls, Fault, FaultKind, Simulator, World};
use tokio::runtime::{Builder, Runtime};

const CALLS: [&str; 9] = ["user", "request", "groups", "links", "app", "group", "bundle", "type", "post"];

const EVENTS: [&str; 3] = [
    include_str!("../../events/access.request.create--v1.json"),
    include_str!("../../events/access.request.create--v2.json"),
    include_str!("../../events/access.request.create--on-behalf.json"),
];

/// Calls to which few events lead: each with the place of one in [`EVENTS`] that does.
const RARE_CALLS: [(&str, usize); 3] = [("list", 1), ("users", 0), ("catalog", 1)];

/// The person of the first event.
const PERSON: &str = "00u1KxrytILnG4bL2AFG";

/// A new one costs a hundred times as much as a run, and an old one slows down: the simulator remembers every
/// call.
const RUNS_OF_ONE_LINE: usize = 100;

/// An Okta and the enricher that calls it.
struct Line {
    runtime: Runtime,
    okta: Simulator,
    enricher: Enricher,
    runs: usize,
    /// How the profile of [`PERSON`] names their manager.
    manager: String,
}

impl Line {
    fn new() -> Line {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let okta = runtime.block_on(Simulator::start()).expect("a free port");
        okta.with_world(|world| (world.limits.directory, world.limits.governance) = (u32::MAX, u32::MAX));
        let enricher = support::enricher(&okta, &okta.token(), &[]);
        let manager = |world: &mut World| world.user_mut(PERSON)["profile"]["managerId"].to_string();
        let manager = okta.with_world(manager).replace('"', "");
        Line { runtime, okta, enricher, runs: 0, manager }
    }

    /// One whose token may read no app and no bundle: it asks the access catalog for their names.
    fn with_few_rights() -> Line {
        let line = Line::new();
        line.okta.with_world(|world| world.token_roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()]);
        line
    }

    fn run(&mut self, call: &'static str, event: usize, body: &[u8]) {
        let Line { runtime, okta, enricher, runs, manager } = self;
        *runs += 1;
        let event = okta.with_world(|world| {
            // An address that is no login is searched for.
            let manager = if call == "users" { "manager@example.org" } else { manager.as_str() };
            world.user_mut(PERSON)["profile"]["managerId"] = manager.into();
            // Another request each time: the ledger answers a request once.
            world.another_request(EVENTS[event], *runs)
        });
        let on = Calls::Named(call);
        okta.clear_faults();
        okta.fault(Fault { on, times: None, kind: FaultKind::Body(body.to_vec()) });

        let messages = okta.messages().len();
        let attempt = runtime.block_on(support::attempt(enricher, event, Duration::from_secs(20)));
        if let Err(error) = &attempt.result {
            assert!(error.to_string().starts_with("failed to "), "{error}");
        }
        let posted = okta.messages().len() - messages;
        assert_eq!(posted, usize::from(attempt.name() == "posted"), "{:?}", attempt.result);
        // A made-up page may link to another that does not exist.
        let of_client = |what: &String| !what.contains("the list refused the parameters");
        let complaints: Vec<String> = okta.complaints().into_iter().filter(of_client).collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

thread_local! {
    static LINE: RefCell<Option<Line>> = const { RefCell::new(None) };
    static LINE_WITH_FEW_RIGHTS: RefCell<Option<Line>> = const { RefCell::new(None) };
}

/// The call of this choice, and the place of its event.
fn chosen(choice: usize) -> (&'static str, usize) {
    let choice = choice % (CALLS.len() * EVENTS.len() + RARE_CALLS.len());
    let rare = choice.checked_sub(CALLS.len() * EVENTS.len());
    rare.map_or_else(|| (CALLS[choice % CALLS.len()], choice / CALLS.len()), |rare| RARE_CALLS[rare])
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let (call, event) = chosen(choice.wrapping_sub(b'0').into());
    let (line, new): (_, fn() -> Line) = match call {
        "catalog" => (&LINE_WITH_FEW_RIGHTS, Line::with_few_rights),
        _ => (&LINE, Line::new),
    };
    line.with_borrow_mut(|line| {
        line.take_if(|line| line.runs == RUNS_OF_ONE_LINE);
        line.get_or_insert_with(new).run(call, event, body);
    });
});
