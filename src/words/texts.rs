//! [`Words`]: the text of each [`Term`], English or as a policy replaces it.

use super::term::Term;

/// The words of a message: English, but for those that a policy replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Sorted by the word's place in [`Term::ALL`].
    replaced: Vec<(Term, Vec<String>)>,
}

impl Words {
    /// The English words.
    #[must_use]
    pub const fn english() -> Words {
        Words { replaced: Vec::new() }
    }

    /// The same words with `word` replaced: by one text, or by two of which the first is for the number 1.
    #[must_use]
    pub fn with(mut self, word: Term, texts: Vec<String>) -> Words {
        match self.replaced.binary_search_by_key(&(word as usize), |(word, _)| *word as usize) {
            Ok(at) => self.replaced[at].1 = texts,
            Err(at) => self.replaced.insert(at, (word, texts)),
        }
        self
    }

    /// Whether a policy replaces any word.
    #[must_use]
    pub fn are_replaced(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// The texts that replace a word; `None` if it stays English.
    #[must_use]
    pub fn replacement(&self, word: Term) -> Option<&[String]> {
        let at = self.replaced.binary_search_by_key(&(word as usize), |(word, _)| *word as usize).ok()?;
        Some(&self.replaced[at].1)
    }

    /// The words that the policy does not replace.
    pub fn missing(&self) -> impl Iterator<Item = Term> {
        Term::ALL.iter().copied().filter(|word| self.replacement(*word).is_none())
    }

    /// The text of a word. `one`: for the number 1.
    pub(super) fn text(&self, word: Term, one: bool) -> &str {
        let choose = |texts: usize| if one || texts < 2 { 0 } else { texts - 1 };
        match self.replacement(word) {
            Some(texts) => texts.get(choose(texts.len())).map_or("", String::as_str),
            None => word.english().get(choose(word.english().len())).copied().unwrap_or_default(),
        }
    }
}
