//! `enricher doctor`: checks everything that a deployment needs, and says what to do about each problem. It
//! changes nothing and posts nothing.

mod alarms;
mod aws;
mod aws_failure;
mod check;
mod concurrency;
mod credential;
mod dead_letters;
mod event_path;
mod event_source;
mod function;
mod ledger;
mod log_stream;
mod okta;
mod org;
mod pages;
mod policy;
mod queue_policy;
mod report;
mod rights;
mod rule;
mod settings;
mod time_limit;
mod undelivered;
mod version;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::check::Check;
use self::report::Report;
use self::settings::Settings;
use crate::deployed::Undescribed;
use crate::environment::{Environment, SettingsFrom};
use crate::failure::Failure;
use crate::queue_url::QueueUrl;

/// The checks of the first group that follow the one of the environment.
const CONFIGURATION: [&str; 3] = [version::CHECK, policy::CHECK, settings::CHECK];

/// Check a deployment, and say what to do
///
/// Checks the version, the policy and the settings; the Okta org, the clock, the credential and each of its
/// rights; the function, the ledger, the dead-letter queue, the alarms, the rule, the event source, the
/// archive and Okta's log stream. Shows ok, warn or fail for each, and the remedy on the line below. A check
/// that can't be made is skipped, with the reason.
///
/// Changes nothing and posts nothing. To find out whether the credential may post, it sends a message to a
/// request that can't exist, and reads how Okta refuses it. Shows no secret, token or e-mail address.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, LEDGER_TABLE, …) or, better,
/// from the deployed function, which also reports its version and its policy. Finds AWS profile, credentials
/// and region as the AWS CLI does; an ARN of the function names its own region. If OKTA_API_TOKEN is set, or
/// OKTA_SECRET_FILE names a file, checks that credential instead of the secret.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
AWS permissions. A check that lacks one says which. All of them read. InvokeFunction asks
the function what is deployed; the function calls nothing for it:
  lambda:          GetFunctionConfiguration, InvokeFunction, GetFunctionConcurrency,
                   GetAccountSettings, GetFunctionEventInvokeConfig
  secretsmanager:  GetSecretValue (and kms:Decrypt, if the key is your own)
  dynamodb:        DescribeTable, DescribeTimeToLive, DescribeContinuousBackups
  events:          ListEventBuses, DescribeEventBus, DescribeEventSource,
                   ListEventSources, ListRuleNamesByTarget, ListTargetsByRule,
                   DescribeRule, ListArchives
  sqs:             GetQueueUrl, GetQueueAttributes
  cloudwatch:      DescribeAlarmsForMetric
  sns:             ListSubscriptionsByTopic

Examples:
  enricher doctor --function okta-request-enricher
  enricher doctor --function okta-request-enricher --policy function/enrichment.toml
  enricher doctor --function okta-request-enricher --json | jq .checks
  OKTA_ORG_URL=https://acme.okta.com OKTA_SECRET_FILE=app.json enricher doctor     needs no AWS

Exit status: 0 all well or only warnings, 1 a check failed, 2 wrong usage.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    from: SettingsFrom,
    /// The dead-letter queue [default: the queue that receives the function's failures]
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    queue_url: Option<QueueUrl>,
    /// Compare the deployed policy with this file [default: that of ENRICHMENT_FILE, or function/enrichment.toml
    /// or enrichment.toml in this folder]. Without --function: the policy to check
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
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
            Err(problem) => {
                report.add(Check::problem("environment", problem.cause, problem.remedy));
                skip_rest(&CONFIGURATION, "not checked: settings unavailable", &mut report);
                return Ok(report.end());
            }
        };
        report.add(Check::ok("environment", origin(&environment)));
        match &environment.description {
            Some(description) => report.add(version::check(description)),
            None => report.skip(&[version::CHECK], "give --function"),
        }
        // What is wrong with another program's function, and its remedy, would be this program's guess.
        if matches!(environment.description, Some(Err(Undescribed::NotAsked))) {
            skip_rest(&CONFIGURATION[1..], "not checked: it is probably another program", &mut report);
            return Ok(report.end());
        }
        let policy = policy::check(&environment, self.policy.as_deref(), &mut report);
        let settings = Settings::check(&environment, policy, &mut report);
        report.group("Okta");
        let streams = Box::pin(okta::check(&environment, &settings, &mut report)).await;
        report.group("AWS");
        Box::pin(aws::check(&environment, self.queue_url.as_ref(), streams.as_deref(), &mut report)).await;
        Ok(report.end())
    }
}

/// Skips all checks from these of the first group on.
fn skip_rest(configuration: &[&'static str], why: &str, report: &mut Report) {
    report.skip_rest(&[("Configuration", configuration), ("Okta", &okta::CHECKS), ("AWS", &["AWS"])], why);
}

fn origin(environment: &Environment) -> String {
    let Some(function) = &environment.function else {
        return "settings of this shell (--function checks a deployed function)".to_owned();
    };
    let function = function.function_arn().or(function.function_name()).unwrap_or_default();
    format!("settings of the function {function}")
}
