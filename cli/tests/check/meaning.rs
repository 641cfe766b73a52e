//! Right TOML with values that can't be: unknown ones, names in place of ids, attributes that no profile has.

use super::{assert_mistakes, assert_mistakes_of_rule, check, with};

const APP: &str = "0oa1a2b3c4d5e6f7g8h9";

#[test]
fn an_unknown_value_is_answered_with_the_known_ones() {
    assert_mistakes(&[
        (
            "[[rule]]\nname = \"a\"\nsections = [\"requests\"]\n",
            3,
            13,
            &["did you mean \"request\"?", "\"sod\""],
        ),
        (
            "[[rule]]\nname = \"a\"\nsections = [\"hobbies\"]\n",
            3,
            13,
            &["can't be \"hobbies\"", "choose from \"request\""],
        ),
        ("[[rule]]\nname = \"a\"\nsections = []\n", 3, 12, &["shows nothing", "choose from \"request\""]),
        ("[[rule]]\nname = \"a\"\n", 1, 1, &["`a` shows nothing: it has no `sections`"]),
        ("[[rule]]\nsections = [\"profile\"]\n", 1, 1, &["the rule has no `name`", "add `name = "]),
    ]);
    assert_mistakes_of_rule(&[
        ("message = \"Always\"", 11, &["did you mean \"always\"?"]),
        ("message = \"never\"", 11, &["choose from \"always\", \"warnings\", \"none\""]),
        ("match = { source = \"Web\" }", 20, &["did you mean \"web\"?"]),
        ("match = { source = \"teams\" }", 20, &["choose from \"web\", \"slack\""]),
        ("match = { api = \"v3\" }", 17, &["choose from \"v1\", \"v2\""]),
        ("required = [\"sod\"]", 13, &["`sod`, which is not among the rule's sections"]),
        ("attributes = [{ name = \"title\", label = \"\" }]", 41, &["the label of `title` is empty"]),
        ("attributes = [{ name = \"title\", label = \"T:\" }]", 41, &["a colon"]),
        ("relevant = { bundles = [\"x\"] }", 14, &["`relevant.bundles`", "list groups or apps"]),
    ]);
    let long = format!("attributes = [{{ name = \"title\", label = \"{}\" }}]", "x".repeat(41));
    assert_mistakes_of_rule(&[(&long, 41, &["41 characters, more than 40"])]);
    let combination = |rest: &str| with(&format!("[[toxic_combination]]\nname = \"x\"\n{rest}"));
    assert_mistakes(&[
        (
            &combination("severity = \"deadly\"\none = { groups = [\"a\"] }\nother = { groups = [\"b\"] }"),
            6,
            12,
            &["choose from \"low\", \"medium\", \"high\""],
        ),
        (
            &combination("one = { groups = [\"a\"] }\nother = { groups = [\"b\"] }"),
            4,
            1,
            &["the toxic combination has no `severity`"],
        ),
        (
            &combination("severity = \"low\"\none = { groups = [\"a\"] }"),
            4,
            1,
            &["has no `other`", "add `other = "],
        ),
        (
            &combination("severity = \"low\"\none = { groups = [\"a\"] }\nother = {}"),
            8,
            9,
            &["the side `other` of `x` is empty"],
        ),
    ]);
}

