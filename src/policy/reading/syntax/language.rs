//! Files in another language than TOML.

use crate::policy::fault::PolicyFault;

/// The fault of a file that is in another language.
pub(in crate::policy::reading) fn other_language(text: &str) -> Option<PolicyFault> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.next()?;
    let has_headings = || text.lines().any(|line| line.trim_start().starts_with("[["));
    let language = match first.as_bytes() {
        [b'{', ..] | [b'['] => "JSON",
        [b'[', second, ..] if b"{\"".contains(second) => "JSON",
        [b'<', ..] => "XML or HTML",
        _ if first == "---" || first.starts_with("- ") => "YAML",
        _ if is_yaml_key(first) && !has_headings() => "YAML",
        _ => return None,
    };
    let start = text.find(first).unwrap_or_default();
    let cause = format!("this is {language}, and a policy file is TOML");
    let remedy = "write rules as `[[rule]]` with lines `key = value`; `enricher init` writes an example";
    Some(PolicyFault::new(text, start..start + first.len(), &cause, remedy))
}

/// Whether a line is a key of YAML: letters, a colon, and a space or the end.
fn is_yaml_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, rest)| {
        !key.is_empty()
            && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && (rest.is_empty() || rest.starts_with(' '))
    })
}
