//! What AWS says of the ledger and the outcome bus, and how its refusals are told. The function and the way of its
//! events stand beside it.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    BillingMode, KeyType, MultiRegionConsistency, PointInTimeRecoveryStatus, ScalarAttributeType,
    TableDescription, TableStatus, TimeToLiveStatus,
};
use okta_request_enricher::aws::AwsError;
use okta_request_enricher::okta::LogStream;
use url::Url;

use super::report::{Check, Report};
use super::{function, stream};
use crate::environment::Environment;

/// For one call and its repetitions.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The attribute by which records expire.
const EXPIRES: &str = "expires_at";

/// What an ARN or the session says of where the deployment is.
pub(super) struct Place {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
}

/// Makes all checks of AWS, and those of the log stream, which ends there.
pub(super) async fn check(
    environment: &Environment,
    queue: Option<&Url>,
    streams: Option<&[LogStream]>,
    report: &mut Report,
) {
    let aws = &with_timeout(&environment.aws);
    let session = session(aws).await;
    let usable = !session.is_fail();
    let nothing_there = ["LEDGER_TABLE", "OUTCOME_BUS"].iter().all(|name| environment.get(name).is_none())
        && environment.function.is_none()
        && queue.is_none();
    // Whoever looks at Okta alone needs no account.
    if !usable && nothing_there {
        report.add(Check::skipped("session", "nothing in AWS is named by the settings"));
    } else {
        report.add(session);
    }
    let mut table_arn = None;
    if usable {
        table_arn = ledger(aws, environment.get("LEDGER_TABLE"), report).await;
        report.add(outcome_bus(aws, environment.get("OUTCOME_BUS")).await);
        function::check(aws, environment.function.as_ref(), queue, report).await;
    } else {
        let names = ["ledger", "outcome bus", "function", "dead letters"];
        report.skip(&names, "there are no AWS credentials");
    }
    let arn = environment.function.as_ref().and_then(|function| function.function_arn());
    if let (true, Some(arn)) = (usable, arn) {
        stream::check_rules(aws, arn, report).await;
    } else {
        report.skip(&stream::CHECKS, if usable { "give --function" } else { "there are no AWS credentials" });
    }
    // arn:aws:<service>:<region>:<account>:…
    let part = |number| arn.or(table_arn.as_deref())?.split(':').nth(number).map(str::to_owned);
    let place =
        Place { account: part(4), region: part(3).or_else(|| Some(environment.aws.region()?.to_string())) };
    report.add(stream::log_stream(streams, &place));
}

fn with_timeout(aws: &SdkConfig) -> SdkConfig {
    let timeout = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
    aws.clone().into_builder().timeout_config(timeout).build()
}

async fn session(aws: &SdkConfig) -> Check {
    let Some(region) = aws.region() else {
        return Check::fail("session", "no AWS region", "set AWS_REGION, or a region in the profile");
    };
    let Some(provider) = aws.credentials_provider() else {
        return Check::fail("session", "no AWS credentials", "sign in as for the AWS CLI");
    };
    match Box::pin(provider.provide_credentials()).await {
        Ok(_) => Check::ok("session", format!("AWS credentials are there, the region is {region}")),
        Err(_) => Check::fail(
            "session",
            "no AWS credentials",
            "sign in as for the AWS CLI, or choose a profile with AWS_PROFILE",
        ),
    }
}

/// What a call that failed says of what it was to look at. `permission` is what it takes, `missing` what to do where the
/// thing is not there.
pub(super) fn failed<E>(
    name: &'static str,
    what: &str,
    error: &SdkError<E>,
    permission: &str,
    missing: &'static str,
) -> Check
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().unwrap_or_default();
    if code.starts_with("AccessDenied") {
        return Check::warn(
            name,
            format!("{what} can't be looked at: {code}"),
            format!("allow your AWS credentials {permission}"),
        );
    }
    match crate::aws::error(error, |code| is_missing(code).then_some(missing)) {
        AwsError::Refused { cause, remedy } => Check::fail(name, format!("{what}: {cause}"), remedy),
        AwsError::Passing(cause) => {
            Check::warn(name, format!("{what} can't be looked at: {cause}"), "run this again")
        }
    }
}

pub(super) fn is_missing(code: &str) -> bool {
    matches!(
        code,
        "ResourceNotFoundException"
            | "TableNotFoundException"
            | "QueueDoesNotExist"
            | "AWS.SimpleQueueService.NonExistentQueue"
    )
}

/// The checks of the table; its ARN.
async fn ledger(aws: &SdkConfig, name: Option<&str>, report: &mut Report) -> Option<String> {
    let Some(name) = name else {
        report.add(Check::skipped("ledger", "LEDGER_TABLE is not set"));
        return None;
    };
    let client = aws_sdk_dynamodb::Client::new(aws);
    let described = match Box::pin(client.describe_table().table_name(name).send()).await {
        Ok(described) => described.table,
        Err(error) => {
            let missing = "correct LEDGER_TABLE, account and region (stack output LedgerTableName)";
            report.add(failed(
                "ledger",
                &format!("the table {name}"),
                &error,
                "dynamodb:DescribeTable",
                missing,
            ));
            None
        }
    };
    if let Some(table) = &described {
        report.add(shape(name, table));
    }
    report.add(expiry(&client, name).await);
    report.add(protection(&client, name, described.as_ref()).await);
    described?.table_arn
}

