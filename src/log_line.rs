//! The log line: one for each attempt, as JSON, with its metrics in CloudWatch's embedded metric format
//! (CloudWatch guide, "Specification: Embedded metric format"). It holds ids, never personal data.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::degradation::{Degradation, Detail};
use crate::deployment::Deployment;
use crate::findings::Findings;
use crate::outcome::{Attempt, Housekeeping, Outcome, Stream, Summary, json_text};
use crate::section::WarningKind;

/// The namespace of the metrics in CloudWatch.
pub const NAMESPACE: &str = "OktaRequestEnricher";

/// The warning of an attempt whose message may be the second one.
const DOUBT: &str =
    "an earlier attempt on this request did not learn whether its message arrived: two may stand";

/// The dimension of the metrics, so that each function of an account has its own. Lambda's metrics have the
/// same one.
const DIMENSION: &str = "FunctionName";

/// The line, without a line break. `deployment` made the attempt.
///
/// It always has a `level`: Lambda drops lines below the function's log level, and lines without one.
#[must_use]
pub fn log_line(
    attempt: &Attempt,
    deployment: &Deployment,
    lambda_request_id: &str,
    now: Timestamp,
) -> String {
    let doubt = attempt.is_doubtful().then_some(DOUBT);
    let degraded = attempt.degradation();
    let lack = degraded.and_then(Degradation::warning);
    let warnings = attempt.warnings.iter().map(String::as_str);
    let warnings: Vec<_> = warnings.chain(lack.as_deref()).chain(doubt).collect();
    let level = match &attempt.result {
        Err(_) => "ERROR",
        Ok(_) if !warnings.is_empty() => "WARN",
        Ok(_) => "INFO",
    };
    let metrics = metrics(attempt);
    let function_name = deployment.function_name.as_deref();
    json_text(&LogLine {
        timestamp: now.to_string(),
        level,
        message: attempt.sentence(),
        summary: attempt.summary(deployment, lambda_request_id),
        degraded_sections: degraded.map(Degradation::sections),
        degraded_details: degraded.map(Degradation::details).unwrap_or_default(),
        findings: attempt.findings(),
        housekeeping: attempt.housekeeping(),
        warnings,
        function_name,
        values: &metrics,
        definitions: MetricDefinitions {
            timestamp: now.as_millisecond(),
            metrics: [Directive {
                namespace: NAMESPACE,
                dimensions: [function_name.map(|_| DIMENSION).into_iter().collect()],
                metrics: &metrics,
            }],
        },
    })
}

fn metrics(attempt: &Attempt) -> Vec<Metric> {
    let metric = |name, value, unit| Metric { name, value, unit };
    let count = |name, value| metric(name, value, "Count");
    let flag = |name, condition: bool| count(name, u64::from(condition));
    let ended = |name| attempt.name() == name;
    let mut metrics = vec![
        flag("Posted", ended("posted")),
        flag("Skipped", ended("skipped")),
        flag("Duplicate", ended("duplicate")),
        flag("Failed", ended("failed")),
        flag("Doubtful", attempt.is_doubtful()),
        flag("Degraded", !attempt.degraded().is_empty()),
        count("OktaCalls", attempt.okta_calls),
        metric("RateLimitWait", milliseconds(attempt.rate_limit_wait), "Milliseconds"),
        count("ChecksNotDone", whole(attempt.findings().map_or(0, |found| found.checks_not_done().len()))),
    ];
    // CloudWatch bills each metric that has a value, so a kind without a warning has none.
    let warnings = attempt.findings().into_iter().flat_map(Findings::warnings);
    metrics.extend(warnings.map(|(kind, number)| count(metric_of(kind), number)));
    if let Some(done) = attempt.housekeeping() {
        metrics.push(count("Reconciled", whole(done.posted)));
        metrics.push(count("Unproven", whole(done.unproven)));
        // A stream that could not be read gives no data point.
        if done.stream != Stream::Unknown {
            metrics.push(metric("StreamActive", u64::from(done.stream == Stream::Active), "None"));
        }
    }
    if let Ok(Outcome::Posted { event_to_post: Some(time), .. }) = attempt.result {
        metrics.push(metric("EventToPost", milliseconds(time), "Milliseconds"));
    }
    metrics
}

/// The metric of a kind.
fn metric_of(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::HighConflict => "HighConflictWarnings",
        WarningKind::AdministratorRights => "AdministratorRightsWarnings",
        WarningKind::Account => "AccountWarnings",
        WarningKind::Conflict => "ConflictWarnings",
        WarningKind::EndDate => "EndDateWarnings",
        WarningKind::DeniedBefore => "DeniedBeforeWarnings",
        WarningKind::AlreadyHeld => "AlreadyHeldWarnings",
        WarningKind::Manager => "ManagerWarnings",
        WarningKind::Approver => "ApproverWarnings",
    }
}

