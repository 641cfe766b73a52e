//! The line from an event to its message, in the test's own process: the library's real client against the
//! simulator, over real HTTP.
//!
//! `messages` what an approver reads, and when nothing is posted · `answers` Okta's replies in all their forms,
//! and what is told where they lack something · `choosing` which rule is chosen by the person, and when its message is
//! withheld · `people` whom it is about, and who asked · `managers` who the
//! manager is · `strangers` what is said when someone else asked · `names` of what is asked for · `questions`
//! that no call is made twice · `refusals` what Okta's refusals say and cost · `rate_limits` what waits for
//! Okta's limits and what gives up · `garbage` that any event, answer and policy ends in words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod calls;
mod choosing;
mod closed;
mod garbage;
mod managers;
mod messages;
mod names;
mod people;
mod questions;
mod rate_limits;
mod refusals;
mod scene;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
