//! The JSON Schema of policy files, for editors. `reading::Keys` and `check` read the same keys; a test compares.

use schemars::JsonSchema;

use super::{Attribute, Items, Match, Posting, ToxicCombination};
use crate::section::Source;
use crate::words::Term;

/// The JSON Schema of policy files, for editors (draft 2020-12).
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(File).to_value()
}

/// A policy file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "enrichment.toml")]
#[expect(dead_code, reason = "it describes the file, and holds none")]
struct File {
    /// The first rule that matches a request is used. A request that no rule matches gets no message.
    rule: Vec<Rule>,
    /// Pairs of access that nobody should hold at once.
    #[schemars(default)]
    toxic_combination: Vec<ToxicCombination>,
    /// Texts that replace the program's own words in messages, all or some: labels, warnings, reasons, units.
    #[schemars(default, with = "Words")]
    words: Option<Words>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a rule of the file, and holds none")]
struct Rule {
    /// The rule's name in answers and log lines.
    name: String,
    /// Which requests the rule matches; if absent, every request.
    #[schemars(default, rename = "match")]
    matches: Match,
    /// When the message is posted: `"always"`; `"warnings"`, only if there is something to look at or a check
    /// was not done; `"none"`, never. If absent: always.
    #[schemars(default)]
    message: Posting,
    /// The sections of the message, in order. A rule with `message = "none"` needs none.
    #[schemars(default)]
    sections: Vec<Source>,
    /// The attributes of the person's profile that the `profile` section shows, in order. Everyone who can
    /// view the request can read them, including the requester.
    #[schemars(default)]
    attributes: Vec<Attribute>,
    /// If a check of one of these sections applies and was not made, nothing is posted; the attempt fails and
    /// is retried.
    #[schemars(default)]
    required: Vec<Source>,
    /// The `access` section names these groups and apps if the person holds them.
    #[schemars(default)]
    relevant: Items,
    /// `false`: of the manager, the section `manager` shows the display name alone, without login and without
    /// the state of the account. Then people who can edit their own `managerId` learn no more about others.
    #[schemars(default = "yes")]
    manager_details: bool,
    /// `true`: the section `access` also reads whether the person holds the bundle that is asked for. That
    /// takes a call of Okta's in beta, and the role Application Administrator.
    #[schemars(default)]
    grants: bool,
    /// The variable name of the profile attribute with the last day of the person's contract (ISO 8601). The
    /// section `profile` then checks whether the access would last longer.
    end_date: Option<String>,
    /// The wording of the message, a minijinja template; if absent, the built-in template.
    template: Option<String>,
    /// What the message shows if the requester is neither the person who gets the access nor that person's
    /// manager. Otherwise anyone could read about anyone, by requesting access for them. If absent: the
    /// rule's sections `request`, `labels` and `approval`; and of the person name, title, department and the
    /// check of the account.
    on_behalf: Option<OnBehalf>,
}

fn yes() -> bool {
    true
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a table of the file, and holds none")]
struct OnBehalf {
    /// The sections of the message, in order.
    sections: Vec<Source>,
    /// The attributes that the `profile` section shows, in order.
    #[schemars(default)]
    attributes: Vec<Attribute>,
    /// The wording of the message, a minijinja template; if absent, the built-in template.
    template: Option<String>,
}

/// `[words]`: every word with its English text.
struct Words;

impl JsonSchema for Words {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let words = Term::ALL.iter().map(|word| {
            let text = serde_json::json!({"type": "string"});
            let two = serde_json::json!({"type": "array", "items": text, "minItems": 1, "maxItems": 2});
            let mut schema =
                if word.has_number() { serde_json::json!({"anyOf": [text, two]}) } else { text.clone() };
            schema["description"] = word.english().join(" / ").into();
            (word.key().to_owned(), schema)
        });
        schemars::json_schema!({
            "description": "Texts that replace the program's own words in messages. The description of each is \
                            its English text. A list has two texts: for the number 1, and for other numbers.",
            "type": "object",
            "properties": words.collect::<serde_json::Map<_, _>>(),
            "additionalProperties": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::Keys;

    #[test]
    fn the_schema_has_the_keys_that_are_read() {
        let schema = super::schema();
        let sorted = |mut names: Vec<String>| {
            names.sort_unstable();
            names
        };
        for (table, keys) in [
            ("", &Keys::FILE),
            ("/$defs/Rule", &Keys::RULE),
            ("/$defs/Match", &Keys::MATCH),
            ("/$defs/OnBehalf", &Keys::ON_BEHALF),
            ("/$defs/Attribute", &Keys::ATTRIBUTE),
            ("/$defs/Items", &Keys::ITEMS),
            ("/$defs/ToxicCombination", &Keys::COMBINATION),
        ] {
            let described = schema.pointer(&format!("{table}/properties")).unwrap().as_object().unwrap();
            let read = keys.list.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(sorted(described.keys().cloned().collect()), sorted(read), "{table}");
        }
    }
}
