//! The checks of `[words]` in a policy file. A text must have the places of the word that it replaces, and a
//! bounded length. So a message in any language says as much as the English one.

use toml::Spanned;
use toml::de::DeValue;

use super::Checker;
use crate::policy::reading::Table;
use crate::text::{count, nearest, neutralise};
use crate::words::{Term, Words, fixed_len, places_of};

impl Checker<'_> {
    /// The words of the file. Reports their faults.
    pub(super) fn words(&mut self, table: &Table<'_>) -> Words {
        let mut words = Words::english();
        for (key, value) in table.keys {
            let name = key.get_ref();
            let Some(word) = Term::ALL.iter().find(|word| word.key() == name) else {
                self.unknown_word(key);
                continue;
            };
            let faults = self.reader.count();
            let example = format!("\"{}\"", word.english().last().copied().unwrap_or_default());
            let texts = match value.get_ref() {
                DeValue::String(text) => vec![Spanned::new(value.span(), text.to_string())],
                DeValue::Array(list) => self.reader.texts_of(list, name, &example),
                _ => {
                    self.reader.report_no_text(value, &format!("`{name}`"), &example);
                    continue;
                }
            };
            if self.reader.count() > faults {
                continue;
            }
            self.number_of_texts(*word, &Spanned::new(value.span(), texts.len()));
            if self.reader.count() > faults {
                continue;
            }
            for text in &texts {
                if let Err((cause, remedy)) = faultless_text(*word, text.get_ref()) {
                    self.fault(text.span(), &format!("`words.{name}`: {cause}"), &remedy);
                }
            }
            if self.reader.count() == faults {
                words = words.with(*word, texts.into_iter().map(Spanned::into_inner).collect());
            }
        }
        words
    }

    fn unknown_word(&mut self, key: &Spanned<toml::de::DeString<'_>>) {
        let cause = format!("`words.{}`: the program has no such word", key.get_ref());
        match nearest(key.get_ref(), Term::ALL.iter().map(|word| word.key())) {
            Some(near) => {
                self.reader.replace(key.span(), &cause, &format!("did you mean `{near}`?"), near.to_owned());
            }
            None => self.fault(key.span(), &cause, "delete it; docs/policy.md lists all words"),
        }
    }

    fn number_of_texts(&mut self, word: Term, number: &Spanned<usize>) {
        let name = word.key();
        let (cause, remedy) = match (number.get_ref(), word.has_number()) {
            (1, _) | (2, true) => return,
            (2, false) => (": it depends on no number, so it has one text, not two", "delete one"),
            (_, false) => (" has the wrong number of texts", "write one text"),
            (_, true) => {
                let remedy = "write one text, or two: for the number 1, and for other numbers";
                (" has the wrong number of texts", remedy)
            }
        };
        self.fault(number.span(), &format!("`words.{name}`{cause}"), remedy);
    }
}

/// Whether the text can replace the word; the error says what is wrong and what to write.
fn faultless_text(word: Term, text: &str) -> Result<(), (String, String)> {
    let fault = |cause: &str, remedy: &str| Err((cause.to_owned(), remedy.to_owned()));
    if text.trim().is_empty() && word != Term::Space {
        return fault("the text is empty", "write one, or delete the line to keep the English text");
    }
    if text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return fault("the text has a line break or a control character", "delete it");
    }
    let Some(places) = places_of(text) else {
        return fault("a brace is not closed or not opened", "a place is written `{name}`");
    };
    let listed = match word.places() {
        [] => "it has none".to_owned(),
        places => {
            let places = places.iter().map(|place| format!("`{{{place}}}`")).collect::<Vec<_>>().join(", ");
            format!("its places: {places}")
        }
    };
    if let Some(place) = places.iter().find(|place| !word.places().contains(place)) {
        return fault(&format!("the word has no place `{{{place}}}`"), &listed);
    }
    for place in word.places() {
        match places.iter().filter(|other| *other == place).count() {
            0 => return fault(&format!("the place `{{{place}}}` is missing"), &listed),
            1 => {}
            _ => return fault(&format!("the place `{{{place}}}` appears twice"), "write it once"),
        }
    }
    if fixed_len(text) > word.limit() {
        let limit = count(word.limit(), "character");
        let remedy = format!("besides its places it may have {limit} (counted in UTF-16)");
        return fault("the text is too long", &remedy);
    }
    if let Some(first) = first_place(word).filter(|first| !text.starts_with(first)) {
        return fault(
            &format!("the text must begin with `{first}`"),
            "otherwise a value could imitate a label",
        );
    }
    let begins_with_names = matches!(word, Term::ToLookAt | Term::NothingToLookAt | Term::NothingToLookAtBut);
    if begins_with_names && text.trim_start().starts_with("{what}") {
        return fault(
            "the text can't begin with `{what}`",
            "a name could imitate the headline: write words before it",
        );
    }
    if shown(text) != spaced(text) {
        return fault(
            "a message would show some of its characters differently",
            "replace markup, links, mentions and invisible characters",
        );
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
