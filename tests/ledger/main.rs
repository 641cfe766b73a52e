//! The ledger: at most two messages a request, and two only where an attempt ended in doubt.
//!
//! `table` the ledger in DynamoDB's double and in memory · `model` every order of crashes, retries and lost
//! writes, through the real protocol · `equal` random histories on the table end as in the protocol
//! (`histories`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod equal;
mod histories;
mod model;
mod table;
