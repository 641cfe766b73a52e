//! Checks the ledger's table: its key and state, the expiry of its records, its protection against loss.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    BillingMode, KeyType, MultiRegionConsistency, PointInTimeRecoveryStatus, ScalarAttributeType,
    TableDescription, TableStatus, TimeToLiveStatus,
};

use super::aws_failure::failed;
use super::check::Check;
use super::findings::Findings;

/// The attribute by which the function's records expire.
const EXPIRES: &str = "expires_at";

/// Makes the checks. Returns the table's ARN.
pub(super) async fn check(
    aws: &SdkConfig,
    name: Option<&str>,
    findings: &mut Findings<'_>,
) -> Option<String> {
    let Some(name) = name else {
        findings.add(Check::unasked("ledger", "LEDGER_TABLE is not set"));
        return None;
    };
    let client = Client::new(aws);
    let described = match Box::pin(client.describe_table().table_name(name).send()).await {
        Ok(described) => described.table,
        Err(error) => {
            let missing = "correct LEDGER_TABLE (stack output LedgerTableName), the account or the region";
            findings.add(failed(
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
        findings.add(shape(name, table));
    }
    let (expiry, protection) = tokio::join!(
        Box::pin(expiry(&client, name)),
        Box::pin(protection(&client, name, described.as_ref()))
    );
    findings.add(expiry);
    findings.add(protection);
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
            format!("the key of {name} is not `id` (string) alone"),
            "create a table whose partition key is `id` (string), without a sort key, as the template does",
        );
    }
    if !table.replicas().is_empty()
        && table.multi_region_consistency() != Some(&MultiRegionConsistency::Strong)
    {
        return Check::warn(
            "ledger",
            format!("{name} is a global table whose regions are only eventually consistent"),
            "run the function in one region only: in two, both may post on a request",
        );
    }
    let status = table.table_status();
    if !matches!(status, Some(TableStatus::Active | TableStatus::Updating)) {
        let status = status.map_or("unknown", TableStatus::as_str);
        return Check::fail(
            "ledger",
            format!("{name} is {status}"),
            "look at the table in the DynamoDB console",
        );
    }
    let billing = match table.billing_mode_summary().and_then(|summary| summary.billing_mode()) {
        Some(BillingMode::PayPerRequest) => "billed per request",
        // DynamoDB leaves the summary out for a table that never had another mode.
        _ => "provisioned capacity, which a burst may exceed",
    };
    Check::ok("ledger", format!("{name}, key `id`, {billing}"))
}

async fn expiry(client: &Client, name: &str) -> Check {
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
            format!("records expire by `{other}`, an attribute they do not have: they are kept for ever"),
            format!("turn on the table's time to live for `{EXPIRES}`"),
        ),
        None => Check::warn(
            CHECK,
            "records do not expire: they are kept for ever",
            format!("turn on the table's time to live for `{EXPIRES}`"),
        ),
    }
}

async fn protection(client: &Client, name: &str, described: Option<&TableDescription>) -> Check {
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
        format!("{}: off; if the table is lost, every replay posts again", what.join(" and ")),
        format!("deploy with {}", how.join(" ")),
    )
}
