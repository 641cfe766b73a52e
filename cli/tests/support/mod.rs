//! What the tests of the command line share.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::path::Path;

/// The folder of the repository. Commands run in it, as those of the documentation do.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