#[test]
fn a_name_in_place_of_an_id_is_a_fault_that_says_where_the_id_is() {
    assert_mistakes_of_rule(&[
        (
            "match = { resources = [\"GitHub Enterprise\"] }",
            24,
            &["`GitHub Enterprise` is not the id of an app (`0oa…`)", "Admin Console"],
        ),
        ("match = { resources = [\"GitHub\"] }", 24, &["is not the id of an app"]),
        (
            "match = { scopes = [\"Finance Managers\"] }",
            21,
            &["is not the id of a bundle or group", "entitlement-bundles"],
        ),
        (
            "match = { request_types = [\"Access to Jira\"] }",
            28,
            &["is not the id of a request type (24 hexadecimal digits)"],
        ),
        ("match = { conditions = [\"Default\"] }", 25, &["is not the id of a request condition (`rco…`)"]),
        (
            "match = { resources = [\"00g1a2b3c4d5e6f7g8h9\"] }",
            24,
            &["but of a group", "`match.scopes` takes it"],
        ),
        (
            "match = { scopes = [\"rco1a2b3c4d5e6f7g8h9\"] }",
            21,
            &["but of a request condition", "`match.conditions`"],
        ),
        (
            "match = { resources = [\" 0oa1a2b3c4d5e6f7g8h9\"] }",
            24,
            &["write the id alone, `0oa1a2b3c4d5e6f7g8h9`"],
        ),
        (
            "match = { resources = [\"https://acme-admin.okta.com/admin/app/x/instance/0oa1a2b3c4d5e6f7g8h9/\"] }",
            24,
            &["write the id alone, `0oa1a2b3c4d5e6f7g8h9`"],
        ),
        ("match = { resources = [\"0oa1a2b3\"] }", 24, &["is not the id of an app"]),
        (
            "match = { groups = [\"0oa1a2b3c4d5e6f7g8h9\"] }",
            21,
            &["is the id of an app, not of a group (`00g…`)"],
        ),
        ("relevant = { apps = [\"00g1a2b3c4d5e6f7g8h9\"] }", 22, &["is the id of a group, not of an app"]),
    ]);
    // Collections and whatever Okta adds have ids that are not told apart by what is known of them.
    for right in [
        format!("match = {{ resources = [\"{APP}\"], scopes = [\"enb1a2b3c4d5e6f7g8h9\"] }}"),
        "match = { scopes = [\"col1a2b3c4d5e6f7g8h9\", \"00g1a2b3c4d5e6f7g8h9\", \"0oa1a2b3c4d5e6f7g8h9\"] }"
            .to_owned(),
        "match = { request_types = [\"618ad20a5ccefb000985fd15\"] }".to_owned(),
        "match = { groups = [\"Finance *\", \"0oa-team\", \"00g1a2b3c4d5e6f7g8h9\"] }".to_owned(),
    ] {
        let ran = check(&[], with(&right).as_bytes());
        assert!(ran.stdout.contains("ok, 1 rule"), "{right}\n{}", ran.stdout);
    }
}

#[test]
fn an_attribute_that_no_profile_can_have_is_a_fault_with_the_name_that_was_meant() {
    assert_mistakes_of_rule(&[
        (
            "attributes = [{ name = \"user.costCenter\", label = \"C\" }]",
            24,
            &["`user.costCenter`", "`costCenter`"],
        ),
        (
            "attributes = [{ name = \"Cost Center\", label = \"C\" }]",
            24,
            &["letters, digits and `_`", "`costCenter`"],
        ),
        ("attributes = [{ name = \"-x\", label = \"C\" }]", 24, &["Profile Editor"]),
        ("attributes = [{ name = \"2nd\", label = \"C\" }]", 24, &["no digit first"]),
        ("attributes = [{ name = \"\", label = \"C\" }]", 24, &["empty name"]),
        ("end_date = \"contract end\"", 12, &["`end_date`", "`contract end`"]),
        ("match = { attributes = { \"user type\" = [\"Contractor\"] } }", 26, &["`userType`"]),
        ("match = { attributes = { userType = [] } }", 37, &["so nothing matches"]),
        ("match = { attributes = { userType = [\"\"] } }", 38, &["empty value"]),
    ]);
    let ran = check(&[], with("attributes = [{ name = \"Hire_Date2\", label = \"Hired\" }]").as_bytes());
    assert!(ran.stdout.contains("ok, 1 rule"), "{}", ran.stdout);
}

#[test]
fn what_matches_everything_by_accident_is_warned_of() {
    for (keys, column, says) in [
        ("match = { resources = [] }", 23, "`match.resources` is empty, so it matches every request"),
        ("match = { groups = [] }", 20, "`match.groups` is empty, so it matches every request"),
        ("match = { attributes = {} }", 24, "`match.attributes` is empty, so it matches every request"),
        ("match = {}", 9, "`match` has no condition, so the rule matches every request"),
        ("attributes = [{ name = \"costcenter\", label = \"C\" }]", 24, "`costcenter` is not `costCenter`"),
    ] {
        let ran = check(&["--json"], with(keys).as_bytes());
        let (status, document) = (ran.status, ran.document());
        assert_eq!((status, &document["ok"], &document["faults"]), (0, &true.into(), &serde_json::json!([])));
        let warning = &document["warnings"][0];
        assert_eq!((&warning["line"], &warning["column"]), (&4.into(), &column.into()), "{warning}");
        assert!(warning["text"].as_str().unwrap().contains(says), "{warning}\nlacks {says}");
        let shown = check(&[], with(keys).as_bytes()).stdout;
        assert!(shown.contains("warning: ") && shown.contains("ok, 1 rule, policy "), "{shown}");
        assert!(shown.ends_with(", 1 warning\n"), "{shown}");
    }
}
