//! [`Keys`]: the keys of each table of a policy file, each with an example of its value.

use super::table::{Table, Value};
use crate::text::nearest;

/// The keys that a table may have.
pub(in crate::policy) struct Keys {
    /// Whose keys they are: `the rule`.
    pub(in crate::policy) whose: &'static str,
    /// Each key, and a value as it may be.
    pub(in crate::policy) list: &'static [(&'static str, &'static str)],
}

/// What people call some keys, who know Okta's words or other programs.
const OTHER_NAMES: [(&str, &str); 10] = [
    ("app", "resources"),
    ("apps", "resources"),
    ("bundle", "scopes"),
    ("bundles", "scopes"),
    ("group", "groups"),
    ("if", "match"),
    ("when", "match"),
    ("conditions", "match"),
    ("subject", "subjects"),
    ("risk", "severity"),
];

const SECTIONS: &str = r#"["request", "profile"]"#;
const ATTRIBUTES: &str = r#"[{ name = "title", label = "Title" }]"#;
const TEMPLATE: &str = r#""{{ headline }}""#;

impl Keys {
    /// The keys of the file.
    pub(in crate::policy) const FILE: Keys = Keys {
        whose: "the file",
        list: &[
            ("rule", "[{ name = \"everyone\", sections = [\"request\"] }]"),
            ("toxic_combination", "[{ name = \"…\", severity = \"high\", one = { … }, other = { … } }]"),
            ("words", r#"{ warning = "WARNUNG" }"#),
        ],
    };

    /// The keys of a rule.
    pub(in crate::policy) const RULE: Keys = Keys {
        whose: "the rule",
        list: &[
            ("name", r#""finance""#),
            ("match", r#"{ resources = ["0oa1a2b3c4d5e6f7g8h9"] }"#),
            ("message", r#""warnings""#),
            ("sections", SECTIONS),
            ("attributes", ATTRIBUTES),
            ("required", r#"["sod"]"#),
            ("relevant", r#"{ groups = ["SAP *"] }"#),
            ("manager_details", "false"),
            ("grants", "true"),
            ("end_date", r#""contractEnd""#),
            ("template", TEMPLATE),
            ("on_behalf", r#"{ sections = ["request"] }"#),
        ],
    };

    /// The keys of a rule's `match`.
    pub(in crate::policy) const MATCH: Keys = Keys {
        whose: "`match`",
        list: &[
            ("request_types", r#"["618ad20a5ccefb000985fd15"]"#),
            ("conditions", r#"["rco1a2b3c4d5e6f7g8h9"]"#),
            ("resources", r#"["0oa1a2b3c4d5e6f7g8h9"]"#),
            ("scopes", r#"["enb1a2b3c4d5e6f7g8h9"]"#),
            ("subjects", r#"["Need access to *"]"#),
            ("source", r#""web""#),
            ("api", r#""v2""#),
            ("on_behalf", "true"),
            ("attributes", r#"{ userType = ["Contractor"] }"#),
            ("groups", r#"["SAP *"]"#),
        ],
    };

    /// The keys of a rule's `on_behalf`.
    pub(in crate::policy) const ON_BEHALF: Keys = Keys {
        whose: "`on_behalf`",
        list: &[("sections", SECTIONS), ("attributes", ATTRIBUTES), ("template", TEMPLATE)],
    };

    /// The keys of an attribute.
    pub(in crate::policy) const ATTRIBUTE: Keys =
        Keys { whose: "the attribute", list: &[("name", r#""title""#), ("label", r#""Title""#)] };

    /// The keys of a list of groups, apps and bundles.
    pub(in crate::policy) const ITEMS: Keys = Keys {
        whose: "a list of groups, apps and bundles",
        list: &[
            ("groups", r#"["SAP *"]"#),
            ("apps", r#"["Vendor Portal"]"#),
            ("bundles", r#"["Vendor Master *"]"#),
        ],
    };

    /// The keys of a toxic combination.
    pub(in crate::policy) const COMBINATION: Keys = Keys {
        whose: "the toxic combination",
        list: &[
            ("name", r#""Vendors and payments""#),
            ("description", r#""whoever maintains vendors must not pay them""#),
            ("severity", r#""high""#),
            ("one", r#"{ groups = ["SAP *"] }"#),
            ("other", r#"{ apps = ["Vendor Portal"] }"#),
        ],
    };

    /// Every table that has fixed keys.
    pub(in crate::policy) const ALL: [&Keys; 7] = [
        &Keys::FILE,
        &Keys::RULE,
        &Keys::MATCH,
        &Keys::ON_BEHALF,
        &Keys::ATTRIBUTE,
        &Keys::ITEMS,
        &Keys::COMBINATION,
    ];

    /// The key of this name in a table; without one, the unknown key that probably stands for it.
    pub(super) fn find<'t>(&self, table: &Table<'t>, key: &str) -> Option<&'t Value<'t>> {
        table.get(key).or_else(|| {
            let mut unknown = table.keys.iter().filter(|(name, _)| !self.has(name.get_ref()));
            unknown
                .find(|(name, value)| self.meant(name.get_ref(), value) == Some(key))
                .map(|(_, value)| value)
        })
    }

    /// The key that an unknown one with this value probably stands for.
    pub(super) fn meant(&self, unknown: &str, value: &Value<'_>) -> Option<&'static str> {
        // A list of conditions is no `match`, but a key of it.
        let is_misplaced = unknown == "conditions" && value.get_ref().as_table().is_none();
        let mut others = OTHER_NAMES.iter().filter(|_| !is_misplaced);
        let other = others.find(|(name, key)| *name == unknown && self.has(key));
        other.map(|(_, key)| *key).or_else(|| nearest(unknown, self.names()))
    }

    /// What to do with a key of this table's in another one.
    pub(super) fn remedy(&self, key: &str, of: &Keys) -> String {
        match (self.whose, of.whose) {
            (_, "the file") => "write a heading above it, such as `[[rule]]`".to_owned(),
            ("the file", _) if key == "words" => "write a heading of its own, `[words]`".to_owned(),
            ("the file", _) => format!("write a heading of its own, `[[{key}]]`"),
            (whose, _) => format!("it is a key of {whose}: move it there"),
        }
    }

    pub(in crate::policy) fn has(&self, key: &str) -> bool {
        self.names().any(|known| known == key)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.list.iter().map(|(name, _)| *name)
    }

    /// A value as the key may have it.
    pub(in crate::policy) fn example(&self, key: &str) -> &'static str {
        self.list.iter().find(|(name, _)| *name == key).map_or("\"…\"", |(_, example)| *example)
    }

    /// An entry as the key's list may have it.
    pub(in crate::policy) fn example_entry(&self, key: &str) -> &'static str {
        let example = self.example(key).trim_start_matches('[').trim_end_matches(']');
        if example.starts_with('{') { example } else { example.split(", ").next().unwrap_or(example) }
    }
}
