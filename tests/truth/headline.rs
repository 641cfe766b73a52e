//! The first line: how many warnings and checks not done, what is asked for, and for how long.

use okta_request_enricher::text::{quoted, shortened};

use crate::asked::{Asked, AskedFor};
use crate::case::Case;
use crate::failures::Call;
use crate::judge::same;
use crate::texts::visible;
use crate::things::Kind;
use crate::view::View;

/// The longest, in characters.
const LIMIT: usize = 100;
/// No name is shortened below this.
const LEAST: usize = 8;

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
    Some(format!("the headline must name {whole:?}"))
}

/// The names at most this long, and the duration.
fn wording(case: &Case, view: &View, length: usize) -> String {
    let subject = visible(case.ask.subject_line.clone()).map(|subject| quoted(&subject, length));
    let unnamed = || "access that Okta does not name".to_owned();
    if !view.shows.shows("request") {
        return subject.unwrap_or_else(unnamed);
    }
    let asked = AskedFor::of(case);
    let things: Vec<&Asked> = asked.scope.iter().chain(&asked.resource).collect();
    let all_named = things.iter().all(|asked| asked.is_named());
    let only_type = things.iter().all(|asked| asked.kind == Kind::RequestType);
    let mut parts: Vec<String> = match subject {
        Some(subject) if !all_named || only_type => vec![subject],
        _ => things.iter().map(|asked| shortened(asked.name.as_ref().unwrap_or(&asked.id), length)).collect(),
    };
    if case.failures.of(Call::Request).is_none() {
        parts.extend(case.ask.duration.map(|(_, words)| words.to_owned()));
    }
    let more = if asked.more.is_empty() { String::new() } else { format!(" and {} more", asked.more.len()) };
    parts.join(", ") + &more
}
