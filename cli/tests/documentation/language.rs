//! The language of the pages: each says at its top for whom it is, and no sentence is too long to be read once.

use crate::assert_none;
use crate::page::{PAGES, Page};
use crate::sentence;

/// Words in a sentence. Readers are in a hurry, and for many of them English is a second language.
const MOST: usize = 25;

/// The pages for readers of this version: the changelog is about others.
fn pages() -> impl Iterator<Item = &'static Page> {
    PAGES.iter().filter(|page| !page.path.ends_with("CHANGELOG.md"))
}

#[test]
fn no_sentence_is_too_long() {
    let mut faults = Vec::new();
    for page in pages() {
        let (sentences, _) = sentence::read(&page.path);
        for sentence in sentences.iter().filter(|sentence| sentence.words > MOST) {
            faults.push(format!("{}: {} words: {}", page.at(sentence.line), sentence.words, sentence.text));
        }
    }
    assert_none(&faults);
}

/// The first paragraph begins with `For`: the readers, and what they find.
#[test]
fn every_page_says_for_whom_it_is() {
    let mut faults = Vec::new();
    for page in pages() {
        let (sentences, _) = sentence::read(&page.path);
        let first = &sentences[0];
        if !first.text.starts_with("For ") {
            faults.push(format!(
                "{}: “{}” does not say for whom the page is",
                page.at(first.line),
                first.text
            ));
        }
    }
    assert_none(&faults);
}
