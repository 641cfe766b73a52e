//! The checks of `[words]` in a policy file. A text must have the places of the word that it replaces, and a
//! bounded length. So a message in any language says as much as the English one.

use super::Checker;
use crate::policy::words::{FileWords, Texts};
use crate::text::{count, neutralise};
use crate::words::{Term, Words, fixed_len, places_of};

impl Checker<'_> {
    /// The words of the file. Reports their faults.
    pub(super) fn words(&mut self, table: FileWords) -> Words {
        let mut words = Words::english();
        for (key, Texts(texts)) in table.0 {
            let (at, key) = (key.span().start, key.into_inner());
            match known(&key).and_then(|word| faultless(word, &texts).map(|()| word)) {
                Ok(word) => words = words.with(word, texts),
                Err(fault) => self.fault(at, format!("`words.{key}`: {fault}")),
            }
        }
        words
    }
}

/// The word with this key.
fn known(key: &str) -> Result<Term, String> {
    if let Some(word) = Term::ALL.iter().find(|word| word.key() == key) {
        return Ok(*word);
    }
    let nearest = Term::ALL.iter().min_by_key(|word| strsim::damerau_levenshtein(word.key(), key));
    let nearest = nearest.map_or("", |word| word.key());
    Err(format!("the program has no such word; the nearest is `{nearest}`, and docs/policy.md lists all"))
}

/// Whether these texts can replace the word; the error says what is wrong and what to write.
fn faultless(word: Term, texts: &[String]) -> Result<(), String> {
    match texts.len() {
        1 => {}
        2 if word.has_number() => {}
        2 => return Err("it depends on no number, so it has one text, not two".to_owned()),
        _ => return Err("write one text, or two: for the number 1, and for other numbers".to_owned()),
    }
    texts.iter().try_for_each(|text| faultless_text(word, text))
}

fn faultless_text(word: Term, text: &str) -> Result<(), String> {
    if text.trim().is_empty() && word != Term::Space {
        return Err("the text is empty; write one, or delete the line to keep the English text".to_owned());
    }
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err("the text has a line break or a control character; delete it".to_owned());
    }
    let Some(places) = places_of(text) else {
        return Err("a brace is not closed or not opened; a place is written `{name}`".to_owned());
    };
    let listed = || match word.places() {
        [] => "none".to_owned(),
        places => places.iter().map(|place| format!("`{{{place}}}`")).collect::<Vec<_>>().join(", "),
    };
    if let Some(place) = places.iter().find(|place| !word.places().contains(place)) {
        return Err(format!("the word has no place `{{{place}}}`; its places: {}", listed()));
    }
    for place in word.places() {
        match places.iter().filter(|other| *other == place).count() {
            0 => return Err(format!("the place `{{{place}}}` is missing; its places: {}", listed())),
            1 => {}
            _ => return Err(format!("the place `{{{place}}}` appears twice; write it once")),
        }
    }
    if fixed_len(text) > word.limit() {
        return Err(format!(
            "the text is too long; besides its places it may have {} (counted in UTF-16)",
            count(word.limit(), "character")
        ));
    }
    if let Some(first) = first_place(word).filter(|first| !text.starts_with(first)) {
        return Err(format!("the text must begin with `{first}`, so that no value imitates a label"));
    }
    let begins_with_names = matches!(word, Term::ToLookAt | Term::NothingToLookAt | Term::NothingToLookAtBut);
    if begins_with_names && text.trim_start().starts_with("{what}") {
        return Err("the text can't begin with `{what}`: a name could imitate the headline".to_owned());
    }
    if shown(text) != spaced(text) {
        return Err("a message would show some of its characters differently (markup, links, mentions, \
                    invisible characters); replace them"
            .to_owned());
    }
    Ok(())
}

/// The place that a text must begin with: a line begins with its label.
fn first_place(word: Term) -> Option<&'static str> {
    matches!(word, Term::Labelled | Term::Sentence).then_some("{label}")
}

/// The text as a message shows it, without the isolates around text that runs from right to left.
fn shown(text: &str) -> String {
    neutralise(text, usize::MAX / 2).replace(['\u{2068}', '\u{2069}'], "")
}

/// The text with plain spaces, and none at its ends: every language has its own spaces.
fn spaced(text: &str) -> String {
    text.trim().replace(|c: char| c.is_whitespace() && c != '\u{3000}', " ")
}

#[cfg(test)]
mod tests;
