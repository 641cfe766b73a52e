//! [`neutralise`]: makes untrusted text safe to show.

use super::characters::{FSI, PDI, is_right_to_left};
use super::cut::cut;
use super::defang::{defang, is_harmless};
use super::links::AHEAD;
use super::visible::{Spaces, visible};

/// Makes untrusted text safe to show on one line of a message. The result has at most `max_chars` characters;
/// `…` marks a cut. Ordinary names stay byte for byte the same, and altered text stays readable. Neutralising
/// a result again changes nothing.
///
/// - A run of white space, line breaks, controls and blank symbols becomes one space.
/// - Characters that are invisible or reorder text are dropped: `Default_Ignorable_Code_Point` and format
///   characters (UAX #44). Joiners and variation selectors stay if they change a letter or an emoji.
/// - Private-use and unassigned characters become `�`: their appearance is unknown.
/// - Brackets disarm mentions, links and entities, as analysts write them: `[@]here`,
///   `https[:]//evil[.]example`, `www[.]`, `evil[.]example/path`, `evil[.]example?q`, `192[.]0[.]2[.]1:8443`,
///   `[\\]server\share`, `[&]lt;`. Addresses such as `zoe@example.com` stay. Bare domains stay too, because
///   apps are called "Booking.com", and such a link shows its target. A bare domain in punycode, or with
///   letters beyond ASCII, does not show it, and gets brackets.
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
    if text.len() <= max_chars && is_harmless(text) {
        return text.to_owned();
    }
    // No rule looks further ahead, so the rest of a longer text does not matter.
    let seen = visible(text, max_chars.saturating_add(AHEAD), Spaces::Collapsed);
    let mut safe = defang(&seen, |_| false);
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

/// Whether a message shows anything of an untrusted text.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_graphic()) || !visible(text, 1, Spaces::Collapsed).is_empty()
}