fn whole(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
struct LogLine<'a> {
    timestamp: String,
    level: &'static str,
    message: String,
    #[serde(flatten)]
    summary: Summary<'a>,
    // CloudWatch's metrics are members of the line. `degraded` beside `Degraded`, or the housekeeping's
    // `posted` beside `Posted`, would be two members that differ only in a capital letter, which many log
    // stores take for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded_sections: Option<&'a [&'static str]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    degraded_details: Vec<Detail<'a>>,
    #[serde(flatten)]
    findings: Option<&'a Findings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    housekeeping: Option<&'a Housekeeping>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'a str>,
    #[serde(rename = "FunctionName", skip_serializing_if = "Option::is_none")]
    function_name: Option<&'a str>,
    #[serde(flatten, serialize_with = "values")]
    values: &'a [Metric],
    #[serde(rename = "_aws")]
    definitions: MetricDefinitions<'a>,
}

/// A metric is in the line twice: its definition under `_aws`, its value under its name.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    #[serde(skip)]
    value: u64,
    unit: &'static str,
}

#[derive(Serialize)]
struct MetricDefinitions<'a> {
    #[serde(rename = "Timestamp")]
    timestamp: i64,
    #[serde(rename = "CloudWatchMetrics")]
    metrics: [Directive<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    /// One set of dimensions. Its members are members of the line.
    dimensions: [Vec<&'static str>; 1],
    metrics: &'a [Metric],
}

fn values<S: Serializer>(metrics: &[Metric], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metrics.iter().map(|metric| (metric.name, metric.value)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Error;
    use crate::message::Template;
    use crate::okta::{OktaAnswer, OktaError};
    use crate::outcome::{About, Prepared, Reached};
    use crate::request::RequestId;
    use crate::section::{self, Check, CheckKind, Content, Fact, Lack, Section, Source, Warning};
    use crate::words::{Term, Words};

    fn deployment() -> Deployment {
        let function_name = Some("enricher".to_owned());
        Deployment { function_name, ..Deployment::read(|_| None) }
    }

    fn prepared() -> Prepared {
        let message = Template::built_in().render(&Content::default(), &Words::english()).unwrap();
        Prepared { message, degraded: Degradation::default(), findings: Findings::default() }
    }

    fn attempt(outcome: Outcome) -> Attempt {
        let request_id = RequestId::parse("req42kjDgk1EubTwo0g4").unwrap();
        let rule = Some("every-request".to_owned());
        Attempt {
            about: Some(About { request_id, resolution: None, uuid: Some("u".into()), rule }),
            okta_calls: 2,
            ..Attempt::ended(Ok(outcome))
        }
    }

    fn posted() -> Attempt {
        let event_to_post = Some(Duration::from_millis(1500));
        attempt(Outcome::Posted { prepared: prepared(), event_to_post })
    }

    /// A message without the groups that the person holds.
    fn degraded() -> Attempt {
        let answer = OktaAnswer { status: 403, code: None, error_id: None, request_id: None };
        let call = "GET /api/v1/users/00u1F5GHSf7bLpPyKNqn/groups".to_owned();
        let error = OktaError::Forbidden { call, answer: answer.into(), scope: None, role: None };
        let facts = vec![Fact::by_name("groups", section::Value::lacking(&error))];
        let section = Section { source: Source::Access, facts, checks: Vec::new() };
        let prepared = Prepared { degraded: Degradation::of(&[section]), ..prepared() };
        attempt(Outcome::Posted { prepared, event_to_post: None })
    }

    #[test]
    fn what_a_message_lacks_is_told_with_the_call_its_code_and_the_remedy() {
        let line = log_line(&degraded(), &deployment(), "lambda-1", Timestamp::UNIX_EPOCH);
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((line["level"].as_str(), line["Degraded"].as_u64()), (Some("WARN"), Some(1)));
        assert_eq!(line["degraded_sections"], json!(["access"]));
        assert_eq!(
            line["degraded_details"],
            json!([{
                "section": "access",
                "call": "GET /api/v1/users/00u1F5GHSf7bLpPyKNqn/groups",
                "code": "okta-forbidden"
            }])
        );
        let warning = line["warnings"][0].as_str().unwrap();
        assert!(
            warning.contains("access are not available: GET /api/v1/users/00u1F5GHSf7bLpPyKNqn/groups"),
            "{warning}"
        );
        assert!(warning.contains("; give the role"), "{warning}");
    }

    #[test]
    fn a_template_that_fails_does_not_hide_what_was_lacking() {
        let Outcome::Posted { prepared, .. } = degraded().result.unwrap() else { panic!() };
        let failed = Attempt {
            reached: Some(Reached::Gathered { degraded: prepared.degraded, findings: warned() }),
            ..Attempt::ended(Err(Error::panicked()))
        };
        let line: Value =
            serde_json::from_str(&log_line(&failed, &deployment(), "x", Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!((line["level"].as_str(), line["Degraded"].as_u64()), (Some("ERROR"), Some(1)));
        assert_eq!(line["degraded_sections"], json!(["access"]));
        assert_eq!((&line["ChecksNotDone"], &line["checks_not_done"]), (&json!(1), &json!(["manager"])));
    }

    /// What a message with every kind of warning has, two of one kind, and a check that was not done.
    fn warned() -> Findings {
        let kinds = WarningKind::ALL.iter().chain(&[WarningKind::Conflict]);
        let warnings = kinds.map(|kind| Warning::new(*kind, Term::OwnManager)).collect();
        let made = Check::made(CheckKind::OurRules, Term::CheckOurRules, warnings);
        let why = Lack::of_data(Term::NoManagerNamed);
        let not_done = Check::not_done(CheckKind::Manager, Term::CheckManager, why);
        let section = Section { checks: vec![made, not_done], ..Section::without_facts(Source::Sod) };
        Findings::of(&Content { sections: vec![section], ..Content::default() })
    }

    #[test]
    fn warnings_are_counted_by_kind_and_only_kinds_that_came_up_are_metrics() {
        let line = |findings| {
            let prepared = Prepared { findings, ..prepared() };
            let attempt = attempt(Outcome::Posted { prepared, event_to_post: None });
            serde_json::from_str::<Value>(&log_line(&attempt, &deployment(), "x", Timestamp::UNIX_EPOCH))
                .unwrap()
        };
        let of_warnings = |line: &Value| -> Vec<String> {
            let names = line.as_object().unwrap().keys();
            names.filter(|name| name.ends_with("Warnings")).cloned().collect()
        };
        let warned = line(warned());
        assert_eq!(of_warnings(&warned).len(), WarningKind::ALL.len(), "{warned}");
        let metrics =
            [&warned["HighConflictWarnings"], &warned["ConflictWarnings"], &warned["ChecksNotDone"]];
        assert_eq!(metrics, [1, 2, 1]);
        let members = &warned["message_warnings"];
        assert_eq!((&members["high-conflict"], &members["conflict"]), (&json!(1), &json!(2)));
        assert_eq!(warned["level"], "INFO", "what is found is no fault of the function");

        let quiet = line(Findings::default());
        assert_eq!(of_warnings(&quiet), Vec::<String>::new());
        let members = [&quiet["message_warnings"], &quiet["checks_not_done"], &quiet["ChecksNotDone"]];
        assert_eq!(members, [&json!({}), &json!([]), &json!(0)]);
    }

    #[test]
    fn each_metric_is_defined_and_has_its_value_in_the_line() {
        let line = log_line(&posted(), &deployment(), "lambda-1", Timestamp::UNIX_EPOCH);
        let line: Value = serde_json::from_str(&line).unwrap();
        let definitions = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        for definition in definitions {
            let name = definition["Name"].as_str().unwrap();
            assert!(line[name].is_u64(), "{name}");
        }
        assert_eq!((line["Posted"].as_u64(), line["Failed"].as_u64()), (Some(1), Some(0)));
        assert_eq!(line["EventToPost"], 1500);
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["lambda_request_id"], "lambda-1");
    }

    #[test]
    fn the_line_has_each_member_once_and_in_order() {
        let policy = deployment().policy().unwrap().to_string();
        let line = |attempt: &Attempt| {
            let line = log_line(attempt, &deployment(), "lambda-1", Timestamp::UNIX_EPOCH);
            line.replace(&policy, "0123456789ab")
        };
        let attempt = Attempt { warnings: vec!["w".into()], ..posted() };
        insta::assert_snapshot!(line(&attempt), @r#"{"timestamp":"1970-01-01T00:00:00Z","level":"WARN","message":"message posted on req42kjDgk1EubTwo0g4","outcome":"posted","request_id":"req42kjDgk1EubTwo0g4","api":"v2","rule":"every-request","system_log_uuid":"u","policy":"0123456789ab","lambda_request_id":"lambda-1","degraded_sections":[],"message_warnings":{},"checks_not_done":[],"warnings":["w"],"FunctionName":"enricher","Posted":1,"Skipped":0,"Duplicate":0,"Failed":0,"Doubtful":0,"Degraded":0,"OktaCalls":2,"RateLimitWait":0,"ChecksNotDone":0,"EventToPost":1500,"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"OktaRequestEnricher","Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Posted","Unit":"Count"},{"Name":"Skipped","Unit":"Count"},{"Name":"Duplicate","Unit":"Count"},{"Name":"Failed","Unit":"Count"},{"Name":"Doubtful","Unit":"Count"},{"Name":"Degraded","Unit":"Count"},{"Name":"OktaCalls","Unit":"Count"},{"Name":"RateLimitWait","Unit":"Milliseconds"},{"Name":"ChecksNotDone","Unit":"Count"},{"Name":"EventToPost","Unit":"Milliseconds"}]}]}}"#);
        let done = Housekeeping { posted: 1, stream: Stream::Active, ..Housekeeping::default() };
        let attempt = Attempt::ended(Ok(Outcome::Reconciled(done)));
        insta::assert_snapshot!(line(&attempt), @r#"{"timestamp":"1970-01-01T00:00:00Z","level":"INFO","message":"housekeeping: 0 open requests compared; of the lost ones 1 posted, 0 skipped, 0 failed, 0 left for the next run, 0 unproven; log stream ACTIVE","outcome":"reconciled","policy":"0123456789ab","lambda_request_id":"lambda-1","housekeeping":{"open":0,"posted":1,"skipped":0,"failed":0,"left":0,"unproven":0,"stream":"ACTIVE"},"FunctionName":"enricher","Posted":0,"Skipped":0,"Duplicate":0,"Failed":0,"Doubtful":0,"Degraded":0,"OktaCalls":0,"RateLimitWait":0,"ChecksNotDone":0,"Reconciled":1,"Unproven":0,"StreamActive":1,"_aws":{"Timestamp":0,"CloudWatchMetrics":[{"Namespace":"OktaRequestEnricher","Dimensions":[["FunctionName"]],"Metrics":[{"Name":"Posted","Unit":"Count"},{"Name":"Skipped","Unit":"Count"},{"Name":"Duplicate","Unit":"Count"},{"Name":"Failed","Unit":"Count"},{"Name":"Doubtful","Unit":"Count"},{"Name":"Degraded","Unit":"Count"},{"Name":"OktaCalls","Unit":"Count"},{"Name":"RateLimitWait","Unit":"Milliseconds"},{"Name":"ChecksNotDone","Unit":"Count"},{"Name":"Reconciled","Unit":"Count"},{"Name":"Unproven","Unit":"Count"},{"Name":"StreamActive","Unit":"None"}]}]}}"#);
    }

    #[test]
    fn the_metrics_have_the_function_as_dimension_where_there_is_one() {
        let line = |deployment: &Deployment| {
            let line = log_line(&posted(), deployment, "x", Timestamp::UNIX_EPOCH);
            serde_json::from_str::<Value>(&line).unwrap()
        };
        let dimensions = |line: &Value| line["_aws"]["CloudWatchMetrics"][0]["Dimensions"].clone();
        let named = line(&deployment());
        assert_eq!(
            (dimensions(&named), &named["FunctionName"]),
            (json!([["FunctionName"]]), &json!("enricher"))
        );
        let nameless = line(&Deployment { function_name: None, ..deployment() });
        assert_eq!((dimensions(&nameless), nameless.get("FunctionName")), (json!([[]]), None));
    }

    #[test]
    fn an_unreadable_policy_file_has_no_fingerprint_in_the_line() {
        let unreadable = Deployment::read(|name| (name == "ENRICHMENT_FILE").then(|| "/no/such/file".into()));
        let line = log_line(&posted(), &unreadable, "x", Timestamp::UNIX_EPOCH);
        assert!(line.contains(r#""policy":null"#), "{line}");
    }

    #[test]
    fn no_two_members_differ_only_in_a_capital_letter() {
        let done = Housekeeping { stream: Stream::Active, ..Housekeeping::default() };
        let prepared = Prepared { findings: warned(), ..prepared() };
        let warned = attempt(Outcome::Posted { prepared, event_to_post: None });
        for attempt in [posted(), degraded(), warned, Attempt::ended(Ok(Outcome::Reconciled(done)))] {
            let line: Value =
                serde_json::from_str(&log_line(&attempt, &deployment(), "x", Timestamp::UNIX_EPOCH)).unwrap();
            let mut names: Vec<_> =
                line.as_object().unwrap().keys().map(|name| name.to_lowercase()).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{line}");
        }
    }

    #[test]
    fn a_log_line_never_holds_the_message() {
        let attempt = attempt(Outcome::DryRun(prepared()));
        let text = attempt.message().unwrap().as_str();
        assert!(text.contains("Nothing to look at"), "{text}");
        assert_eq!(attempt.answer(&deployment()).unwrap()["message"], text);
        assert!(
            !log_line(&attempt, &deployment(), "x", Timestamp::UNIX_EPOCH).contains("Nothing to look at")
        );
    }
}
