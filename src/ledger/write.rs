//! The terms of a write, which both stores keep: under which [`Condition`] it is made, and how it ended.

use super::protocol::Record;

/// When a record may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// Only if the stored records equal the view exactly.
    AsViewed,
    /// Whatever is stored.
    Always,
}

/// How a write ended.
pub(super) enum Written {
    /// The record is stored under every id.
    Done,
    /// Nothing was written, because these ids hold other records than expected.
    Refused(Vec<(String, Option<Record>)>),
    /// Nothing was written: the table was busy with one of the ids.
    Busy,
}
