//! The language of the pages: each says at its top for whom it is, and no sentence is too long to be read once.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::assert_none;
use crate::page::{PAGES, Page};

/// Words in a sentence. Readers are in a hurry, and for many of them English is a second language.
const MOST: usize = 25;

/// The pages for readers of this version: the changelog is about others.
fn pages() -> impl Iterator<Item = &'static Page> {
    const OTHERS: [&str; 3] = ["CHANGELOG.md", "docs/faults.md", "docs/performance.md"];
    PAGES.iter().filter(|page| !OTHERS.iter().any(|other| page.path.ends_with(other)))
}

/// The paragraphs, list entries and cells of a page, each with its line. A piece of code counts as one word.
fn passages(markdown: &str) -> Vec<(usize, String)> {
    let mut passages = vec![(1, String::new())];
    let (mut ignored, mut image) = (false, false);
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        let text = &mut passages.last_mut().unwrap().1;
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Heading { .. }) => ignored = true,
            Event::End(TagEnd::CodeBlock | TagEnd::Heading(_)) => ignored = false,
            Event::Start(Tag::Image { .. }) => image = true,
            Event::End(TagEnd::Image) => image = false,
            Event::Start(Tag::Paragraph | Tag::Item | Tag::TableCell) => {
                passages.push((markdown[..range.start].matches('\n').count() + 1, String::new()));
            }
            Event::Text(piece) if !ignored && !image => text.push_str(&piece),
            Event::Code(_) if !ignored => text.push_str("code"),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    passages
}

/// Split where a sentence ends and another begins.
fn sentences(passage: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    let mut words = passage.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let sentence = sentences.last_mut().unwrap();
        sentence.push_str(word);
        sentence.push(' ');
        let is_end = word.trim_end_matches([')', '”', '"']).ends_with(['.', '?', '!']);
        let begins = |next: &&str| {
            next.trim_start_matches(['(', '“', '"']).starts_with(|c: char| c.is_uppercase() || c.is_numeric())
                || next.starts_with("code")
        };
        if is_end && words.peek().is_some_and(begins) {
            sentences.push(String::new());
        }
    }
    sentences
}

/// Names in a row count as one: nobody reads them one by one.
fn words(sentence: &str) -> usize {
    let words = sentence.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    let words: Vec<_> = words.collect();
    let repeats = words.windows(2).filter(|pair| pair[0] == "code," && pair[1].starts_with("code")).count();
    words.len() - repeats
}

#[test]
fn no_sentence_is_too_long() {
    let mut faults = Vec::new();
    for page in pages() {
        for (line, passage) in passages(&page.text) {
            for sentence in sentences(&passage) {
                let words = words(&sentence);
                if words > MOST {
                    faults.push(format!("{}: {words} words: {sentence}", page.at(line)));
                }
            }
        }
    }
    assert_none(&faults);
}

/// The first paragraph under the title begins with `For`: the readers, and what they find.
#[test]
fn every_page_says_for_whom_it_is() {
    let mut faults = Vec::new();
    for page in pages() {
        let (line, first) = passages(&page.text).into_iter().find(|(_, text)| !text.is_empty()).unwrap();
        if !first.starts_with("For ") || sentences(&first).len() > 2 {
            faults.push(format!("{}: the first paragraph does not say for whom the page is", page.at(line)));
        }
    }
    assert_none(&faults);
}
