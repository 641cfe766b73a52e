//! [`Written`]: a JSON value of any kind, as people wrote or chose it. Profile attributes and answers of request
//! forms can have any kind.

use serde_json::Value;
use serde_json::value::RawValue;

use crate::json;
use crate::text;

/// How deeply nested lists are read. A requester can nest them without end in an answer.
const DEPTH: usize = 4;

/// A value before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Untrusted text; also a number, or an object as compact JSON.
    Text(String),
    /// Yes or no.
    Truth(bool),
    /// A length of time in ISO 8601, or whatever stands in its place.
    Duration(String),
    /// Several values; at least one.
    List(Vec<Written>),
}

impl Written {
    /// The value, if it has text. `None` if it is null or empty, or if nothing of it is visible.
    pub(super) fn of(value: &RawValue) -> Option<Written> {
        nested(value, DEPTH)
    }

    /// The entries of a list, without those that have no text; `None` if it is no list.
    pub(super) fn entries(written: &str) -> Option<Vec<Written>> {
        nested_entries(written, DEPTH)
    }

    /// The value in the words of JSON, for a comparison: "true", "a, b".
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Written::Text(text) | Written::Duration(text) => text.clone(),
            Written::Truth(truth) => truth.to_string(),
            Written::List(values) => values.iter().map(Written::plain).collect::<Vec<_>>().join(", "),
        }
    }
}

fn nested(value: &RawValue, depth: usize) -> Option<Written> {
    let written = value.get();
    let text = match written.bytes().next()? {
        b'n' => return None,
        b't' => return Some(Written::Truth(true)),
        b'f' => return Some(Written::Truth(false)),
        b'"' => json::from_str(written).ok()?,
        b'[' if depth > 0 => {
            let entries = nested_entries(written, depth - 1)?;
            return (!entries.is_empty()).then_some(Written::List(entries));
        }
        // Compact, whatever white space Okta writes. serde_json refuses what is nested too deeply.
        b'[' | b'{' => {
            json::from_str::<Value>(written).map_or_else(|_| written.to_owned(), |it| it.to_string())
        }
        _ => number(written),
    };
    // Text of which nothing is visible would look like a value that the message lost.
    Some(text).filter(|text: &String| text::is_visible(text)).map(Written::Text)
}

fn nested_entries(written: &str, depth: usize) -> Option<Vec<Written>> {
    let entries: Vec<Box<RawValue>> = json::from_str(written).ok()?;
    Some(entries.iter().filter_map(|entry| nested(entry, depth)).collect())
}

/// Up to this number, a double represents every whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number without a fraction that is zero: Okta's numbers are Java's doubles, which are written as `104233.0`
/// or `1.2345678E7` (Okta help, "Add custom attributes"; Java, `Double.toString`). Others stay as written.
fn number(written: &str) -> String {
    if written.contains(['e', 'E']) {
        let whole =
            written.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT);
        return whole.map_or_else(|| written.to_owned(), |number| format!("{number:.0}"));
    }
    match written.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => written.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(written: &str) -> Option<String> {
        Some(Written::of(&json::from_str::<Box<RawValue>>(written).expect(written))?.plain())
    }

    #[test]
    fn a_number_has_no_fraction_that_says_nothing() {
        for (written, shown) in [
            ("104233.0", "104233"),
            ("104233", "104233"),
            ("1.2345678E7", "12345678"),
            ("1e2", "100"),
            ("-3.00", "-3"),
            ("1.5", "1.5"),
            ("1.50", "1.50"),
            ("0.1", "0.1"),
            ("1.5E-7", "1.5E-7"),
            ("1E300", "1E300"),
            ("12345678901234567890", "12345678901234567890"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("123456789012345678901234567890.0", "123456789012345678901234567890"),
        ] {
            assert_eq!(of(written).as_deref(), Some(shown), "{written}");
        }
    }

    #[test]
    fn a_value_of_any_kind_becomes_text() {
        for (written, shown) in [
            (r#"["x", null, 1.0, " ", [true]]"#, Some("x, 1, true")),
            ("true", Some("true")),
            ("false", Some("false")),
            ("{ \"k\" : [1] }", Some(r#"{"k":[1]}"#)),
            (r#""a\ud83d""#, Some("a\u{FFFD}")),
            (r#""null""#, Some("null")),
            ("[]", None),
            ("[null]", None),
            ("null", None),
            (r#"" ""#, None),
            (r#""\u200b\u2060""#, None),
            (r#"["\u200b", "x"]"#, Some("x")),
            (r#""محمد""#, Some("محمد")),
        ] {
            assert_eq!(of(written).as_deref(), shown, "{written}");
        }
    }

    #[test]
    fn lists_without_end_cost_nothing() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(of(&deep).is_some_and(|text| text.starts_with("[[[")));
        assert_eq!(Written::entries(&deep).map(|entries| entries.len()), Some(1));
        assert_eq!(of("[[[[[[1]]]]]]").as_deref(), Some("[[1]]"));
    }
}
