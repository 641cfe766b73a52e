//! [`Housekeeping`]: what a scheduled run found and did, in numbers.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::request::Api;
use crate::text;

/// What the housekeeping found and did. All counts are of access requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Housekeeping {
    /// Open requests that were compared with the ledger.
    pub open: usize,
    /// Lost ones that have their message now.
    pub posted: usize,
    /// Requests without a message that get none, such as those that no rule matches.
    pub skipped: usize,
    /// Lost ones that failed. The next run tries them again.
    pub failed: usize,
    /// Lost ones that this run had no time for. The next run continues with them.
    pub left: usize,
    /// Requests that seem lost, on which nothing is posted: another id may have the message, or Okta does not say
    /// who gets the access.
    pub unproven: usize,
    /// Okta's log stream.
    pub stream: Stream,
    /// Lists of requests that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadList>,
}

/// A list of requests that the housekeeping could not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadList {
    /// The generation of its requests.
    pub list: Api,
    /// The code of the failure.
    pub code: &'static str,
    /// What Okta answered.
    pub reason: String,
}

impl fmt::Display for Housekeeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Housekeeping { open, posted, skipped, failed, left, unproven, stream, unread } = self;
        let (compared, stream) = (text::count(*open, "open request"), stream.as_str());
        let unread: Vec<_> = unread.iter().map(|list| list.list.as_str()).collect();
        let unread = match unread[..] {
            [] => String::new(),
            _ => format!("; lists not read: {}", unread.join(", ")),
        };
        write!(
            f,
            "housekeeping: {compared} compared; of the lost ones {posted} posted, {skipped} skipped, {failed} failed, \
             {left} left for the next run, {unproven} unproven; log stream {stream}{unread}"
        )
    }
}

/// The state of the log stream that leads to this function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// It could not be read, or there is none.
    #[default]
    Unknown,
    /// Okta sends events.
    Active,
    /// Okta or an admin turned it off.
    Inactive,
}

impl Serialize for Stream {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Stream {
    /// Its name in answers and log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stream::Unknown => "unknown",
            Stream::Active => "ACTIVE",
            Stream::Inactive => "INACTIVE",
        }
    }
}
