//! The checks of AWS: the session, then each part of the deployment in a file of its own. The log stream
//! comes last, since it ends in AWS.

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use okta_request_enricher::okta::LogStream;

use super::aws_failure::failed;
use super::check::Check;
use super::log_stream::{self, Place};
use super::report::Report;
use super::time_limit::TIME_LIMIT;
use super::{alarms, event_path, function, ledger};
use crate::aws::NO_REGION_REMEDY;
use crate::environment::Environment;
use crate::queue_url::QueueUrl;

/// Why checks are skipped if nobody is signed in.
const NO_CREDENTIALS: &str = "there are no AWS credentials";

/// Makes all checks of AWS, and that of the log streams.
pub(super) async fn check(
    environment: &Environment,
    queue: Option<&QueueUrl>,
    streams: Option<&[LogStream]>,
    report: &mut Report,
) {
    let aws = &with_time_limit(&environment.aws);
    let session = session(aws).await;
    let usable = !session.is_fail();
    let nothing_named = ["LEDGER_TABLE", "OUTCOME_BUS"].iter().all(|name| environment.get(name).is_none())
        && environment.function.is_none()
        && queue.is_none();
    // An operator who checks Okta alone needs no AWS account.
    if !usable && nothing_named {
        report.add(Check::skipped("session", "the settings name nothing in AWS"));
    } else {
        report.add(session);
    }
    let (mut table_arn, mut dead_letters) = (None, None);
    if usable {
        table_arn = ledger::check(aws, environment.name("LEDGER_TABLE"), report).await;
        report.add(outcome_bus(aws, environment.name("OUTCOME_BUS")).await);
        dead_letters = function::check(aws, environment.function.as_ref(), queue, report).await;
    } else {
        report.skip(&["ledger", "outcome bus", "function", "dead letters"], NO_CREDENTIALS);
    }
    let name = environment.function.as_ref().and_then(|function| function.function_name());
    let arn = environment.function.as_ref().and_then(|function| function.function_arn());
    if let (true, Some(name), Some(arn)) = (usable, name, arn) {
        report.add(alarms::check(aws, name).await);
        event_path::check(aws, arn, dead_letters.as_ref(), report).await;
    } else {
        let rest: Vec<_> = [alarms::CHECK].into_iter().chain(event_path::CHECKS).collect();
        report.skip(&rest, if usable { "give --function" } else { NO_CREDENTIALS });
    }
    let place = Place::of_arn(arn.or(table_arn.as_deref()), environment.aws.region());
    report.add(log_stream::check(streams, &place));
}

fn with_time_limit(aws: &SdkConfig) -> SdkConfig {
    let timeout = TimeoutConfig::builder().operation_timeout(TIME_LIMIT).build();
    aws.clone().into_builder().timeout_config(timeout).build()
}

async fn session(aws: &SdkConfig) -> Check {
    const CHECK: &str = "session";
    const SIGN_IN: &str = "sign in as for the AWS CLI, or choose a profile with AWS_PROFILE";
    let Some(region) = aws.region() else {
        return Check::fail(CHECK, "no AWS region", NO_REGION_REMEDY);
    };
    let Some(provider) = aws.credentials_provider() else {
        return Check::fail(CHECK, "no AWS credentials", SIGN_IN);
    };
    match Box::pin(provider.provide_credentials()).await {
        Ok(_) => match two_regions(|name| std::env::var(name).ok()) {
            None => Check::ok(CHECK, format!("AWS credentials found, region {region}")),
            Some(detail) => Check::warn(CHECK, detail, "set both to the region of the deployment"),
        },
        Err(_) => Check::fail(CHECK, "no AWS credentials", SIGN_IN),
    }
}

/// SAM reads `AWS_DEFAULT_REGION` only, this program and the AWS CLI `AWS_REGION` first.
fn two_regions(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let (here, of_cli) = (set("AWS_REGION")?, set("AWS_DEFAULT_REGION")?);
    (here != of_cli).then(|| {
        format!(
            "AWS_REGION is {here}, AWS_DEFAULT_REGION is {of_cli}: this checks {here}, and sam deploys to {of_cli}"
        )
    })
}

async fn outcome_bus(aws: &SdkConfig, name: Option<&str>) -> Check {
    const CHECK: &str = "outcome bus";
    let Some(name) = name else { return Check::skipped(CHECK, "OUTCOME_BUS is not set") };
    let client = aws_sdk_eventbridge::Client::new(aws);
    match Box::pin(client.describe_event_bus().name(name).send()).await {
        Ok(_) => Check::ok(CHECK, format!("{name} exists")),
        Err(error) => failed(
            CHECK,
            &format!("the bus {name}"),
            &error,
            "events:DescribeEventBus",
            "create the bus, or correct OUTCOME_BUS (template parameter OutcomeBusName)",
        ),
    }
}
