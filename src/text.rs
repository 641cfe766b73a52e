//! Text for a message: [`neutralise`] makes untrusted text (profile values, subjects, answers, names) safe to
//! stand on one line of a plain-text message, whoever shows it: Okta's web pages, Slack, Teams, e-mail. The
//! rest are the program's own words for facts. Pure; nothing here knows what a message is.
//!
//! What a value may not do: begin a line, notify anybody, become a link other than by a bare name, format or
//! hide itself or its neighbours, reorder its line. What it may do: say anything. "Manager: approved" behind
//! the label "Title" is a strange title, and the approver should see it.

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

pub use self::words::{ago, count, date, datetime, duration, list, utf16_len};

mod words;

/// Non-spacing marks that one letter may carry. Pointed Hebrew, vowelled Arabic, Tibetan stacks, Burmese and
/// decomposed Vietnamese and Greek need up to four; more is "Zalgo" text, which overflows onto other lines.
const MARKS: usize = 4;

/// More characters than any rule looks ahead. Text behind them can't matter, however much there is.
const AHEAD: usize = 100;

/// Zero width non-joiner and joiner: invisible, but Persian, Indic scripts and emoji are written with them.
const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';

/// First strong isolate and its end (UAX #9, "Explicit Directional Isolates").
const FSI: char = '\u{2068}';
const PDI: char = '\u{2069}';

/// Makes untrusted text safe to stand on one line of a message: at most `max_chars` characters, `…` for what is
/// cut off. Ordinary names come out byte for byte; what is altered stays readable; and once is enough:
/// neutralising again changes nothing.
///
/// - White space, line breaks, controls and blank symbols: a run becomes one space.
/// - What shows nothing or moves its neighbours is dropped: `Default_Ignorable_Code_Point` and the format
///   characters (UAX #44). Joiners and variation selectors stay where they change a letter or an emoji.
/// - Private-use and unassigned characters become `�`: nobody can say what a reader would see.
/// - Brackets take the life out of a mention, a link or an entity, as analysts write it: `[@]here`,
///   `https[:]//evil[.]example`, `www[.]`, `evil[.]example/path`, `[&]lt;`. Addresses such as `zoe@example.com`
///   stay. So do bare domains: apps are called "Booking.com", and such a link says where it goes.
/// - Markup becomes its look-alike: `<>` `‹›`, `` ` `` `'`, `~` `∼`, `*` `∗`, a `_` that begins a word `＿`.
/// - Right-to-left text is put into an isolate, so that the program's words and numbers behind it on its line,
///   as in "name (12 days ago)", stay in order. Where isolates aren't supported, they show nothing.
/// - More than a few marks on one letter are dropped, and those that have none: they'd overflow onto other
///   lines.
///
/// Sources: Slack, "Formatting text for app surfaces" (`&`, `<`, `>` begin all its markup; formatting begins at
/// a word's edge) and "Text object" (`verbatim: false` links names and bare URLs); `CommonMark` 0.31; UAX #9,
/// UAX #44.
#[must_use]
pub fn neutralise(text: &str, max_chars: usize) -> String {
    if is_harmless(text) && text.len() <= max_chars {
        return text.to_owned();
    }
    let mut safe = defang(&visible(text, max_chars.saturating_add(AHEAD)));
    let moves = |safe: &[char]| safe.iter().any(|c| is_right_to_left(*c));
    let room = if moves(&safe) { max_chars.saturating_sub(2) } else { max_chars };
    if safe.len() > room {
        cut(&mut safe, room);
    }
    if moves(&safe) {
        safe.insert(0, FSI);
        safe.push(PDI);
    }
    safe.into_iter().collect()
}

/// Whether it is one of the many values that stay as they are: words of ASCII, one space between them, without any
/// character at which [`defang`] begins to act. It looks at others, such as `/` and `(`, only beside one of these.
fn is_harmless(text: &str) -> bool {
    let mut last = b' ';
    let in_words = text.bytes().all(|b| {
        let after = std::mem::replace(&mut last, b);
        match b {
            b' ' => after != b' ',
            b'.' | b':' | b'@' | b'&' | b'#' | b'<' | b'>' | b'`' | b'~' | b'*' | b'_' | b']' => false,
            _ => b.is_ascii_graphic(),
        }
    });
    in_words && last != b' '
}

