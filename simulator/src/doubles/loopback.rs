//! What every double stands on: a port of the loopback, a task that ends with its owner, and a limit to
//! waiting.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::task::JoinHandle;

/// How long a double waits for anything. Only a failing test waits that long.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A free port of the loopback that already listens, so that a client can connect at once. Needs a tokio
/// runtime.
pub fn listen() -> (tokio::net::TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on 127.0.0.1");
    listener.set_nonblocking(true).unwrap();
    let addr = listener.local_addr().unwrap();
    (tokio::net::TcpListener::from_std(listener).expect("a tokio runtime to listen in"), addr)
}

/// A task that is aborted when its owner is dropped.
pub struct Background(pub(super) JoinHandle<()>);

impl Background {
    /// Starts the task. Needs a tokio runtime.
    pub fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}
