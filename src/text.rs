//! Text for a message. [`neutralise`] makes untrusted text (profile values, subjects, answers, names) safe to
//! show on one line of plain text, in Okta's web pages, Slack, Teams and e-mail. The other functions write
//! dates, durations and lists in words. Pure; this file does not know what a message is.
//!
//! A neutralised value can't begin a line, notify anybody, format or hide text, or reorder its line. It can't
//! become a link, unless it is a bare domain. It can say anything: "Manager: approved" behind the label
//! "Title" is a strange title, and the approver should see it.

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

pub use self::words::{ago, count, date, datetime, duration, list, moment, utf16_len};

mod words;

/// The most non-spacing marks on one letter. Pointed Hebrew, vowelled Arabic, Tibetan stacks, Burmese and
/// decomposed Vietnamese and Greek need up to four. More marks are "Zalgo" text, which overflows onto other
/// lines.
const MARKS: usize = 4;

/// No rule looks further ahead, in characters. So a longer text can be cut here before it is neutralised.
const AHEAD: usize = 100;

/// Zero width non-joiner and joiner: invisible, but Persian, Indic scripts and emoji need them.
const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';

/// The characters that begin and end a first strong isolate (UAX #9, "Explicit Directional Isolates").
const FSI: char = '\u{2068}';
const PDI: char = '\u{2069}';

/// Makes untrusted text safe to show on one line of a message. The result has at most `max_chars` characters;
/// `…` marks a cut. Ordinary names stay byte for byte the same, and altered text stays readable. Neutralising
/// a result again changes nothing.
///
/// - A run of white space, line breaks, controls and blank symbols becomes one space.
/// - Characters that are invisible or reorder text are dropped: `Default_Ignorable_Code_Point` and format
///   characters (UAX #44). Joiners and variation selectors stay if they change a letter or an emoji.
/// - Private-use and unassigned characters become `�`: their appearance is unknown.
/// - Brackets disarm mentions, links and entities, as analysts write them: `[@]here`,
///   `https[:]//evil[.]example`, `www[.]`, `evil[.]example/path`, `[&]lt;`. Addresses such as
///   `zoe@example.com` stay. Bare domains stay too, because apps are called "Booking.com", and such a link
///   shows its target.
/// - Markup is replaced by characters of the same look: `<>` by `‹›`, `` ` `` by `'`, `~` by `∼`, `*` by `∗`,
///   and a `_` that begins a word by `＿`.
/// - Right-to-left text is put into an isolate. So the words and numbers behind it, as in "name (12 days
///   ago)", stay in order. A viewer that does not support isolates shows nothing for them.
/// - Marks without a letter, and more than four marks on one letter, are dropped: they would overflow onto
///   other lines.
///
/// Sources: Slack, "Formatting text for app surfaces" (`&`, `<`, `>` begin all markup; formatting begins at a
/// word's edge) and "Text object" (`verbatim: false` links names and bare URLs); `CommonMark` 0.31; UAX #9;
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

/// Whether a text certainly stays the same, as most values do: ASCII words with one space between them,
/// without a character that [`defang`] acts on. [`defang`] acts on others, such as `/` and `(`, only beside
/// one of these.
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

