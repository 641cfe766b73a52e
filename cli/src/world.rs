//! The world of a simulator that a command starts.

use std::path::Path;

use okta_simulator::{Simulator, World};
use tokio::net::TcpListener;

use crate::failure::Failure;

/// The sample world, or that of a folder.
pub(crate) fn read(folder: Option<&Path>) -> Result<World, Failure> {
    match folder {
        None => Ok(World::sample()),
        Some(_) => Err("not yet".into()),
    }
}

/// A simulator of that world on a free port of this machine.
pub(crate) async fn start(folder: Option<&Path>) -> Result<Simulator, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(Simulator::serve(listener, read(folder)?).await?)
}
