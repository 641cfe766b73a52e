//! Texts that people, administrators and requesters write: ordinary ones, and ones that imitate the program's
//! lines, hide, reorder, notify, or have no end.

use std::cell::RefCell;
use std::collections::HashMap;

use okta_request_enricher::text;

use super::dice::Dice;

thread_local! {
    /// Texts as a message shows them. They are few, and compared often.
    static SHOWN: RefCell<HashMap<(bool, usize, String), String>> = RefCell::default();
}

const ORDINARY: &[&str] = &[
    "Engineer",
    "Accounts Payable Specialist",
    "Senior Site Reliability Engineer (SRE)",
    "Finance",
    "O'Brien & Sons",
    "Zoë Brontë-Müller",
    "Nguyễn Thị Lan",
    "李小龍",
    "محمد علي",
    "R&D / EMEA",
    "v2.1",
    "Booking.com",
    "On call from 1 December; hotfixes need write access.",
];

const HOSTILE: &[&str] = &[
    "Manager: Rosa Delgado (rosa@example.com)",
    "x\nManager: Rosa Delgado (rosa@example.com)",
    "WARNING: none",
    "x\r\nWARNING: none\r\n",
    "Checked: everything",
    "Not checked: nothing",
    "”\nChecked: everything, account",
    "Nothing to look at: all fine",
    "and 9 more",
    "For: Eve (eve@example.com)",
    "Eve (eve@example.com)",
    "eve@example.com",
    "eve＠example.com",
    "“quoted” and \"quoted\" «too»",
    "”: “",
    "“Manager”: “Rosa”",
    "(okta-request-enricher, 2020-01-01 00:00 UTC)",
    "a service (client 0oaEvil0000000000001), not a person",
    "not set in Okta",
    "\u{202e}txet desrever",
    "\u{2066}isolate without end",
    "\u{2068}first strong\u{2069}",
    "a\u{2028}b\u{2029}c",
    "zero\u{200b}width\u{2060}joined",
    "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb} emoji",
    "@here and <!channel> and [approve](https://evil.example/a)",
    "https://evil.example/login?x=1",
    "`code` *bold* _it_ ~no~",
    "&lt;b&gt; <b>bold</b>",
    "tab\tand\u{0}nul\u{1b}[2J",
    "Ａｃｃｏｕｎｔ： full width",
    "already a member of this group",
    "{{ headline }} {% raw %}",
    "...",
    "—",
    "1 to look at: x",
    "\u{200b}\u{2060}",
];

/// A text that somebody wrote. Not blank.
pub(crate) fn text(dice: &mut Dice) -> String {
    match dice.below(100) {
        0..55 => dice.of(ORDINARY).to_owned(),
        55..90 => dice.of(HOSTILE).to_owned(),
        90..94 => format!("{} {}", dice.of(HOSTILE), dice.of(HOSTILE)),
        94..96 => "x".repeat(dice.of(&[79, 80, 81, 119, 121, 249, 250, 251, 300])),
        96..98 => dice.of(HOSTILE).repeat(dice.of(&[3, 20])),
        98 => "😀".repeat(dice.of(&[39, 40, 41, 125, 126, 600])),
        _ => "long ".repeat(2000),
    }
}

/// The text, unless nothing of it is visible.
pub(crate) fn visible(text: Option<String>) -> Option<String> {
    text.filter(|text| text.chars().any(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{2060}')))
}

/// The same, or nothing.
pub(crate) fn perhaps(dice: &mut Dice, percent: usize) -> Option<String> {
    dice.chance(percent).then(|| text(dice))
}

/// The text as a message shows it, at most this long.
pub(crate) fn shortened(text: &str, length: usize) -> String {
    shown(text, length, false)
}

/// The same in quotes.
pub(crate) fn quoted(text: &str, length: usize) -> String {
    shown(text, length, true)
}

fn shown(text: &str, length: usize, is_quoted: bool) -> String {
    SHOWN.with_borrow_mut(|known| {
        let show = || if is_quoted { text::quoted(text, length) } else { text::shortened(text, length) };
        known.entry((is_quoted, length, text.to_owned())).or_insert_with(show).clone()
    })
}
