//! Whatever text a person writes, it stays on its own line of the message, hides nothing there and fits
//! Okta's limit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::message::Template;
use okta_request_enricher::section::{Content, Fact, Key, Section, Source, Value};
use okta_request_enricher::text::neutralise;

/// Line breaks, and two characters that hide or reorder text, beside the control characters.
const UNSAFE: [char; 4] = ['\u{2028}', '\u{2029}', '\u{202e}', '\u{200b}'];

fuzz_target!(|texts: (&str, &str, &str)| {
    let (label, value, warning) = texts;
    let safe = neutralise(value, 250);
    assert!(!safe.contains(|c: char| c.is_control() || UNSAFE.contains(&c)), "{safe:?}");
    assert_eq!(neutralise(&safe, 250), safe, "safe text is not changed again");

    let fact = Fact { key: Key::Answer, label: label.to_owned(), value: Value::Known(value.to_owned()) };
    let section = Section { source: Source::Request, facts: vec![fact], warnings: vec![warning.to_owned()] };
    let content = Content { sections: vec![section], as_of: jiff::Timestamp::UNIX_EPOCH };
    let message = Template::built_in().render(&content).expect("the built-in template renders any content");
    let message = message.as_str();
    assert!((1..=5000).contains(&message.encode_utf16().count()));
    assert_eq!(message.lines().count(), 3, "a warning, a fact and the footer: {message}");
});
