use super::*;

/// A file with one right rule, and the text at its end.
fn with(text: &str) -> String {
    format!("[[rule]]\nname = \"a\"\nmatch = {{ api = \"v1\" }}\nsections = [\"profile\"]\n{text}")
}

fn faults(text: &str) -> Vec<String> {
    Policy::check(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn the_embedded_policy_is_right_and_wise() {
    let (policy, warnings) = Policy::check(super::super::EMBEDDED).unwrap();
    assert!(!policy.rules.is_empty());
    assert_eq!(warnings, []);
}

#[test]
fn every_fault_is_reported_with_its_line_and_remedy() {
    for (text, says) in [
        (with("attribute = []\n"), "line 5: unknown field `attribute`"),
        (with("match = {}\n"), "line 5: duplicate key"),
        (with("sections = ]\n"), "line 5: "),
        (with("[[rule]]\nname = \"b\"\n"), "line 5: missing field `sections`"),
        (with("[[rule]]\nname = \"b\"\nsections = []\n"), "line 5: `b` shows nothing"),
        (with("[[rule]]\nname = \"b\"\nsections = [\"hobbies\"]\n"), "line 7: unknown variant `hobbies`"),
        (with("[[rule]]\nname = \"\"\nsections = [\"profile\"]\n"), "line 5: the rule has an empty `name`"),
        (with("[[rule]]\nname = \"a\"\nsections = [\"sod\"]\n"), "line 5: two rules are called `a`"),
        (
            with(
                "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { api = \"v1\", subjects = [\"x\"] }\n",
            ),
            "line 5: the rule `b` can never match: `a` above it",
        ),
        (
            with(
                "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { request_types = [\"618ad20a5ccefb000985fd15\"], resources = [\"0oa\"] }\n",
            ),
            "line 5: the rule `b` can never match: only v1 has request types",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { subjects = [\"\"] }\n"),
            "line 5: `match.subjects` has an empty entry",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { conditions = [\"0oa1\"] }\n"),
            "line 5: `match.conditions`: `0oa1`",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { request_types = [\"jira\"] }\n"),
            "line 5: `match.request_types`: `jira`",
        ),
        (with("required = [\"sod\"]\n"), "line 1: `required` names `sod`"),
        (with("attributes = [{ name = \"title\" }]\n"), "missing field `label`"),
        (with("attributes = [{ name = \"title\", label = \"T:\" }]\n"), "line 1: the label of `title`"),
        (
            with("template = \"\"\"\n{{ profile.name }}\n{{ profile.nam }}\n\"\"\"\n"),
            "line 7: unknown variable `profile.nam`",
        ),
        (with("template = \"{{ nothing }}\"\n"), "line 5: unknown variable `nothing`"),
        (with("template = \"{{ sod.okta }}\"\n"), "line 5: unknown variable `sod"),
        (with("template = \"\"\"\na\n{% for %}\n\"\"\"\n"), "line 7: "),
        (with("template = \"{{ as_of | frobnicate }}\"\n"), "line 5: unknown filter"),
        (with("template = \"\"\n"), "line 5: the message is empty"),
        // What fails, or is empty, on some request.
        (with("template = \"\"\"\na\n{{ warnings[0] }}\n\"\"\"\n"), "line 7: undefined value"),
        (with("template = \"\"\"\na\n\n{{ checks[0].text }}\n\"\"\"\n"), "line 8: undefined value"),
        (with("template = \"\"\"\n{{ people[1].text }}\n\"\"\"\n"), "line 6: undefined value"),
        (with("template = \"\"\"\n{{ sections[0]\n.facts[0].text }}\n\"\"\"\n"), "line 7: undefined value"),
        (with("template = \"{% if warnings %}look{% endif %}\"\n"), "line 5: the message is empty"),
        (with("template = \"{{ profile.since }}\"\n"), "line 5: the message is empty"),
        (with("template = \"{{ more_warnings }}{{ answers_note }}\"\n"), "line 5: the message is empty"),
        (
            with(
                "[[rule]]\nname = \"b\"\nsections = [\"request\"]\ntemplate = \"\"\"\na\n{{ request.answers[0].value }}\"\"\"\n",
            ),
            "line 10: undefined value",
        ),
        (
            with(
                "[[rule]]\nname = \"b\"\nsections = [\"request\"]\ntemplate = \"\"\"\n{% if request.answers | length == 10 %}\n{{ request.answers[10].value }}{% endif %}a\"\"\"\n",
            ),
            "line 10: undefined value",
        ),
        (with(&format!("template = \"{}\"\n", "handbook ".repeat(600))), "line 5: its own text is too long"),
        (
            with(
                "[[toxic_combination]]\nname = \"x\"\nseverity = \"high\"\none = {}\nother = { groups = [\"a\"] }\n",
            ),
            "line 5: the side `one` of `x` is empty",
        ),
        (
            with(
                "[[toxic_combination]]\nname = \"x\"\nseverity = \"deadly\"\none = { groups = [\"b\"] }\nother = { groups = [\"a\"] }\n",
            ),
            "line 7: unknown variant `deadly`",
        ),
        ("rule = []".to_owned(), "line 1: there is no rule"),
        (String::new(), "line 1: missing field `rule`"),
    ] {
        let faults = faults(&text);
        assert!(faults.iter().any(|fault| fault.contains(says)), "{text}\n{faults:#?}\nlacks {says}");
    }
    assert_eq!(faults(&with("")), [""; 0]);
}

#[test]
fn what_is_legal_but_unwise_is_warned_of() {
    let text = with(
        "attributes = [{ name = \"mobilePhone\", label = \"Phone\" }]\n\
         on_behalf = { sections = [\"access\"] }\n\
         [[rule]]\nname = \"b\"\nmatch = { subjects = [\"*jira*\"] }\nsections = [\"profile\"]\n\
         relevant = { groups = [\"*\"] }\nmanager_details = false\n\
         [[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\none = { groups = [\"b\"] }\nother = { apps = [\"a\"] }\n",
    );
    let (_, warnings) = Policy::check(&text).unwrap();
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    for says in [
        "line 1: `a` shows `mobilePhone`",
        "line 1: `a.on_behalf` shows what the person holds",
        "line 1: `a` has no section `sod`",
        "line 7: `b` chooses by the subject",
        "line 7: `b` names `relevant`",
        "line 7: `b` has `manager_details`",
    ] {
        assert!(warnings.iter().any(|warning| warning.contains(says)), "{warnings:#?}\nlacks {says}");
    }
}
