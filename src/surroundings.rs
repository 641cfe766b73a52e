//! [`Surroundings`]: what a process gets from outside and can't know beforehand: connections, the time, random
//! numbers. The Lambda gets the real ones. With given ones, a whole run can be played again exactly.

use std::path::Path;

use crate::clock::Clock;
use crate::http::{Http, HttpError};
use crate::luck::Luck;

/// The connections, the clock and the random numbers of a process. Clones share them.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Sends all calls.
    pub http: Http,
    /// Says what time it is.
    pub clock: Clock,
    /// Gives random numbers.
    pub luck: Luck,
}

impl Surroundings {
    /// The network, the system's time and the system's random numbers. [`Http::new`] explains the arguments.
    ///
    /// # Errors
    ///
    /// Fails if no HTTP client can be made.
    pub fn real(extra_roots: Option<&Path>, local: bool) -> Result<Surroundings, HttpError> {
        let http = Http::new(extra_roots, local)?;
        Ok(Surroundings { http, clock: Clock::System, luck: Luck::System })
    }

    /// The same with connections of its own, for other servers.
    ///
    /// # Errors
    ///
    /// Fails if no HTTP client can be made.
    pub fn apart(&self) -> Result<Surroundings, HttpError> {
        Ok(Surroundings { http: self.http.apart()?, ..self.clone() })
    }
}
