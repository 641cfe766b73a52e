//! `enricher doctor`: checks everything that a deployment needs, and says what to do about each problem. It
//! changes nothing and posts nothing.

mod alarms;
mod aws;
mod aws_failure;
mod check;
mod concurrency;
mod dead_letters;
mod event_path;
mod event_source;
mod findings;
mod function;
mod ledger;
mod log_stream;
mod okta;
mod okta_credential;
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

use self::check::{Check, NO_FUNCTION, Status};
use self::findings::Findings;
use self::report::Report;
use self::settings::Settings;
use crate::credential;
use crate::deployed::Undescribed;
use crate::environment::{Environment, SettingsFrom};
use crate::failure::Failure;
use crate::policy_option::POLICY_FILE;
use crate::queue_url::QueueUrl;
use crate::terminal::spinner;

/// The checks of the first group that follow the one of the environment.
const CONFIGURATION: [&str; 3] = [version::CHECK, policy::CHECK, settings::CHECK];

/// The AWS permissions that the checks need, for `--help`.
const PERMISSIONS: &str = "\
AWS permissions. A check that lacks one says which. All of them read, except
InvokeFunction: by it, doctor asks the function what is deployed.
  lambda:          GetFunctionConfiguration, InvokeFunction,
                   GetFunctionConcurrency, GetAccountSettings,
                   GetFunctionEventInvokeConfig
  secretsmanager:  GetSecretValue (and kms:Decrypt, if the key is your own)
  dynamodb:        DescribeTable, DescribeTimeToLive, DescribeContinuousBackups
  events:          ListEventBuses, DescribeEventBus, DescribeEventSource,
                   ListEventSources, ListRuleNamesByTarget, ListTargetsByRule,
                   DescribeRule, ListArchives
  sqs:             GetQueueUrl, GetQueueAttributes
  cloudwatch:      DescribeAlarmsForMetric
  sns:             ListSubscriptionsByTopic";

const EXAMPLES: &str = "\
Examples:
  Check the deployed function, its settings and its policy:
    enricher doctor --function okta-request-enricher
  Compare the deployed policy with a file:
    enricher doctor --function okta-request-enricher \\
      --policy function/enrichment.toml
  Check Okta alone; needs no AWS:
    OKTA_ORG_URL=https://acme.okta.com OKTA_SECRET_FILE=app.json enricher doctor
  For a script:
    enricher doctor --function okta-request-enricher --json | jq .fail

Exit status: 0 all well or only warnings, 1 a check failed, 2 wrong usage.";

/// Check a deployment, and say what to do
///
/// Checks the version, the policy and the settings. Checks Okta: the org, the clock, the credential and each of its
/// rights, and the log stream. Checks AWS: the function, the ledger, the dead-letter queue, the alarms, the rule, the
/// event source and the archive. Shows ok, warn or fail for each, what it found, and below it what to do. The checks
/// that can't be made come last, by their cause.
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
#[command(after_help = EXAMPLES, after_long_help = format!("{PERMISSIONS}\n\n{EXAMPLES}"))]
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
        let progress = spinner(match &self.from.function {
            Some(_) => "asking the function what is deployed",
            None => "checking Okta and AWS",
        });
        let mut findings = Findings::new(&progress);
        let environment = match Box::pin(self.from.read()).await {
            Ok(environment) => environment,
            Err(problem) => {
                findings.add(Check::problem("environment", problem.cause, problem.remedy));
                return Ok(end_early(findings, &CONFIGURATION, "the settings are unavailable", report));
            }
        };
        if self.asks_nothing(&environment) {
            let detail = "this shell has no settings of the Lambda, and no function is named";
            let remedy = "give --function NAME to check a deployed function; or set OKTA_ORG_URL and OKTA_API_TOKEN (or \
                          OKTA_SECRET_FILE) to check Okta alone";
            findings.add(Check::fail("environment", detail, remedy));
            return Ok(end_early(findings, &CONFIGURATION, "there are no settings", report));
        }
        progress.set_message("checking Okta and AWS");
        findings.add(Check::ok("environment", origin(&environment)));
        match &environment.description {
            Some(description) => findings.add(version::check(description)),
            None => findings.skip(&[version::CHECK], NO_FUNCTION),
        }
        // What is wrong with another program's function, and its remedy, would be this program's guess.
        if matches!(environment.description, Some(Err(Undescribed::NotAsked))) {
            let why = "it is probably another program";
            return Ok(end_early(findings, &CONFIGURATION[1..], why, report));
        }
        let policy = policy::check(&environment, self.policy.as_deref(), &mut findings);
        let settings = Settings::check(&environment, policy, &mut findings);
        progress.suspend(|| report.add("Configuration", findings));

        let queue = self.queue_url.as_ref();
        let session = Box::pin(aws::session(&environment, queue)).await;
        let is_signed_in = matches!(session.status, Status::Ok | Status::Warn);
        let (mut of_okta, mut of_aws) = (Findings::new(&progress), Findings::new(&progress));
        of_aws.add(session);
        let (streams, place) = tokio::join!(
            Box::pin(okta::check(&environment, &settings, is_signed_in, &mut of_okta)),
            Box::pin(aws::check(&environment, queue, is_signed_in, &mut of_aws))
        );
        of_aws.add(log_stream::check(streams, &place));
        progress.finish_and_clear();
        report.add("Okta", of_okta);
        report.add("AWS", of_aws);
        Ok(report.end())
    }

    /// Whether neither the options nor the shell say what to check.
    fn asks_nothing(&self, environment: &Environment) -> bool {
        let named = ["OKTA_ORG_URL", "OKTA_SECRET_ID", "LEDGER_TABLE", "OUTCOME_BUS", POLICY_FILE];
        let is_named = named.iter().any(|name| environment.get(name).is_some());
        let is_option = self.from.function.is_some() || self.queue_url.is_some() || self.policy.is_some();
        !is_named && !is_option && credential::variable().is_none()
    }
}

/// Ends the report without all checks from these of the first group on.
fn end_early(
    mut findings: Findings<'_>,
    configuration: &[&'static str],
    why: &str,
    mut report: Report,
) -> ExitCode {
    let (mut okta, mut aws) = (findings.part(), findings.part());
    findings.skip(configuration, why);
    okta.skip(&okta::CHECKS, why);
    aws.skip(&["AWS"], why);
    findings.end_progress();
    for (group, findings) in [("Configuration", findings), ("Okta", okta), ("AWS", aws)] {
        report.add(group, findings);
    }
    report.end()
}

fn origin(environment: &Environment) -> String {
    let Some(function) = &environment.function else {
        return "settings of this shell (--function checks a deployed function)".to_owned();
    };
    let arn = function.function_arn().unwrap_or_default();
    // arn:aws:lambda:<region>:<account>:function:<name>[:<alias or version>]
    match arn.splitn(7, ':').collect::<Vec<_>>()[..] {
        [_, _, _, region, account, _, name] => {
            format!("settings of the function {name} (account {account}, region {region})")
        }
        _ => format!("settings of the function {}", function.function_name().unwrap_or_default()),
    }
}
