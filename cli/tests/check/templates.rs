//! Mistakes in templates: the caret stands under the wrong expression, however the file writes the template.

use serde_json::Value;

use super::{check, faults, with};

/// The part of the file under the caret, and the fault.
fn marked(file: &str) -> (String, Value) {
    let faults = faults(file);
    assert_eq!(faults.len(), 1, "{file}\n{faults:#?}");
    let number = |key: &str| usize::try_from(faults[0][key].as_u64().unwrap()).unwrap();
    let line = file.lines().nth(number("line") - 1).unwrap();
    let (column, end) = (number("column"), number("end"));
    (line.chars().skip(column - 1).take(end - column).collect(), faults[0].clone())
}

#[test]
fn the_caret_is_under_the_expression() {
    for (template, part, says) in [
        ("\"{{ headline }}\\n{{ nothing }}\"", "nothing", "unknown variable `nothing`"),
        ("\"{{ headlin }}\"", "headlin", "did you mean `headline`?"),
        ("'{{ profile.nme }}'", "profile.nme", "did you mean `profile.name`?"),
        (
            "\"\"\"\n{{ headline }}\n  {{ profile.nme }}\n\"\"\"",
            "profile.nme",
            "did you mean `profile.name`?",
        ),
        ("'''\r\n{{ headline }}\r\n{{ profile.nme }}'''", "profile.nme", "did you mean `profile.name`?"),
        ("\"\\u00e4\\t\\\"{{ headline | uper }}\"", "uper", "did you mean `upper`?"),
        ("\"\"\"\\\n   a {{ headline | uper }}\"\"\"", "uper", "unknown filter `uper`"),
        ("\"{{ headline is foo }}\"", "foo", "unknown test `foo`"),
        ("\"{{ warnings[0] }}\"", "warnings[0]", "some requests do not have it"),
        ("\"{{ headline }\"", "}", "syntax error"),
        ("\"\"\"\n{{ headline }}\n{% if warnings %}\n\"\"\"", "%}", "`{% endif %}`"),
        ("\"\"", "\"\"", "the message is empty"),
        (
            "\"{% if warnings %}look{% endif %}\"",
            "\"{% if warnings %}look{% endif %}\"",
            "empty on some requests",
        ),
    ] {
        let file = with(&format!("template = {template}"));
        let (marked, fault) = marked(&file);
        assert!(fault["text"].as_str().unwrap().contains(says), "{fault}\nlacks {says}");
        assert_eq!(marked, part, "{file}");
        let shown = check(&[], file.as_bytes()).stdout;
        assert!(shown.contains('^'), "{shown}");
    }
}

#[test]
fn every_unknown_variable_is_reported() {
    let faults = faults(&with("template = \"{{ headlin }} {{ nothing }} {{ profile.nme }}\""));
    assert_eq!(faults.iter().map(|it| it["column"].as_u64().unwrap()).collect::<Vec<_>>(), [16, 30, 44]);
}
