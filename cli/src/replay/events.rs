//! The [`Events`] of some files. A file holds one event, an array of events, or several documents one behind
//! the other, such as JSON Lines. An event is an envelope as EventBridge delivers it, or a bare System Log
//! event as Okta's System Log API returns it.

use std::path::{Path, PathBuf};

use okta_request_enricher::event::CREATE;
use okta_request_enricher::json;
use serde_json::Value;
use serde_json::value::RawValue;

use super::event_files;
use crate::failure::Failure;

/// The source in the envelope of a bare event. It names no org: nobody knows from which one the event comes.
const SOURCE: &str = "enricher.replay";

/// What the files hold.
#[derive(Default)]
pub(super) struct Events {
    pub(super) all: Vec<Event>,
    /// Bare System Log events, which have got an envelope.
    pub(super) wrapped: usize,
    /// Events of other types in files of several events. They are left out: an export of the System Log has
    /// thousands of them.
    pub(super) others: usize,
}

/// One payload for the Lambda.
pub(super) struct Event {
    /// The file; in a file of several events with the event's number, from 1.
    pub(super) name: String,
    /// The name of its text in the folder of `--expect`.
    pub(super) text_name: String,
    /// An envelope. What is neither an envelope nor a bare event comes as it is: the Lambda's code says what
    /// is wrong with it.
    pub(super) payload: Vec<u8>,
}

impl Events {
    /// Reads all files before anything is done with the first event.
    pub(super) fn read(files: &[PathBuf]) -> Result<Events, Failure> {
        let mut events = Events::default();
        for file in event_files::expand(files)? {
            events.add(&file, &event_files::read(&file)?)?;
        }
        if events.all.is_empty() {
            return Err(format!(
                "the files hold no event of the type {CREATE}; {} of other types were left out",
                events.others
            )
            .into());
        }
        Ok(events)
    }

    fn add(&mut self, file: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let text = json::readable(bytes);
        if is_csv(&text) {
            return Err(format!(
                "failed to read {}: it is CSV, as the Admin Console exports the System Log, and lacks what names the \
                 request; save the JSON of Okta's System Log API instead: GET /api/v1/logs?filter=eventType eq \
                 \"{CREATE}\"",
                event_files::name(file)
            )
            .into());
        }
        if let Some(code) = error_code(&text) {
            let name = event_files::name(file);
            return Err(format!(
                "failed to read {name}: it is an error of Okta ({code}), not events; repeat the call, and save its reply"
            )
            .into());
        }
        let documents = documents(&text);
        let is_one = matches!(documents[..], [Document::Whole(one)] if elements(one).is_none())
            || matches!(documents[..], [Document::Broken { .. }]);
        let mut number = 0;
        for document in documents {
            match document {
                // A line number in its error is one of the file.
                Document::Broken { text, line } => {
                    number += 1;
                    let payload = "\n".repeat(line - 1) + text;
                    self.push(file, (!is_one).then_some(number), payload.into_bytes());
                }
                Document::Whole(text) => {
                    for part in parts(text) {
                        number += 1;
                        self.add_one(file, (!is_one).then_some(number), part);
                    }
                }
            }
        }
        if number == 0 {
            return Err(format!(
                "failed to read {}: it holds no event; save the JSON of Okta's System Log API in it",
                event_files::name(file)
            )
            .into());
        }
        Ok(())
    }

    /// Adds one document that is well-formed. `number` is its place in a file of several.
    fn add_one(&mut self, file: &Path, number: Option<usize>, text: &str) {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        let is_bare = value.get("detail").is_none() && value["eventType"].is_string();
        let kind = if is_bare { &value["eventType"] } else { &value["detail"]["eventType"] };
        if number.is_some() && kind.as_str().is_some_and(|kind| kind != CREATE) {
            self.others += 1;
            return;
        }
        self.wrapped += usize::from(is_bare);
        let payload = if is_bare { in_envelope(&value, text) } else { text.to_owned() };
        self.push(file, number, payload.into_bytes());
    }

    fn push(&mut self, file: &Path, number: Option<usize>, payload: Vec<u8>) {
        let stem = file.file_stem().unwrap_or_default().display();
        let (name, text_name) = match number {
            None => (file.display().to_string(), format!("{stem}.txt")),
            Some(number) => (format!("{}:{number}", file.display()), format!("{stem}.{number}.txt")),
        };
        self.all.push(Event { name, text_name, payload });
    }
}

/// The envelope that EventBridge would deliver around the event (EventBridge guide, "Events").
fn in_envelope(event: &Value, text: &str) -> String {
    let (id, time) = (&event["uuid"], &event["published"]);
    format!(
        r#"{{"version":"0","id":{id},"detail-type":"SystemLog","source":"{SOURCE}","time":{time},"resources":[],"detail":{text}}}"#
    )
}

/// One of the documents in a file.
enum Document<'a> {
    Whole(&'a str),
    /// Not JSON: the text up to the next line that begins a document, and the line on which it begins, from 1.
    Broken {
        text: &'a str,
        line: usize,
    },
}

/// The documents of a file. A comma between two is skipped: someone cut the lines out of an array.
fn documents(text: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return documents;
        }
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        if let Some(Ok(document)) = stream.next() {
            documents.push(Document::Whole(document.get()));
            rest = &rest[stream.byte_offset()..];
            continue;
        }
        // Within an array, a line that begins with a brace begins no document of its own.
        let next = if rest.starts_with('[') { None } else { rest.find("\n{") };
        let (broken, after) = rest.split_at(next.unwrap_or(rest.len()));
        let broken = broken.trim_end();
        let line = text[..text.len() - rest.len()].matches('\n').count() + 1;
        documents.push(Document::Broken { text: broken, line });
        rest = after;
    }
}

