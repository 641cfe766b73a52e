//! The first line: how many warnings and checks not done, what is asked for, and for how long.

use super::asked::{Asked, AskedFor};
use super::case::Case;
use super::failures::Call;
use super::judge::same;
use super::texts::{quoted, shortened, visible};
use super::things::Kind;
use super::view::View;

/// The longest, in characters.
const LIMIT: usize = 100;
/// No name is shortened below this.
const LEAST: usize = 8;
/// The longest name of a thing in a line of its own.
const THING: usize = 250;

/// What is wrong with the line.
pub(crate) fn fault(case: &Case, view: &View, line: &str) -> Option<String> {
    let (warnings, undone) = (view.warnings().len(), view.undone().len());
    let checks = if undone == 1 { "check" } else { "checks" };
    let begins = match (warnings, undone) {
        (0, 0) => "Nothing to look at: ".to_owned(),
        (0, undone) => format!("Nothing to look at, {undone} {checks} not done: "),
        (warnings, _) => format!("{warnings} to look at: "),
    };
    let Some(what) = line.strip_prefix(&begins) else {
        return Some(format!("the headline must begin with {begins:?}"));
    };
    if line.chars().count() > LIMIT {
        return Some(format!("the headline has {} characters", line.chars().count()));
    }
    let lengths = [100_000].into_iter().chain((LEAST..=LIMIT).rev());
    let mut wordings = lengths.map(|length| wording(case, view, length));
    let whole = wordings.next().unwrap();
    let fits = begins.chars().count() + whole.chars().count() <= LIMIT;
    if same(what, &whole) || !fits && wordings.any(|wording| same(what, &wording)) {
        return None;
    }
    Some(format!("the headline must name {whole:?}: {line:?}"))
}

/// What this first line has no room for, in lines of the section `request`.
pub(crate) fn lacks(case: &Case, view: &View, line: &str) -> Vec<String> {
    let whole = wording(case, view, 100_000);
    if !view.shows.shows("request") || line.split_once(": ").is_none_or(|(_, what)| same(what, &whole)) {
        return Vec::new();
    }
    let asked = AskedFor::of(case);
    if is_by_subject(case, &asked) {
        let subject = visible(case.ask.subject_line.clone());
        return subject.map(|subject| format!("Request: {}", quoted(&subject, 250))).into_iter().collect();
    }
    let line = |asked: &Asked, other: &str, more: usize| {
        let label = match asked.kind {
            Kind::Group => "Group",
            Kind::Bundle => "Bundle",
            Kind::RequestType => "Request type",
            Kind::App | Kind::Other => other,
        };
        let name = shortened(asked.name.as_ref().ok()?, THING);
        let more =
            if more > 0 { format!(", and {more} more; see the request in Okta") } else { String::new() };
        Some(format!("{label}: {name}{more}"))
    };
    let resource = asked.resource.iter().filter_map(|it| line(it, "Access to", asked.more.len()));
    resource.chain(asked.scope.iter().filter_map(|it| line(it, "Scope", 0))).collect()
}

/// Whether the subject line stands in for names that Okta does not give.
fn is_by_subject(case: &Case, asked: &AskedFor) -> bool {
    let mut things = asked.scope.iter().chain(&asked.resource);
    let all_named = things.clone().all(Asked::is_named);
    let only_type = things.all(|asked| asked.kind == Kind::RequestType);
    visible(case.ask.subject_line.clone()).is_some() && (!all_named || only_type)
}

/// The names at most this long, and the duration.
fn wording(case: &Case, view: &View, length: usize) -> String {
    let subject = visible(case.ask.subject_line.clone()).map(|subject| quoted(&subject, length));
    let unnamed = || "access that Okta does not name".to_owned();
    let reads_request = view.shows.sections.iter().any(|section| match *section {
        "request" | "access" | "peers" | "labels" => true,
        "sod" => case.ask.is_v2 || !case.rule.toxic.is_empty(),
        "history" => case.ask.is_v2,
        "profile" => case.rule.end_date,
        _ => false,
    });
    if !reads_request {
        return subject.unwrap_or_else(unnamed);
    }
    let asked = AskedFor::of(case);
    let things: Vec<&Asked> = asked.scope.iter().chain(&asked.resource).collect();
    let mut parts: Vec<String> = match subject {
        Some(subject) if is_by_subject(case, &asked) => vec![subject],
        _ => things.iter().map(|asked| shortened(asked.name.as_ref().unwrap_or(&asked.id), length)).collect(),
    };
    if case.failures.of(Call::Request).is_none() {
        parts.extend(case.ask.duration.map(|(_, words)| words.to_owned()));
    }
    let more = if asked.more.is_empty() { String::new() } else { format!(" and {} more", asked.more.len()) };
    parts.join(", ") + &more
}
