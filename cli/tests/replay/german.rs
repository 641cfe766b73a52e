//! `examples/german.toml`: whole messages in German, without a word of English that is the program's own.

use std::collections::BTreeSet;

use okta_request_enricher::policy_file::PolicyFile;
use okta_request_enricher::words::Term;
use okta_simulator::doubles::root;
use serde_json::Value;

use crate::{enricher, stdout};

const POLICY: &str = "examples/german.toml";

/// The words in a text, in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| word.len() > 1)
        .map(str::to_lowercase)
}

/// The program's English words that are not German as well.
fn english() -> BTreeSet<String> {
    let words = PolicyFile::named(root().join(POLICY).to_str().unwrap()).policy().unwrap().words;
    let german = Term::ALL.iter().filter_map(|word| words.replacement(*word)).flatten();
    let german: BTreeSet<String> = german.flat_map(|text| words_of(text)).collect();
    let english = Term::ALL.iter().flat_map(|word| word.english()).flat_map(|text| words_of(text));
    english.filter(|word| !german.contains(word)).collect()
}

/// Texts of the simulator's world outside quotes that have an English word of the program.
const OTHERS: [&str; 7] = [
    "Former Manager",
    "Group Administrator",
    "Help Desk Administrator",
    "Join a group",
    "People & Culture",
    "Service Desk Leads",
    "Whoever maintains vendor bank details must not release payments to vendors",
];

/// The line without what people wrote: quoted texts, names, and the values of attributes and bundles.
fn programs_part(line: &str) -> String {
    let line = OTHERS.iter().fold(line.to_owned(), |line, name| line.replace(name, ""));
    if let Some((label @ ("Position" | "Abteilung" | "Enthält"), _)) = line.split_once(": ") {
        return label.to_owned();
    }
    let outside = line.split('“').enumerate().map(|(at, part)| match at {
        0 => part,
        _ => part.split_once('”').map_or("", |(_, after)| after),
    });
    outside.collect()
}

/// The messages of all events under a fault of Okta.
fn messages(fault: Option<&str>) -> Vec<String> {
    let mut command = enricher();
    command.env("ENRICHMENT_FILE", root().join(POLICY)).args(["replay", "--json", "--dry-run"]);
    command.args(fault.into_iter().flat_map(|fault| ["--fault", fault])).arg("events");
    stdout(&mut command, 1)
        .lines()
        .filter_map(|line| Some(serde_json::from_str::<Value>(line).unwrap()["message"].as_str()?.to_owned()))
        .collect()
}

#[test]
fn no_message_has_an_english_word_of_the_program() {
    let english = english();
    assert!(english.len() > 100, "{english:?}");
    let mut faults = Vec::new();
    let okta = ["groups=garbage", "request=garbage", "users=403", "bundle=403", "links=empty", "app=404"];
    for fault in [None].into_iter().chain(okta.map(Some)) {
        let messages = messages(fault);
        assert!(messages.len() > 10, "{messages:#?}");
        for (message, line) in messages.iter().flat_map(|it| it.lines().map(move |line| (it, line))) {
            let left: Vec<_> = words_of(&programs_part(line)).filter(|word| english.contains(word)).collect();
            if !left.is_empty() {
                faults.push(format!("{left:?} in {line}\n{message}\n"));
            }
        }
    }
    assert!(faults.is_empty(), "English, unless it belongs to `OTHERS`:\n{}", faults.join("\n"));
}

#[test]
fn the_file_is_right_and_replaces_every_word() {
    let shown = stdout(enricher().args(["check", POLICY]), 0);
    assert!(
        shown.starts_with(&format!("{POLICY}: ok, 1 rule, policy ")) && shown.lines().count() == 1,
        "{shown}"
    );
}
