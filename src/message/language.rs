//! The language of templates: minijinja, with the filters and tests for texts and lists of texts. Templates
//! have no other values, and all of minijinja would be a sixtieth of the deployed binary.

use std::borrow::Cow;

use minijinja::{Environment, UndefinedBehavior, Value, filters};

use crate::text;

/// The names of the filters, for "did you mean".
pub(super) const FILTERS: [&str; 20] = [
    "shorten",
    "capitalize",
    "count",
    "default",
    "first",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "replace",
    "reverse",
    "sort",
    "split",
    "title",
    "trim",
    "unique",
    "upper",
];

/// The names of the tests, for "did you mean".
pub(super) const TESTS: [&str; 5] = ["defined", "endingwith", "none", "startingwith", "undefined"];

/// An environment without templates.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    #[cfg(feature = "places")]
    environment.set_debug(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Filters may undo what neutralising did: `upper`, `replace`, `reverse`.
    environment.set_formatter(|out, _, value| {
        let text = match value.as_str() {
            Some(text) => Cow::from(text),
            // Numbers and the like can't be somebody's text.
            None => Cow::from(text::marked(&value.to_string(), text::Origin::Own, None)),
        };
        out.write_str(&text::value(&text)).map_err(minijinja::Error::from)
    });
    environment.add_filter("shorten", shorten);
    environment.add_filter("capitalize", |value: String| behind_marks(&value, capitalized));
    environment.add_filter("count", length);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", |value: Value| filters::first(&plain(value)));
    environment.add_filter("join", filters::join);
    environment.add_filter("last", |value: Value| filters::last(plain(value)));
    environment.add_filter("length", length);
    environment.add_filter("lines", filters::lines);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("map", filters::map);
    environment.add_filter("replace", filters::replace);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("title", |value: String| behind_marks(&value, |text| filters::title(text.into())));
    environment.add_filter("trim", filters::trim);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment.add_test("endingwith", |value: String, end: String| {
        text::unmarked(&value).ends_with(&text::unmarked(&end))
    });
    environment.add_test("none", minijinja::tests::is_none);
    environment.add_test("startingwith", |value: String, start: String| {
        text::unmarked(&value).starts_with(&text::unmarked(&start))
    });
    environment.add_test("undefined", minijinja::tests::is_undefined);
    environment
}

/// Shortens a text to at most `limit` characters. What must stay in the message is not shortened.
fn shorten(value: String, limit: usize) -> String {
    if text::is_kept(&value) {
        return value;
    }
    text::marked(&text::neutralise(&text::unmarked(&value), limit), text::origin(&value), None)
}

fn length(value: Value) -> Result<usize, minijinja::Error> {
    filters::length(&plain(value))
}

/// Filters a text from its first visible character on.
fn behind_marks(value: &str, filter: fn(&str) -> String) -> String {
    let text = value.trim_start_matches(text::is_mark);
    value[..value.len() - text.len()].to_owned() + &filter(text)
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest.as_str().to_lowercase().chars()).collect()
}

/// A text without its marks, which are not characters of it.
fn plain(value: Value) -> Value {
    match value.as_str() {
        Some(text) => Value::from(text::unmarked(text)),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_and_test_that_is_named_exists() {
        let mut environment = environment();
        for filter in FILTERS {
            let template = format!("{{{{ [] | {filter} }}}}");
            environment.add_template_owned(filter, template).unwrap();
            let rendered = environment.get_template(filter).unwrap().render(());
            assert!(
                rendered.err().is_none_or(|it| it.kind() != minijinja::ErrorKind::UnknownFilter),
                "{filter}"
            );
        }
        for test in TESTS {
            let template = format!("{{{{ 'a' is {test}('a') }}}}");
            environment.add_template_owned(test, template).unwrap();
            let rendered = environment.get_template(test).unwrap().render(());
            assert!(rendered.err().is_none_or(|it| it.kind() != minijinja::ErrorKind::UnknownTest), "{test}");
        }
    }
}
