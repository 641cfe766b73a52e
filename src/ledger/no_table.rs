//! In place of `dynamodb` in a build without the cargo feature `aws`: a type without values, so
//! that there is never such a table.

use jiff::Timestamp;

use super::error::Failure;
use super::protocol::{Record, View};
use super::write::{Condition, Written};

/// No table.
#[derive(Debug)]
pub enum Table {}

#[expect(clippy::unused_async, reason = "as with AWS")]
impl Table {
    pub(super) fn name(&self) -> &str {
        match *self {}
    }

    pub(super) async fn read(&self, _: &str) -> Result<Option<Record>, Failure> {
        match *self {}
    }

    pub(super) async fn began(&self) -> Result<Option<Timestamp>, Failure> {
        match *self {}
    }

    pub(super) async fn since(&self, _: Timestamp) -> Result<Timestamp, Failure> {
        match *self {}
    }

    pub(super) async fn write(&self, _: &View, _: &Record, _: Condition) -> Result<Written, Failure> {
        match *self {}
    }
}
