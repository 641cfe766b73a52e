//! What the program and its libraries write besides log lines: diagnostics. They hold no personal data either.
//!
//! All threads share one subscriber. With one for each seed, `tracing` would register them while others play, and then
//! hand a span of the AWS SDK to a subscriber that has refused it. The SDK draws a random number for such a span, so
//! that seed would end otherwise.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Once};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use super::scene::Scene;

thread_local! {
    /// The scene that this thread plays.
    static SCENE: RefCell<Option<Arc<Scene>>> = const { RefCell::new(None) };
}

/// Ends the watching when it is dropped.
pub(crate) struct Watch;

/// Watches all diagnostics of this thread, as long as the guard lives.
pub(crate) fn watch(scene: Arc<Scene>) -> Watch {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        let targets =
            Targets::new().with_default(Level::WARN).with_target("okta_request_enricher", Level::DEBUG);
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).without_time().with_writer(|| Watched);
        tracing_subscriber::registry().with(targets).with(lines).init();
    });
    SCENE.set(Some(scene));
    Watch
}

impl Drop for Watch {
    fn drop(&mut self) {
        SCENE.set(None);
    }
}

struct Watched;

impl io::Write for Watched {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(scene) = SCENE.with_borrow(Clone::clone) {
            let text = String::from_utf8_lossy(line);
            scene.story.tell("diagnostics", || text.trim_end().to_owned());
            scene.truth().writes_line(&text);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
