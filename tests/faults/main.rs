//! Every call, failing in every way: the tables of `docs/faults.md` are run cell by cell, over real HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod aws;
mod okta;
#[path = "../support/mod.rs"]
mod support;
mod tables;
