//! The kinds of values, in words.

use toml::de::DeValue;

/// The kind of a value, for the reader of an error.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// An attribute with this name, and a label like it.
pub(in crate::policy) fn attribute_named(name: &str) -> String {
    let mut label = name.chars();
    let first = label.next().into_iter().flat_map(char::to_uppercase).collect::<String>();
    format!("{{ name = \"{name}\", label = \"{first}{}\" }}", label.as_str())
}
