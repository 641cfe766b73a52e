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
        (with("attribute = []\n"), "line 5: unknown key `attribute`; did you mean `attributes`?"),
        (with("match = {}\n"), "line 5: `match` has a value already (line 3); delete one of them"),
        (with("required = ]\n"), "line 5: this bracket closes nothing"),
        (with("[[rule]]\nname = \"b\"\n"), "line 5: `b` shows nothing"),
        (with("[[rule]]\nname = \"b\"\nsections = []\n"), "line 7: `b` shows nothing"),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"hobbies\"]\n"),
            "line 7: `sections` can't be \"hobbies\"; choose from \"request\", ",
        ),
        (with("[[rule]]\nname = \"\"\nsections = [\"profile\"]\n"), "line 6: the rule has an empty `name`"),
        (with("[[rule]]\nname = \"a\"\nsections = [\"sod\"]\n"), "line 6: two rules are called `a`"),
        (
            with(
                "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { api = \"v1\", subjects = [\"x\"] }\n",
            ),
            "line 5: the rule `b` can never match: `a` above it",
        ),
        (
            with(
                "[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { request_types = [\"618ad20a5ccefb000985fd15\"], resources = [\"0oa1a2b3c4d5e6f7g8h9\"] }\n",
            ),
            "line 8: the rule `b` can never match: only v1 has request types",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { subjects = [\"\"] }\n"),
            "line 8: `match.subjects` has an empty entry",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { conditions = [\"0oa1\"] }\n"),
            "line 8: `match.conditions`: `0oa1`",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch = { request_types = [\"jira\"] }\n"),
            "line 8: `match.request_types`: `jira`",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch.attributes.userType = []\n"),
            "line 8: `match.attributes` lists no value of `userType`",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch.attributes.userType = [\" \"]\n"),
            "line 8: `match.attributes` has an empty value of `userType`",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch.attributes.\"\" = [\"a\"]\n"),
            "line 8: `match.attributes` has an attribute with an empty name",
        ),
        (
            with("[[rule]]\nname = \"b\"\nsections = [\"sod\"]\nmatch.groups = [\"\"]\n"),
            "line 8: `match.groups` has an empty entry",
        ),
        (
            with("message = \"never\"\n"),
            "line 5: `message` can't be \"never\"; choose from \"always\", \"warnings\", \"none\"",
        ),
        (with("required = [\"sod\"]\n"), "line 5: `required` names `sod`"),
        (
            with("attributes = [{ name = \"title\" }]\n"),
            "line 5: the attribute has no `label`; add `label = \"Title\"`",
        ),
        (with("attributes = [{ name = \"title\", label = \"T:\" }]\n"), "line 5: the label of `title`"),
        (
            with("template = \"\"\"\n{{ profile.name }}\n{{ profile.nam }}\n\"\"\"\n"),
            "line 7: unknown variable `profile.nam`; did you mean `profile.name`?",
        ),
        (with("template = \"{{ nothing }}\"\n"), "line 5: unknown variable `nothing`"),
        (with("template = \"{{ sod.okta }}\"\n"), "line 5: unknown variable `sod"),
        (with("template = \"\"\"\na\n{% for %}\n\"\"\"\n"), "line 7: "),
        (with("template = \"{{ as_of | frobnicate }}\"\n"), "line 5: unknown filter"),
        (with("template = \"\"\n"), "line 5: the message is empty"),
        ("rule = []".to_owned(), "line 1: there is no rule"),
        (String::new(), "line 1: the file is empty"),
    ] {
        let faults = faults(&text);
        assert!(faults.iter().any(|fault| fault.contains(says)), "{text}\n{faults:#?}\nlacks {says}");
    }
    assert_eq!(faults(&with("")), [""; 0]);
}

#[test]
fn a_template_that_fails_or_is_empty_on_some_request_is_a_fault() {
    for (text, says) in [
        (with("template = \"\"\"\na\n{{ warnings[0] }}\n\"\"\"\n"), "line 7: undefined value"),
        (with("template = \"\"\"\na\n\n{{ checks[0].text }}\n\"\"\"\n"), "line 8: undefined value"),
        (with("template = \"\"\"\n{{ people[1].text }}\n\"\"\"\n"), "line 6: undefined value"),
        (with("template = \"\"\"\n{{ sections[0]\n.facts[0].text }}\n\"\"\"\n"), "line 7: undefined value"),
        (with("template = \"{% if warnings %}look{% endif %}\"\n"), "line 5: the message is empty"),
        (with("template = \"{{ profile.since }}\"\n"), "line 5: the message is empty"),
        (with("template = \"{{ profile.account }}\"\n"), "line 5: the message is empty"),
        (
            with("template = \"{% if profile.account != 'active' %}{{ as_of }}{% endif %}\"\n"),
            "line 5: the message is empty",
        ),
        (
            with(
                "template = \"\"\"\na\n{% if profile.account == 'locked out' %}\n{{ warnings[1] }}{% endif %}\"\"\"\n",
            ),
            "line 8: undefined value",
        ),
        (
            with(
                "template = \"\"\"\na\n{% if warnings | length == 4 %}\n{{ warnings[4] }}{% endif %}\"\"\"\n",
            ),
            "line 8: undefined value",
        ),
        (
            with(
                "template = \"\"\"\na\n{% if checks | length == 2 %}\n{{ checks[2].text }}{% endif %}\"\"\"\n",
            ),
            "line 8: undefined value",
        ),
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
    ] {
        let faults = faults(&text);
        assert!(faults.iter().any(|fault| fault.contains(says)), "{text}\n{faults:#?}\nlacks {says}");
    }
}

