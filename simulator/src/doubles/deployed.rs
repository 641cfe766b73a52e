//! [`Deployed`] holds what AWS reports about a healthy deployment, by operation. The doubles of DynamoDB,
//! EventBridge and Lambda answer with it; a test changes or refuses single answers.
//!
//! A request for something that the deployment does not have is answered as AWS answers it. A request with
//! members that the operation does not know is a complaint.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::dynamodb::LEDGER_TABLE;
use super::signature::{ACCOUNT, FUNCTION_NAME, REGION, function_arn};

/// Details in AWS's errors that name a person. The program must not show them.
pub(super) const PRIVATE_DETAILS: &str = "zoe.bronte-mueller@example.com: details that are not ours";

/// The one partner bus.
const BUS: &str = "aws.partner/okta.com/acme/access-requests";
/// The one outcome bus.
pub const OUTCOME_BUS: &str = "access-outcomes";
/// The one rule on [`BUS`].
const RULE: &str = "okta-request-enricher";
/// The one schedule, on the default bus.
const SCHEDULE: &str = "okta-request-enricher-HousekeepingRule-EXAMPLE";

fn bus_arn() -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}")
}

/// The answers, by operation.
pub struct Deployed {
    answers: BTreeMap<&'static str, Value>,
    refused: HashMap<&'static str, &'static str>,
}

/// Why an operation is refused.
pub(super) enum Refusal {
    /// AWS refuses it with this error code.
    Code(&'static str),
    /// A correct client never sends this.
    Complaint(String),
}

impl Default for Deployed {
    fn default() -> Self {
        let table = json!({"Table": {
            "TableName": LEDGER_TABLE,
            "TableArn": format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{LEDGER_TABLE}"),
            "TableStatus": "ACTIVE",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            "DeletionProtectionEnabled": true,
        }});
        let expiry =
            json!({"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}});
        let backups = json!({"ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"},
        }});
        let buses = json!({"EventBuses": [{"Name": BUS, "Arn": bus_arn()}]});
        let archives = json!({"Archives": [{
            "ArchiveName": "EventArchive-EXAMPLE", "EventSourceArn": bus_arn(), "State": "ENABLED",
            "RetentionDays": 14, "SizeBytes": 0, "EventCount": 0,
        }]});
        let pattern = json!({
            "source": [{"prefix": "aws.partner/okta.com/"}], "detail": {"eventType": ["access.request.create"]},
        });
        let function = json!({
            "FunctionName": FUNCTION_NAME, "FunctionArn": function_arn(), "Runtime": "provided.al2023",
            "State": "Active", "LastUpdateStatus": "Successful", "Timeout": 90, "MemorySize": 256, "CodeSize": 1,
            "Architectures": ["arm64"], "Environment": {"Variables": {}},
        });
        let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters");
        let answers = BTreeMap::from([
            ("DescribeTable", table),
            ("DescribeTimeToLive", expiry),
            ("DescribeContinuousBackups", backups),
            ("ListEventBuses", buses),
            ("DescribeEventBus", json!({"Name": OUTCOME_BUS})),
            ("ListRuleNamesByTarget", json!({"RuleNames": [RULE]})),
            ("ListSchedules", json!({"RuleNames": [SCHEDULE]})),
            ("DescribeRule", json!({"Name": RULE, "State": "ENABLED", "EventPattern": pattern.to_string()})),
            (
                "DescribeSchedule",
                json!({"Name": SCHEDULE, "State": "ENABLED", "ScheduleExpression": "rate(1 hour)"}),
            ),
            ("ListArchives", archives),
            ("GetFunctionConfiguration", function),
            ("GetFunctionConcurrency", json!({"ReservedConcurrentExecutions": 2})),
            (
                "GetFunctionEventInvokeConfig",
                json!({
                    "FunctionArn": format!("{}:$LATEST", function_arn()), "MaximumRetryAttempts": 2,
                    "MaximumEventAgeInSeconds": 21600, "DestinationConfig": {"OnFailure": {"Destination": queue}},
                }),
            ),
        ]);
        Self { answers, refused: HashMap::new() }
    }
}

impl Deployed {
    /// Changes the answer of an operation. For the rules of the default bus, the operations are called
    /// `ListSchedules` and `DescribeSchedule`.
    pub fn change(&mut self, operation: &str, change: impl FnOnce(&mut Value)) {
        change(self.answers.get_mut(operation).unwrap_or_else(|| panic!("no operation `{operation}`")));
    }

    /// Answers an operation with an error code from now on.
    pub fn refuse(&mut self, operation: &str, code: &'static str) {
        let (name, _) =
            self.answers.get_key_value(operation).unwrap_or_else(|| panic!("no operation `{operation}`"));
        self.refused.insert(name, code);
    }

    /// Answers a call of `operation`.
    pub(super) fn answer(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let on_default = request["EventBusName"] == "default";
        let key = match operation {
            "ListRuleNamesByTarget" if on_default => "ListSchedules",
            "DescribeRule" if on_default => "DescribeSchedule",
            other => other,
        };
        if let Some(code) = self.refused.get(key) {
            return Err(Refusal::Code(code));
        }
        let members: &[&str] = match operation {
            "DescribeTable" | "DescribeTimeToLive" | "DescribeContinuousBackups" => &["TableName"],
            "ListEventBuses" => &["NamePrefix"],
            "DescribeEventBus" => &["Name"],
            "ListRuleNamesByTarget" => &["EventBusName", "TargetArn"],
            "DescribeRule" => &["EventBusName", "Name"],
            "ListArchives" => &["EventSourceArn"],
            "GetFunctionConfiguration" | "GetFunctionConcurrency" => &["FunctionName"],
            "GetFunctionEventInvokeConfig" => &["FunctionName", "Qualifier"],
            _ => return Err(Refusal::Complaint(format!("no operation `{operation}`"))),
        };
        let sent: Vec<_> = request.as_object().unwrap().keys().map(String::as_str).collect();
        if let Some(other) = sent.iter().find(|name| !members.contains(name)) {
            return Err(Refusal::Complaint(format!("{operation} with `{other}`")));
        }
        let is = |name: &str, expected: &str| request[name] == expected;
        let known = match operation {
            "DescribeTable" | "DescribeTimeToLive" | "DescribeContinuousBackups" => {
                is("TableName", LEDGER_TABLE)
            }
            "ListEventBuses" => BUS.starts_with(request["NamePrefix"].as_str().unwrap_or_default()),
            "DescribeEventBus" => is("Name", OUTCOME_BUS),
            "ListRuleNamesByTarget" => {
                is("TargetArn", &function_arn()) && (on_default || is("EventBusName", BUS))
            }
            "DescribeRule" if on_default => is("Name", SCHEDULE),
            "DescribeRule" => is("Name", RULE) && is("EventBusName", BUS),
            "ListArchives" => is("EventSourceArn", &bus_arn()),
            _ => is("FunctionName", FUNCTION_NAME),
        };
        if known { Ok(self.answers[key].clone()) } else { Err(Refusal::Code("ResourceNotFoundException")) }
    }
}
