//! [`FileWords`]: `[words]` in a policy file, texts that replace the program's own words.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

#[cfg(feature = "schema")]
use crate::words::Term;

/// The words that a file replaces, by their keys.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct FileWords(pub(super) BTreeMap<Spanned<String>, Texts>);

/// The texts of a word: one, or one for the number 1 and one for other numbers.
pub(super) struct Texts(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of two texts: for the number 1, and for other numbers")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

/// Every word with its English text, for editors.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for FileWords {
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
