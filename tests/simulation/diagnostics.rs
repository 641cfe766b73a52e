//! What the program and its libraries write besides log lines: diagnostics. They hold no personal data either.

use std::io;
use std::sync::Arc;

use tracing::Level;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use super::scene::Scene;

/// Watches all diagnostics of this thread, as long as the guard lives.
pub(crate) fn watch(scene: Arc<Scene>) -> DefaultGuard {
    let targets = Targets::new().with_default(Level::WARN).with_target("okta_request_enricher", Level::DEBUG);
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .without_time()
        .with_writer(move || Watched(Arc::clone(&scene)))
        .with_filter(targets);
    tracing_subscriber::registry().with(layer).set_default()
}

struct Watched(Arc<Scene>);

impl io::Write for Watched {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.story.tell("diagnostics", || text.trim_end().to_owned());
        self.0.truth().writes_line(&text);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
