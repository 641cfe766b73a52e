//! [`UserSchema`]: which profile attributes the users of one type have (Okta API reference, "Retrieve a user
//! schema"). Only `enricher check` asks.

use std::collections::BTreeMap;

use super::call::Call;
use super::catalog::is_path_id;
use super::client::OktaClient;
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::pages::unreadable;
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};

/// The id of a user type's schema, `osc…`. It is safe in a URL path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaId(String);

impl SchemaId {
    /// The schema of the default user type. Most orgs have no other type.
    #[must_use]
    pub fn of_default_type() -> SchemaId {
        SchemaId("default".to_owned())
    }

    /// The last part of the link to a schema; `None` if that is no id.
    fn of_link(link: &str) -> Option<SchemaId> {
        link.rsplit('/').next().filter(|id| is_path_id(id)).map(|id| SchemaId(id.to_owned()))
    }
}

/// The profile attributes of one user type, base and custom, by their variable names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSchema(pub BTreeMap<String, AttributeDefinition>);

/// What the schema says of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeDefinition {
    /// The name that the Profile Editor shows, untrusted; `None` if the answer has none.
    pub title: Option<String>,
    /// The type of its values, `string`; `None` if the answer has none.
    pub kind: Option<String>,
}

impl UserSchema {
    /// `None` if the answer lacks one of the two lists of attributes.
    fn read(answer: &Object) -> Option<UserSchema> {
        let definitions = answer.object("definitions");
        let mut attributes = BTreeMap::new();
        for part in ["base", "custom"] {
            let listed: BTreeMap<String, Lenient<Object>> = definitions.object(part).get("properties")?;
            attributes.extend(listed.into_iter().map(|(name, attribute)| {
                let attribute = attribute.0.unwrap_or_default();
                let (title, kind) = (attribute.text("title"), attribute.text("type"));
                (name, AttributeDefinition { title, kind })
            }));
        }
        Some(UserSchema(attributes))
    }
}

impl OktaClient {
    /// Reads a schema: `GET /api/v1/meta/schemas/user/{id}`.
    pub async fn user_schema(&self, id: &SchemaId, deadline: Deadline) -> Result<UserSchema, OktaError> {
        let call = Call::on(Endpoint::UserSchema, &id.0);
        let answer: Object = self.json(call.clone(), deadline).await?;
        UserSchema::read(&answer).ok_or_else(|| unreadable(&call, "the answer is no user schema"))
    }

    /// The schemas of the other user types than the default one: `GET /api/v1/meta/types/user`. Okta allows ten
    /// types.
    pub async fn other_schemas(&self, deadline: Deadline) -> Result<Vec<SchemaId>, OktaError> {
        let call = Call::new(Endpoint::UserTypes);
        let types: Vec<Object> = self.json(call.clone(), deadline).await?;
        let others = types.iter().filter(|kind| kind.get::<bool>("default") != Some(true));
        let links = others.map(|kind| kind.object("_links").object("schema").text("href"));
        let ids: Option<Vec<_>> = links.map(|link| SchemaId::of_link(&link?)).collect();
        ids.ok_or_else(|| unreadable(&call, "a user type has no link to its schema"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json;

    #[test]
    fn a_schema_has_base_and_custom_attributes() {
        let schema = json!({"definitions": {
            "base": {"properties": {"title": {"title": "Title", "type": "string"}}},
            "custom": {"properties": {"badges": {"type": "array"}, "odd": [1]}},
        }});
        let read = |schema: &Value| UserSchema::read(&json::from_str(&schema.to_string()).unwrap());
        let of = |title: Option<&str>, kind: Option<&str>| AttributeDefinition {
            title: title.map(str::to_owned),
            kind: kind.map(str::to_owned),
        };
        let whole = [
            ("badges".to_owned(), of(None, Some("array"))),
            ("odd".to_owned(), AttributeDefinition::default()),
            ("title".to_owned(), of(Some("Title"), Some("string"))),
        ];
        assert_eq!(read(&schema), Some(UserSchema(whole.into())));
        for lacks in
            [json!({}), json!({"definitions": {"base": {"properties": {}}}}), json!({"definitions": []})]
        {
            assert_eq!(read(&lacks), None, "without its attributes it must not look empty: {lacks}");
        }
    }

    #[test]
    fn a_link_gives_a_schema_only_by_an_id() {
        let id = |link| SchemaId::of_link(link).map(|id| id.0);
        assert_eq!(id("https://acme.okta.com/api/v1/meta/schemas/user/osc1a").as_deref(), Some("osc1a"));
        for bad in ["https://acme.okta.com/api/v1/meta/schemas/user/", "", "x/..", "x/a?b=c"] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }
}
