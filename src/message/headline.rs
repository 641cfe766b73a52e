//! The headline: the first line of a message, and so the notification.

use crate::section::{AskedFor, Content};
use crate::text;
use crate::words::{Piece, Term, Words};

/// The longest headline, in characters.
const LIMIT: usize = 100;
/// A name longer than this, in UTF-16 units, never fits into a headline whole.
const WHOLE: usize = 4 * LIMIT;
/// A name is not shortened below this, in UTF-16 units.
const LEAST: usize = 8;

/// The first line of a message.
#[derive(Debug)]
pub(super) struct Headline {
    /// Its text.
    pub(super) text: String,
    /// What it has not in full. The message says it in lines of its own.
    pub(super) lacks: Lacks,
}

/// What a headline has not in full.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lacks {
    /// The names.
    names: bool,
    /// The subject line, which stands in for the names.
    subject: bool,
    /// The duration.
    duration: bool,
}

impl Lacks {
    /// Whether this fact of the section `request` says what the headline lacks.
    pub(super) fn says(self, fact: &str) -> bool {
        match fact {
            "access" | "scope" => self.names,
            "subject" => self.subject,
            "duration" => self.duration,
            _ => false,
        }
    }
}

/// How many warnings and checks not done, and what is asked for.
pub(super) fn headline(content: &Content, words: &Words) -> Headline {
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
    let (what, lacks) = what(&content.asked_for, words, fits);
    Headline { text: say(what), lacks }
}

/// The names and the duration, so that they fit. Long names are shortened, the longest first. A duration of
/// many units is left out.
fn what(asked: &AskedFor, words: &Words, fits: impl Fn(&str) -> bool) -> (String, Lacks) {
    let names: Vec<Piece> = match (&asked.names[..], &asked.subject) {
        ([], Some(subject)) => vec![Piece::quoted(subject, WHOLE)],
        ([], None) => vec![Term::UnnamedAccess.into()],
        (names, _) => names.iter().map(|name| Piece::text(name, WHOLE)).collect(),
    };
    let list = |limit: usize, duration: Option<&Piece>| {
        let shortened = names.iter().map(|name| name.at_most(limit));
        let all: Vec<Piece> = shortened.chain(duration.cloned()).collect();
        let list = words.say(&Piece::all(all));
        match asked.more {
            0 => list,
            more => words.say(&Piece::said(Term::AndMore, [Piece::Plain(list), Piece::number(more)])),
        }
    };
    let is_subject = asked.names.is_empty();
    let lacks = Lacks { names: !is_subject, subject: is_subject, duration: false };
    let shortened = |duration| {
        let whole = list(WHOLE, duration);
        if fits(&whole) {
            return Some((whole, Lacks::default()));
        }
        let at = |limit| Some(list(limit, duration)).filter(|list| fits(list));
        // The longest one that fits, by bisection.
        let (mut best, mut fitting, mut too_long) = (at(LEAST)?, LEAST, LIMIT + 1);
        while fitting + 1 < too_long {
            let limit = usize::midpoint(fitting, too_long);
            match at(limit) {
                Some(list) => (best, fitting) = (list, limit),
                None => too_long = limit,
            }
        }
        Some((best, lacks))
    };
    if let Some(found) = shortened(asked.duration.as_ref()) {
        return found;
    }
    let (text, lacks) = shortened(None).unwrap_or_else(|| (list(LEAST, None), lacks));
    (text, Lacks { duration: asked.duration.is_some(), ..lacks })
}
