//! The [`Message`]: from sections to the plain text that approvers read. The one place where untrusted text
//! (anything from a profile, a subject, an answer, a name) enters a message, neutralised, and where Okta's limit
//! is kept. Pure.

use jiff::Timestamp;

use crate::enrichment::{Line, Section};

/// The longest message Okta takes is 5000 characters (API reference, "Access Requests", `message`); counted here
/// in UTF-16 units, the strictest reading of "characters".
pub const LIMIT: usize = 5000;

/// The longest untrusted value, in characters.
const VALUE_LIMIT: usize = 200;

/// A text that Okta takes: 1 to [`LIMIT`] characters, safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(String);

impl Message {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes the message: what it is and as of when, the warnings, the facts.
#[must_use]
pub fn render(sections: &[Section], as_of: Timestamp) -> Message {
    let mut lines = vec![format!(
        "Context for the approver, added automatically by okta-request-enricher as of {} UTC:",
        as_of.strftime("%Y-%m-%d %H:%M")
    )];
    let all = || sections.iter().flat_map(|section| &section.lines);
    lines.extend(all().filter_map(|line| match line {
        Line::Warning(text) => Some(format!("WARNING: {text}")),
        Line::Fact { .. } => None,
    }));
    lines.extend(all().filter_map(|line| match line {
        Line::Fact { label, value: Some(value) } => Some(format!("{label}: {}", neutralise(value))),
        Line::Fact { label, value: None } => Some(format!("{label}: not set in Okta")),
        Line::Warning(_) => None,
    }));
    Message(fit(&lines))
}

/// The last line of a message that is not whole.
const LEFT_OUT: &str = "(further lines are left out: Okta takes no longer message)";

/// As many whole lines as fit, and a last one that says what is missing.
fn fit(lines: &[String]) -> String {
    let whole = lines.join("\n");
    if utf16_len(&whole) <= LIMIT {
        return whole;
    }
    let mut room = LIMIT - LEFT_OUT.len();
    let kept = lines.iter().take_while(|line| match room.checked_sub(utf16_len(line) + 1) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    });
    kept.map(String::as_str).chain([LEFT_OUT]).collect::<Vec<_>>().join("\n")
}

fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Makes untrusted text safe to stand on one line of a message, and keeps it readable: line breaks and other
/// white space become one space; characters that are invisible or change direction are dropped; `<` and `>`
/// become `‹` and `›` (Slack's markup for mentions and named links needs them); an `@` that begins a word
/// becomes `＠` (no mention); `://` becomes `[:]//` (no link); what is too long is cut, with `…`.
#[must_use]
pub fn neutralise(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut characters = 0;
    let mut rest = text.chars().filter(|c| !is_invisible(*c)).peekable();
    let mut space = false;
    while let Some(c) = rest.next() {
        if c.is_whitespace() || c.is_control() {
            space = !safe.is_empty();
            continue;
        }
        if characters >= VALUE_LIMIT {
            safe.push('…');
            break;
        }
        let begins_word = space || safe.chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if std::mem::take(&mut space) {
            safe.push(' ');
            characters += 1;
        }
        characters += 1;
        match c {
            '<' => safe.push('‹'),
            '>' => safe.push('›'),
            '@' if begins_word => safe.push('＠'),
            ':' if rest.peek() == Some(&'/') => safe.push_str("[:]"),
            c => safe.push(c),
        }
    }
    safe
}

/// Characters that show nothing, or that move what stands around them: zero-width, directional, tags, variation
/// selectors, fillers (Unicode Standard, `Default_Ignorable_Code_Point` and the bidirectional controls).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts(values: &[&str]) -> Vec<Section> {
        let lines = values.iter().map(|v| Line::Fact { label: "Title".into(), value: Some((*v).into()) });
        vec![Section { lines: lines.collect() }]
    }

    #[test]
    fn untrusted_text_stays_readable_and_does_nothing() {
        for (text, safe) in [
            ("Zoë O'Neil-Smith 李雷", "Zoë O'Neil-Smith 李雷"),
            ("zoe@example.com", "zoe@example.com"),
            ("a\r\nManager: approved\u{2028}b\u{85}c", "a Manager: approved b c"),
            ("@here @channel hi", "＠here ＠channel hi"),
            (
                "<!channel> <@U123> <https://evil.example|Okta>",
                "‹!channel› ‹＠U123› ‹https[:]//evil.example|Okta›",
            ),
            ("ad\u{202E}nim\u{200B}\u{E0041}", "adnim"),
            ("\u{7}bell", "bell"),
            (" \n ", ""),
        ] {
            assert_eq!(neutralise(text), safe);
        }
        assert_eq!(neutralise(&"x".repeat(1000)).chars().count(), VALUE_LIMIT + 1);
    }

    #[test]
    fn a_long_message_loses_whole_lines_and_says_so() {
        let long = "😀".repeat(190);
        let message = render(&facts(&vec![long.as_str(); 40]), Timestamp::UNIX_EPOCH);
        assert!(utf16_len(message.as_str()) <= LIMIT);
        let (last, lines) =
            message.as_str().lines().collect::<Vec<_>>().split_last().map(|(l, r)| (*l, r.len())).unwrap();
        assert!(lines > 10 && last.starts_with("(further lines are left out"), "{last}");
    }

    proptest! {
        #[test]
        fn no_value_makes_a_line_or_breaks_the_limit(values in proptest::collection::vec(".{0,400}|\\PC*|[@<>:/\\s]*", 1..40)) {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let message = render(&facts(&values), Timestamp::UNIX_EPOCH);
            prop_assert!(utf16_len(message.as_str()) <= LIMIT);
            for line in message.as_str().lines().skip(1) {
                prop_assert!(line.starts_with("Title: ") || line.starts_with("(further"), "{line}");
                prop_assert!(!line.contains(['<', '>']) && !line.contains(" @") && !line.contains("://"), "{line}");
                prop_assert!(!line.chars().any(|c| c.is_control() || is_invisible(c)));
            }
        }
    }
}
