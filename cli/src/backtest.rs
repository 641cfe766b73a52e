//! `enricher backtest`: applies the policy to the org's past requests and posts nothing. An admin shows its
//! result to whoever decides whether to switch the function on.

mod findings;
mod past;
mod summary;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::enrichment::Facts;
use okta_request_enricher::handler::{AsOf, Enricher, Stop};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::okta::endpoint::Endpoint;

use self::findings::Findings;
use self::past::{TIME_LIMIT, past_requests};
use crate::environment::{SettingsFrom, note_policy};
use crate::failure::Failure;
use crate::policy_option::PolicyOption;
use crate::{terminal, time_span};

/// Percent of each of Okta's rate limits that is left to other programs.
const SPARED: u64 = 50;

/// Try the policy on past access requests, and post nothing
///
/// Reads the org's recent requests, and all that their messages would show. Sums up which rules match, which
/// warnings and conflicts are found, which checks are not done and why, which attributes of people would be
/// shown, and how many calls to Okta that takes. Uses half of each of Okta's rate limits, so many requests
/// take a while. Groups, apps and entitlements are those of today, not of the time of the request.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, ENRICHMENT_FILE, REQUEST_TYPES)
/// or from the deployed function. Then the policy is the deployed one, which takes lambda:InvokeFunction, unless
/// --policy names another. The credential is read from Secrets Manager, or from the
/// file that OKTA_SECRET_FILE names, and needs no right to post. It must be able to list requests: Okta allows
/// that to a service app with the scope, and to some API tokens. A list that Okta refuses is named and left
/// out.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher backtest --since 30d
  enricher backtest --since 7d --limit 500 --json > backtest.json
  enricher backtest --function okta-request-enricher --policy draft.toml

Exit status: 0 all well, 1 Okta could not be reached or refused, 2 wrong usage.")]
pub(crate) struct Backtest {
    /// How far back: 24h, 30d
    #[arg(long, value_name = "TIME", value_parser = time_span::parse, default_value = "30d")]
    since: Duration,
    /// Try the newest N requests at most
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: SettingsFrom,
    #[command(flatten)]
    policy: PolicyOption,
}

impl Backtest {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let enricher = self.enricher().await?;
        let okta = match enricher.okta() {
            Ok(okta) => okta,
            Err(error) => return Ok(terminal::failed(&error.to_string())),
        };
        let since = Timestamp::now().checked_sub(self.since)?;
        let lists = okta.for_endpoints(&[Endpoint::RequestsV1, Endpoint::RequestsV2, Endpoint::RequestV2]);
        // The lists keep to the same rate limits as all other calls.
        okta.spare(SPARED);
        let requests = past_requests(&lists, since, self.limit).await;
        for list in &requests.unread {
            terminal::eprintln!("{list}");
        }
        if requests.unread.len() == 2 || requests.unread.iter().any(|list| !list.error.refuses_list()) {
            return Ok(terminal::failed("not every list could be read: nothing was tried"));
        }
        let mut findings = Findings::new(since, requests.found, requests.tried.len());
        let progress = terminal::progress(requests.tried.len());
        for request in &requests.tried {
            progress.set_message(request.id.as_str());
            match Box::pin(enricher.preview(request.lead(), Deadline::after(TIME_LIMIT))).await {
                Ok((rule, Facts { content, by_stranger })) => {
                    findings.add_message(rule, &content, by_stranger);
                }
                Err(Stop::Skipped(reason)) => findings.add_skipped(reason.to_string()),
                // A preview claims nothing, so it meets no duplicate.
                Err(Stop::Duplicate) => {}
                Err(Stop::Failed(error)) => findings.add_failed(&error),
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        findings.count_calls(&okta.usage());
        if self.json {
            terminal::print_pretty_json(&serde_json::to_value(&findings)?);
        } else {
            summary::print(&findings);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn enricher(&self) -> Result<Enricher, Failure> {
        let environment = self.from.read_with(&self.policy).await?;
        let changes = [("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", "true".to_owned())];
        let config = environment.config(&changes)?;
        let secret = environment.secret(&config)?;
        note_policy(&config.deployment.policy_file, Some(&environment));
        Ok(Enricher::for_operator(config, secret, Ledger::in_memory(), AsOf::Event)?)
    }
}
