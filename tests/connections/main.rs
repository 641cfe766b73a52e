//! Connections that die while nobody uses them: closed, reset, reset at the next byte or silent, and closed
//! by the server after each answer. The deployed binary meets each over HTTP/1.1 and HTTP/2, to Okta and to
//! an AWS whose services stand behind one host, running and frozen: no invocation fails, no post is in doubt,
//! and no outcome event is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, reason = "what a dead connection cost, for those who measure it")]

mod dead;
mod hasty;
mod slow;
mod way;
