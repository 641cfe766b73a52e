//! The world of a simulator that a command starts: the sample's, or that of `--world`.

use std::path::Path;

use okta_request_enricher::text;
use okta_simulator::{Simulator, World, WorldError};
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::terminal;

/// The most faults that are printed. One mistake may repeat in each of thousands of records.
const SHOWN_FAULTS: usize = 50;

/// The sample world, or that of a folder. Prints each fault of its files.
pub(crate) fn read(folder: Option<&Path>) -> Result<World, Failure> {
    let Some(folder) = folder else { return Ok(World::sample()) };
    World::from_folder(folder).map_err(|error| match error {
        WorldError::Faulty(faults) => {
            let shown = faults.iter().take(SHOWN_FAULTS);
            shown.for_each(|fault| terminal::print_error(&fault.to_string()));
            let more = match faults.len().saturating_sub(SHOWN_FAULTS) {
                0 => String::new(),
                more => format!(", {more} more than are shown"),
            };
            let count = text::count(faults.len(), "fault");
            format!(
                "the world in `{}` has {count}{more}; docs/world.md describes its files",
                folder.display()
            )
            .into()
        }
        WorldError::Unreadable { .. } => error.into(),
    })
}

/// A simulator of that world on a free port of this machine.
pub(crate) async fn start(folder: Option<&Path>) -> Result<Simulator, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(Simulator::serve(listener, read(folder)?).await?)
}
