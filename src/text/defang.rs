//! Disarms what a viewer would act on: mentions, links, entities and markup.

use super::characters::{extends, is_isolate};
use super::links::{is_dot, is_end, is_host, is_scheme, network_path};

/// Disarms a text. It decides by the text that it has already written, so that a second run changes nothing.
///
/// `is_literal` names the places of characters that the author of a template wrote: they stay, unless they
/// only complete what stands before them, as the colon in `{{ a }}:{{ b }}` does.
/// Isolates stay where they are. They separate nothing: some viewers show nothing for them.
pub(super) fn defang(text: &[char], is_literal: impl Fn(usize) -> bool) -> Vec<char> {
    if !text.iter().any(|c| is_isolate(*c)) {
        return disarm(text, is_literal, |_, _| {});
    }
    let places: Vec<usize> = (0..text.len()).filter(|at| !is_isolate(text[*at])).collect();
    let shown: Vec<char> = places.iter().map(|at| text[*at]).collect();
    let mut starts = vec![0; shown.len()];
    let safe = disarm(&shown, |at| is_literal(places[at]), |at, start| starts[at] = start);
    let mut with_isolates = Vec::with_capacity(safe.len() + text.len() - shown.len());
    let (mut written, mut next) = (0, 0);
    for c in text {
        if is_isolate(*c) {
            let end = starts.get(next).copied().unwrap_or(safe.len());
            with_isolates.extend(&safe[written..end]);
            with_isolates.push(*c);
            written = end;
        } else {
            next += 1;
        }
    }
    with_isolates.extend(&safe[written..]);
    with_isolates
}

/// [`defang`] for a text without isolates. Calls `starts` with the place of each character, and with the
/// place of what is written for it.
fn disarm(
    text: &[char],
    is_literal: impl Fn(usize) -> bool,
    mut starts: impl FnMut(usize, usize),
) -> Vec<char> {
    let mut safe: Vec<char> = Vec::with_capacity(text.len() + 8);
    // The last character that is not a mark.
    let mut base = ' ';
    let mut at = 0;
    while let Some(&c) = text.get(at) {
        let (last, rest) = (safe.last().copied(), &text[at + 1..]);
        let (literal, completes) = (is_literal(at), at > 0 && !is_literal(at - 1));
        starts(at, safe.len());
        at += 1;
        if literal && !(completes && (c == ':' || is_dot(c) || c == '(')) {
            safe.push(c);
            base = if extends(c) { base } else { c };
            continue;
        }
        let slashes = if matches!(c, '/' | '\\') { network_path(last, &text[at - 1..]) } else { 0 };
        if slashes > 0 {
            safe.push('[');
            for (nth, slash) in text[at - 1..at - 1 + slashes].iter().enumerate() {
                starts(at - 1 + nth, safe.len());
                safe.push(*slash);
            }
            safe.push(']');
            (at, base) = (at - 1 + slashes, ']');
            continue;
        }
        let next = rest.first().copied();
        let bracketed = match c {
            '@' => !is_end(next) && !is_address(base, next) && (last, next) != (Some('['), Some(']')),
            '\u{FF20}' | '\u{FE6B}' => true,
            ':' => is_scheme(&safe, rest),
            // The full stop of Chinese and Japanese.
            '\u{3002}' => {
                base.is_ascii_alphanumeric()
                    && next.is_some_and(|next| next.is_ascii_alphanumeric())
                    && is_host(base, &safe, rest)
            }
            c if is_dot(c) => is_host(base, &safe, rest),
            '&' => is_entity(rest),
            '#' => safe.is_empty() && next.is_some_and(|next| next == '#' || next.is_whitespace()),
            _ => false,
        };
        let shown = match c {
            '<' => '‹',
            '>' => '›',
            // U+1FEF becomes a backtick when a viewer normalises the text.
            '`' | '\u{1FEF}' => '\'',
            '~' => '∼',
            '*' => '∗',
            '_' if !base.is_alphanumeric() && base != '_' => '＿',
            '\u{FF20}' | '\u{FE6B}' => '@',
            c => c,
        };
        match (c, last) {
            _ if bracketed => safe.extend(['[', shown, ']']),
            ('(', Some(']')) => safe.extend([' ', shown]),
            _ => safe.push(shown),
        }
        if !extends(c) {
            base = if bracketed { ']' } else { shown };
        }
    }
    safe
}

/// Whether an `@` between two characters belongs to an address or a login. The scripts from Thai upwards
/// mostly put no spaces between words, so an `@` there may begin a mention.
fn is_address(before: char, next: Option<char>) -> bool {
    before.is_alphanumeric() && before < '\u{E00}' && next.is_some_and(char::is_alphanumeric)
}

/// Whether `&` begins an HTML entity: `&lt;`, `&#10;`, `&#x202E`. The Greek question mark becomes a `;` when
/// a viewer normalises the text.
fn is_entity(rest: &[char]) -> bool {
    let name = rest.iter().take(32).take_while(|c| c.is_ascii_alphanumeric()).count();
    rest.first() == Some(&'#') || name >= 2 && matches!(rest.get(name), Some(';' | '\u{37E}'))
}

/// Whether a text certainly stays the same, as most values do: words of letters with one space between them,
/// without a character that [`defang`] acts on. [`defang`] acts on `(` only beside one of these, on slashes
/// only beside another, and on no `:` before a space. Of the letters and marks beyond ASCII, it knows those
/// of the languages of Europe in Latin script, and those that the program writes.
pub(super) fn is_harmless(text: &str) -> bool {
    let mut last = b' ';
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let after = std::mem::replace(&mut last, b);
        let stays = match b {
            b' ' => after != b' ',
            _ if after == b':' => false,
            b'/' | b'\\' => !matches!(after, b'/' | b'\\'),
            b'.' | b'@' | b'&' | b'#' | b'<' | b'>' | b'`' | b'~' | b'*' | b'_' | b']' => false,
            // U+00C0 to U+023F, in two bytes.
            0xC3..=0xC8 => bytes.next().is_some(),
            // – — ‘ ’ “ ” …
            0xE2 => {
                bytes.next() == Some(0x80)
                    && matches!(bytes.next(), Some(0x93 | 0x94 | 0x98 | 0x99 | 0x9C | 0x9D | 0xA6))
            }
            _ => b.is_ascii_graphic(),
        };
        if !stays {
            return false;
        }
    }
    !matches!(last, b' ' | b':')
}
