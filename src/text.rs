//! Text for a message. [`neutralise`] makes untrusted text (profile values, subjects, answers, names) safe to
//! show on one line of plain text, in Okta's web pages, Slack, Teams and e-mail. The other functions write
//! numbers, dates and errors of the system in words. Pure; this file does not know what a message is.
//!
//! A neutralised value can't begin a line, notify anybody, format or hide text, or reorder its line. It can't
//! become a link, unless it is a bare domain in plain letters. It can say anything: "Manager: approved"
//! behind the label "Title" is a strange title, and the approver should see it.

pub use self::nearest::nearest;
pub use self::neutral::{is_visible, neutralise};
pub use self::printable::{PrintableLines, printable, printable_json};
pub use self::quoted::{quoted, shortened};
pub use self::rendered::{
    KEPT, Kept, Line, Origin, is_kept, is_mark, kept, line, marked, origin, unmarked, value,
};
pub use self::system::system_error;
pub use self::words::{count, date, datetime, moment, utf16_len};

mod characters;
mod cut;
mod defang;
mod links;
mod nearest;
mod neutral;
mod printable;
mod quoted;
mod rendered;
mod system;
mod visible;
mod words;

#[cfg(test)]
mod tests;
