//! [`Piece`]: a part of a message before it is put into words. Untrusted text enters it with its limit, and
//! is made safe and shortened before the program's words stand around it. So these are never cut.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::term::Term;
use super::texts::Words;
use crate::text;

/// The longest name of a person or thing, in UTF-16 units.
pub const NAME_LIMIT: usize = 80;
/// The longest name in a sentence that has several of them, in UTF-16 units: no single name fills it.
pub const SHORT_NAME_LIMIT: usize = 60;

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The program's words, with a value for each of [`Term::places`].
    Said(Term, Vec<Piece>),
    /// A number. It chooses between the two texts of the word around it.
    Number(u64),
    /// A day in UTC: "2026-11-24".
    Day(Timestamp),
    /// The program's own text that no language changes: an id that was parsed, a status of HTTP.
    Plain(String),
    /// Untrusted text.
    Text {
        /// As somebody wrote it.
        text: String,
        /// The longest it may become, in UTF-16 units.
        limit: usize,
        /// It stands in quotes.
        quoted: bool,
    },
    /// A piece with untrusted text, which is shortened as a whole.
    Whole {
        /// The untrusted text, and words of the program within it.
        piece: Box<Piece>,
        /// The longest it may become, in UTF-16 units.
        limit: usize,
        /// It stands in quotes.
        quoted: bool,
    },
    /// The parts of a length of time.
    Series(Vec<Piece>),
    /// A list: the first `max` entries, and how many more there are.
    List {
        /// The entries.
        items: Vec<Piece>,
        /// The most entries that are named.
        max: usize,
        /// What stands between two entries.
        between: Term,
    },
}

impl From<Term> for Piece {
    fn from(word: Term) -> Piece {
        Piece::Said(word, Vec::new())
    }
}

impl Piece {
    /// The program's words about these values.
    #[must_use]
    pub fn said<const N: usize>(word: Term, values: [Piece; N]) -> Piece {
        Piece::Said(word, values.into())
    }

    /// A number with its unit.
    #[must_use]
    pub fn counted(unit: Term, n: u64) -> Piece {
        Piece::said(unit, [Piece::Number(n)])
    }

    /// The number of things.
    #[must_use]
    pub fn number(n: usize) -> Piece {
        Piece::Number(u64::try_from(n).unwrap_or(u64::MAX))
    }

    /// The name of a person or thing, untrusted.
    #[must_use]
    pub fn name(name: &str) -> Piece {
        Piece::text(name, NAME_LIMIT)
    }

    /// The name of a thing in quotes.
    #[must_use]
    pub fn quoted_name(name: &str) -> Piece {
        Piece::quoted(name, NAME_LIMIT)
    }

    /// Untrusted text of at most `limit` UTF-16 units.
    #[must_use]
    pub fn text(text: &str, limit: usize) -> Piece {
        Piece::Text { text: text.to_owned(), limit, quoted: false }
    }

    /// The same in quotes.
    #[must_use]
    pub fn quoted(text: &str, limit: usize) -> Piece {
        Piece::Text { text: text.to_owned(), limit, quoted: true }
    }

    /// Untrusted text with words of the program within it, such as several choices or people.
    #[must_use]
    pub fn whole(piece: Piece, limit: usize, quoted: bool) -> Piece {
        Piece::Whole { piece: Box::new(piece), limit, quoted }
    }

    /// The same untrusted text, of at most `max` UTF-16 units; other pieces stay.
    #[must_use]
    pub fn at_most(&self, max: usize) -> Piece {
        let mut piece = self.clone();
        if let Piece::Text { limit, .. } | Piece::Whole { limit, .. } = &mut piece {
            *limit = max.min(*limit);
        }
        piece
    }

    /// The name of a thing in a sentence that has several of them, untrusted.
    #[must_use]
    pub fn short_name(name: &str) -> Piece {
        Piece::text(name, SHORT_NAME_LIMIT)
    }

    /// A list of all of these.
    #[must_use]
    pub fn all(items: Vec<Piece>) -> Piece {
        Piece::list(items, usize::MAX)
    }

    /// A list of the first `max` of these.
    #[must_use]
    pub fn list(items: Vec<Piece>, max: usize) -> Piece {
        Piece::List { items, max, between: Term::Comma }
    }
}

impl Words {
    /// Puts a piece into words.
    #[must_use]
    pub fn say(&self, piece: &Piece) -> String {
        self.say_within(piece, usize::MAX)
    }