/// What a reader can see of `text`, on one line; no more of it than `enough`.
fn visible(text: &str, enough: usize) -> Vec<char> {
    let mut seen: Vec<char> = Vec::new();
    // The last character that is no mark, and the marks on it. A space can't carry marks: at the start of a
    // value they would land on the label.
    let (mut base, mut marks) = (' ', 0);
    let mut gap = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let (last, next) = (gap.or(seen.last().copied()), rest.peek().copied().unwrap_or(' '));
        let shown = match c {
            _ if is_blank(c) => {
                // A single ideographic space stands in many a Japanese name.
                gap = Some(if gap.is_none() && c == '\u{3000}' { c } else { ' ' });
                base = ' ';
                continue;
            }
            ZWNJ | ZWJ => joins(c, last, base, next, marks).then_some(c),
            '\u{FE0E}' | '\u{FE0F}' => last.is_some_and(|last| takes_style(last, next)).then_some(c),
            '\u{E0100}'..='\u{E011F}' => last.is_some_and(is_ideograph).then_some(c),
            _ if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) => None,
            _ => match category(c) {
                GeneralCategory::Format => None,
                GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => {
                    marks += 1;
                    (base != ' ' && marks <= MARKS).then_some(c)
                }
                GeneralCategory::SpacingMark => (base != ' ').then_some(c),
                // Unicode reserves places for the emoji of later years.
                GeneralCategory::PrivateUse | GeneralCategory::Unassigned if !is_emoji(c) => Some('\u{FFFD}'),
                _ => Some(if c == '\u{FFFC}' { '\u{FFFD}' } else { c }),
            },
        };
        let Some(c) = shown else { continue };
        if !extends(c) {
            (base, marks) = (c, 0);
        }
        seen.extend(gap.take().filter(|_| !seen.is_empty()));
        seen.push(c);
        if seen.len() >= enough {
            break;
        }
    }
    seen
}

/// White space in Unicode's sense, which includes every line and paragraph separator; controls; and symbols
/// whose picture is blank: braille, a musical null note, hieroglyphic blanks.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{2800}' | '\u{1D159}' | '\u{13441}' | '\u{13442}')
}

/// Whether a joiner changes what is seen: a non-joiner between Arabic letters or behind a virama, a joiner
/// beside a virama or between emoji (after UAX #31, "Layout and Format Control Characters").
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

/// Whether a text or emoji style selector behind `last` changes it: emoji, and keycaps such as 1️⃣.
fn takes_style(last: char, next: char) -> bool {
    is_emoji(last) || (last.is_ascii_digit() || last == '#') && next == '\u{20E3}'
}

