//! [`TemplateError`]: why a template can't be used, where in it, and what to write instead.

use std::ops::Range;

use minijinja::ErrorKind;

use super::language::{FILTERS, TESTS};
use crate::text::nearest;

/// Why a template can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to render the message template (line {line}): {text}")]
pub struct TemplateError {
    /// The line in the template, from 1.
    pub line: usize,
    /// The wrong part, in bytes from the template's start; without the feature `places`, its whole line. Empty
    /// if the whole template is wrong.
    pub place: Range<usize>,
    /// What is wrong there.
    pub text: String,
    /// What to do about it.
    pub remedy: String,
    /// What to write at the place, if that is clear.
    pub instead: Option<String>,
}

impl TemplateError {
    /// An error of the template as a whole.
    pub(super) fn of_all(text: &str, remedy: &str) -> TemplateError {
        TemplateError::new("", 0..0, text, remedy)
    }

    fn new(template: &str, place: Range<usize>, text: &str, remedy: &str) -> TemplateError {
        let before = template.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        TemplateError { line, place, text: text.to_owned(), remedy: remedy.to_owned(), instead: None }
    }

    /// A variable that the rule's messages don't have. `known`: those that they have.
    pub(super) fn unknown_variable(template: &str, name: &str, known: &[String]) -> TemplateError {
        let place = place_of_variable(template, name).unwrap_or(0..0);
        let text = format!("unknown variable `{name}`");
        if let Some(attribute) = name.strip_prefix("profile.attributes.") {
            let remedy = format!("list `{attribute}` in the rule's `attributes`");
            return TemplateError::new(template, place, &text, &remedy);
        }
        let listed = format!("the rule's sections have {}", beside(name, known));
        TemplateError::or_nearest(template, place, &text, name, known.iter().map(String::as_str), &listed)
    }

    /// An error of minijinja's.
    pub(super) fn of(error: &minijinja::Error, template: &str) -> TemplateError {
        let detail = error.detail().unwrap_or_default();
        let place = place(error, template);
        // `filter … is unknown`, `test … is unknown`
        let named = |kind: &str| detail.strip_prefix(kind)?.strip_suffix(" is unknown").map(str::trim);
        for (kind, known) in [("filter", &FILTERS[..]), ("test", &TESTS[..])] {
            if let Some(name) = named(kind) {
                let place = find_from(template, place.start, name).unwrap_or(place);
                let text = format!("unknown {kind} `{name}`");
                let listed = format!("there are {}", known.join(", "));
                return TemplateError::or_nearest(
                    template,
                    place,
                    &text,
                    name,
                    known.iter().copied(),
                    &listed,
                );
            }
        }
        let text = match (error.kind(), detail) {
            (kind, "") => kind.to_string(),
            (kind, detail) => format!("{kind}: {}", detail.replace('\n', " ")),
        };
        let remedy = match error.kind() {
            ErrorKind::UndefinedError => {
                "some requests do not have it: write `{% if … %}` around it, or add `| default('')`"
            }
            ErrorKind::SyntaxError => {
                "values stand in `{{ … }}`; `{% if … %}` and `{% for … %}` end with `{% endif %}` and `{% endfor %}`"
            }
            _ => "docs/policy.md has what a template may contain",
        };
        TemplateError::new(template, place, &text, remedy)
    }

    fn or_nearest<'n>(
        template: &str,
        place: Range<usize>,
        text: &str,
        name: &str,
        known: impl Iterator<Item = &'n str>,
        listed: &str,
    ) -> TemplateError {
        match nearest(name, known) {
            Some(near) => {
                let error = TemplateError::new(template, place, text, &format!("did you mean `{near}`?"));
                TemplateError { instead: Some(near.to_owned()), ..error }
            }
            None => TemplateError::new(template, place, text, listed),
        }
    }
}

/// The variables to choose from: those of the same section, or else the general ones and the sections.
fn beside(name: &str, known: &[String]) -> String {
    let section = |name: &str| name.split_once('.').map(|(section, _)| format!("{section}."));
    let same = section(name).filter(|section| known.iter().any(|it| it.starts_with(section.as_str())));
    let mut names: Vec<String> = match same {
        Some(same) => known.iter().filter(|it| it.starts_with(&same)).cloned().collect(),
        None => {
            known.iter().map(|it| section(it).map_or_else(|| it.clone(), |section| section + "…")).collect()
        }
    };
    names.dedup();
    names.join(", ")
}

/// Where minijinja's error is.
fn place(error: &minijinja::Error, template: &str) -> Range<usize> {
    #[cfg(feature = "places")]
    if let Some(range) = error.range().filter(|range| template.get(range.clone()).is_some()) {
        return range;
    }
    let line = error.line().unwrap_or(1).saturating_sub(1);
    let start: usize = template.split_inclusive('\n').take(line).map(str::len).sum();
    let text = template.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    start..start + text.len()
}

/// Where a template first names exactly this variable.
fn place_of_variable(template: &str, name: &str) -> Option<Range<usize>> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let found = template.match_indices(name).find(|(at, _)| {
        !template[..*at].ends_with(|c| part(c) || c == '.') && !template[at + name.len()..].starts_with(part)
    });
    found.map(|(at, _)| at..at + name.len())
}

fn find_from(template: &str, start: usize, name: &str) -> Option<Range<usize>> {
    let at = start + template.get(start..)?.find(name)?;
    Some(at..at + name.len())
}
