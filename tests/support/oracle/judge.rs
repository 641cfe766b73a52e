//! The judge: whether a message is true of the world that it was made from, and leaves out nothing that it must
//! say. It reads the final text, line by line.

use std::collections::BTreeMap;

use super::answers;
use super::approval;
use super::case::Case;
use super::checks::{Grave, Warning};
use super::contents;
use super::headline;
use super::history;
use super::labels;
use super::lines;
use super::own_template;
use super::peers;
use super::people::now;
use super::templates::Template;
use super::view::{Verdict, View};
use super::whom::{Standing, Whom};

const MOST_WARNINGS: usize = 6;
const LIMIT: usize = 5000;

/// What is wrong with the outcome; empty if nothing is.
pub(crate) fn faults(case: &Case, outcome: &Result<Option<String>, String>) -> Vec<String> {
    let view = match Verdict::of(case) {
        Verdict::Fails if outcome.is_err() => return Vec::new(),
        Verdict::Fails => return vec!["the attempt must fail".to_owned()],
        Verdict::Withheld if *outcome == Ok(None) => return Vec::new(),
        Verdict::Withheld => return vec![format!("nothing must be posted: {outcome:?}")],
        Verdict::Message(view) => view,
    };
    let message = match outcome {
        Ok(Some(message)) => message,
        Ok(None) => return vec!["a message must be posted".to_owned()],
        Err(error) => return vec![format!("there must be a message: {error}")],
    };
    let mut faults = shape(message);
    match &view.shows.template {
        Template::BuiltIn => faults.extend(built_in(case, &view, message)),
        Template::Own(rows) => faults.extend(own_template::faults(case, &view, rows, message)),
    }
    faults
}

/// Whether two texts say the same. A second run of the program's disarming may add brackets and isolates.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !c.is_whitespace() && !"[]\u{2068}\u{2069}".contains(*c)).collect()
    };
    plain(one) == plain(other)
}

/// What no message may be.
fn shape(message: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |text: String| faults.push(text);
    if message.encode_utf16().count() > LIMIT {
        fault("longer than Okta takes".to_owned());
    }
    for line in message.split('\n') {
        let acts = |c: &char| {
            c.is_control()
                || matches!(u32::from(*c), 0x200B | 0x200E | 0x200F | 0x2028..=0x202E | 0x2060..=0x2067)
        };
        if let Some(c) = line.chars().find(acts) {
            fault(format!("{c:?} in {line:?}"));
        }
        if line.matches('\u{2068}').count() != line.matches('\u{2069}').count() {
            fault(format!("an isolate without end in {line:?}"));
        }
        if line.ends_with(char::is_whitespace) {
            fault(format!("white space at the end of {line:?}"));
        }
        if line.contains("<!") || line.contains("](") || line.contains(" @here") {
            fault(format!("it acts: {line:?}"));
        }
    }
    faults
}

/// A message of the built-in template: every line in its place.
fn built_in(case: &Case, view: &View, message: &str) -> Vec<String> {
    let mut lines: Vec<&str> = message.split('\n').collect();
    let first = lines.remove(0);
    let mut faults: Vec<String> = headline::fault(case, view, first).into_iter().collect();
    let end = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    let rest = lines.split_off(end);
    faults.extend(warnings(view, &lines));
    let ways = answers::ways(case, view);
    let expected = ways.iter().map(|(answers, note)| {
        let mut expected = vec![String::new()];
        expected.extend(lines::people(case, view));
        expected
            .extend(view.shows.sections.iter().flat_map(|name| section(case, view, name, first, answers)));
        expected.extend(note.clone());
        expected.extend(last(view));
        expected
    });
    let expected: Vec<Vec<String>> = expected.collect();
    let matches = |way: &&Vec<String>| {
        way.len() == rest.len() && way.iter().zip(&rest).all(|(expected, line)| same(expected, line))
    };
    match expected.iter().position(|way| matches(&way)) {
        // Answers are shortened only if there is no room for more.
        Some(way) if way > 0 && message.encode_utf16().count() < LIMIT / 2 => {
            faults.push("answers are shortened although there is room".to_owned());
        }
        Some(_) => {}
        None => faults.extend(differences(&expected[0], &rest)),
    }
    faults
}

