//! A [`Failure`] is why a command could not do its work. A [`Problem`] is one that a command may show in
//! another way.

use std::fmt;

use okta_request_enricher::error::Error;

/// Ends a command with exit status 2. Its text reads alone: what failed, on what, why, what to do.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// What failed, with its remedy apart.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) cause: String,
    /// What to do; `None` if waiting is all.
    pub(crate) remedy: Option<&'static str>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        self.remedy.map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

impl std::error::Error for Problem {}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem { cause: error.cause().to_owned(), remedy: error.remedy() }
    }
}
