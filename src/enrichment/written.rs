//! Puts values of profiles and answers into words.

use crate::okta::Written;
use crate::words::{self, Piece, Term};

/// The value, of any length. Its text is untrusted.
#[must_use]
pub(super) fn piece(value: &Written) -> Piece {
    match value {
        Written::Text(text) => Piece::text(text, usize::MAX / 2),
        Written::Truth(true) => Term::Yes.into(),
        Written::Truth(false) => Term::No.into(),
        Written::Duration(iso) => duration(iso, usize::MAX / 2),
        Written::List(values) => Piece::all(values.iter().map(piece).collect()),
    }
}

/// A length of time. One of an unknown form stays as it is, at most `limit` UTF-16 units long.
#[must_use]
pub(super) fn duration(iso: &str, limit: usize) -> Piece {
    words::duration(iso).unwrap_or_else(|| Piece::text(iso, limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;

    #[test]
    fn a_value_is_in_the_words_of_the_message() {
        let text = |text: &str| Written::Text(text.to_owned());
        let value = Written::List(vec![
            text("Oslo"),
            Written::Truth(true),
            Written::Truth(false),
            Written::Duration("P2W".to_owned()),
            Written::Duration("a while".to_owned()),
            Written::List(vec![text("yes"), text("P2W")]),
        ]);
        let english = Words::english();
        assert_eq!(english.say(&piece(&value)), "Oslo, yes, no, 2 weeks, a while, yes, P2W");
        let mut german = english;
        for (word, said) in
            [(Term::Yes, "ja"), (Term::No, "nein"), (Term::Comma, "; "), (Term::Weeks, "{n} Wo.")]
        {
            german = german.with(word, vec![said.to_owned()]);
        }
        assert_eq!(german.say(&piece(&value)), "Oslo; ja; nein; 2 Wo.; a while; yes; P2W");
    }
}
