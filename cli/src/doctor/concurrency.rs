//! Checks how many invocations of the function may run at once: its reservation, or the account's limit.

use aws_sdk_lambda::Client;

use super::aws_failure::failed;
use super::check::{AGAIN, Check};

/// The name of this check.
pub(super) const CHECK: &str = "concurrency";

/// The reservation that the guide recommends, and what AWS keeps unreserved (AWS Lambda guide, "Configuring
/// reserved concurrency").
const RECOMMENDED: i32 = 2;
const KEPT_UNRESERVED: i32 = 100;

/// Checks the function with this name.
pub(super) async fn check(client: &Client, name: &str) -> Check {
    let asked = client.get_function_concurrency().function_name(name).send();
    match Box::pin(asked).await.map(|answer| answer.reserved_concurrent_executions) {
        Ok(Some(0)) => Check::fail(
            CHECK,
            "reserved: 0, so the function is stopped and every event becomes a dead letter",
            format!(
                "aws lambda delete-function-concurrency --function-name {name}; or, if you set ReservedConcurrency, \
                 put-function-concurrency with that number; then enricher redrive"
            ),
        ),
        Ok(Some(reserved)) => Check::ok(CHECK, format!("at most {reserved} at once")),
        Ok(None) => unreserved(client).await,
        Err(error) => failed(
            CHECK,
            "the reserved concurrency",
            &error,
            "lambda:GetFunctionConcurrency",
            "check --function",
        ),
    }
}

/// Nothing is reserved. A small account can't reserve anything, and its own limit is low enough.
async fn unreserved(client: &Client) -> Check {
    let limit = match Box::pin(client.get_account_settings().send()).await {
        Ok(answer) => answer.account_limit,
        Err(error) => {
            return failed(CHECK, "the account's limit", &error, "lambda:GetAccountSettings", AGAIN);
        }
    };
    let left = limit.as_ref().and_then(|limit| limit.unreserved_concurrent_executions);
    let all = limit.as_ref().map(|limit| limit.concurrent_executions).filter(|all| *all > 0);
    match (all, left) {
        (Some(all), Some(left)) if left < KEPT_UNRESERVED + RECOMMENDED => Check::ok(
            CHECK,
            format!(
                "none reserved: at most {left} at once; the account's limit of {all} leaves none to reserve"
            ),
        ),
        _ => Check::warn(
            CHECK,
            "none reserved: a burst of requests would exceed Okta's rate limits",
            format!("deploy with ReservedConcurrency={RECOMMENDED}"),
        ),
    }
}
