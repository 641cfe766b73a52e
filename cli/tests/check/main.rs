//! `enricher check` as its user runs it: each mistake is answered with its place and what to write instead, in
//! words of whoever writes policies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod files;
mod kinds;
mod many;
mod meaning;
#[path = "../support/mod.rs"]
mod support;
mod syntax;
mod templates;

use serde_json::Value;
use support::{Ran, enricher};

/// A right rule. What follows begins on line 4.
const RULE: &str = "[[rule]]\nname = \"a\"\nsections = [\"request\", \"profile\"]\n";

/// Words of parsers, which mean nothing to whoever writes a policy.
const OF_PARSERS: [&str; 22] = [
    "invalid type",
    "invalid length",
    "invalid unquoted",
    "sequence",
    "expected",
    "struct",
    "variant",
    "unknown field",
    "missing field",
    "parse error",
    "inline table",
    "array",
    "literal string",
    "basic string",
    "multi-line",
    "unquoted",
    "duplicate key",
    "integer",
    "boolean",
    "deserializ",
    " map",
    "recursion",
];

/// A mistake: the file, the line and column of the fault, and words of its text.
type Mistake<'a> = (&'a str, usize, usize, &'a [&'a str]);

/// Runs `enricher check` with this file on standard input.
fn check(arguments: &[&str], file: &[u8]) -> Ran {
    use std::io::Write as _;
    use std::process::Stdio;

    let mut command = enricher();
    command.arg("check").args(arguments).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(file).unwrap();
    child.wait_with_output().unwrap().into()
}

/// The faults of a file, as `--json` gives them.
fn faults(file: &str) -> Vec<Value> {
    let ran = check(&["--json"], file.as_bytes());
    assert_eq!(ran.status, 1, "{file}\n{}{}", ran.stdout, ran.stderr);
    ran.document()["faults"].as_array().unwrap().clone()
}

/// Asserts that each file has exactly this one fault, both in JSON and in words.
fn assert_mistakes(mistakes: &[Mistake<'_>]) {
    for (file, line, column, words) in mistakes {
        let faults = faults(file);
        assert_eq!(faults.len(), 1, "{file}\n{faults:#?}");
        let text = faults[0]["text"].as_str().unwrap();
        assert_eq!(
            (&faults[0]["line"], &faults[0]["column"]),
            (&(*line).into(), &(*column).into()),
            "{file}\n{text}"
        );
        assert!(faults[0]["end"].as_u64() >= faults[0]["column"].as_u64(), "{file}\n{faults:#?}");
        for word in *words {
            assert!(text.contains(word), "{file}\n{text}\nlacks {word}");
        }
        let shown = check(&[], file.as_bytes()).stdout;
        assert!(shown.contains(&format!(" --> standard input:{line}:{column}\n")), "{file}\n{shown}");
        assert!(shown.contains("error: ") && shown.contains('^'), "{file}\n{shown}");
        for word in OF_PARSERS {
            assert!(!shown.to_lowercase().contains(word), "{file}\n{shown}\nhas {word}");
        }
        if let Some(instead) = faults[0]["instead"].as_str() {
            assert!(shown.contains(instead.trim_matches('"')), "{file}\n{shown}");
            let mended = check(&["--json"], replaced(file, &faults[0], instead).as_bytes()).document();
            let texts = mended["faults"].as_array().unwrap().iter().map(|fault| &fault["text"]);
            assert!(texts.clone().all(|other| other != text), "{file}\n{instead}\n{mended}");
        }
    }
}

/// The file with the fault's place replaced.
fn replaced(file: &str, fault: &Value, instead: &str) -> String {
    let number = |key: &str| usize::try_from(fault[key].as_u64().unwrap()).unwrap();
    let mut lines: Vec<String> = file.split('\n').map(str::to_owned).collect();
    let line: Vec<char> = lines[number("line") - 1].chars().collect();
    let (before, after) = (&line[..number("column") - 1], &line[number("end") - 1..]);
    lines[number("line") - 1] =
        before.iter().collect::<String>() + instead + &after.iter().collect::<String>();
    lines.join("\n")
}

/// A right rule, and more keys of it from line 4 on.
fn with(keys: &str) -> String {
    format!("{RULE}{keys}\n")
}

/// The same for keys with one mistake, all on line 4.
fn assert_mistakes_of_rule(mistakes: &[(&str, usize, &[&str])]) {
    for (keys, column, words) in mistakes {
        assert_mistakes(&[(&with(keys), 4, *column, words)]);
    }
}
