//! The ledger: at most two messages a request, and two only where an attempt ended in doubt.
//!
//! `histories` random histories through DynamoDB's double and the pure protocol, which end equal · `table` the ledger in DynamoDB's double and in memory · `model` every order of crashes, retries and lost
//! writes, through the real protocol.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod histories;
mod model;
mod table;
