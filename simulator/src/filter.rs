//! A filter narrows a list of access requests: conditions `attribute operator "value"` joined by `and`, the part of SCIM's
//! filter language that the Identity Governance API takes. Which attributes there are differs by generation; another one is
//! an error, not an empty list.

use jiff::Timestamp;
use serde_json::Value;

use super::route::Api;

/// Where an attribute's value stands in a request, as a JSON pointer.
type Attribute = (&'static str, &'static str);

/// Identity Governance API, "List all requests" of V1, and of V2.
const V1: [Attribute; 2] = [("requestStatus", "/requestStatus"), ("lastUpdated", "/lastUpdated")];
const V2: [Attribute; 7] = [
    ("status", "/status"),
    ("lastUpdated", "/lastUpdated"),
    ("requestedFor", "/requestedFor/externalId"),
    ("resourceId", "/requested/resourceId"),
    ("resourceType", "/requested/resourceType"),
    ("accessScopeId", "/requested/accessScopeId"),
    ("accessScopeType", "/requested/accessScopeType"),
];
/// On neither page; see [`super::World::filters_created`].
const CREATED: Attribute = ("created", "/created");

/// A conjunction; without conditions everything passes.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<Condition>);

#[derive(Debug)]
struct Condition {
    pointer: &'static str,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Equals(String),
    After(Timestamp),
    From(Timestamp),
    Before(Timestamp),
    Until(Timestamp),
}

impl Filter {
    /// Reads a filter; the error says what is wrong with it.
    pub(super) fn parse(text: &str, api: Api, with_created: bool) -> Result<Self, String> {
        let mut attributes = if api == Api::V1 { V1.to_vec() } else { V2.to_vec() };
        attributes.extend(with_created.then_some(CREATED));
        let mut conditions = Vec::new();
        let mut rest = text.trim();
        loop {
            let (name, after) = word(rest)?;
            let (operator, after) = word(after)?;
            let (value, after) = quoted(after)?;
            let attribute = attributes.iter().find(|(known, _)| *known == name);
            let (_, pointer) = attribute.ok_or_else(|| format!("`{name}` cannot be filtered by"))?;
            conditions.push(Condition { pointer, test: test(name, operator, value)? });
            if after.is_empty() {
                return Ok(Self(conditions));
            }
            let (joint, after) = word(after)?;
            if !joint.eq_ignore_ascii_case("and") {
                return Err(format!("`{joint}` does not join conditions"));
            }
            rest = after;
        }
    }

    /// Whether the request passes.
    pub(super) fn holds(&self, request: &Value) -> bool {
        self.0.iter().all(|Condition { pointer, test }| {
            let value = request.pointer(pointer).and_then(Value::as_str);
            value.is_some_and(|value| test.holds(value))
        })
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        let time = |fits: &dyn Fn(Timestamp) -> bool| value.parse().is_ok_and(fits);
        match self {
            Self::Equals(wanted) => value == wanted,
            Self::After(limit) => time(&|at| at > *limit),
            Self::From(limit) => time(&|at| at >= *limit),
            Self::Before(limit) => time(&|at| at < *limit),
            Self::Until(limit) => time(&|at| at <= *limit),
        }
    }
}

fn test(name: &str, operator: &str, value: &str) -> Result<Test, String> {
    let is_time = matches!(name, "lastUpdated" | "created");
    let make: fn(Timestamp) -> Test = match operator {
        "eq" => return Ok(Test::Equals(value.to_owned())),
        "gt" => Test::After,
        "ge" => Test::From,
        "lt" => Test::Before,
        "le" => Test::Until,
        _ => return Err(format!("`{operator}` is no operator")),
    };
    if !is_time {
        return Err(format!("`{name}` takes `eq` alone"));
    }
    value.parse().map(make).map_err(|_| format!("`{value}` is no time"))
}

fn word(text: &str) -> Result<(&str, &str), String> {
    let text = text.trim_start();
    text.split_once(' ').ok_or_else(|| format!("a condition ends in `{text}`"))
}

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
    fn conditions_hold_together() {
        let request = json!({
            "status": "PENDING", "created": "2026-11-24T09:00:00.5Z", "lastUpdated": "2026-11-24T10:00:00Z",
            "requestedFor": { "externalId": "00u1" }, "requested": { "resourceId": "0oa1" },
        });
        for (text, holds) in [
            (r#"requestedFor eq "00u1" AND resourceId eq "0oa1""#, true),
            (r#"requestedFor eq "00u1" and resourceId eq "0oa2""#, false),
            (r#"status eq "PENDING" and lastUpdated gt "2026-11-24T09:59:59Z""#, true),
            (r#"lastUpdated gt "2026-11-24T10:00:00.000Z""#, false),
            (r#"lastUpdated ge "2026-11-24T10:00:00.000Z""#, true),
            (r#"created lt "2026-11-24T09:00:01Z""#, true),
            (r#"accessScopeId eq "enb1""#, false),
        ] {
            let filter = Filter::parse(text, Api::V2, true).expect(text);
            assert_eq!(filter.holds(&request), holds, "{text}");
        }
    }

    #[test]
    fn what_okta_does_not_filter_by_is_refused() {
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