fn shape(name: &str, table: &TableDescription) -> Check {
    let is_key = match table.key_schema() {
        [key] => key.attribute_name() == "id" && *key.key_type() == KeyType::Hash,
        _ => false,
    };
    let is_text = table.attribute_definitions().iter().any(|attribute| {
        attribute.attribute_name() == "id" && *attribute.attribute_type() == ScalarAttributeType::S
    });
    if !(is_key && is_text) {
        return Check::fail(
            "ledger",
            format!("the key of {name} is not `id`, a string, alone"),
            "make a table whose partition key is `id` (string), without a sort key; the template does",
        );
    }
    if !table.replicas().is_empty()
        && table.multi_region_consistency() != Some(&MultiRegionConsistency::Strong)
    {
        return Check::warn(
            "ledger",
            format!("{name} is a global table whose regions agree only after a while"),
            "let the function run in one region only, or two of them may post on one request",
        );
    }
    let status = table.table_status();
    if !matches!(status, Some(TableStatus::Active | TableStatus::Updating)) {
        let status = status.map_or("unknown", TableStatus::as_str);
        return Check::fail("ledger", format!("{name} is {status}"), "see the table's page in DynamoDB");
    }
    let billing = match table.billing_mode_summary().and_then(|summary| summary.billing_mode()) {
        Some(BillingMode::PayPerRequest) => "billed by request",
        // As DynamoDB leaves it out for a table that never had another mode.
        _ => "of provisioned capacity, which a burst may exceed",
    };
    Check::ok("ledger", format!("{name}, key `id`, {billing}"))
}

async fn expiry(client: &aws_sdk_dynamodb::Client, name: &str) -> Check {
    const CHECK: &str = "ledger expiry";
    let described = match Box::pin(client.describe_time_to_live().table_name(name).send()).await {
        Ok(described) => described.time_to_live_description,
        Err(error) => {
            let what = format!("the expiry of {name}");
            return failed(CHECK, &what, &error, "dynamodb:DescribeTimeToLive", "see ledger");
        }
    };
    let on = described.as_ref().filter(|it| {
        matches!(it.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
    });
    match on.map(|it| it.attribute_name().unwrap_or_default()) {
        Some(EXPIRES) => Check::ok(CHECK, format!("records expire by `{EXPIRES}`")),
        Some(other) => Check::warn(
            CHECK,
            format!("records expire by `{other}`, which they do not have: they are kept for ever"),
            format!("turn the table's time to live on for `{EXPIRES}`"),
        ),
        None => Check::warn(
            CHECK,
            "records do not expire: they are kept for ever",
            format!("turn the table's time to live on for `{EXPIRES}`"),
        ),
    }
}

async fn protection(
    client: &aws_sdk_dynamodb::Client,
    name: &str,
    described: Option<&TableDescription>,
) -> Check {
    const CHECK: &str = "ledger protection";
    let backups = match Box::pin(client.describe_continuous_backups().table_name(name).send()).await {
        Ok(backups) => backups.continuous_backups_description,
        Err(error) => {
            let what = format!("the backups of {name}");
            return failed(CHECK, &what, &error, "dynamodb:DescribeContinuousBackups", "see ledger");
        }
    };
    let recovers = backups
        .and_then(|backups| backups.point_in_time_recovery_description)
        .is_some_and(|it| it.point_in_time_recovery_status() == Some(&PointInTimeRecoveryStatus::Enabled));
    let protected = described.map(|table| table.deletion_protection_enabled == Some(true));
    let mut off = Vec::new();
    if protected == Some(false) {
        off.push(("deletion protection", "LedgerDeletionProtection=true"));
    }
    if !recovers {
        off.push(("point-in-time recovery", "LedgerPointInTimeRecovery=true"));
    }
    if off.is_empty() {
        let both = if protected.is_some() { "deletion protection and " } else { "" };
        return Check::ok(CHECK, format!("{both}point-in-time recovery: on"));
    }
    let (what, how): (Vec<_>, Vec<_>) = off.into_iter().unzip();
    Check::warn(
        CHECK,
        format!("{}: off; without the table every replay posts again", what.join(" and ")),
        format!("deploy with {}", how.join(" ")),
    )
}

async fn outcome_bus(aws: &SdkConfig, name: Option<&str>) -> Check {
    const CHECK: &str = "outcome bus";
    let Some(name) = name else { return Check::skipped(CHECK, "OUTCOME_BUS is not set") };
    let client = aws_sdk_eventbridge::Client::new(aws);
    match Box::pin(client.describe_event_bus().name(name).send()).await {
        Ok(_) => Check::ok(CHECK, format!("{name} is there")),
        Err(error) => failed(
            CHECK,
            &format!("the bus {name}"),
            &error,
            "events:DescribeEventBus",
            "make the bus, or correct OUTCOME_BUS (template parameter OutcomeBusName)",
        ),
    }
}
