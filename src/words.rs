//! [`Words`]: every word of a message that is the program's own: labels, warnings, reasons and units. A
//! policy may replace them, all or some, so that a message is in the readers' language. A [`Piece`] is a part
//! of a message before it is put into words.

mod piece;
mod term;
mod texts;
mod time;

pub use self::piece::{NAME_LIMIT, Piece, SHORT_NAME_LIMIT};
pub use self::term::{Term, fixed_len, places_of};
pub use self::texts::Words;
pub use self::time::{age, duration};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_word_has_its_own_key_and_texts_with_exactly_its_places() {
        let keys: HashSet<_> = Term::ALL.iter().map(|word| word.key()).collect();
        assert_eq!(keys.len(), Term::ALL.len());
        for word in Term::ALL {
            for text in word.english() {
                let places = places_of(text).unwrap();
                assert_eq!(places, word.places(), "{}", word.key());
            }
            let most = if word.has_number() { 2 } else { 1 };
            assert!((1..=most).contains(&word.english().len()), "{}", word.key());
            assert!(word.english().iter().all(|text| fixed_len(text) <= word.limit()), "{}", word.key());
        }
    }

    #[test]
    fn a_replaced_word_is_used_and_the_others_stay_english() {
        let german = Words::english().with(Term::Days, vec!["{n} Tag".into(), "{n} Tage".into()]);
        let say = |n| german.say(&Piece::counted(Term::Days, n));
        assert_eq!([say(1), say(2), say(0)], ["1 Tag", "2 Tage", "0 Tage"]);
        assert_eq!(german.say(&Piece::counted(Term::Hours, 1)), "1 hour");
        let japanese = Words::english().with(Term::Days, vec!["{n}日".into()]);
        assert_eq!(japanese.say(&Piece::counted(Term::Days, 1)), "1日");
    }
}
