//! Any text of a person is safe once it is neutralised: it begins no line, hides nothing, and fits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::section::{Fact, Key, Section, Source, Value};
use okta_request_enricher::message::Template;
use okta_request_enricher::section::Content;
use okta_request_enricher::text::neutralise;

fuzz_target!(|texts: (&str, &str, &str)| {
    let (label, value, warning) = texts;
    let safe = neutralise(value, 250);
    assert!(
        !safe.contains(
            |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}' | '\u{200b}')
        )
    );
    assert_eq!(neutralise(&safe, 250), safe, "what is safe stays as it is");
    let facts =
        vec![Fact { key: Key::Answer, label: label.to_owned(), value: Value::Known(value.to_owned()) }];
    let section = Section { source: Source::Request, facts, warnings: vec![warning.to_owned()] };
    let content = Content { sections: vec![section], as_of: jiff::Timestamp::UNIX_EPOCH };
    let message = Template::built_in().render(&content).expect("the built-in template writes any content");
    assert!((1..=5000).contains(&message.as_str().encode_utf16().count()));
    assert_eq!(message.as_str().lines().count(), 3, "a warning, a fact, a footer: {}", message.as_str());
});