    /// The same. A caller that cuts the words to far less than `most` UTF-16 units needs no more of them, so
    /// a long text costs no more than its beginning.
    fn say_within(&self, piece: &Piece, most: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, piece, most);
        out
    }

    /// Whether somebody's text, and no quotation mark, begins the words of a piece.
    #[must_use]
    pub fn begin_with_text(&self, piece: &Piece) -> bool {
        match piece {
            Piece::Said(word, values) => {
                // A policy's text may begin with spaces.
                let text = self.text(*word, is_one(values)).trim_start();
                let name = text.strip_prefix('{').and_then(|text| text.split_once('}'));
                let place = name.and_then(|(name, _)| word.places().iter().position(|place| *place == name));
                place.and_then(|place| values.get(place)).is_some_and(|value| self.begin_with_text(value))
            }
            Piece::Number(_) | Piece::Day(_) | Piece::Plain(_) => false,
            Piece::Text { quoted, .. } => !quoted,
            Piece::Whole { piece, quoted, .. } => !quoted && self.begin_with_text(piece),
            Piece::Series(pieces) => pieces.first().is_some_and(|piece| self.begin_with_text(piece)),
            Piece::List { items, .. } => items.first().is_some_and(|piece| self.begin_with_text(piece)),
        }
    }

    fn write(&self, out: &mut String, piece: &Piece, most: usize) {
        match piece {
            Piece::Said(word, values) => self.write_said(out, *word, values, most),
            Piece::Number(n) => drop(write!(out, "{n}")),
            Piece::Day(at) => out.push_str(&text::date(*at)),
            Piece::Plain(text) => out.push_str(text),
            Piece::Text { text, limit, quoted } => out.push_str(&safe(text, most.min(*limit), *quoted)),
            Piece::Whole { piece, limit, quoted } => {
                let most = most.min(limit.saturating_mul(2));
                out.push_str(&safe(&self.say_within(piece, most), *limit, *quoted));
            }
            Piece::Series(pieces) => self.write_between(out, pieces, Term::Space, most),
            Piece::List { items, max, between } => {
                let (named, more) = items.split_at(items.len().min((*max).max(1)));
                if more.is_empty() {
                    self.write_between(out, named, *between, most);
                } else {
                    let mut list = String::new();
                    self.write_between(&mut list, named, *between, most);
                    let values = [Piece::Plain(list), Piece::number(more.len())];
                    self.write_said(out, Term::AndMore, &values, most);
                }
            }
        }
    }

    fn write_between(&self, out: &mut String, pieces: &[Piece], between: Term, most: usize) {
        // A UTF-16 unit has at most three bytes.
        let enough = most.saturating_mul(3).saturating_add(out.len());
        for (at, piece) in pieces.iter().enumerate() {
            if out.len() > enough {
                break;
            }
            if at > 0 {
                out.push_str(self.text(between, true));
            }
            self.write(out, piece, most);
        }
    }

    fn write_said(&self, out: &mut String, word: Term, values: &[Piece], most: usize) {
        let mut rest = self.text(word, is_one(values));
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else { break };
            let place = word.places().iter().position(|place| *place == name);
            if let Some(value) = place.and_then(|place| values.get(place)) {
                self.write(out, value, most);
            }
            rest = after;
        }
        out.push_str(rest);
    }
}

fn safe(text: &str, limit: usize, quoted: bool) -> String {
    if quoted { text::quoted(text, limit) } else { text::shortened(text, limit) }
}

/// Whether the first number among the values is 1.
fn is_one(values: &[Piece]) -> bool {
    let mut numbers = values.iter().filter_map(|value| match value {
        Piece::Number(n) => Some(*n),
        _ => None,
    });
    numbers.next() == Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(piece: &Piece) -> String {
        Words::english().say(piece)
    }

    #[test]
    fn untrusted_text_is_shortened_and_the_programs_words_are_not() {
        let named =
            Piece::said(Term::WithLogin, [Piece::name(&"N".repeat(500)), Piece::name("n@example.com")]);
        assert_eq!(say(&named), format!("{}… (n@example.com)", "N".repeat(NAME_LIMIT - 1)));
        let wide = say(&Piece::text(&"😀".repeat(500), 80));
        assert!(text::utf16_len(&wide) <= 80 && wide.ends_with('…'), "{wide}");
    }

    #[test]
    fn quotes_in_a_text_do_not_end_it() {
        for (written, shown) in [
            ("a” b", "“a' b”"),
            ("“Manager”: “x”", "“'Manager': 'x'”"),
            ("„x‟ «y» ＂z＂ \"w\"", "“'x' 'y' 'z' 'w'”"),
        ] {
            assert_eq!(say(&Piece::quoted(written, 80)), shown);
        }
    }

    #[test]
    fn a_text_or_list_that_is_cut_as_a_whole_costs_no_more_than_its_beginning() {
        // All of it would take minutes.
        let texts = ["a.", "ab ", "😀 ", "ש."].map(|text| text.repeat(1_000_000));
        for text in &texts {
            let whole = say(&Piece::whole(Piece::text(text, usize::MAX / 2), 50, true));
            assert_eq!(whole, say(&Piece::quoted(text, 50)));
        }
        let long = Piece::list(vec![Piece::text(&texts[0], usize::MAX / 2); 20], usize::MAX);
        let short = Piece::list(vec![Piece::name("ab"); 100_000], usize::MAX);
        for (list, begins) in
            [(long, &texts[0][..48]), (short, "ab, ab, ab, ab, ab, ab, ab, ab, ab, ab, ab, ab, a")]
        {
            let whole = say(&Piece::whole(list, 50, false));
            assert!(whole.starts_with(begins) && whole.ends_with('…'), "{whole}");
            assert!(text::utf16_len(&whole) <= 50, "{whole}");
        }
    }

    #[test]
    fn somebody_s_text_behind_spaces_of_a_policy_begins_the_words() {
        let name = Piece::said(Term::OnBehalf, [Piece::name("Manager: x")]);
        for (text, begins) in
            [("{name}, x", true), ("  {name}, x", true), ("\u{3000}{name}", true), ("- {name}", false)]
        {
            let words = Words::english().with(Term::OnBehalf, vec![text.to_owned()]);
            assert_eq!(words.begin_with_text(&name), begins, "{text}");
        }
    }

    #[test]
    fn a_list_says_how_much_it_leaves_out() {
        let items: Vec<_> = ["A", "B", "C"].map(Piece::name).into();
        assert_eq!(say(&Piece::list(items.clone(), 3)), "A, B, C");
        assert_eq!(say(&Piece::list(items, 2)), "A, B and 1 more");
    }
}
