//! Texts that the pages quote and names that they use occur in the program.

use std::collections::BTreeSet;

use okta_simulator::doubles::root;

use crate::page::{PAGES, files_below, page};
use crate::program::{SOURCE, TEMPLATE};
use crate::{assert_none, names};

#[test]
fn what_is_quoted_is_what_the_program_says() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for header in ["the error says", "the reason says", "the message says", "it says"] {
            for phrase in names(page.rows_of(header)) {
                if !SOURCE.contains(&phrase) {
                    faults.push(format!("{}: nothing says `{phrase}`", page.path.display()));
                }
            }
        }
    }
    assert_none(&faults);
}

/// The headings of reports, as their tables explain them.
#[test]
fn each_part_of_a_report_that_is_explained_is_in_the_program() {
    let commands = page("docs/commands.md");
    let parts = ["part", "check"].map(|header| commands.rows_of(header));
    let parts: Vec<_> = parts.into_iter().flatten().map(|row| &row[0].text).collect();
    assert!(parts.len() > 12, "{parts:?}");
    let missing = parts.into_iter().filter(|part| !SOURCE.contains(part.as_str())).cloned();
    assert_none(&missing.collect::<Vec<_>>());
}

/// `VARIABLE_NAMES` and `ParameterNames`.
#[test]
fn every_name_in_code_is_in_the_program_or_the_template() {
    let mut there = format!("{}{}", *SOURCE, *TEMPLATE);
    let ours = root().join("cli/tests/documentation");
    for folder in ["tests", "cli/tests", "simulator/tests", "simulator/src/doubles", "benches"] {
        let files = files_below(&root().join(folder), "rs");
        for file in files.iter().filter(|file| !file.starts_with(&ours)) {
            there += &std::fs::read_to_string(file).unwrap();
        }
    }
    let words: BTreeSet<&str> = there.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, code) in &page.codes {
            let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let upper = code.contains('_') && code.chars().all(|c| !c.is_lowercase());
            let humps = code.chars().filter(|c| c.is_uppercase()).count() >= 2
                && code.chars().any(char::is_lowercase);
            let is_name = plain && code.starts_with(|c: char| c.is_ascii_uppercase()) && (upper || humps);
            // The SDK makes these of a service's name.
            let made = code.starts_with("AWS_ENDPOINT_URL_");
            if is_name && !made && !words.contains(code.as_str()) {
                faults.push(format!("{}: nothing is called `{code}`", page.at(*line)));
            }
        }
    }
    assert_none(&faults);
}
