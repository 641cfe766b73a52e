//! A filter narrows a list of access requests: expressions `attribute operator "value"`, joined by `and`.
//! That is the part of SCIM's filter language (RFC 7644, section 3.4.2.2) that the Identity Governance API
//! accepts. The attributes are those in Okta's reference of "List all requests"; each generation of the API
//! has its own. Any other attribute is an error, not an empty list.

use jiff::Timestamp;
use serde_json::Value;

use super::route::Api;

/// The name of an attribute, and the JSON pointer to its value in an access request.
type FilterAttribute = (&'static str, &'static str);

/// The attributes of "List all requests" V1.
const V1: [FilterAttribute; 2] = [("requestStatus", "/requestStatus"), ("lastUpdated", "/lastUpdated")];
/// The attributes of "List all requests" V2.
const V2: [FilterAttribute; 7] = [
    ("status", "/status"),
    ("lastUpdated", "/lastUpdated"),
    ("requestedFor", "/requestedFor/externalId"),
    ("resourceId", "/requested/resourceId"),
    ("resourceType", "/requested/resourceType"),
    ("accessScopeId", "/requested/accessScopeId"),
    ("accessScopeType", "/requested/accessScopeType"),
];
/// An attribute that Okta's reference does not list; see
/// [`World::filters_created`](super::World::filters_created).
const CREATED: FilterAttribute = ("created", "/created");

/// Expressions that must all be true. The default filter has none and matches every request.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<Expression>);

/// One expression, `attribute operator "value"`.
#[derive(Debug)]
struct Expression {
    pointer: &'static str,
    comparison: Comparison,
}

/// An operator with its value.
#[derive(Debug)]
enum Comparison {
    Equal(String),
    Greater(Timestamp),
    GreaterOrEqual(Timestamp),
    Less(Timestamp),
    LessOrEqual(Timestamp),
}

impl Filter {
    /// Reads a filter. `with_created` adds the attribute `created`. The error says what is wrong.
    pub(super) fn parse(text: &str, api: Api, with_created: bool) -> Result<Self, String> {
        let mut attributes = if api == Api::V1 { V1.to_vec() } else { V2.to_vec() };
        attributes.extend(with_created.then_some(CREATED));
        let mut expressions = Vec::new();
        let mut rest = text.trim();
        loop {
            let (name, after) = word(rest)?;
            let (operator, after) = word(after)?;
            let (value, after) = quoted(after)?;
            let attribute = attributes.iter().find(|(known, _)| *known == name);
            let (_, pointer) =
                attribute.ok_or_else(|| format!("the list has no filter attribute `{name}`"))?;
            expressions.push(Expression { pointer, comparison: comparison(name, operator, value)? });
            if after.is_empty() {
                return Ok(Self(expressions));
            }
            let (conjunction, after) = word(after)?;
            if !conjunction.eq_ignore_ascii_case("and") {
                return Err(format!("expressions are joined by `and`, not by `{conjunction}`"));
            }
            rest = after;
        }
    }

    /// Whether every expression is true for this access request. It is false if the attribute is missing.
    pub(super) fn matches(&self, request: &Value) -> bool {
        self.0.iter().all(|Expression { pointer, comparison }| {
            let value = request.pointer(pointer).and_then(Value::as_str);
            value.is_some_and(|value| comparison.is_true_for(value))
        })
    }
}

impl Comparison {
    fn is_true_for(&self, value: &str) -> bool {
        let time = |fits: &dyn Fn(Timestamp) -> bool| value.parse().is_ok_and(fits);
        match self {
            Self::Equal(wanted) => value == wanted,
            Self::Greater(limit) => time(&|at| at > *limit),
            Self::GreaterOrEqual(limit) => time(&|at| at >= *limit),
            Self::Less(limit) => time(&|at| at < *limit),
            Self::LessOrEqual(limit) => time(&|at| at <= *limit),
        }
    }
}

fn comparison(name: &str, operator: &str, value: &str) -> Result<Comparison, String> {
    let is_time = matches!(name, "lastUpdated" | "created");
    let make: fn(Timestamp) -> Comparison = match operator {
        "eq" => return Ok(Comparison::Equal(value.to_owned())),
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterOrEqual,
        "lt" => Comparison::Less,
        "le" => Comparison::LessOrEqual,
        _ => return Err(format!("`{operator}` is not an operator")),
    };
    if !is_time {
        return Err(format!("`{name}` can only be compared with `eq`"));
    }
    value.parse().map(make).map_err(|_| format!("`{value}` is not a time"))
}

/// Splits off the first word.
fn word(text: &str) -> Result<(&str, &str), String> {
    let text = text.trim_start();
    text.split_once(' ').ok_or_else(|| format!("the filter ends in the middle of an expression: `{text}`"))
}

/// Splits off a value in double quotes, and removes the quotes.
fn quoted(text: &str) -> Result<(&str, &str), String> {
    let parts = text.trim_start().strip_prefix('"').and_then(|text| text.split_once('"'));
    parts
        .map(|(value, rest)| (value, rest.trim()))
        .ok_or_else(|| "a value is not in double quotes".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_matches_if_every_expression_is_true() {
        let request = json!({
            "status": "PENDING", "created": "2026-11-24T09:00:00.5Z", "lastUpdated": "2026-11-24T10:00:00Z",
            "requestedFor": { "externalId": "00u1" }, "requested": { "resourceId": "0oa1" },
        });
        for (text, matches) in [
            (r#"requestedFor eq "00u1" AND resourceId eq "0oa1""#, true),
            (r#"requestedFor eq "00u1" and resourceId eq "0oa2""#, false),
            (r#"status eq "PENDING" and lastUpdated gt "2026-11-24T09:59:59Z""#, true),
            (r#"lastUpdated gt "2026-11-24T10:00:00.000Z""#, false),
            (r#"lastUpdated ge "2026-11-24T10:00:00.000Z""#, true),
            (r#"created lt "2026-11-24T09:00:01Z""#, true),
            (r#"accessScopeId eq "enb1""#, false),
        ] {
            let filter = Filter::parse(text, Api::V2, true).expect(text);
            assert_eq!(filter.matches(&request), matches, "{text}");
        }
    }

    #[test]
    fn unknown_attributes_operators_and_values_are_refused() {
        for text in [
            "",
            "status",
            "status eq PENDING",
            r#"status gt "PENDING""#,
            r#"status ne "PENDING""#,
            r#"requestStatus eq "OPEN""#,
            r#"created gt "2026-11-24T09:00:00Z""#,
            r#"lastUpdated gt "yesterday""#,
            r#"status eq "PENDING" or status eq "OPEN""#,
            r#"status eq "PENDING" and"#,
        ] {
            assert!(Filter::parse(text, Api::V2, false).is_err(), "{text}");
        }
        assert!(Filter::parse(r#"requestStatus eq "OPEN""#, Api::V1, false).is_ok());
    }
}
