//! Values of the wrong kind, and keys with the wrong name or in the wrong place.

use super::{assert_mistakes, assert_mistakes_of_rule, with};

#[test]
fn a_value_of_the_wrong_kind_is_answered_with_one_of_the_right_kind() {
    assert_mistakes(&[
        (
            "[[rule]]\nname = \"a\"\nsections = \"profile\"\n",
            3,
            12,
            &["`sections` can't be a text", "a list, such as [\""],
        ),
        ("[[rule]]\nname = \"a\"\nsections = 5\n", 3, 12, &["can't be a number", "a list, such as"]),
        ("[[rule]]\nname = \"a\"\nsections = { a = 1 }\n", 3, 12, &["can't be a table", "a list, such as"]),
        ("[[rule]]\nname = 5\nsections = [\"profile\"]\n", 2, 8, &["`name` can't be a number", "in quotes"]),
        (
            "[[rule]]\nname = [\"a\"]\nsections = [\"profile\"]\n",
            2,
            8,
            &["`name` can't be a list", "in quotes"],
        ),
        ("[[rule]]\nname = \"a\"\nsections = [5]\n", 3, 13, &["an entry of `sections` can't be a number"]),
        ("rule = \"a\"\n", 1, 8, &["`rule` can't be a text", "a list, such as"]),
        ("rule = [\"a\"]\n", 1, 9, &["an entry of `rule` can't be a text", "a table, such as"]),
    ]);
    assert_mistakes_of_rule(&[
        ("manager_details = \"true\"", 19, &["can't be a text", "write `true` or `false`, without quotes"]),
        ("grants = 1", 10, &["can't be a number", "`true` or `false`"]),
        ("attributes = [\"title\"]", 15, &["{ name = \"title\", label = \"Title\" }"]),
        ("attributes = \"title\"", 14, &["a list, such as [{ name"]),
        (
            "attributes = { name = \"title\", label = \"Title\" }",
            14,
            &["can't be a table", "a list, such as [{"],
        ),
        (
            "attributes = [{ department = \"Team\" }]",
            15,
            &["{ name = \"department\", label = \"Department\" }"],
        ),
        ("match = [\"0oa1a2b3c4d5e6f7g8h9\"]", 9, &["can't be a list", "a table, such as { resources"]),
        ("match = \"all\"", 9, &["can't be a text", "a table, such as"]),
        ("match = { resources = \"0oa1a2b3c4d5e6f7g8h9\" }", 23, &["can't be a text", "a list, such as"]),
        ("match = { attributes = [\"userType\"] }", 24, &["{ userType = [\"Contractor\"] }"]),
        (
            "match = { attributes = { userType = \"Contractor\" } }",
            37,
            &["`userType` can't be a text", "list"],
        ),
        ("match = { api = 2 }", 17, &["`api` can't be a number", "\"v1\", \"v2\""]),
        ("match = { on_behalf = \"yes\" }", 23, &["`true` or `false`"]),
        ("[[rule.match]]\napi = \"v1\"", 1, &["write `[rule.match]`", "one pair of brackets"]),
        ("relevant = [\"SAP *\"]", 12, &["can't be a list", "{ groups = [\"SAP *\"] }"]),
        ("on_behalf = true", 13, &["can't be `true`", "{ sections = [\"request\"] }"]),
        ("message = true", 11, &["can't be `true`", "\"always\", \"warnings\", \"none\""]),
        ("end_date = 2026-12-24", 12, &["can't be a date", "a text in quotes"]),
        ("template = [\"a\"]", 12, &["can't be a list", "a text in quotes"]),
    ]);
    let twice = with("match = { api = \"v1\" }\nmatch.source = \"web\"");
    assert_mistakes(&[
        (&twice, 5, 1, &["`match` has its value already (line 4)"]),
        (&with("[words]\nwarning = 5"), 5, 11, &["`warning` can't be a number", "such as \"WARNING\""]),
        (&with("[words]\ndays = [\"a\", \"b\", \"c\"]"), 5, 8, &["wrong number of texts"]),
    ]);
}

#[test]
fn an_unknown_key_is_answered_with_the_right_one_or_its_place() {
    assert_mistakes(&[
        (
            "[[rules]]\nname = \"a\"\nsections = [\"profile\"]\n",
            1,
            3,
            &["unknown key `rules`", "did you mean `rule`?"],
        ),
        ("[[Rule]]\nname = \"a\"\nsections = [\"profile\"]\n", 1, 3, &["did you mean `rule`?"]),
        ("[[rule]]\nnme = \"a\"\nsections = [\"profile\"]\n", 2, 1, &["did you mean `name`?"]),
        ("[[rule]]\nname = \"a\"\nsection = [\"profile\"]\n", 3, 1, &["did you mean `sections`?"]),
        ("name = \"a\"\n", 1, 1, &["unknown key `name`", "write a heading above it, such as `[[rule]]`"]),
        (
            &format!("version = 1\n{}", with("")),
            1,
            1,
            &["unknown key `version`", "delete it", "`rule`, `toxic"],
        ),
        (&with("[wordz]"), 4, 2, &["did you mean `words`?"]),
        (&with("[words]\nwarnin = \"X\""), 5, 1, &["no such word", "did you mean `warning`?"]),
        (&with("[words]\nfoobarbaz = \"X\""), 5, 1, &["no such word", "docs/policy.md"]),
    ]);
    assert_mistakes_of_rule(&[
        ("attribute = []", 1, &["did you mean `attributes`?"]),
        ("on-behalf = { sections = [\"request\"] }", 1, &["did you mean `on_behalf`?"]),
        ("conditions = { resources = [\"0oa1a2b3c4d5e6f7g8h9\"] }", 1, &["did you mean `match`?"]),
        ("words = { warning = \"x\" }", 1, &["write a heading of its own, `[words]`"]),
        ("toxic_combination = []", 1, &["`[[toxic_combination]]`"]),
        ("colour = \"red\"", 1, &["unknown key `colour`", "delete it; the rule has `name`, `match`"]),
        ("match = { name = \"x\" }", 11, &["it is a key of the rule: move it there"]),
        ("match = { app = [\"0oa1a2b3c4d5e6f7g8h9\"] }", 11, &["did you mean `resources`?"]),
        ("match = { Source = \"web\" }", 11, &["did you mean `source`?"]),
        ("attributes = [{ nam = \"title\", label = \"T\" }]", 17, &["did you mean `name`?"]),
        (
            "attributes = [{ name = \"title\" }]",
            15,
            &["the attribute has no `label`", "add `label = \"Title\"`"],
        ),
        ("on_behalf = { section = [\"request\"] }", 15, &["did you mean `sections`?"]),
        ("relevant = { group = [\"a\"] }", 14, &["did you mean `groups`?"]),
    ]);
}

/// All but those that a rule has, too.
#[test]
fn each_key_of_match_in_the_rule_itself_is_sent_there() {
    for key in [
        "request_types = [\"618ad20a5ccefb000985fd15\"]",
        "conditions = [\"rco1a2b3c4d5e6f7g8h9\"]",
        "resources = [\"0oa1a2b3c4d5e6f7g8h9\"]",
        "scopes = [\"enb1a2b3c4d5e6f7g8h9\"]",
        "subjects = [\"Need access to *\"]",
        "source = \"web\"",
        "api = \"v2\"",
        "groups = [\"SAP *\"]",
    ] {
        assert_mistakes_of_rule(&[(key, 1, &["it is a key of `match`: move it there"])]);
    }
}
