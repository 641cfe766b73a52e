//! Any policy file is read, or refused with at least one fault; its templates are tried out on the way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::policy::Policy;

fuzz_target!(|text: &str| {
    if let Err(faults) = Policy::check(text) {
        assert!(!faults.is_empty());
    }
});
