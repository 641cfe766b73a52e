//! Decides whether a queue's policy lets EventBridge send for a rule, by AWS's rules (IAM user guide, "Policy
//! evaluation logic"). It knows the operators and keys that queue policies usually have. With any other one,
//! its [`Verdict`] is that it can't decide.

use serde_json::{Map, Value};
use wildmatch::WildMatch;

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    No,
    /// It has an operator or a key that this file does not know.
    Unclear,
}

impl Verdict {
    fn of(yes: bool) -> Verdict {
        if yes { Verdict::Yes } else { Verdict::No }
    }

    fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::No, _) | (_, Verdict::No) => Verdict::No,
            (Verdict::Unclear, _) | (_, Verdict::Unclear) => Verdict::Unclear,
            _ => Verdict::Yes,
        }
    }

    fn or(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
            (Verdict::Unclear, _) | (_, Verdict::Unclear) => Verdict::Unclear,
            _ => Verdict::No,
        }
    }

    fn not(self) -> Verdict {
        match self {
            Verdict::Yes => Verdict::No,
            Verdict::No => Verdict::Yes,
            Verdict::Unclear => Verdict::Unclear,
        }
    }
}

const SERVICE: &str = "events.amazonaws.com";
const ACTION: &str = "sqs:SendMessage";

/// Whether the policy lets EventBridge send to this queue for this rule, both given by their ARNs.
pub(super) fn may_send(policy: &str, rule: &str, queue: &str) -> Verdict {
    let Ok(Value::Object(policy)) = serde_json::from_str(policy) else { return Verdict::Unclear };
    let call = Call { rule, queue };
    let (mut allowed, mut denied) = (Verdict::No, Verdict::No);
    for statement in listed(policy.get("Statement")) {
        let Value::Object(statement) = statement else { return Verdict::Unclear };
        let applies = call.meets(statement);
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => allowed = allowed.or(applies),
            Some("Deny") => denied = denied.or(applies),
            _ => return Verdict::Unclear,
        }
    }
    allowed.and(denied.not())
}

/// The call of EventBridge.
struct Call<'a> {
    rule: &'a str,
    queue: &'a str,
}

impl Call<'_> {
    /// Whether a statement applies to the call.
    fn meets(&self, statement: &Map<String, Value>) -> Verdict {
        let either = |name: &str, opposite: &str, is_met: &dyn Fn(&str) -> bool| {
            let any = |value| Verdict::of(texts(Some(value)).any(is_met));
            match (statement.get(name), statement.get(opposite)) {
                (Some(value), _) => any(value),
                (None, Some(value)) => any(value).not(),
                (None, None) => Verdict::Unclear,
            }
        };
        let action = |pattern: &str| fits(&pattern.to_ascii_lowercase(), &ACTION.to_ascii_lowercase());
        principal(statement)
            .and(either("Action", "NotAction", &action))
            .and(either("Resource", "NotResource", &|pattern| fits(pattern, self.queue)))
            .and(self.conditions(statement.get("Condition")))
    }

    /// Whether all conditions hold.
    fn conditions(&self, conditions: Option<&Value>) -> Verdict {
        let operators = match conditions {
            None => return Verdict::Yes,
            Some(Value::Object(operators)) => operators,
            Some(_) => return Verdict::Unclear,
        };
        let mut all = Verdict::Yes;
        for (operator, keys) in operators {
            let Value::Object(keys) = keys else { return Verdict::Unclear };
            for (key, expected) in keys {
                all = all.and(self.condition(operator, key, expected));
            }
        }
        all
    }

    fn condition(&self, operator: &str, key: &str, expected: &Value) -> Verdict {
        let account = self.rule.split(':').nth(4).unwrap_or_default();
        let actual = match key.to_ascii_lowercase().as_str() {
            "aws:sourcearn" => self.rule,
            "aws:sourceaccount" => account,
            // AWS's services call each other over TLS.
            "aws:securetransport" => "true",
            _ => return Verdict::Unclear,
        };
        let expects = |is_met: &dyn Fn(&str) -> bool| Verdict::of(texts(Some(expected)).any(is_met));
        match operator.strip_suffix("IfExists").unwrap_or(operator) {
            "ArnEquals" | "ArnLike" | "StringLike" => expects(&|pattern| fits(pattern, actual)),
            "StringEquals" => expects(&|text| text == actual),
            "Bool" | "StringEqualsIgnoreCase" => expects(&|text| text.eq_ignore_ascii_case(actual)),
            "ArnNotEquals" | "ArnNotLike" | "StringNotLike" => {
                expects(&|pattern| fits(pattern, actual)).not()
            }
            "StringNotEquals" => expects(&|text| text == actual).not(),
            _ => Verdict::Unclear,
        }
    }
}

