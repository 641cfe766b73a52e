//! A filter narrows a list: expressions `attribute operator "value"`, joined by `and`, in some lists also by
//! `or`. That is the part of SCIM's filter language (RFC 7644, section 3.4.2.2) that Okta's lists accept. The
//! attributes and operators are those in Okta's reference of each list. Anything else is an error, not an
//! empty list.

use jiff::Timestamp;
use serde_json::Value;

/// What the filters of one list may say.
#[derive(Debug)]
pub(super) struct FilterLanguage {
    attributes: &'static [FilterAttribute],
    /// Whether `or` joins expressions, besides `and`.
    has_or: bool,
}

/// The name of an attribute, its only operator, and the JSON pointer to its value in a record.
type FilterAttribute = (&'static str, Operator, &'static str);

#[derive(Clone, Copy, Debug)]
enum Operator {
    /// `eq`: the value is this text.
    Equal,
    /// `eq`: the value is this text in any case.
    EqualInAnyCase,
    /// `gt`: the value is a later time.
    Later,
}

use Operator::{Equal, EqualInAnyCase, Later};

/// "List all requests" V1.
pub(super) const V1_REQUESTS: FilterLanguage = FilterLanguage {
    attributes: &[("requestStatus", Equal, "/requestStatus"), ("lastUpdated", Later, "/lastUpdated")],
    has_or: false,
};
/// "List all requests" V2.
pub(super) const V2_REQUESTS: FilterLanguage = FilterLanguage {
    attributes: &[
        ("status", Equal, "/status"),
        ("grantStatus", Equal, "/grantStatus"),
        ("lastUpdated", Later, "/lastUpdated"),
        ("requestedFor", Equal, "/requestedFor/externalId"),
        ("resourceId", Equal, "/requested/resourceId"),
        ("resourceType", Equal, "/requested/resourceType"),
        ("accessScopeId", Equal, "/requested/accessScopeId"),
        ("accessScopeType", Equal, "/requested/accessScopeType"),
    ],
    has_or: false,
};
/// "List all grants".
pub(super) const GRANTS: FilterLanguage = FilterLanguage {
    attributes: &[
        ("targetResourceOrn", Equal, "/targetResourceOrn"),
        ("target.externalId", Equal, "/target/externalId"),
        ("target.type", Equal, "/target/type"),
        ("targetPrincipalOrn", Equal, "/targetPrincipalOrn"),
        ("targetPrincipal.externalId", Equal, "/targetPrincipal/externalId"),
        ("targetPrincipal.type", Equal, "/targetPrincipal/type"),
        ("entitlementBundleId", Equal, "/entitlementBundleId"),
        ("action", Equal, "/action"),
    ],
    has_or: true,
};
/// "List all labeled resources": the part that this Okta knows.
pub(super) const LABELS: FilterLanguage = FilterLanguage {
    attributes: &[("orn", Equal, "/orn"), ("resourceType", Equal, "/resourceType")],
    has_or: true,
};
/// "List all tasks": the part that this Okta knows.
pub(super) const TASKS: FilterLanguage = FilterLanguage {
    attributes: &[
        ("status", Equal, "/status"),
        ("type", Equal, "/type"),
        ("requestId", Equal, "/requestId"),
        ("createdAt", Later, "/createdAt"),
        ("updatedAt", Later, "/updatedAt"),
    ],
    has_or: false,
};
/// "List all users": the part of `search` and `filter` that this Okta knows.
pub(super) const USERS: FilterLanguage = FilterLanguage {
    attributes: &[
        ("id", Equal, "/id"),
        ("status", Equal, "/status"),
        ("profile.managerId", EqualInAnyCase, "/profile/managerId"),
        ("profile.login", EqualInAnyCase, "/profile/login"),
        ("profile.email", EqualInAnyCase, "/profile/email"),
    ],
    has_or: true,
};

/// Alternatives, of which one must be true. In each of them, every expression must be true. The default
/// filter matches every record.
#[derive(Debug)]
pub(super) struct Filter(Vec<Vec<Expression>>);

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
    EqualInAnyCase(String),
    Later(Timestamp),
}

impl Default for Filter {
    fn default() -> Self {
        Self(vec![Vec::new()])
    }
}

impl Filter {
    /// Reads a filter. The error says what is wrong.
    pub(super) fn parse(text: &str, language: &FilterLanguage) -> Result<Self, String> {
        let mut filter = Self::default();
        let mut rest = text.trim();
        loop {
            let (name, after) = word(rest)?;
            let (operator, after) = word(after)?;
            let (value, after) = quoted(after)?;
            let attribute = language.attributes.iter().find(|(known, ..)| *known == name);
            let (_, known, pointer) =
                attribute.ok_or_else(|| format!("the list has no filter attribute `{name}`"))?;
            let comparison = comparison(*known, operator, value)
                .map_err(|problem| format!("`{name}` {operator}: {problem}"))?;
            if let Some(all) = filter.0.last_mut() {
                all.push(Expression { pointer, comparison });
            }
            if after.is_empty() {
                return Ok(filter);
            }
            let (conjunction, after) = word(after)?;
            if language.has_or && conjunction.eq_ignore_ascii_case("or") {
                filter.0.push(Vec::new());
            } else if !conjunction.eq_ignore_ascii_case("and") {
                return Err(format!("expressions are not joined by `{conjunction}`"));
            }
            rest = after;
        }
    }

