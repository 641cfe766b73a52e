//! The handle: dropping it ends the simulator.

use okta_simulator::Simulator;
use tokio::{io::AsyncReadExt, net::TcpStream};

use super::client::status;

#[tokio::test]
async fn dropping_the_handle_closes_the_port() {
    let okta = Simulator::start().await.expect("a free port");
    let address = okta.url().trim_start_matches("http://").to_owned();
    let mut idle = TcpStream::connect(&address).await.expect("a connection");
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    drop(okta);
    let closed = idle.read_u8().await;
    assert!(closed.is_err(), "an open connection is cut");
    assert!(TcpStream::connect(&address).await.is_err(), "no new one is accepted");
}
