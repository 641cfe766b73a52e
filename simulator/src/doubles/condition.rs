//! A condition is what a put demands of the stored item. DynamoDB's language for it, as far as the ledger
//! writes it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A call that DynamoDB would refuse; the program must send none.
pub(super) struct Invalid(pub(super) String);

/// Whether a put's condition holds on `item`: terms joined by AND, each `attribute_not_exists(a)` or `a =
/// :v`.
pub(super) fn holds(put: &Value, item: Option<&Value>) -> Result<bool, Invalid> {
    /// DynamoDB's reserved words among the ledger's names.
    /// Source: “Reserved words in DynamoDB”, DynamoDB developer guide.
    const RESERVED: [&str; 6] = ["state", "owner", "count", "status", "ttl", "timestamp"];
    let (names, values) = (&put["ExpressionAttributeNames"], &put["ExpressionAttributeValues"]);
    let mut unused: BTreeSet<&String> =
        [names, values].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let Some(condition) = put["ConditionExpression"].as_str() else {
        return if unused.is_empty() {
            Ok(true)
        } else {
            Err(Invalid("names or values without an expression".into()))
        };
    };
    let mut all = true;
    for term in condition.split(" AND ") {
        let absent = term.strip_prefix("attribute_not_exists(").and_then(|rest| rest.strip_suffix(')'));
        let (attribute, value) = match (absent, term.split_once(" = ")) {
            (Some(attribute), _) => (attribute, None),
            (None, Some((attribute, value))) => {
                unused.retain(|name| *name != value);
                let known = values.get(value).ok_or_else(|| Invalid(format!("`{value}` is not defined")))?;
                (attribute, Some(known))
            }
            (None, None) => return Err(Invalid(format!("the double knows no condition `{term}`"))),
        };
        let attribute = if attribute.starts_with('#') {
            unused.retain(|name| *name != attribute);
            names[attribute].as_str().ok_or_else(|| Invalid(format!("`{attribute}` is not defined")))?
        } else if RESERVED.contains(&attribute.to_ascii_lowercase().as_str()) {
            return Err(Invalid(format!(
                "Attribute name is a reserved keyword; reserved keyword: {attribute}"
            )));
        } else {
            attribute
        };
        all &= item.and_then(|item| item.get(attribute)) == value;
    }
    if unused.is_empty() { Ok(all) } else { Err(Invalid(format!("unused in expressions: {unused:?}"))) }
}
