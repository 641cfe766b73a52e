//! What an Okta and an AWS account without a port promise: they answer as over a socket, fail as a network
//! fails, and live in the time that they are given.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails with the reason")]

#[cfg(feature = "doubles")]
mod aws;
mod body;
mod faults;
mod sockets;
mod time;
