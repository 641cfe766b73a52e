//! The world around the deployed binary, for integration tests: what Lambda is to it ([`lambda`]), what AWS is to
//! it ([`aws`]), the dead-letter queue ([`queue`]) and the deployed function ([`function`]) as `enricher redrive` calls
//! them, what AWS says of a deployment ([`deployed`]), a TLS front with a private root ([`tls`]) before whatever plays
//! Okta, and a network that fails ([`proxy`]) before either. All of it lives in
//! the test's own process on ports of its own, and ends with the test. It knows nothing of Okta.
//!
//! ```ignore
//! let aws = Aws::start();
//! aws.set_secret("00token");
//! let okta = TlsFront::start(simulator.addr(), TlsOptions::default());
//! let lambda = Lambda::spawn(Path::new(env!("CARGO_BIN_EXE_okta-request-enricher")), &[
//!     ("OKTA_ORG_URL", okta.url()),
//!     ("OKTA_SECRET_ID", SECRET_NAME.to_owned()),
//!     ("SSL_CERT_FILE", okta.ca_file().display().to_string()),
//! ], &aws);
//! let answer = lambda.invoke(event).await.response();
//! ```
#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test binary uses a part of the harness")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness that fails must fail the test"
)]

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::task::JoinHandle;

pub mod aws;
pub mod deployed;
pub mod dynamodb;
pub mod function;
pub mod lambda;
pub mod line;
pub mod lost;
pub mod proxy;
pub mod queue;
pub mod tls;

pub use aws::{Aws, EventsFault, PutEvent, SECRET_ARN, SECRET_NAME, SecretFault};
pub use deployed::{BUS, Deployed, OUTCOME_BUS, RULE, SCHEDULE, function_arn};
pub use dynamodb::{LEDGER_TABLE, LedgerFault};
pub use function::{Function, FunctionAnswer};
pub use lambda::{Answer, InvokeOptions, Lambda};
pub use lost::{Doubles, event_id, keep, minutes_ago};
pub use proxy::{End, Proxy};
pub use queue::{Denied, Queue};
pub use tls::{Alpn, Negotiated, TlsFront, TlsOptions, TlsVersions};

/// How long the harness waits for anything at all. Only a test that fails gets near it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A free port of the loopback, already listening: whoever connects from now on is served.
pub fn listen() -> (tokio::net::TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on 127.0.0.1");
    listener.set_nonblocking(true).unwrap();
    let addr = listener.local_addr().unwrap();
    (tokio::net::TcpListener::from_std(listener).expect("a tokio runtime to listen in"), addr)
}

/// A background task that ends when its owner does.
pub struct Background(JoinHandle<()>);

impl Background {
    pub fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