    /// Whether the filter is true for this record. An expression is false if its attribute is missing.
    pub(super) fn matches(&self, record: &Value) -> bool {
        let is_true = |Expression { pointer, comparison }: &Expression| {
            // `Value::pointer` allocates each part, and a list has many records.
            let mut parts = pointer.split('/').skip(1);
            let value = parts.try_fold(record, |value, part| value.get(part)).and_then(Value::as_str);
            value.is_some_and(|value| comparison.is_true_for(value))
        };
        self.0.iter().any(|all| all.iter().all(is_true))
    }
}

impl Comparison {
    fn is_true_for(&self, value: &str) -> bool {
        match self {
            Self::Equal(wanted) => value == wanted,
            Self::EqualInAnyCase(wanted) => is_same_in_any_case(value, wanted),
            Self::Later(limit) => value.parse().is_ok_and(|at: Timestamp| at > *limit),
        }
    }
}

/// Whether both texts are the same but for capitals.
pub(super) fn is_same_in_any_case(one: &str, other: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        text.chars().flat_map(char::to_lowercase)
    }
    letters(one).eq(letters(other))
}

fn comparison(known: Operator, operator: &str, value: String) -> Result<Comparison, &'static str> {
    match (known, operator) {
        (Equal, "eq") => Ok(Comparison::Equal(value)),
        (EqualInAnyCase, "eq") => Ok(Comparison::EqualInAnyCase(value)),
        (Later, "gt") => value.parse().map(Comparison::Later).map_err(|_| "the value is not a time"),
        _ => Err("the attribute does not have this operator"),
    }
}

/// Splits off the first word.
fn word(text: &str) -> Result<(&str, &str), String> {
    let text = text.trim_start();
    text.split_once(' ').ok_or_else(|| format!("the filter ends in the middle of an expression: `{text}`"))
}

/// Splits off a JSON string, and reads it.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let wrong = "a value is not in double quotes";
    let text = text.trim_start();
    let inside = text.strip_prefix('"').ok_or(wrong)?;
    let mut is_escaped = false;
    let end = inside.find(|character| {
        let ends = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        ends
    });
    let (value, rest) = text.split_at(end.ok_or(wrong)? + 2);
    Ok((serde_json::from_str(value).map_err(|_| wrong)?, rest.trim()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_matches_if_every_expression_is_true() {
        let request = json!({
            "status": "PENDING", "lastUpdated": "2026-11-24T10:00:00Z", "grantStatus": "PENDING",
            "requestedFor": { "externalId": "00u1" }, "requested": { "resourceId": "0oa1" },
        });
        for (text, matches) in [
            (r#"requestedFor eq "00u1" AND resourceId eq "0oa1""#, true),
            (r#"requestedFor eq "00u1" and resourceId eq "0oa2""#, false),
            (r#"status eq "PENDING" and lastUpdated gt "2026-11-24T09:59:59Z""#, true),
            (r#"status eq "pending""#, false),
            (r#"lastUpdated gt "2026-11-24T10:00:00.000Z""#, false),
            (r#"lastUpdated gt "2026-11-24T09:59:59.999Z""#, true),
            (r#"grantStatus eq "PENDING""#, true),
            (r#"accessScopeId eq "enb1""#, false),
        ] {
            let filter = Filter::parse(text, &V2_REQUESTS).expect(text);
            assert_eq!(filter.matches(&request), matches, "{text}");
        }
    }

    #[test]
    fn only_some_lists_have_alternatives_and_ignore_case() {
        let user = json!({ "id": "00u1", "profile": { "login": "ann", "email": "Ann \"A\"@example.com" } });
        for (text, matches) in [
            (r#"profile.email eq "aNN \"a\"@EXAMPLE.com""#, true),
            (r#"profile.email eq "ann""#, false),
            (r#"id eq "00U1""#, false),
            (r#"id eq "00u2" or profile.login eq "ANN""#, true),
            (r#"id eq "00u1" and profile.login eq "bob" or id eq "00u2""#, false),
        ] {
            assert_eq!(Filter::parse(text, &USERS).expect(text).matches(&user), matches, "{text}");
        }
        let alternatives = r#"status eq "PENDING" or status eq "DENIED""#;
        assert!(Filter::parse(alternatives, &V2_REQUESTS).is_err());
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
            r#"lastUpdated ge "2026-11-24T09:00:00Z""#,
            r#"lastUpdated lt "2026-11-24T09:00:00Z""#,
            r#"lastUpdated le "2026-11-24T09:00:00Z""#,
            r#"lastUpdated eq "2026-11-24T09:00:00Z""#,
            r#"lastUpdated gt "yesterday""#,
            r#"requestedBy eq "00u1""#,
            r#"status eq "PENDING" and"#,
            r#"status eq "PENDING\""#,
        ] {
            assert!(Filter::parse(text, &V2_REQUESTS).is_err(), "{text}");
        }
        assert!(Filter::parse(r#"requestStatus eq "OPEN""#, &V1_REQUESTS).is_ok());
        assert!(Filter::parse(r#"status eq "OPEN""#, &V1_REQUESTS).is_err());
        assert!(Filter::parse(r#"profile.email co "ann""#, &USERS).is_err());
        assert!(Filter::parse(r#"profile.email sw "ann""#, &USERS).is_err());
    }
}
