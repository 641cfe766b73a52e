//! Doubles of everything else around the deployed binary, for tests and benchmarks:
//! - [`Lambda`]: AWS Lambda
//! - [`Account`], and [`Aws`] on a port: the services of AWS that the function calls
//! - [`Queue`], [`Function`]: the dead-letter queue and the function, as the command line calls them
//! - [`TlsFront`]: a TLS front with a private root
//! - [`Proxy`]: a network that fails
//! - [`Hasty`]: a server that closes each connection after its answer
//! - [`Stage`]: the function between Okta and AWS
//!
//! Each double lives in the test's own process and ends with the test; all but [`Account`] have ports of
//! their own. None of them uses a type of the program that they test. The cargo feature `doubles` turns them
//! on; only dev-dependencies do.
//!
//! ```ignore
//! let stage = Stage::new().await;
//! let lambda = stage.spawn();
//! let answer = lambda.invoke(event("v2")).await.response();
//! assert_eq!(answer["outcome"], "posted");
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a double that fails must fail the test"
)]
#![allow(
    clippy::must_use_candidate,
    reason = "a test that forgets a value asserts nothing, which its reader sees"
)]

mod account;
mod alarms;
mod aws;
mod cbor;
mod condition;
mod deployed;
mod dynamodb;
mod event_bridge;
mod function;
mod hasty;
mod invocation;
mod lambda;
mod loopback;
mod proxy;
mod queue;
mod raise;
mod reply;
mod repository;
mod runtime_api;
mod secrets_manager;
mod signature;
mod stage;
mod tls;

pub use account::{Account, AwsFault};
pub use aws::Aws;
pub use deployed::{BUS, Deployed, OUTCOME_BUS, RULE};
pub use dynamodb::{LEDGER_TABLE, LedgerFault};
pub use event_bridge::{EventsFault, PutEvent};
pub use function::{Function, FunctionAnswer};
pub use hasty::Hasty;
pub use invocation::{Answer, InvokeOptions};
pub use lambda::{Lambda, bootstrap, lambda_environment};
pub use loopback::{Background, PATIENCE, listen};
pub use proxy::{End, Proxy};
pub use queue::{Denied, Queue};
pub use raise::keep;
pub use repository::{PROFILE_ONLY, changed, event, event_with, file, published, root, sample};
pub use secrets_manager::{SECRET_NAME, SecretFault};
pub use signature::{
    ACCESS_KEY_ID, ACCOUNT, FUNCTION_NAME, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN, credentials,
};
pub use stage::{ANY_AGE, Stage};
pub use tls::{Alpn, TlsFront, server_config};
