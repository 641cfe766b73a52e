//! Promises and the tests that hold them, compared both ways. Behind a sentence that promises something stands
//! a footnote, which names its tests. A promise is known by its words, such as *never* or *at most*.
//! `no_promises.txt` has the sentences with such words that promise nothing of the program, each with the reason.

use std::collections::BTreeMap;

use okta_simulator::doubles::root;

use crate::sentence::{self, Footnote, Sentence};
use crate::{Names, assert_none, tests_there};

const PAGES: [&str; 3] = ["README.md", "SECURITY.md", "docs/faults.md"];

/// A sentence with one of these says what a user may rely on.
const WORDS: [&str; 13] = [
    "always", "at most", "can't", "cannot", "each", "every", "never", "no", "nobody", "none", "nothing",
    "nowhere", "only",
];

/// Each test in these holds a promise of some page.
const OF_PROMISES: [&str; 5] = [
    "tests/connections",
    "tests/faults",
    "tests/ledger/model.rs",
    "tests/promise",
    "tests/simulation/main.rs",
];

const WHAT_TO_DO: &str = "\
If it promises something, write a name behind it, such as `[^one-message]`. At the page's end say which tests fail when
the program breaks the promise; the link is relative to the page:
    [^one-message]: [promise/kills.rs](tests/promise/kills.rs): `the_name_of_a_test`, `another`; [other.rs](…): `…`
If no test holds it, write the test, or a sentence that is tested.
If it promises nothing of the program, put its first words below a reason in cli/tests/documentation/no_promises.txt.";

fn pages() -> impl Iterator<Item = (&'static str, Vec<Sentence>, Vec<Footnote>)> {
    PAGES.into_iter().map(|name| {
        let (sentences, footnotes) = sentence::read(&root().join(name));
        (name, sentences, footnotes)
    })
}

/// The word by which a sentence promises. One word alone, in a cell, is no sentence.
fn promises(text: &str) -> Option<&'static str> {
    if !text.contains(' ') {
        return None;
    }
    let words = text.to_lowercase().replace('’', "'");
    let words: Vec<_> = words.split(|c: char| !c.is_alphanumeric() && c != '\'').collect();
    let words = format!(" {} ", words.join(" "));
    WORDS.into_iter().find(|word| words.contains(&format!(" {word} ")))
}

/// `no_promises.txt`, by page: a reason in a line, and indented below it `PAGE: the sentence's first words` or
/// `PAGE, section: HEADING`.
#[derive(Default)]
struct NoPromises {
    sections: BTreeMap<String, Names>,
    sentences: BTreeMap<String, Vec<String>>,
}

impl NoPromises {
    fn read() -> NoPromises {
        let text = std::fs::read_to_string(root().join("cli/tests/documentation/no_promises.txt")).unwrap();
        let mut read = NoPromises::default();
        let mut has_reason = false;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some(entry) = line.strip_prefix("    ") else {
                assert!(line.ends_with(':'), "no_promises.txt: a reason ends with a colon: `{line}`");
                has_reason = true;
                continue;
            };
            let (page, listed) =
                entry.split_once(": ").unwrap_or_else(|| panic!("no_promises.txt: `{line}`"));
            assert!(has_reason, "no_promises.txt: `{line}` has no reason above it");
            match page.strip_suffix(", section") {
                Some(page) => _ = read.sections.entry(page.to_owned()).or_default().insert(listed.to_owned()),
                None => read.sentences.entry(page.to_owned()).or_default().push(listed.to_owned()),
            }
        }
        read
    }

    fn has_section(&self, page: &str, sentence: &Sentence) -> bool {
        let sections = self.sections.get(page);
        sections.is_some_and(|sections| sentence.headings.iter().any(|heading| sections.contains(heading)))
    }
}

#[test]
fn every_promise_names_the_tests_that_hold_it() {
    let listed = NoPromises::read();
    let mut faults = Vec::new();
    for (page, sentences, _) in pages() {
        let exempt = listed.sentences.get(page).map_or(&[][..], Vec::as_slice);
        for sentence in sentences.iter().filter(|sentence| sentence.marks.is_empty()) {
            let Some(word) = promises(&sentence.text) else { continue };
            let is_exempt = exempt.iter().any(|start| sentence.text.starts_with(start));
            if !is_exempt && !listed.has_section(page, sentence) {
                let (line, text) = (sentence.line, &sentence.text);
                faults.push(format!("{page}:{line}: “{text}” says *{word}*, and names no test."));
            }
        }
    }
    if !faults.is_empty() {
        faults.push(WHAT_TO_DO.to_owned());
    }
    assert_none(&faults);
}

