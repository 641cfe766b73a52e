//! Posts facts onto Okta access requests, so that an approver can decide without searching for them.
//!
//! A person requests access in Okta. Okta sends an `access.request.create` event to EventBridge, which
//! invokes this program as an AWS Lambda function. The program reads facts about the person and the request
//! from Okta, and posts one plain-text message on the request. Approvers see it a few seconds later.
//!
//! The data takes one line:
//!
//! `bytes -> RequestEvent -> Rule -> [Section] -> Message -> Outcome`
//!
//! - [`event::parse`] makes a [`RequestEvent`](event::RequestEvent) of EventBridge's bytes. It is pure.
//! - [`Policy::rule_for`](policy::Policy::rule_for) finds the first rule that matches the event. It is pure.
//!   If a rule matches on the person, [`enrichment::choose`] reads what decides it.
//! - [`enrichment::gather`] asks Okta for the facts of the rule's sections, all at the same time.
//! - [`Template::render`](message::Template::render) makes the [`Message`](message::Message). It is pure.
//! - [`Ledger`](ledger::Ledger) grants the right to post, so that no request gets two messages by a retry.
//! - [`OktaClient`](okta::OktaClient) posts the message.
//! - [`outcome`] says how the attempt ended. It becomes the answer, the log line and the outcome event.
//!
//! # Layout
//!
//! In reading order:
//! - [`handler`]: one payload in, one answer out; it catches panics and reports every attempt
//! - `attempt`: one event to its message, the line above
//! - [`housekeeping`]: the scheduled work; it checks the log stream and finds requests whose event was lost
//! - [`request`]: ids of requests and people, the generation of Okta's API, conflicts
//! - [`event`]: EventBridge's bytes to a request event
//! - [`same_request`]: when two ids name one request
//! - [`policy`]: `enrichment.toml`; which requests get a message, and what it shows
//! - [`policy_file`]: where the policy comes from, its text and its fingerprint
//! - [`words`]: every word of a message that is the program's own; a policy may replace them
//! - [`section`]: what sources add to a message: facts, checks and warnings
//! - [`enrichment`]: asks the sources, one file each; it decides when a message is degraded
//! - [`enrichment::people`]: whom a request is about, and who asked
//! - [`enrichment::inquiry`]: what the sources ask Okta, each question once an invocation
//! - [`message`]: the text for approvers, within Okta's limit
//! - [`text`]: neutralises untrusted text, also within templates
//! - [`text_file`]: files in UTF-8, with or without a byte order mark
//! - [`degradation`]: what a message lacks, and why
//! - [`findings`]: how many warnings a message has, and which checks were not done
//! - [`outcome`]: how an attempt ended
//! - [`log_line`]: one line of JSON for each attempt, with its metrics
//! - [`bus`]: one EventBridge event for each outcome
//! - [`okta`]: the client of Okta's API
//! - [`credential`]: what authenticates the program to Okta
//! - [`secret`]: where the credential is stored
//! - [`jws`]: the key that signs for the credential
//! - [`ledger`]: which requests were answered; `ledger::protocol` decides who may post
//! - [`error`]: why an attempt failed, with class, code, text and remedy
//! - [`deployment`]: what the process was given, valid or not, as far as it may be shown
//! - [`config`]: the settings of the process
//! - [`deadline`]: the time that an invocation has left
//! - [`surroundings`]: what a process gets from outside: connections, time, random numbers
//! - [`http`]: the one HTTP and TLS stack, or a service of the same process in a simulation
//! - [`clock`]: what time it is
//! - [`luck`]: random numbers for ids and pauses
//! - [`json`]: reads JSON that other programs wrote, with its odd characters
//! - [`shape`]: which texts of others may be shown
//! - `pem`: the private key of a PEM, with or without its line breaks
//! - [`aws`]: what all calls to AWS share
//!
//! # Tests and tools
//!
//! The Lambda function's binary is `src/main.rs`. The workspace has two more packages, which the function
//! does not contain:
//! - `okta-simulator` in `simulator/`: an Okta that keeps Okta's rules, for tests and dry runs. It uses
//!   neither of the other packages.
//! - `enricher` in `cli/`: the operator's command line. It uses this library and the simulator.
//!
//! `tests/` holds one test binary a subject, `benches/` the benchmarks, and `fuzz/` the fuzz targets. The
//! cargo feature `schema` adds the JSON Schema of policy files; only the command line uses it. Without the
//! cargo feature `aws`, which the function has, types without values replace the adapters of AWS. `cargo replay`
//! is built so: it needs no AWS, and the SDK takes half of the time to compile.

// Without the feature `aws`, nothing constructs what only the adapters of AWS use.
#![cfg_attr(not(feature = "aws"), allow(dead_code))]

/// The target of log lines about single steps, such as each call to Okta: shown at the log level `DEBUG`. They
/// are written at `INFO`, because the release build has no line of any library below that.
pub const STEPS: &str = "okta_request_enricher::steps";

mod attempt;
#[cfg(feature = "aws")]
pub mod aws;
#[cfg_attr(not(feature = "aws"), path = "no_bus.rs")]
pub mod bus;
pub mod clock;
pub mod config;
pub mod credential;
pub mod deadline;
pub mod degradation;
pub mod deployment;
pub mod enrichment;
pub mod error;
pub mod event;
pub mod findings;
pub mod handler;
pub mod housekeeping;
pub mod http;
pub mod json;
pub mod jws;
pub mod ledger;
pub mod log_line;
pub mod luck;
pub mod message;
pub mod okta;
pub mod outcome;
mod pem;
pub mod policy;
pub mod policy_file;
pub mod request;
pub mod same_request;
pub mod secret;
pub mod section;
pub mod shape;
pub mod surroundings;
pub mod text;
pub mod text_file;
pub mod words;
