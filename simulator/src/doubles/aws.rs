//! [`Aws`] is an [`Account`] on one loopback port, for processes that reach AWS over HTTP.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::account::{Account, SharedBooks};
use super::loopback::{Background, listen};

/// The running endpoint of an account, to which it dereferences.
pub struct Aws {
    account: Account,
    addr: SocketAddr,
    _server: Background,
}

impl Aws {
    /// Starts it without a secret. Needs a tokio runtime.
    #[track_caller]
    pub fn start() -> Self {
        let (listener, addr) = listen();
        let account = Account::default();
        let routes = Router::new().fallback(call).with_state(Arc::clone(&account.books));
        let server = Background::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { account, addr, _server: server }
    }

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The value of `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Deref for Aws {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

async fn call(State(books): State<Arc<SharedBooks>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    books.answer(&uri, &headers, &body, None).await
}