/// The elements of an array of events, or of pages of them; `None` for every other document.
fn elements(document: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(document).ok()?;
    let is_event = |first: &&RawValue| first.get().starts_with(['{', '[']);
    let are_events = elements.first().is_none_or(is_event);
    are_events.then(|| elements.into_iter().map(RawValue::get).collect())
}

fn parts(document: &str) -> Vec<&str> {
    match elements(document) {
        None => vec![document],
        Some(elements) => elements.into_iter().flat_map(parts).collect(),
    }
}

/// The code of an error that Okta answered in place of events, such as E0000011.
fn error_code(text: &str) -> Option<String> {
    let reply: Value = serde_json::from_str(text).ok()?;
    let code = reply.get("errorCode")?.as_str()?;
    Some(code.chars().filter(char::is_ascii_alphanumeric).take(10).collect())
}

/// Whether the text is a table whose first line has headings, not JSON. Web pages and other files have commas, too.
fn is_csv(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let is_of_heading = |c: char| c.is_ascii_alphanumeric() || "_.,\" ".contains(c);
    first.chars().all(is_of_heading) && first.matches(',').count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Events {
        let mut events = Events::default();
        events.add(Path::new("log.json"), text.as_bytes()).unwrap();
        events
    }

    fn names(text: &str) -> Vec<String> {
        read(text).all.into_iter().map(|event| event.name).collect()
    }

    fn bare(number: usize) -> String {
        format!(
            r#"{{"uuid":"u{number}","eventType":"access.request.create","published":"2026-11-24T09:06:26Z"}}"#
        )
    }

    #[test]
    fn an_event_is_found_in_every_form_of_a_file() {
        let (one, two) = (bare(1), bare(2));
        assert_eq!(names(&one), ["log.json"]);
        let both = ["log.json:1", "log.json:2"];
        for several in [
            format!("[{one},{two}]"),
            format!("{one}\n{two}\n"),
            format!("{one}\r\n\r\n{two}"),
            format!("{one},\n{two},\n"),
            format!("[{one}]\n[{two}]\n"),
            format!("[[{one}],[{two}]]"),
        ] {
            assert_eq!(names(&several), both, "{several}");
        }
        assert_eq!(names(&format!("[{one}]")), ["log.json:1"]);
        let pretty: Value = serde_json::from_str(&one).unwrap();
        assert_eq!(names(&format!("{pretty:#}\n{pretty:#}")), both);
    }

    #[test]
    fn a_bare_event_gets_an_envelope_and_an_envelope_keeps_its_own() {
        let events = read(&format!(r#"[{},{{"detail":{}}}]"#, bare(1), bare(2)));
        assert_eq!(events.wrapped, 1);
        let payload = |at: usize| serde_json::from_slice::<Value>(&events.all[at].payload).unwrap();
        assert_eq!((&payload(0)["id"], &payload(0)["source"]), (&"u1".into(), &SOURCE.into()));
        assert_eq!((&payload(1)["detail"]["uuid"], payload(1).get("id")), (&"u2".into(), None));
    }

    #[test]
    fn other_types_are_left_out_of_a_file_of_several_and_keep_their_numbers() {
        let other = r#"{"eventType":"user.session.start"}"#;
        let events = read(&format!("{other}\n{}\n{{\"detail\":{other}}}\n", bare(2)));
        assert_eq!((events.others, events.all.len()), (2, 1));
        assert_eq!(events.all[0].name, "log.json:2");
        assert_eq!(events.all[0].text_name, "log.2.txt");
        assert_eq!(read(other).all.len(), 1);
    }

    #[test]
    fn what_is_broken_costs_its_own_event_only_and_keeps_its_line() {
        let events = read(&format!("{}\n{{\"uuid\": \n{}\n", bare(1), bare(3)));
        assert_eq!(events.all.len(), 3);
        let broken = &events.all[1];
        assert_eq!(broken.name, "log.json:2");
        assert!(broken.payload.starts_with(b"\n{\"uuid\""), "{:?}", broken.payload);
        for whole in ["{\"uuid\":", "[{\"uuid\":1},\n{\"uuid\":", "[\"x\", {}]", "7"] {
            assert_eq!(names(whole), ["log.json"], "{whole}");
        }
    }

    #[test]
    fn a_file_without_events_or_of_another_kind_is_refused() {
        let fault = |text: &str| {
            let mut events = Events::default();
            events.add(Path::new("log.json"), text.as_bytes()).err().map(|error| error.to_string())
        };
        for empty in ["", " \n", "[]", "[]\n[]\n"] {
            assert!(fault(empty).unwrap().contains("`log.json`: it holds no event"), "{empty}");
        }
        let told = fault("timestamp,display_message,event_type\n2026,x,y\n").unwrap();
        assert!(told.contains("it is CSV") && told.contains("/api/v1/logs"), "{told}");
        let headings = "\"timestamp\",\"actor.id\",\"display name\"\r\n2026,x,y\r\n";
        assert!(fault(headings).unwrap().contains("it is CSV"));
        for other in ["<html><title>Sign in, please, Zoe</title>\n", "\u{fffd}a,b,c\u{fffd}\n"] {
            assert_eq!(names(other), ["log.json"], "{other}");
        }
        let told = fault(r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#).unwrap();
        assert!(told.contains("an error of Okta (E0000011), not events"), "{told}");
    }
}
