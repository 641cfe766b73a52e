//! The simulation: the real program in a simulated world, in virtual time, from a seed.
//!
//! What is promised, and judged against a truth that the program has no part in (`truth` at once, `promises` at the
//! end of a day, `sentences` by the oracle of messages):
//! - at most two messages on a request, and two only where an attempt ended without knowing whether its post arrived;
//!   a further one only where an operator insisted
//! - every event that leads to a message ends in it, or in a dead letter with a reason; once all faults have ended,
//!   nothing is missing
//! - only true sentences, and nobody's facts on another's request
//! - no personal datum and no credential in any line, answer, event or diagnostic
//! - nothing is sent after its deadline; no post without a claim; no claim taken from somebody at work
//! - record, log line, answer and outcome event agree with what happened
//!
//! What can fail: every call of every service in many ways (`network`, when and how often by the `weather`), every
//! process at every await point (`attended`, `lambda`), the event stream (`day`, `forgeries`), clocks (`process`), the
//! credential, the rate limits. An operator works beside all that (`reconciliation`).
//!
//! Reading order: `day` (a seed), `household` (its people and requests), `scene` (Okta, AWS and the truth), `lambda`,
//! `process`, `reconciliation`, `network`, `promises`. A seed shows itself again:
//! `cargo bench --bench simulation -- --seed 7 --trace`.

#![allow(clippy::await_holding_refcell_ref, reason = "each is dropped before, which the lint does not see")]
#![allow(clippy::duration_suboptimal_units, clippy::cast_possible_truncation)]
#![allow(clippy::needless_pass_by_value, clippy::struct_excessive_bools, clippy::match_same_arms)]
#![allow(clippy::needless_for_each, clippy::explicit_auto_deref, clippy::match_bool, clippy::range_plus_one)]
#![allow(clippy::unnecessary_first_then_check)]

pub(crate) mod attended;
mod call;
pub(crate) mod day;
mod diagnostics;
mod fate;
#[allow(dead_code, reason = "only the benchmark plays it")]
pub(crate) mod flood;
mod forgeries;
mod household;
mod invocation;
mod lambda;
mod network;
#[allow(dead_code, reason = "the test of single messages uses all of it")]
#[path = "../support/oracle/mod.rs"]
mod oracle;
mod plan;
pub(crate) mod policy;
mod process;
mod promises;
mod reconciliation;
mod scene;
mod sentences;
mod story;
mod truth;
mod weather;
