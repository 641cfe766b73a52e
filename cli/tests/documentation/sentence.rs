//! A [`Sentence`] is one sentence of a page, with the footnotes behind it. A [`Footnote`] names the tests that
//! hold a sentence. Code blocks and headings have no sentences.

use std::path::Path;

use okta_simulator::doubles::root;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

pub(crate) struct Sentence {
    pub(crate) line: usize,
    /// The headings above it, outermost first.
    pub(crate) headings: Vec<String>,
    /// Without Markdown, each white space a blank.
    pub(crate) text: String,
    /// A piece of code counts as one. Names in a row count as one, too: nobody reads them one by one.
    pub(crate) words: usize,
    pub(crate) marks: Vec<String>,
}

/// Written as a name, and behind it each file as a link with its tests as code.
#[derive(Default)]
pub(crate) struct Footnote {
    pub(crate) line: usize,
    pub(crate) name: String,
    /// File, from the repository's root, and test.
    pub(crate) tests: Vec<(String, String)>,
}

/// Begins and ends a mark in a running text; in no page.
const MARK: [char; 2] = ['\u{e000}', '\u{e001}'];
/// Begins a piece of code in a running text, and stands there for a blank in it; in no page.
const CODE: [char; 2] = ['\u{e002}', '\u{e003}'];

/// Where the text of a paragraph, of an item of a list or of a cell begins or ends. Each has its own sentences.
fn parts(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Start(Tag::Paragraph | Tag::Item | Tag::TableCell | Tag::Heading { .. } | Tag::CodeBlock(_))
            | Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::Heading(_) | TagEnd::CodeBlock
            )
    )
}

/// The sentences and the footnotes of a page.
pub(crate) fn read(path: &Path) -> (Vec<Sentence>, Vec<Footnote>) {
    let text = std::fs::read_to_string(path).unwrap();
    let folder = path.parent().unwrap().strip_prefix(root()).unwrap();
    let (mut sentences, mut footnotes) = (Vec::new(), Vec::new());
    let mut headings: Vec<String> = Vec::new();
    let mut footnote: Option<Footnote> = None;
    let (mut running, mut starts, mut file) = (String::new(), 1, String::new());
    let mut is_in_image = false;
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
        let line = text[..range.start].matches('\n').count() + 1;
        if parts(&event) {
            let part = std::mem::take(&mut running);
            match event {
                Event::End(TagEnd::Heading(_)) => headings.push(part),
                Event::End(TagEnd::CodeBlock) => {}
                _ if footnote.is_some() => {}
                _ => sentences.extend(split(&part).map(|(text, marks)| {
                    let (headings, words) = (headings.clone(), words(&text));
                    let text = text.replace(CODE[0], "").replace(CODE[1], " ");
                    Sentence { line: starts, headings, text, words, marks }
                })),
            }
            if let Event::Start(Tag::Heading { level, .. }) = event {
                headings.truncate(level as usize - 1);
            }
            starts = line;
            continue;
        }
        match event {
            Event::Start(Tag::FootnoteDefinition(name)) => {
                footnote = Some(Footnote { line, name: name.to_string(), tests: Vec::new() });
            }
            Event::End(TagEnd::FootnoteDefinition) => footnotes.extend(footnote.take()),
            Event::Start(Tag::Link { dest_url, .. }) if footnote.is_some() => {
                file = plain(&folder.join(&*dest_url));
            }
            Event::Code(code) if footnote.is_some() => {
                footnote.as_mut().unwrap().tests.push((file.clone(), code.to_string()));
            }
            Event::Start(Tag::Image { .. }) => is_in_image = true,
            Event::End(TagEnd::Image) => is_in_image = false,
            _ if is_in_image => {}
            Event::Text(piece) => running += &piece,
            Event::Code(code) => {
                running.push(CODE[0]);
                running += &code.replace(' ', &CODE[1].to_string());
            }
            Event::SoftBreak | Event::HardBreak => running.push(' '),
            Event::FootnoteReference(name) => {
                running.push(MARK[0]);
                running += &name;
                running.push(MARK[1]);
            }
            _ => {}
        }
    }
    (sentences, footnotes)
}

/// Without `..`.
fn plain(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.iter().map(|part| part.to_str().unwrap()) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

fn words(text: &str) -> usize {
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric));
    let words: Vec<_> = words.collect();
    let is_in_row = |pair: &&[&str]| {
        pair[0].starts_with(CODE[0]) && pair[0].ends_with(',') && pair[1].starts_with(CODE[0])
    };
    words.len() - words.windows(2).filter(is_in_row).count()
}

/// Splits behind `.`, `?` and `!`, closing signs and marks, where a blank follows.
fn split(text: &str) -> impl Iterator<Item = (String, Vec<String>)> {
    let mut found = Vec::new();
    let (mut sentence, mut marks, mut mark): (String, Vec<String>, Option<String>) =
        (String::new(), Vec::new(), None);
    for sign in text.chars() {
        match (&mut mark, sign) {
            (None, sign) if sign == MARK[0] => mark = Some(String::new()),
            (Some(_), sign) if sign == MARK[1] => marks.extend(mark.take()),
            (Some(name), sign) => name.push(sign),
            (None, sign) => {
                let before = sentence.trim_end_matches([')', '”', '"', '’', '\'']);
                if sign.is_whitespace() && before.ends_with(['.', '?', '!']) {
                    found.push((std::mem::take(&mut sentence), std::mem::take(&mut marks)));
                }
                sentence.push(sign);
            }
        }
    }
    found.push((sentence, marks));
    found
        .into_iter()
        .map(|(text, marks)| (text.split_whitespace().collect::<Vec<_>>().join(" "), marks))
        .filter(|(text, marks)| !text.is_empty() || !marks.is_empty())
}

#[test]
fn a_sentence_ends_at_its_stop_and_has_the_marks_behind_it() {
    let found: Vec<_> =
        split("It posts once.\u{e000}once\u{e001} See a.rs, and (so be it.) Never\u{e000}x\u{e001} two")
            .collect();
    let sentence = |text: &str, marks: &[&str]| {
        (text.to_owned(), marks.iter().map(|mark| (*mark).to_owned()).collect::<Vec<_>>())
    };
    let expected = [
        sentence("It posts once.", &["once"]),
        sentence("See a.rs, and (so be it.)", &[]),
        sentence("Never two", &["x"]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn code_is_one_word() {
    let [begin, blank] = CODE;
    let text = format!("Run {begin}cargo{blank}test, {begin}a, {begin}b or {begin}c - now.");
    assert_eq!(words(&text), 5);
}