/// Whether EventBridge is a principal of a statement.
fn principal(statement: &Map<String, Value>) -> Verdict {
    match statement.get("Principal") {
        Some(Value::String(all)) => Verdict::of(all == "*"),
        Some(Value::Object(kinds)) => {
            let is_service = texts(kinds.get("Service")).any(|name| name == SERVICE);
            Verdict::of(is_service || texts(kinds.get("AWS")).any(|name| name == "*"))
        }
        _ => Verdict::Unclear,
    }
}

/// A value, or the values of a list.
fn listed(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    }
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    listed(value).iter().filter_map(|value| match value {
        Value::String(text) => Some(text.as_str()),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => None,
    })
}

/// Whether a pattern fits a text: `*` is any text, `?` any character.
fn fits(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULE: &str = "arn:aws:events:us-east-1:123456789012:rule/aws.partner/okta.com/acme/x/enricher";
    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:dead-letters";

    fn decide(statements: &Value) -> Verdict {
        may_send(&json!({"Version": "2012-10-17", "Statement": statements}).to_string(), RULE, QUEUE)
    }

    fn allowing(change: impl FnOnce(&mut Value)) -> Value {
        let mut statement = json!({
            "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": QUEUE, "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
        });
        change(&mut statement);
        statement
    }

    #[test]
    fn what_lets_eventbridge_send() {
        let changes: [fn(&mut Value); 10] = [
            |_| {},
            |it| it["Action"] = json!(["SQS:*"]),
            |it| it["Action"] = json!("*"),
            |it| it["Resource"] = json!("arn:aws:sqs:*:*:dead-*"),
            |it| it["Principal"] = json!("*"),
            |it| it["Principal"] = json!({"AWS": ["*"]}),
            |it| it["Principal"] = json!({"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}),
            |it| it["Condition"] = json!({"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/*"}}),
            |it| it["Condition"] = json!({"StringEquals": {"aws:SourceAccount": ["123456789012"]}}),
            |it| drop(it.as_object_mut().unwrap().remove("Condition")),
        ];
        for change in changes {
            let statement = allowing(change);
            assert_eq!(decide(&json!([statement])), Verdict::Yes, "{statement}");
            assert_eq!(decide(&statement), Verdict::Yes, "a single statement: {statement}");
        }
    }

    #[test]
    fn what_does_not() {
        let changes: [fn(&mut Value); 7] = [
            |it| it["Effect"] = json!("Deny"),
            |it| it["Action"] = json!(["sqs:ReceiveMessage", "sqs:SendMessageBatch"]),
            |it| it["Resource"] = json!("arn:aws:sqs:us-east-1:123456789012:other"),
            |it| it["Principal"] = json!({"AWS": "123456789012"}),
            |it| it["Principal"] = json!({"Service": "lambda.amazonaws.com"}),
            |it| it["Condition"]["ArnEquals"]["aws:SourceArn"] = json!("arn:aws:events:us-east-1:1:rule/old"),
            |it| it["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        ];
        for change in changes {
            let statement = allowing(change);
            assert_eq!(decide(&json!([statement])), Verdict::No, "{statement}");
        }
        assert_eq!(decide(&json!([])), Verdict::No);
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE});
        assert_eq!(decide(&json!([allowing(|_| {}), deny])), Verdict::No);
    }

    #[test]
    fn a_denial_that_does_not_apply_changes_nothing() {
        let only_tls = json!({
            "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        });
        assert_eq!(decide(&json!([allowing(|_| {}), only_tls])), Verdict::Yes);
        let mut plain = only_tls;
        plain["Condition"]["Bool"]["aws:SecureTransport"] = json!(false);
        assert_eq!(decide(&json!([allowing(|_| {}), plain])), Verdict::Yes);
    }

    #[test]
    fn what_is_not_known_is_not_decided() {
        let odd = allowing(|it| it["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}));
        assert_eq!(decide(&json!([odd])), Verdict::Unclear);
        assert_eq!(decide(&json!([odd, allowing(|_| {})])), Verdict::Yes, "another statement allows it");
        let not_them =
            json!({"Effect": "Deny", "NotPrincipal": {"AWS": "1"}, "Action": "*", "Resource": "*"});
        assert_eq!(decide(&json!([allowing(|_| {}), not_them])), Verdict::Unclear);
        for policy in ["", "[]", "null", r#"{"Statement": ["x"]}"#, r#"{"Statement": [{"Effect": "Maybe"}]}"#]
        {
            assert_eq!(may_send(policy, RULE, QUEUE), Verdict::Unclear, "{policy}");
        }
    }
}
