//! Keeps text safe through a template: its filters may undo what neutralising has done (`upper`, `replace`,
//! `reverse`), and its own text may complete a link that a value begins (`{{ a }}/{{ b }}`).

use super::characters::{FSI, PDI, is_right_to_left};
use super::defang::{defang, is_harmless};
use super::visible::{Spaces, visible};

/// Noncharacters, "intended for process-internal uses" (Unicode, section 23.7). No neutralised text has one.
const VALUE_BEGINS: char = '\u{FDD0}';
const VALUE_ENDS: char = '\u{FDD1}';

/// What a template writes for an expression: neutralised once more, between marks that [`line()`] removes. Line
/// breaks stay; no neutralised value has one, so the template's author wrote them.
#[must_use]
pub fn value(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    safe.push(VALUE_BEGINS);
    if is_harmless(text) {
        safe.push_str(text);
        safe.push(VALUE_ENDS);
        return safe;
    }
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            safe.extend([VALUE_ENDS, '\n', VALUE_BEGINS]);
        }
        let plain: String = line.chars().filter(|c| !is_mark(*c)).collect();
        let line = defang(&visible(&plain, usize::MAX, Spaces::Kept), |_| false);
        let moves = line.iter().any(|c| is_right_to_left(*c));
        safe.extend(moves.then_some(FSI));
        safe.extend(line);
        safe.extend(moves.then_some(PDI));
    }
    safe.push(VALUE_ENDS);
    safe
}

/// A line of a rendered template, without the marks of [`value`]. Values are disarmed together with the
/// template's own text around them, and that text stays.
#[must_use]
pub fn line(marked: &str) -> String {
    let plain: String = marked.chars().filter(|c| !is_mark(*c)).collect();
    if is_harmless(&plain) {
        return plain;
    }
    let (mut text, mut literal, mut in_value) = (Vec::new(), Vec::new(), false);
    for c in marked.chars() {
        if is_mark(c) {
            in_value = c == VALUE_BEGINS;
        } else {
            text.push(c);
            literal.push(!in_value);
        }
    }
    defang(&text, |at| literal.get(at).copied().unwrap_or_default()).into_iter().collect()
}

fn is_mark(c: char) -> bool {
    matches!(c, VALUE_BEGINS | VALUE_ENDS)
}
