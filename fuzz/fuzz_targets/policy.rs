//! Whatever a policy file contains, the check accepts it or reports at least one error. The check also
//! renders the file's templates, so templates are fuzzed too.

#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::policy::Policy;

fuzz_target!(|text: &str| {
    if let Err(faults) = Policy::check(text) {
        assert!(!faults.is_empty());
    }
});