/// The visible characters of `text`, on one line. It stops after `enough` characters.
fn visible(text: &str, enough: usize) -> Vec<char> {
    let mut seen: Vec<char> = Vec::new();
    // The last character that is not a mark, and the number of marks on it. A space can't carry marks: at the
    // start of a value they would appear on the label.
    let (mut base, mut marks) = (' ', 0);
    let mut gap = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let (last, next) = (gap.or(seen.last().copied()), rest.peek().copied().unwrap_or(' '));
        let shown = match c {
            _ if is_blank(c) => {
                // Many Japanese names contain a single ideographic space.
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
                // Unicode reserves code points for future emoji.
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

/// Whether a character is blank: Unicode's white space, which includes line and paragraph separators;
/// controls; and blank symbols of braille, music and hieroglyphs.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{2800}' | '\u{1D159}' | '\u{13441}' | '\u{13442}')
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

/// Disarms mentions, links, entities and markup. It decides by the text that it has already written, so that
/// a second run changes nothing.
fn defang(text: &[char]) -> Vec<char> {
    let mut safe: Vec<char> = Vec::with_capacity(text.len() + 8);
    // The last character that is not a mark.
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

/// Whether a word ends before `next`. `…` ends a word too, because a value may be cut anywhere.
fn is_end(next: Option<char>) -> bool {
    next.is_none_or(|next| next.is_whitespace() || next == '…')
}

/// Whether an `@` between two characters belongs to an address or a login. The scripts from Thai upwards
/// mostly put no spaces between words, so an `@` there may begin a mention.
fn is_address(before: char, next: Option<char>) -> bool {
    before.is_alphanumeric() && before < '\u{E00}' && next.is_some_and(char::is_alphanumeric)
}

/// Schemes that make a link without `//`. Others stay, because names contain them: `arn:aws:iam`,
/// `app:admin`, `10:30`.
const SCHEMES: &str = "callto facetime ftp http https hxxp hxxps im javascript mailto msteams sip sips skype \
                       slack sms tel vbscript";

/// Whether the colon between `before` and `rest` belongs to a link.
fn is_scheme(before: &[char], rest: &[char]) -> bool {
    let slashes = rest.iter().take(2).filter(|c| is_slash(**c)).count();
    slashes == 2
        || !is_end(rest.first().copied()) && SCHEMES.split(' ').any(|scheme| scheme == last_word(before))
}

/// Whether the dot between `before` and `rest` belongs to a link: to `www.…`, to the host behind `//`, or to
/// the end of a host in `host.name/…`, `host.name:443`, `host.name?q`, `host.name#a`.
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

/// The ASCII letters and digits at the end, in lower case; at most 12, the longest scheme has 10.
fn last_word(before: &[char]) -> String {
    let length = before.iter().rev().take(12).take_while(|c| c.is_ascii_alphanumeric()).count();
    before[before.len() - length..].iter().map(char::to_ascii_lowercase).collect()
}

/// Whether `&` begins an HTML entity: `&lt;`, `&#10;`, `&#x202E`. The Greek question mark becomes a `;` when
/// a viewer normalises the text.
fn is_entity(rest: &[char]) -> bool {
    let name = rest.iter().take(32).take_while(|c| c.is_ascii_alphanumeric()).count();
    rest.first() == Some(&'#') || name >= 2 && matches!(rest.get(name), Some(';' | '\u{37E}'))
}

/// Cuts to `room` characters, the last of them `…`, without cutting inside what a reader sees as one
/// character.
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

/// Whether a character belongs to the one before it: marks, joiners and variation selectors.
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

/// Whether a character is a letter of Arabic or a related script; these letters join their neighbours.
fn is_arabic(c: char) -> bool {
    c.is_alphabetic() && CodePointMapData::<BidiClass>::new().get(c) == BidiClass::ArabicLetter
}

/// Whether a character is a letter of a script from Devanagari to Burmese.
fn is_indic(c: char) -> bool {
    c.is_alphabetic() && ('\u{900}'..'\u{10A0}').contains(&c)
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Whether a character is a separate Hangul initial consonant, as in decomposed Korean.
fn is_initial(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115E}' | '\u{A960}'..='\u{A97C}')
}

/// Whether a character is an ideograph. A selector behind it chooses its variant in Japanese names (UTS #37).
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character joins a consonant to the next one. The signs are of Devanagari, Bengali, Gurmukhi,
/// Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam, Sinhala, Burmese and Khmer.
fn is_virama(c: char) -> bool {
    const VIRAMAS: &str =
        "\u{94D}\u{9CD}\u{A4D}\u{ACD}\u{B4D}\u{BCD}\u{C4D}\u{CCD}\u{D4D}\u{DCA}\u{1039}\u{17D2}";
    VIRAMAS.contains(c)
}

#[cfg(test)]
mod tests;
