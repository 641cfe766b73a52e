//! Any answer of Okta, to whichever call, ends in a message that Okta takes, or in words. The first byte chooses the call,
//! the rest is the answer's body; it comes over real HTTP.

#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::config::Config;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{Clock, Enricher};
use okta_request_enricher::credential::Credential;
use okta_simulator::{Calls, Fault, FaultKind, Simulator};

const CALLS: [&str; 9] = ["user", "request", "groups", "links", "app", "group", "bundle", "type", "post"];

const EVENTS: [&str; 3] = [
    include_str!("../../events/access.request.create--v1.json"),
    include_str!("../../events/access.request.create--v2.json"),
    include_str!("../../events/access.request.create--on-behalf.json"),
];

/// One of each for many runs: a new enricher would cost each of them most of its time. Not for all: the simulator
/// remembers every call.
struct Line {
    runtime: tokio::runtime::Runtime,
    okta: Simulator,
    enricher: Enricher,
    runs: usize,
}

impl Line {
    fn new() -> Line {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let okta = runtime.block_on(Simulator::start()).expect("a free port");
        okta.with_world(|world| (world.limits.directory, world.limits.governance) = (u32::MAX, u32::MAX));
        let url = okta.url();
        let config = Config::from_lookup(|name| match name {
            "OKTA_ORG_URL" => Some(url.clone()),
            "OKTA_SECRET_ID" => Some("unused".into()),
            "MAX_EVENT_AGE" => Some("4000000000".into()),
            _ => None,
        });
        let credential = Credential::parse(&okta.token()).expect("a token");
        let enricher = Enricher::with_credential(config.expect("a configuration"), credential, Clock::System);
        Line { runtime, okta, enricher: enricher.expect("an enricher"), runs: 0 }
    }
}

thread_local!(static LINE: RefCell<Option<Line>> = const { RefCell::new(None) });

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let choice = usize::from(*choice);
    LINE.with_borrow_mut(|line| {
        if line.as_ref().is_some_and(|line| line.runs == 1000) {
            *line = None;
        }
        let Line { runtime, okta, enricher, runs } = line.get_or_insert_with(Line::new);
        *runs += 1;
        let event = okta.with_world(|world| world.another_request(EVENTS[choice % EVENTS.len()], *runs));
        okta.clear_faults();
        let on = Calls::Named(CALLS[choice % CALLS.len()]);
        okta.fault(Fault { on, times: None, kind: FaultKind::Body(body.to_vec()) });
        let deadline = Deadline::after(Duration::from_secs(20));
        let attempt = runtime.block_on(enricher.handle(event.as_bytes(), "fuzz", deadline));
        if let Err(error) = &attempt.result {
            assert!(error.to_string().starts_with("failed to "), "{error}");
        }
        assert!(okta.complaints().is_empty(), "{:?}", okta.complaints());
    });
});
