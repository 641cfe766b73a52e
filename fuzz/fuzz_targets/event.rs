//! Whatever EventBridge delivers, the parser returns an event or an error in the project's form. It never
//! panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::event;

fuzz_target!(|payload: &[u8]| {
    if let Err(error) = event::parse(payload) {
        assert!(error.to_string().starts_with("failed to "), "{error}");
    }
});
