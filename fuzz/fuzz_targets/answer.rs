//! Whatever Okta answers to one of its calls, the attempt ends in a message that Okta takes or in an error in
//! the project's form. The first byte of an input chooses the call and the event, the other bytes are the
//! answer's body: `0` to `8` are the calls for the first event. The answer travels over real HTTP, from the
//! simulator to the client.

#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::handler::Enricher;
use okta_simulator::{Calls, Fault, FaultKind, Simulator};
use tokio::runtime::{Builder, Runtime};

const CALLS: [&str; 9] = ["user", "request", "groups", "links", "app", "group", "bundle", "type", "post"];

const EVENTS: [&str; 3] = [
    include_str!("../../events/access.request.create--v1.json"),
    include_str!("../../events/access.request.create--v2.json"),
    include_str!("../../events/access.request.create--on-behalf.json"),
];

/// A new one costs a hundred times as much as a run, and an old one slows down: the simulator remembers every
/// call.
const RUNS_OF_ONE_LINE: usize = 100;

/// An Okta and the enricher that calls it.
struct Line {
    runtime: Runtime,
    okta: Simulator,
    enricher: Enricher,
    runs: usize,
}

impl Line {
    fn new() -> Line {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let okta = runtime.block_on(Simulator::start()).expect("a free port");
        okta.with_world(|world| (world.limits.directory, world.limits.governance) = (u32::MAX, u32::MAX));
        let enricher = support::enricher(&okta, &okta.token(), &[]);
        Line { runtime, okta, enricher, runs: 0 }
    }

    fn run(&mut self, choice: usize, body: &[u8]) {
        let Line { runtime, okta, enricher, runs } = self;
        *runs += 1;
        // Another request each time: the ledger answers a request once.
        let event = EVENTS[choice / CALLS.len() % EVENTS.len()];
        let event = okta.with_world(|world| world.another_request(event, *runs));
        let on = Calls::Named(CALLS[choice % CALLS.len()]);
        okta.clear_faults();
        okta.fault(Fault { on, times: None, kind: FaultKind::Body(body.to_vec()) });

        let messages = okta.messages().len();
        let attempt = runtime.block_on(support::attempt(enricher, event, Duration::from_secs(20)));
        if let Err(error) = &attempt.result {
            assert!(error.to_string().starts_with("failed to "), "{error}");
        }
        let posted = okta.messages().len() - messages;
        assert_eq!(posted, usize::from(attempt.name() == "posted"), "{:?}", attempt.result);
        assert!(okta.complaints().is_empty(), "{:?}", okta.complaints());
    }
}

thread_local!(static LINE: RefCell<Option<Line>> = const { RefCell::new(None) });

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    LINE.with_borrow_mut(|line| {
        line.take_if(|line| line.runs == RUNS_OF_ONE_LINE);
        line.get_or_insert_with(Line::new).run(choice.wrapping_sub(b'0').into(), body);
    });
});
