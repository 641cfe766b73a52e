//! `enricher doctor`: looks at everything that a deployment stands on, one thing after another, and says of each whether
//! it is well and what to do where it is not. It changes nothing, and posts nothing.

mod aws;
mod function;
mod okta;
mod report;
mod settings;
mod stream;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use okta_request_enricher::aws::AwsError;
use okta_request_enricher::deadline::Deadline;
use url::Url;

use self::report::{Check, Report, Status};
use self::settings::Settings;
use super::Failure;
use super::environment::{Environment, From, FunctionError};
use super::redrive::queue_url;

/// For one call to Okta and its repetitions.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Check a deployment, and say what to do
///
/// Looks at the settings and the policy; at the Okta org, the clock, the credential and each of its rights; at the
/// function, the ledger, the dead-letter queue, the rule, the archive and Okta's log stream. Shows ok, warn or fail for
/// each, with the remedy on the line below. What can't be checked, because of an earlier failure or for want of a
/// setting, is skipped, and says why.
///
/// Nothing is changed and nothing is posted: whether the credential may post is told by how Okta answers a message on a
/// request that can't exist. No secret, token or e-mail address is shown.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, LEDGER_TABLE, …) or, better, from the
/// deployed function. AWS profile, credentials and region are taken as the AWS CLI takes them. A credential in
/// OKTA_API_TOKEN, or in the file that OKTA_SECRET_FILE names, is checked in place of the secret.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Permissions, all of them to read; where one is lacking, the check says which:
  lambda:          GetFunctionConfiguration, GetFunctionConcurrency,
                   GetFunctionEventInvokeConfig
  secretsmanager:  GetSecretValue (and kms:Decrypt, where the key is yours)
  dynamodb:        DescribeTable, DescribeTimeToLive, DescribeContinuousBackups
  events:          ListEventBuses, DescribeEventBus, ListRuleNamesByTarget,
                   DescribeRule, ListArchives
  sqs:             GetQueueUrl, GetQueueAttributes

Examples:
  enricher doctor --function okta-request-enricher
  enricher doctor --function okta-request-enricher --json | jq .checks
  before there is anything in AWS:
  OKTA_ORG_URL=https://acme.okta.com OKTA_SECRET_FILE=app.json enricher doctor

Exit status: 0 all is well, or worth a thought at most; 1 something failed; 2 wrong usage.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    from: From,
    /// The dead-letter queue; left out: the one that the function's failures go to
    #[arg(long, value_name = "URL", value_parser = queue_url)]
    queue_url: Option<Url>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let mut report = Report::new(self.json);
        report.group("Configuration");
        let environment = match Box::pin(self.from.read()).await {
            Ok(environment) => environment,
            Err(failure) => {
                report.add(unreadable(failure));
                let why = "what to check can't be known: see environment";
                report.skip(&settings::CHECKS, why);
                report.group("Okta");
                report.skip(&okta::CHECKS, why);
                report.group("AWS");
                report.skip(&["AWS"], why);
                return Ok(report.end());
            }
        };
        report.add(Check::ok("environment", origin(&environment)));
        let settings = Settings::check(&environment, &mut report);
        report.group("Okta");
        let streams = Box::pin(okta::check(&environment, &settings, &mut report)).await;
        report.group("AWS");
        Box::pin(aws::check(&environment, self.queue_url.as_ref(), streams.as_deref(), &mut report)).await;
        Ok(report.end())
    }
}

fn deadline() -> Deadline {
    Deadline::after(TIME_LIMIT)
}

fn origin(environment: &Environment) -> String {
    let Some(function) = &environment.function else {
        return "of this shell (--function checks a deployed function)".to_owned();
    };
    format!("of the function {}", function.function_arn().or(function.function_name()).unwrap_or_default())
}

fn unreadable(failure: Failure) -> Check {
    match failure.downcast::<FunctionError>().map(|error| *error) {
        Ok(FunctionError { name, fault: AwsError::Refused { cause, remedy } }) => {
            Check::fail("environment", format!("the function {name} can't be read: {cause}"), remedy)
        }
        Ok(FunctionError { name, fault: AwsError::Passing(cause) }) => Check::fail(
            "environment",
            format!("the function {name} can't be read: {cause}"),
            "run this again",
        ),
        Err(other) => Check::told("environment", Status::Fail, &other.to_string()),
    }
}
