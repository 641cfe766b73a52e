//! The deployed binary as Lambda runs it, between doubles of the Runtime API and of AWS, and the simulator.
//!
//! `invocations` answers, log lines, secrets, TLS, outcome events · `service_app` OAuth with DPoP, rotation
//! and renewal · `housekeeping` lost requests and a stream that is off · `lists` what Okta's lists show and
//! refuse · `identity` which request an event is about, and what it may not silence · `deployment` which policy
//! is in force, and what an operator is told about it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod deployment;
mod housekeeping;
mod identity;
mod invocations;
mod lists;
mod service_app;