/// The lines that are on one side only, or else that their order is wrong.
fn differences(expected: &[String], lines: &[&str]) -> Vec<String> {
    let untrue = lines.iter().filter(|line| !expected.iter().any(|truth| same(truth, line)));
    let missing = expected.iter().filter(|truth| !lines.iter().any(|line| same(truth, line)));
    let mut faults: Vec<String> = untrue.map(|line| format!("not true: {line:?}")).collect();
    faults.extend(missing.map(|truth| format!("missing: {truth:?}")));
    if faults.is_empty() {
        faults.push(format!("the lines stand in the wrong order, or twice; expected {expected:#?}"));
    }
    faults
}

/// The lines of a section about this person.
fn section(case: &Case, view: &View, name: &str, first: &str, answers: &[String]) -> Vec<String> {
    match (name, view.whom) {
        ("request", _) => {
            let lacks = headline::lacks(case, view, first).into_iter();
            lacks.chain(contents::told(case).0).chain(answers.iter().cloned()).collect()
        }
        ("labels", Whom::One { .. } | Whom::Several(_)) => labels::told(case).0.into_iter().collect(),
        ("approval", Whom::One { asker, .. }) => approval::told(case, asker).0.into_iter().collect(),
        ("history" | "peers", _) if view.standing != Standing::Entitled => Vec::new(),
        ("history", Whom::One { subject, .. }) => history::told(case, subject).0.into_iter().collect(),
        ("peers", Whom::One { subject, .. }) => peers::told(case, subject).into_iter().collect(),
        ("profile", Whom::One { subject, .. }) => lines::profile(case, view, subject),
        ("manager", Whom::One { subject, .. }) => lines::manager(case, subject).into_iter().collect(),
        ("access", Whom::One { subject, .. }) => lines::relevant(case, view, subject).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Which program made the message, and when.
fn provenance() -> String {
    format!("(okta-request-enricher, {} UTC)", now().strftime("%Y-%m-%d %H:%M"))
}

/// Checks and provenance.
pub(crate) fn last(view: &View) -> Vec<String> {
    let undone = view.undone();
    let undone = (!undone.is_empty()).then(|| format!("Not checked: {}", undone.join(", ")));
    view.checked().into_iter().chain(undone).chain([provenance()]).collect()
}

/// Whether these lines are the warnings: six at most, gravest first, each true, the rest counted, and no kind
/// hidden by another.
pub(crate) fn warnings(view: &View, lines: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let all = view.warnings();
    let mut lines = lines.to_vec();
    let more = all.len().saturating_sub(MOST_WARNINGS);
    if more > 0 && lines.pop() != Some(&format!("and {more} more")) {
        faults.push(format!("it must say \"and {more} more\""));
    }
    if lines.len() != all.len() - more {
        faults.push(format!("{} warnings of {}", lines.len(), all.len()));
    }
    let mut left: Vec<&Warning> = all.clone();
    let mut shown: Vec<Grave> = Vec::new();
    for line in lines {
        let says = |warning: &&Warning| {
            let wordings = &mut warning.wordings.iter();
            wordings.any(|wording| same(line, &format!("WARNING: {wording}")))
        };
        match left.iter().position(says) {
            Some(at) => shown.push(left.remove(at).grave),
            None => faults.push(format!("not a warning of this world: {line:?}")),
        }
    }
    if !shown.is_sorted() {
        faults.push("the gravest warning does not come first".to_owned());
    }
    let mut numbers: BTreeMap<Grave, usize> = BTreeMap::new();
    for grave in &shown {
        *numbers.entry(*grave).or_default() += 1;
    }
    for (grave, number) in &numbers {
        if *number > 3 && left.iter().any(|warning| warning.grave != *grave) {
            faults.push(format!("{grave:?} hides another kind of warning"));
        }
    }
    if more == 0 {
        faults.extend(left.iter().map(|warning| format!("missing warning: {:?}", warning.wordings)));
    }
    faults
}
