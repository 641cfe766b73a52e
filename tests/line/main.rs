//! The line from an event to its message, in the test's own process: the library's real client against the
//! simulator, over real HTTP.
//!
//! `messages` what an approver reads, and when nothing is posted · `answers` Okta's replies in all their forms,
//! and what is told where they lack something · `questions` that no call is made twice · `refusals` what
//! Okta's refusals say and cost · `rate_limits` what waits for Okta's limits and what gives up · `garbage` that
//! any event, answer and policy ends in words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod garbage;
mod messages;
mod questions;
mod rate_limits;
mod refusals;
#[path = "../support/mod.rs"]
mod support;
