//! Messages of a policy's own templates: they say what the rows ask for, and what every message must say.

use super::answers;
use super::asked::{AskedFor, Lack, apps_of, groups_of};
use super::case::Case;
use super::headline;
use super::judge::{last, same, warnings};
use super::lines;
use super::templates::{FIXED, Row};
use super::texts::{quoted, shortened};
use super::things::Thing;
use super::view::View;
use super::whom::Whom;

pub(crate) fn faults(case: &Case, view: &View, rows: &[Row], message: &str) -> Vec<String> {
    let mut lines: Vec<&str> = message.split('\n').filter(|line| !line.is_empty()).collect();
    let mut faults = Vec::new();
    // Nothing that somebody else wrote begins a line, so these are the program's.
    let (found, rest): (Vec<&str>, Vec<&str>) = lines.drain(..).partition(|line| is_warning(line));
    faults.extend(warnings(view, &found));
    let is_headline = |line: &&str| {
        let counts = line.trim_start_matches(|c: char| c.is_ascii_digit());
        line.starts_with("Nothing to look at") || counts.starts_with(" to look at: ")
    };
    let Some(at) = rest.iter().position(is_headline) else {
        faults.push("no headline".to_owned());
        return faults;
    };
    let mut lines = rest;
    faults.extend(headline::fault(case, view, lines.remove(at)));
    let ways = answers::ways(case, view);
    let shows_answers = rows.contains(&Row::Answers);
    let expected = ways.iter().map(|(answers, note)| {
        let mut expected = lines::people(case, view);
        expected.extend(last(view));
        expected.extend(rows.iter().flat_map(|row| own(case, view, *row, answers)));
        expected.extend(note.clone().filter(|_| shows_answers));
        expected
    });
    let ways: Vec<Vec<String>> = expected.collect();
    let wrong = ways.iter().map(|expected| differences(expected, &lines)).min_by_key(Vec::len).unwrap();
    faults.extend(wrong);
    faults
}

fn is_warning(line: &str) -> bool {
    let counts =
        |rest: &str| rest.strip_suffix(" more").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    line.starts_with("WARNING: ") || line.strip_prefix("and ").is_some_and(counts)
}

fn differences(expected: &[String], lines: &[&str]) -> Vec<String> {
    let mut left = lines.to_vec();
    let mut faults = Vec::new();
    for truth in expected {
        match left.iter().position(|line| same(line, truth)) {
            Some(at) => drop(left.remove(at)),
            None => faults.push(format!("missing: {truth:?}")),
        }
    }
    faults.extend(left.iter().map(|line| format!("not true: {line:?}")));
    faults
}

/// The lines of a row.
fn own(case: &Case, view: &View, row: Row, answers: &[String]) -> Vec<String> {
    match (row, view.whom) {
        (Row::Answers, _) => answers.to_vec(),
        (Row::Fixed, _) => vec![FIXED.to_owned()],
        (Row::Named(words, "request.access"), _) => vec![format!("{words}: {}", access(case))],
        (Row::Named(words, name), Whom::One { subject, .. }) => {
            let held = match name {
                "access.groups" => number(groups_of(case, subject), "group"),
                _ => number(apps_of(case, subject), "app"),
            };
            vec![format!("{words}: {held}")]
        }
        (Row::Bare, Whom::One { subject, .. }) => {
            let person = case.people.by_id(subject).unwrap();
            let text = lines::attribute(person, view.shows.attributes[0].0);
            if text.is_empty() { Vec::new() } else { vec![quoted(&text, 250)] }
        }
        (Row::Named(words, _), _) => vec![format!("{words}:")],
        (Row::Headline | Row::Warnings | Row::People | Row::Checks | Row::Bare, _) => Vec::new(),
    }
}

fn access(case: &Case) -> String {
    let asked = AskedFor::of(case);
    let Some(resource) = &asked.resource else { return String::new() };
    match &resource.name {
        Err(lack) => unavailable(lack),
        Ok(name) if asked.more.is_empty() => shortened(name, 250),
        Ok(name) => {
            format!("{}, and {} more; see the request in Okta", shortened(name, 250), asked.more.len())
        }
    }
}

fn number(things: Result<Vec<Thing>, Lack>, noun: &str) -> String {
    match things.map(|things| things.len()) {
        Err(lack) => unavailable(&lack),
        Ok(0) => "none".to_owned(),
        Ok(1) => format!("1 {noun}"),
        Ok(number) => format!("{number} {noun}s"),
    }
}

fn unavailable(lack: &Lack) -> String {
    format!("not available ({})", lack.reason)
}
