//! Whatever text a person writes, it stays on its own line of the message, hides nothing there and fits
//! Okta's limit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use okta_request_enricher::message::Template;
use okta_request_enricher::section::{
    Check, CheckKind, Content, Fact, Section, Source, Value, Warning, WarningKind,
};
use okta_request_enricher::text::neutralise;
use okta_request_enricher::words::{Piece, Term, Words};

/// Line breaks, and two characters that hide or reorder text, beside the control characters.
const UNSAFE: [char; 4] = ['\u{2028}', '\u{2029}', '\u{202e}', '\u{200b}'];

/// How the lines of the message begin: headline, warning, an empty line, answer, checks, provenance.
const STARTS: [&str; 6] = ["1 to look at: ", "WARNING: “", "", "“", "Checked: ", "(okta-request-enricher, "];

fuzz_target!(|texts: (&str, &str, &str)| {
    let (question, value, warning) = texts;
    let safe = neutralise(value, 250);
    assert!(!safe.contains(|c: char| c.is_control() || UNSAFE.contains(&c)), "{safe:?}");
    assert_eq!(neutralise(&safe, 250), safe, "safe text is not changed again");

    let facts = vec![Fact::answer(question, Value::Known(Piece::quoted(value, 250)))];
    let warning = Warning::new(WarningKind::Conflict, Piece::quoted(warning, 80));
    let checks = vec![Check::made(CheckKind::OktaRules, Term::CheckOktaRules, vec![warning])];
    let section = Section { source: Source::Request, facts, checks };
    let content = Content { sections: vec![section], ..Content::default() };
    let message = Template::built_in().render(&content, &Words::english());
    let message = message.expect("the built-in template renders any content");
    let message = message.as_str();
    assert!((1..=5000).contains(&message.encode_utf16().count()));
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines.len(), STARTS.len(), "{message}");
    let begins = |(line, start): (&&str, &str)| match start {
        "" => line.is_empty(),
        start => line.starts_with(start),
    };
    assert!(lines.iter().zip(STARTS).all(begins), "{message}");
});
