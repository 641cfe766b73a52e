//! Says on stderr why the rules of a policy do not match a request. The texts hold values of people's
//! profiles: they are for the operator who asks for them by `-v`.

use okta_request_enricher::error::Error;
use okta_request_enricher::policy::unmet::Miss;

use crate::terminal;

/// A line for each rule, below the request that `name` names.
pub(crate) fn print(name: &str, misses: &Result<Vec<Miss>, Error>) {
    match misses {
        Ok(misses) => {
            for Miss { rule, unmet } in misses {
                let unmet: Vec<_> =
                    unmet.iter().map(|unmet| format!("match.{}: {}", unmet.condition, unmet.text)).collect();
                terminal::eprintln!("{name}: rule {rule} does not match: {}", unmet.join("; "));
            }
        }
        Err(error) => terminal::eprintln!("{name}: why no rule matches is unknown: {error}"),
    }
}
