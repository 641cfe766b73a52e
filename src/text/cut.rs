//! Cuts a text between what a reader sees as characters.

use super::characters::{ZWJ, ZWNJ, extends, is_initial, is_skin_tone, is_virama};

/// Cuts to `room` characters, the last of them `…`, without cutting inside what a reader sees as one
/// character.
pub(super) fn cut(safe: &mut Vec<char>, room: usize) {
    let Some(mut end) = room.checked_sub(1) else { return safe.clear() };
    while end > 0 && is_inside(&safe[..end], safe[end]) {
        end -= 1;
    }
    safe.truncate(end);
    while safe.last().is_some_and(|last| last.is_whitespace() || matches!(*last, ZWNJ | ZWJ)) {
        safe.pop();
    }
    safe.push('…');
}

/// Whether a reader sees `next` as one character with the text before it. This simplifies UAX #29, "Grapheme
/// Cluster Boundaries", so it sometimes takes two characters for one. It separates only prefixed letters of a
/// few old scripts.
fn is_inside(before: &[char], next: char) -> bool {
    let flag = |c: &char| matches!(*c, '\u{1F1E6}'..='\u{1F1FF}');
    extends(next)
        || is_skin_tone(next)
        || before.last().is_some_and(|last| {
            *last == ZWJ
                || is_virama(*last) && next.is_alphabetic()
                || is_initial(*last) && (is_initial(next) || matches!(next, '가'..='힣'))
        })
        || flag(&next) && before.iter().rev().take_while(|c| flag(c)).count() % 2 == 1
        || matches!(next, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FB}')
        || matches!(next, '\u{E33}' | '\u{EB3}' | '\u{FF9E}' | '\u{FF9F}')
}
