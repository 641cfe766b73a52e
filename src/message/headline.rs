//! The headline: the first line of a message, and so the notification.

use crate::section::{AskedFor, Content};
use crate::text;
use crate::words::{Piece, Term, Words};

/// The longest headline, in characters.
const LIMIT: usize = 100;
/// No longer name can be in a headline as a whole, in UTF-16 units.
const WHOLE: usize = 4 * LIMIT;
/// A name is not shortened below this, in UTF-16 units.
const LEAST: usize = 8;

/// How many warnings and checks not done, and what is asked for.
pub(super) fn headline(content: &Content, words: &Words) -> String {
    let (warnings, not_made) = (content.warnings().len(), content.not_made().len());
    let say = |what: String| {
        let what = Piece::Plain(what);
        words.say(&match (warnings, not_made) {
            (0, 0) => Piece::said(Term::NothingToLookAt, [what]),
            (0, _) => Piece::said(Term::NothingToLookAtBut, [Piece::number(not_made), what]),
            (..) => Piece::said(Term::ToLookAt, [Piece::number(warnings), what]),
        })
    };
    // What stands around a name may disarm it, which makes it longer.
    let fits = |what: &str| {
        let marked = text::marked(&say(what.to_owned()), text::Origin::Own, None);
        text::line(&text::value(&marked)).text.chars().count() <= LIMIT
    };
    say(what(&content.asked_for, words, fits))
}

/// The names and the duration, so that they fit. Long names are shortened, the longest first.
fn what(asked: &AskedFor, words: &Words, fits: impl Fn(&str) -> bool) -> String {
    let names: Vec<Piece> = match (&asked.names[..], &asked.subject) {
        ([], Some(subject)) => vec![Piece::quoted(subject, WHOLE)],
        ([], None) => vec![Term::UnnamedAccess.into()],
        (names, _) => names.iter().map(|name| Piece::text(name, WHOLE)).collect(),
    };
    let list = |names: Vec<Piece>| {
        let max = names.len() + usize::from(asked.duration.is_some());
        let all: Vec<Piece> = names.into_iter().chain(asked.duration.clone()).collect();
        let list = words.say(&Piece::list(all, max.max(1)));
        match asked.more {
            0 => list,
            more => words.say(&Piece::said(Term::AndMore, [Piece::Plain(list), Piece::number(more)])),
        }
    };
    let lengths = |limit: usize| -> Vec<Piece> { names.iter().map(|name| name.at_most(limit)).collect() };
    let whole = list(lengths(WHOLE));
    if fits(&whole) {
        return whole;
    }
    let mut limit = LIMIT;
    loop {
        let shortened = list(lengths(limit));
        if fits(&shortened) || limit <= LEAST {
            return shortened;
        }
        limit -= 1;
    }
}

impl Piece {
    /// The same text with another limit; other pieces stay.
    fn at_most(&self, limit: usize) -> Piece {
        match self {
            Piece::Text { text, quoted, .. } => Piece::Text { text: text.clone(), limit, quoted: *quoted },
            other => other.clone(),
        }
    }
}