#[test]
fn a_fault_of_a_toxic_combination_is_reported_with_its_line() {
    for (text, says) in [
        (
            with(
                "[[toxic_combination]]\nname = \"x\"\nseverity = \"high\"\none = {}\nother = { groups = [\"a\"] }\n",
            ),
            "line 8: the side `one` of `x` is empty",
        ),
        (
            with(
                "[[toxic_combination]]\nname = \"x\"\nseverity = \"deadly\"\none = { groups = [\"b\"] }\nother = { groups = [\"a\"] }\n",
            ),
            "line 7: `severity` can't be \"deadly\"; choose from",
        ),
    ] {
        let faults = faults(&text);
        assert!(faults.iter().any(|fault| fault.contains(says)), "{text}\n{faults:#?}\nlacks {says}");
    }
}

#[test]
fn what_is_legal_but_unwise_is_warned_of() {
    let text = with(
        "attributes = [{ name = \"mobilePhone\", label = \"Phone\" }]\n\
         on_behalf = { sections = [\"access\", \"sod\", \"history\", \"profile\"], \
         attributes = [{ name = \"birthday\", label = \"Birthday\" }] }\n\
         [[rule]]\nname = \"b\"\nmatch = { subjects = [\"*jira*\"] }\nsections = [\"profile\"]\n\
         relevant = { groups = [\"*\"] }\nmanager_details = false\n\
         [[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\none = { groups = [\"b\"] }\nother = { apps = [\"a\"] }\n",
    );
    let (_, warnings) = Policy::check(&text).unwrap();
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    for says in [
        "line 5: `a` shows `mobilePhone`",
        "line 6: `a` shows `birthday`",
        "line 6: `a.on_behalf` shows what the person holds",
        "line 6: `a.on_behalf` has the section `access`: a stranger sees at most how many",
        "line 6: `a.on_behalf` has the section `history`, of which a stranger sees nothing",
        "line 4: `a` has no section `sod`",
        "line 9: `b` chooses by the subject",
        "line 11: `b` has `relevant` but no section `access`",
        "line 12: `b` has `manager_details`",
    ] {
        assert!(warnings.iter().any(|warning| warning.contains(says)), "{warnings:#?}\nlacks {says}");
    }
}

#[test]
fn a_rule_by_person_is_covered_only_by_one_that_asks_for_no_more() {
    let rules = |earlier: &str, later: &str| {
        let rule = |name: &str, matches: &str| {
            format!("[[rule]]\nname = \"{name}\"\nsections = [\"profile\"]\nmatch = {{ {matches} }}\n")
        };
        Policy::check(&(rule("a", earlier) + &rule("b", later))).is_err()
    };
    for (earlier, later, covered) in [
        ("", "attributes = { x = [\"1\"] }", true),
        ("attributes = { x = [\"1\"] }", "", false),
        ("attributes = { x = [\"1\", \"2\"] }", "attributes = { x = [\"2\"] }", true),
        ("attributes = { x = [\"1\"] }", "attributes = { x = [\"1\", \"2\"] }", false),
        ("attributes = { x = [\"1\"] }", "attributes = { x = [\"1\"], y = [\"1\"] }", true),
        ("attributes = { x = [\"1\"], y = [\"1\"] }", "attributes = { x = [\"1\"] }", false),
        ("groups = [\"a\", \"b\"]", "groups = [\"a\"]", true),
        ("groups = [\"a\"]", "groups = [\"a\", \"b\"]", false),
        ("groups = [\"*\"]", "groups = [\"a\"]", true),
        ("groups = [\"*\"]", "", false),
    ] {
        assert_eq!(rules(earlier, later), covered, "{earlier} above {later}");
    }
}

#[test]
fn a_rule_without_messages_needs_no_sections_and_a_policy_of_nothing_else_is_warned_of() {
    let none = "[[rule]]\nname = \"none\"\nmessage = \"none\"\nmatch.groups = [\"Bots\"]\n";
    let (policy, warnings) = Policy::check(none).unwrap();
    assert_eq!(policy.rules[0].message, crate::policy::Posting::None);
    let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "line 3: every rule says `message = \"none\"`, so no request gets a message; write a rule with sections, if that is not meant"
        ]
    );
    let rest = "[[rule]]\nname = \"rest\"\nsections = [\"profile\"]\n";
    assert_eq!(Policy::check(&format!("{none}{rest}")).unwrap().1, []);
}

#[test]
fn a_template_that_works_on_every_request_is_right() {
    for template in [
        "{{ headline }}{% for warning in warnings %}\n{{ warning }}{% endfor %}",
        "{{ headline }}{% if profile.account == 'suspended' %} {{ warnings[0] }}{% endif %}",
        "{{ as_of }} it's {{ profile.account | first | default('unknown') }} isn't it",
    ] {
        let template = template.replace('\n', "\\n");
        assert_eq!(faults(&with(&format!("template = \"{template}\"\n"))), [""; 0], "{template}");
    }
}
