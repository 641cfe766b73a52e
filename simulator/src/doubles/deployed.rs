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
pub const BUS: &str = "aws.partner/okta.com/acme/access-requests";
/// The one outcome bus.
pub const OUTCOME_BUS: &str = "access-outcomes";
/// The one rule on [`BUS`].
pub const RULE: &str = "okta-request-enricher";
/// The one schedule, on the default bus.
const SCHEDULE: &str = "okta-request-enricher-HousekeepingRule-EXAMPLE";

fn bus_arn() -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}")
}

/// The topic of the alarms.
fn topic_arn() -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:on-call")
}

/// The ARN of the queue for all that failed.
pub(super) fn queue_arn() -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters")
}

/// The ARN of the rule that sends Okta's events to the function.
pub(super) fn rule_arn() -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{BUS}/{RULE}")
}

/// The answers, by operation.
pub struct Deployed {
    answers: BTreeMap<&'static str, Value>,
    refused: HashMap<&'static str, &'static str>,
    /// The pages after the first one, by operation.
    pages: HashMap<&'static str, Vec<Value>>,
    /// The rules of the default bus that a test added, by name.
    schedules: HashMap<String, Value>,
    /// What is on buses besides the usual one, by operation and bus.
    on_buses: BTreeMap<(&'static str, String), Result<Value, &'static str>>,
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
        let default = format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default");
        let buses =
            json!({"EventBuses": [{"Name": "default", "Arn": default}, {"Name": BUS, "Arn": bus_arn()}]});
        let source = json!({"Name": BUS, "State": "ACTIVE", "CreatedBy": "aws.partner/okta.com"});
        let targets = json!({"Targets": [
            {"Id": "enricher", "Arn": function_arn(), "DeadLetterConfig": {"Arn": queue_arn()}},
        ]});
        let alarm = json!({
            "AlarmName": "okta-request-enricher-EventsDroppedAlarm-EXAMPLE", "ActionsEnabled": true,
            "AlarmActions": [topic_arn()], "StateValue": "OK",
        });
        let subscription = json!({
            "SubscriptionArn": format!("{}:0cd1b5a0-EXAMPLE", topic_arn()), "Owner": ACCOUNT, "Protocol": "email",
            "Endpoint": "zoe.bronte-mueller@example.com", "TopicArn": topic_arn(),
        });
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
        let queue = queue_arn();
        let answers = BTreeMap::from([
            ("DescribeTable", table),
            ("DescribeTimeToLive", expiry),
            ("DescribeContinuousBackups", backups),
            ("ListEventBuses", buses),
            ("DescribeEventBus", json!({"Name": OUTCOME_BUS})),
            ("ListRuleNamesByTarget", json!({"RuleNames": [RULE]})),
            ("ListSchedules", json!({"RuleNames": [SCHEDULE]})),
            (
                "DescribeRule",
                json!({
                    "Name": RULE, "Arn": rule_arn(), "State": "ENABLED", "EventPattern": pattern.to_string(),
                }),
            ),
            ("DescribeEventSource", source.clone()),
            ("ListEventSources", json!({ "EventSources": [source] })),
            ("ListTargetsByRule", targets),
            ("DescribeAlarmsForMetric", json!({ "MetricAlarms": [alarm] })),
            ("ListSubscriptionsByTopic", json!({ "Subscriptions": [subscription] })),
            (
                "GetAccountSettings",
                json!({"AccountLimit": {
                    "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900, "TotalCodeSize": 1,
                    "CodeSizeUnzipped": 1, "CodeSizeZipped": 1,
                }}),
            ),
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
        Self {
            answers,
            refused: HashMap::new(),
            pages: HashMap::new(),
            schedules: HashMap::new(),
            on_buses: BTreeMap::new(),
        }
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
        self.refused.insert(self.known(operation), code);
    }

    /// Adds a page to the end of a list.
    pub fn add_page(&mut self, operation: &str, page: Value) {
        self.pages.entry(self.known(operation)).or_default().push(page);
    }

    /// Answers an operation that names this bus, which is not the usual one.
    pub fn on_bus(&mut self, operation: &str, bus: &str, answer: Value) {
        self.on_buses.insert((self.known(operation), bus.to_owned()), Ok(answer));
    }

    /// Answers an operation that names this bus with an error code.
    pub fn refuse_on_bus(&mut self, operation: &str, bus: &str, code: &'static str) {
        self.on_buses.insert((self.known(operation), bus.to_owned()), Err(code));
    }

    /// Adds a rule of this name to the default bus, before all others. It has the function as its target.
    pub fn add_schedule(&mut self, name: &str, described: Value) {
        self.change("ListSchedules", |it| it["RuleNames"].as_array_mut().unwrap().insert(0, name.into()));
        self.schedules.insert(name.to_owned(), described);
    }

    fn known(&self, operation: &str) -> &'static str {
        let found = self.answers.get_key_value(operation);
        found.unwrap_or_else(|| panic!("no operation `{operation}`")).0
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
            "ListEventBuses" | "ListEventSources" => &["NamePrefix"],
            "ListTargetsByRule" => &["EventBusName", "Rule"],
            "DescribeAlarmsForMetric" => &["Dimensions", "MetricName", "Namespace"],
            "ListSubscriptionsByTopic" => &["TopicArn"],
            "GetAccountSettings" => &[],
            "DescribeEventBus" | "DescribeEventSource" => &["Name"],
            "ListRuleNamesByTarget" => &["EventBusName", "TargetArn"],
            "DescribeRule" => &["EventBusName", "Name"],
            "ListArchives" => &["EventSourceArn"],
            "GetFunctionConfiguration" | "GetFunctionConcurrency" => &["FunctionName"],
            "GetFunctionEventInvokeConfig" => &["FunctionName", "Qualifier"],
            _ => return Err(Refusal::Complaint(format!("no operation `{operation}`"))),
        };
        let sent = request.as_object().unwrap().keys().map(String::as_str);
        // A token is known only where there was a page with one.
        let sent: Vec<_> =
            sent.filter(|name| *name != "NextToken" || !self.pages.contains_key(key)).collect();
        if let Some(other) = sent.iter().find(|name| !members.contains(name)) {
            return Err(Refusal::Complaint(format!("{operation} with `{other}`")));
        }
        let text = |name: &str| request[name].as_str();
        let of_archive = text("EventSourceArn").and_then(|arn| Some(arn.split_once("event-bus/")?.1));
        let bus = text("EventBusName").or(of_archive).unwrap_or_default();
        if let Some(answer) = self.on_buses.get(&(key, bus.to_owned())) {
            return answer.clone().map_err(Refusal::Code);
        }
        if let Some(schedule) = text("Name").filter(|_| on_default).and_then(|it| self.schedules.get(it)) {
            return Ok(schedule.clone());
        }
        let is = |name: &str, expected: &str| request[name] == expected;
        let known = match operation {
            "DescribeTable" | "DescribeTimeToLive" | "DescribeContinuousBackups" => {
                is("TableName", LEDGER_TABLE)
            }
            "ListEventBuses" | "GetAccountSettings" => true,
            "ListEventSources" => BUS.starts_with(request["NamePrefix"].as_str().unwrap_or_default()),
            "DescribeEventSource" => is("Name", BUS),
            "ListTargetsByRule" => is("Rule", RULE) && is("EventBusName", BUS),
            "DescribeAlarmsForMetric" => {
                is("Namespace", "AWS/Lambda")
                    && is("MetricName", "AsyncEventsDropped")
                    && request["Dimensions"] == json!([{"Name": "FunctionName", "Value": FUNCTION_NAME}])
            }
            "ListSubscriptionsByTopic" => is("TopicArn", &topic_arn()),
            "DescribeEventBus" => is("Name", OUTCOME_BUS),
            "ListRuleNamesByTarget" => {
                is("TargetArn", &function_arn()) && (on_default || is("EventBusName", BUS))
            }
            "DescribeRule" if on_default => is("Name", SCHEDULE),
            "DescribeRule" => is("Name", RULE) && is("EventBusName", BUS),
            "ListArchives" => is("EventSourceArn", &bus_arn()),
            _ => is("FunctionName", FUNCTION_NAME),
        };
        if !known {
            return Err(Refusal::Code("ResourceNotFoundException"));
        }
        Ok(self.page(key, request["NextToken"].as_str()))
    }

    /// The first page, or the one that a token names: `page-1` and so on.
    fn page(&self, key: &str, token: Option<&str>) -> Value {
        let more = self.pages.get(key).map(Vec::as_slice).unwrap_or_default();
        let at: usize = token.and_then(|token| token.strip_prefix("page-")?.parse().ok()).unwrap_or(0);
        let mut page = at.checked_sub(1).map_or(&self.answers[key], |at| &more[at]).clone();
        if at < more.len() {
            page["NextToken"] = format!("page-{}", at + 1).into();
        }
        page
    }
}
