//! The line from an event to its message, in the test's own process: the library's real client against the
//! simulator, over real HTTP.
//!
//! `messages` what an approver reads, and when nothing is posted · `answers` Okta's replies in all their
//! forms, and what is told where they lack something · `choosing` which rule is chosen by the person, and
//! when its message is withheld · `people` whom it is about, and who asked · `managers` who the manager is ·
//! `strangers` what is said when someone else asked · `names` of what is asked for · `questions` that no call
//! is made twice · `refusals` what Okta's refusals say and cost · `rate_limits` what waits for Okta's limits
//! and what gives up · `contents` what the requested thing gives · `held` whether the person holds it already
//! · `history` whether it was asked for before · `end_date` whether it outlives the contract · `peers` and
//! `opt_in` the sections that a rule has to ask for · `account_age` since when there is an account · `rights`
//! what a lacking right costs · `samples` that each sample's message is short · `garbage` that any event,
//! answer and policy ends in words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod account_age;
mod answers;
mod calls;
mod choosing;
mod closed;
mod contents;
mod end_date;
mod garbage;
mod held;
mod history;
mod managers;
mod messages;
mod names;
mod opt_in;
mod peers;
mod people;
mod questions;
mod rate_limits;
mod refusals;
mod rights;
mod samples;
mod scene;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
