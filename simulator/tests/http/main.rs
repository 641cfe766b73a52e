//! What the simulator promises its users, seen over real HTTP: it refuses what Okta refuses, and remembers
//! what Okta remembers.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails with the reason")]

mod access;
mod access_requests;
mod catalog;
mod client;
mod directory;
mod faults;
mod handle;
mod lists;
mod messages;
#[cfg(feature = "doubles")]
mod queue;
mod rate_limits;
mod sample_world;
mod schemas;
mod secrets_manager;
mod service_app;
mod token;
