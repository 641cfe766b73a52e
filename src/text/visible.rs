//! The visible part of a text: no controls, no invisible or directional characters, no piles of marks.

use icu_properties::props::GeneralCategory;

use super::characters::{
    ZWJ, ZWNJ, category, extends, is_arabic, is_blank, is_emoji, is_ideograph, is_ignorable, is_indic,
    is_invisible_joiner, is_near, is_skin_tone, is_virama,
};

/// The most non-spacing marks on one letter. Pointed Hebrew, vowelled Arabic, Tibetan stacks, Burmese and
/// decomposed Vietnamese and Greek need up to four. More marks are "Zalgo" text, which overflows onto other
/// lines.
const MARKS: usize = 4;

/// What becomes of white space.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spaces {
    /// A run becomes one space; none stays at the ends.
    Collapsed,
    /// Each character becomes a space.
    Kept,
}

/// The visible characters of `text`, on one line. It stops after `enough` characters.
pub(super) fn visible(text: &str, enough: usize, spaces: Spaces) -> Vec<char> {
    let mut seen: Vec<char> = Vec::new();
    // The last character that is not a mark, and the number of marks on it. A space can't carry marks: at the
    // start of a value they would appear on the label.
    let (mut base, mut marks) = (' ', 0);
    let mut gap = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let (last, next) = (gap.or(seen.last().copied()), rest.peek().copied().unwrap_or(' '));
        let shown = match c {
            _ if c.is_ascii_graphic() => Some(c),
            _ if is_blank(c) && spaces == Spaces::Kept => Some(if c == '\u{3000}' { c } else { ' ' }),
            _ if is_blank(c) => {
                // Many Japanese names contain a single ideographic space.
                gap = Some(if gap.is_none() && c == '\u{3000}' { c } else { ' ' });
                base = ' ';
                continue;
            }
            ZWNJ | ZWJ => joins(c, last, base, next, marks).then_some(c),
            '\u{FE0E}' | '\u{FE0F}' => last.is_some_and(|last| takes_style(last, next)).then_some(c),
            '\u{E0100}'..='\u{E011F}' => last.is_some_and(is_ideograph).then_some(c),
            _ if is_ignorable(c) => None,
            _ if is_invisible_joiner(c) => {
                let joined = |c: char| c.is_alphanumeric() && !c.is_ascii();
                let joins = joined(base) && is_near(base, c) && joined(next) && is_near(c, next);
                joins.then_some(c)
            }
            _ => match category(c) {
                GeneralCategory::Format => None,
                GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => {
                    marks += 1;
                    (base != ' ' && marks <= MARKS).then_some(c)
                }
                GeneralCategory::SpacingMark => (base != ' ').then_some(c),
                // Unicode reserves code points for future emoji.
                GeneralCategory::PrivateUse | GeneralCategory::Unassigned if !is_emoji(c) => Some('\u{FFFD}'),
                _ => Some(if c == '\u{FFFC}' { '\u{FFFD}' } else { c }),
            },
        };
        let Some(c) = shown else { continue };
        if !extends(c) {
            (base, marks) = (if c == '\u{3000}' { ' ' } else { c }, 0);
        }
        seen.extend(gap.take().filter(|_| !seen.is_empty()));
        seen.push(c);
        if seen.len() >= enough {
            break;
        }
    }
    seen
}

/// Whether a joiner changes what a reader sees: a non-joiner between Arabic letters or behind a virama, a
/// joiner beside a virama or between emoji (UAX #31, "Layout and Format Control Characters").
fn joins(joiner: char, last: Option<char>, base: char, next: char, marks: usize) -> bool {
    let Some(last) = last.filter(|last| !matches!(*last, ZWNJ | ZWJ)) else { return false };
    if joiner == ZWNJ {
        is_virama(last) && is_indic(next) || is_arabic(base) && is_arabic(next)
    } else {
        is_virama(last)
            || is_virama(next) && is_indic(base) && marks < MARKS
            || (is_emoji(base) || is_skin_tone(base)) && is_emoji(next)
    }
}

/// Whether a text or emoji style selector changes `last`. It changes emoji, and keycaps such as 1️⃣.
fn takes_style(last: char, next: char) -> bool {
    is_emoji(last) || (last.is_ascii_digit() || last == '#') && next == '\u{20E3}'
}
