//! Puts the facts an approver needs onto Okta access requests, seconds after they are raised.
//!
//! `bytes -> RequestEvent -> Rule -> [Section] -> Message -> Outcome`: an Okta `access.request.create` event comes
//! in as EventBridge delivers it, and one plain-text message stands on the access request.
//!
//! # Layout
//!
//! In reading order:
//! - [`handler`]: the line above, on one screen
//! - [`event`]: EventBridge's bytes to a request event
//! - [`policy`]: which requests, and what their message shows
//! - [`enrichment`]: the facts, one source a file
//! - [`message`]: the text, within Okta's limit; [`text`]: what makes untrusted text safe in it
//! - [`ledger`]: which requests were answered; its protocol is `ledger::protocol`
//! - [`housekeeping`]: whether the stream runs, and what it lost
//! - [`outcome`]: how it ended: answer, log line, metrics
//! - [`bus`]: the outcome, as an EventBridge event
//! - [`okta`]: the calls, and what their answers mean
//! - [`credential`]: what Okta is shown; [`secret`]: where it comes from; [`jws`]: signing with it
//! - [`config`], [`deadline`], [`http`], [`aws`], [`error`]: what the others stand on
//!
//! The deployed binary is `src/main.rs`. Beside this package stand the operator's command line (`cli/`) and an Okta that
//! keeps Okta's rules (`simulator/`).

mod attempt;
pub mod aws;
pub mod bus;
pub mod config;
pub mod credential;
pub mod deadline;
pub mod enrichment;
pub mod error;
pub mod event;
pub mod handler;
pub mod housekeeping;
pub mod http;
pub mod jws;
pub mod ledger;
pub mod log_line;
pub mod message;
pub mod okta;
pub mod outcome;
pub mod policy;
pub mod request;
pub mod same_request;
pub mod secret;
pub mod section;
pub mod text;
