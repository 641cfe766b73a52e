//! What the tests read from the repository: the sample events, by name; and the files that they write for a
//! test's time.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use tempfile::NamedTempFile;

/// A policy whose one rule, `r`, shows the profile: the fewest calls, two for each event.
pub const PROFILE_ONLY: &str = "[[rule]]\nname = \"r\"\nsections = [\"profile\"]\n";

/// The repository's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the simulator is a folder of the repository")
}

/// The sample `events/access.request.create--CASE.json`.
pub fn event(case: &str) -> String {
    sample(&format!("access.request.create--{case}"))
}

/// The sample `events/NAME.json`.
pub fn sample(name: &str) -> String {
    let path = root().join("events").join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("failed to read `{}`: {e}", path.display()))
}

/// A sample event with some of its members changed.
pub fn event_with(case: &str, change: impl FnOnce(&mut Value)) -> String {
    changed(&event(case), change)
}

/// An event with some of its members changed.
pub fn changed(event: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut event = serde_json::from_str(event).expect("an event is JSON");
    change(&mut event);
    event.to_string()
}

/// The same event, published at this moment.
pub fn published(event: &str, at: Timestamp) -> String {
    changed(event, |event| event["detail"]["published"] = at.to_string().into())
}

/// A temporary file with this text. It is deleted with the value.
pub fn file(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("a writable temporary file");
    file
}