/// Takes the life out of mentions, links, entities and markup. Decides by what it has already written, so that
/// doing it again finds nothing to do.
fn defang(text: &[char]) -> Vec<char> {
    let mut safe: Vec<char> = Vec::with_capacity(text.len() + 8);
    // The last character that is no mark.
    let mut base = ' ';
    for (at, &c) in text.iter().enumerate() {
        let (last, rest) = (safe.last().copied(), &text[at + 1..]);
        let next = rest.first().copied();
        let bracketed = match c {
            '@' => !is_end(next) && !is_address(base, next) && (last, next) != (Some('['), Some(']')),
            '\u{FF20}' | '\u{FE6B}' => true,
            ':' => is_scheme(&safe, rest),
            '.' => is_host(base, &safe, rest),
            '&' => is_entity(rest),
            '#' => safe.is_empty() && next.is_some_and(|next| next == '#' || next.is_whitespace()),
            _ => false,
        };
        let shown = match c {
            '<' => '‹',
            '>' => '›',
            // What normalisation makes a backtick, too.
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

/// The end of a word; `…` too, since a value may be cut anywhere.
fn is_end(next: Option<char>) -> bool {
    next.is_none_or(|next| next.is_whitespace() || next == '…')
}

/// An `@` between letters is that of an address or a login. Not so in the scripts from Thai upwards, most of
/// which put no spaces between words: what follows may be a mention.
fn is_address(before: char, next: Option<char>) -> bool {
    before.is_alphanumeric() && before < '\u{E00}' && next.is_some_and(char::is_alphanumeric)
}

/// Schemes that are links without `//`. Others are left alone: `arn:aws:iam`, `app:admin`, `10:30` are names.
const SCHEMES: &str = "callto facetime ftp http https hxxp hxxps im javascript mailto msteams sip sips skype \
                       slack sms tel vbscript";

/// Whether the colon between `before` and `rest` is that of a link.
fn is_scheme(before: &[char], rest: &[char]) -> bool {
    let slashes = rest.iter().take(2).filter(|c| is_slash(**c)).count();
    slashes == 2
        || !is_end(rest.first().copied()) && SCHEMES.split(' ').any(|scheme| scheme == last_word(before))
}

/// Whether the dot between `before` and `rest` belongs to a link: to `www.…`, to the host behind `//`, or as
/// the last one to `host.name/…`, `host.name:443`, `host.name?q`, `host.name#a`.
fn is_host(base: char, before: &[char], rest: &[char]) -> bool {
    let alphanumeric = |at: usize| rest.get(at).is_some_and(|c| c.is_alphanumeric());
    if !base.is_alphanumeric() || !alphanumeric(0) {
        return false;
    }
    let label = |c: &&char| c.is_alphanumeric() || **c == '-' || extends(**c);
    let name = rest.iter().take(64).take_while(label).count();
    let goes_on = match rest.get(name) {
        Some('/' | '\\') => true,
        Some(':' | '?' | '#') => alphanumeric(name + 1),
        _ => false,
    };
    let host = before.iter().rev().take(256).take_while(|c| label(c) || matches!(c, '.' | '[' | ']' | '@'));
    let url =
        before[..before.len() - host.count()].iter().rev().take(2).filter(|c| is_slash(**c)).count() == 2;
    url || last_word(before) == "www" || goes_on && name >= 2 && rest[0].is_alphabetic()
}

fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

/// The ASCII letters and digits at the end, in lower case; enough of them to tell a scheme.
fn last_word(before: &[char]) -> String {
    let length = before.iter().rev().take(12).take_while(|c| c.is_ascii_alphanumeric()).count();
    before[before.len() - length..].iter().map(char::to_ascii_lowercase).collect()
}

/// Whether `&` begins an HTML entity: `&lt;`, `&#10;`, `&#x202E`. The Greek question mark is a `;` once
/// normalised.
fn is_entity(rest: &[char]) -> bool {
    let name = rest.iter().take(32).take_while(|c| c.is_ascii_alphanumeric()).count();
    rest.first() == Some(&'#') || name >= 2 && matches!(rest.get(name), Some(';' | '\u{37E}'))
}

/// Cuts to `room` characters, the last of them `…`, without tearing what is seen as one character.
fn cut(safe: &mut Vec<char>, room: usize) {
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

/// Whether `next` is seen as one with what stands before it: UAX #29, "Grapheme Cluster Boundaries", without
/// its tables, so that it sometimes takes two for one. It tears only the prefixed letters of a few old scripts.
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

/// Marks, joiners and variation selectors: what belongs to the character before it.
fn extends(c: char) -> bool {
    matches!(c, ZWNJ | ZWJ)
        || matches!(
            category(c),
            GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
        )
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_right_to_left(c: char) -> bool {
    matches!(
        CodePointMapData::<BidiClass>::new().get(c),
        BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber
    )
}

/// Letters of Arabic and its relatives, which join their neighbours.
fn is_arabic(c: char) -> bool {
    c.is_alphabetic() && CodePointMapData::<BidiClass>::new().get(c) == BidiClass::ArabicLetter
}

/// Letters from Devanagari to Burmese.
fn is_indic(c: char) -> bool {
    c.is_alphabetic() && ('\u{900}'..'\u{10A0}').contains(&c)
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// A Hangul initial consonant of its own, as decomposed Korean has them.
fn is_initial(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115E}' | '\u{A960}'..='\u{A97C}')
}

/// Ideographs, whose variants in Japanese names are told by a selector (UTS #37).
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The signs that make a consonant join the next: Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil,
/// Telugu, Kannada, Malayalam, Sinhala, Burmese, Khmer.
fn is_virama(c: char) -> bool {
    const VIRAMAS: &str =
        "\u{94D}\u{9CD}\u{A4D}\u{ACD}\u{B4D}\u{BCD}\u{C4D}\u{CCD}\u{D4D}\u{DCA}\u{1039}\u{17D2}";
    VIRAMAS.contains(c)
}

#[cfg(test)]
mod tests;