#[test]
fn what_is_listed_as_no_promise_is_one_sentence_of_its_page_and_needs_to_be_listed() {
    let listed = NoPromises::read();
    let mut faults = Vec::new();
    for (page, sentences, _) in pages() {
        for start in listed.sentences.get(page).into_iter().flatten() {
            let unmarked = sentences.iter().filter(|sentence| {
                sentence.text.starts_with(start)
                    && sentence.marks.is_empty()
                    && promises(&sentence.text).is_some()
                    && !listed.has_section(page, sentence)
            });
            let found = unmarked.count();
            if found != 1 {
                faults.push(format!(
                    "no_promises.txt: {found} sentences of {page} that would need a footnote begin with “{start}”, not one"
                ));
            }
        }
        for section in listed.sections.get(page).into_iter().flatten() {
            if !sentences.iter().any(|sentence| sentence.headings.contains(section)) {
                faults.push(format!("no_promises.txt: {page} has no section “{section}”"));
            }
        }
    }
    let pages = listed.sections.keys().chain(listed.sentences.keys());
    faults.extend(
        pages
            .filter(|page| !PAGES.contains(&page.as_str()))
            .map(|page| format!("no_promises.txt: {page} is not looked at; these are: {}", PAGES.join(", "))),
    );
    assert_none(&faults);
}

#[test]
fn every_footnote_stands_behind_a_sentence_and_names_tests_that_run() {
    let mut faults = Vec::new();
    let mut tests_of: BTreeMap<String, (&str, Names)> = BTreeMap::new();
    for (page, sentences, footnotes) in pages() {
        let used: Names = sentences.iter().flat_map(|sentence| sentence.marks.iter().cloned()).collect();
        // One without its footnote is plain text.
        for sentence in sentences.iter().filter(|sentence| sentence.text.contains("[^")) {
            let (line, text) = (sentence.line, &sentence.text);
            faults.push(format!("{page}:{line}: “{text}”: no footnote at the page's end has this name"));
        }
        if std::fs::read_to_string(root().join(page)).unwrap().contains("][^") {
            faults.push(format!(
                "{page}: two marks in a row look like one number: name all tests in one footnote"
            ));
        }
        for Footnote { line, name, tests } in &footnotes {
            if !used.contains(name) {
                faults.push(format!(
                    "{page}:{line}: [^{name}] stands behind no sentence: which promise is it?"
                ));
            }
            if tests.is_empty() {
                faults.push(format!("{page}:{line}: [^{name}] names no test"));
            }
            for (file, test) in tests {
                faults.extend(tests_there::fault(file, test).map(|fault| {
                    format!("{page}:{line}: [^{name}]: {fault}; if it was renamed, rename it here")
                }));
            }
            let tests: Names = tests.iter().map(|(file, test)| format!("{file}: {test}")).collect();
            let (other, same) = tests_of.entry(name.clone()).or_insert((page, tests.clone()));
            if *same != tests {
                faults.push(format!("{page}:{line}: [^{name}] names other tests than [^{name}] of {other}"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_test_of_a_promise_is_named_by_one() {
    let cited: Names = pages()
        .flat_map(|(_, _, footnotes)| footnotes)
        .flat_map(|footnote| footnote.tests)
        .map(|(file, test)| format!("{file}: {test}"))
        .collect();
    let tests = OF_PROMISES.into_iter().flat_map(tests_there::below);
    let missing = tests.filter(|test| !cited.contains(test)).map(|test| {
        format!(
            "{test}: no page names this test. Which sentence does it hold? Add it to that sentence's footnote"
        )
    });
    assert_none(&missing.collect::<Vec<_>>());
}

#[test]
fn a_promise_is_known_by_its_words() {
    assert_eq!(promises("It takes 10 seconds, at most."), Some("at most"));
    assert_eq!(promises("You can’t"), Some("can't"));
    assert_eq!(promises("It knows another one"), None);
}
