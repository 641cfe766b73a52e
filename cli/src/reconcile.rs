//! `enricher reconcile`: the housekeeping's search by hand: open requests that have no record in the ledger, because the
//! stream lost their events, and their messages.

use std::process::ExitCode;
use std::time::Duration;

use anstyle::AnsiColor;
use clap::Args;
use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{Clock, Enricher, Invocation};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::okta::ListedRequest;
use okta_request_enricher::outcome::{Attempt, Outcome};
use serde_json::{Value, json};

use super::Failure;
use super::environment::{From, TIME_LIMIT, may_list};
use super::terminal::{self, style};

/// How long the search may take: large orgs have many pages, and Okta's limits are small.
const SEARCH_LIMIT: Duration = Duration::from_mins(10);

/// Find open requests that the stream lost, and enrich them
///
/// Lists Okta's open access requests, looks each up in the ledger under every id by which it is known, and enriches those
/// that no attempt ever took up, oldest first. The deployed function does the same every hour for the last day. A
/// request is left alone for its first 15 minutes, and where it was raised before the ledger's first day. Where Okta does not
/// tell whether two ids are one request, nothing is posted, and the request is shown as unproven.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, LEDGER_TABLE, …) or from the deployed
/// function. The credential must be a service app's; it is read from Secrets Manager, or from the file that
/// OKTA_SECRET_FILE names. AWS profile, credentials and region are taken as the AWS CLI takes them; they need
/// dynamodb:GetItem and dynamodb:PutItem on the table, and secretsmanager:GetSecretValue on the secret.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher reconcile --function okta-request-enricher --dry-run       what would be posted
  enricher reconcile --function okta-request-enricher --since 3d
  enricher reconcile --since 6h --json | jq .outcome

Exit status: 0 all well, 1 something failed or is unproven, 2 wrong usage.")]
pub(crate) struct Reconcile {
    /// How far back: 90m, 24h, 3d; no further than the ledger's first day, and 44 days at most
    #[arg(long, value_name = "TIME", value_parser = super::terminal::time, default_value = "24h")]
    since: Duration,
    /// Only show what was lost
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a request, on a line of its own
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: From,
}

impl Reconcile {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let environment = self.from.read().await?;
        // What is asked for here is never too old, and a dry run is this command's own.
        let changes = [("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", "false".to_owned())];
        let config = environment.config(&changes)?;
        if config.ledger_table.is_none() {
            return Err("LEDGER_TABLE is not set: without the ledger nothing tells which requests were answered; give \
                        the name of the function's table (output LedgerTableName of the stack), or --function"
                .into());
        }
        let secret = environment.secret(&config)?;
        let ledger = Ledger::of(config.ledger_table.as_deref(), &environment.aws);
        let enricher = Enricher::for_operator(config, secret, ledger, Clock::System)?;
        if let Err(why) = may_list(&enricher).await {
            return Ok(terminal::failed(&why));
        }
        let now = Timestamp::now();
        let since = now.checked_sub(self.since)?;
        let found = match Box::pin(enricher.lost(since, Deadline::after(SEARCH_LIMIT))).await {
            Ok(found) => found,
            Err(error) => return Ok(terminal::failed(&error.to_string())),
        };
        let progress = terminal::progress(found.lost.len());
        // An owner that no other run has: a claim of this one is never taken for another's.
        let owner = format!("reconcile {now} {}", std::process::id());
        let (mut posted, mut failed) = (0, 0);
        for listed in &found.lost {
            if self.dry_run {
                progress.suspend(|| self.show(listed, None));
                continue;
            }
            let invocation =
                Invocation { request_id: &owner, account: None, deadline: Deadline::after(TIME_LIMIT) };
            let attempt = Box::pin(enricher.repair(&listed.event(), invocation)).await;
            posted += usize::from(matches!(attempt.result, Ok(Outcome::Posted { .. })));
            failed += usize::from(attempt.result.is_err());
            progress.suspend(|| self.show(listed, Some(&attempt)));
            progress.inc(1);
        }
        progress.finish_and_clear();
        for (id, reason) in &found.unproven {
            if self.json {
                anstream::println!(
                    "{}",
                    json!({
                        "request_id": id.as_str(), "outcome": "unproven", "reason": reason.to_string(),
                    })
                );
            } else {
                anstream::println!(
                    "{}{id}  unproven{}: {reason}; look at it in Okta",
                    style(AnsiColor::Yellow),
                    anstyle::Reset
                );
            }
        }
        let (lost, unproven) = (found.lost.len(), found.unproven.len());
        let done = if self.dry_run {
            "none posted (dry run)".to_owned()
        } else {
            format!("{posted} posted, {failed} failed")
        };
        anstream::eprintln!("{} open requests: {lost} lost, {done}, {unproven} unproven", found.open);
        Ok(ExitCode::from(u8::from(failed > 0 || unproven > 0)))
    }

    /// One request: when it was raised, and what became of it.
    fn show(&self, listed: &ListedRequest, attempt: Option<&Attempt>) {
        let outcome = attempt.map_or("lost", Attempt::name);
        if self.json {
            let mut line = json!({
                "request_id": listed.id.as_str(), "created": listed.created.to_string(), "outcome": outcome,
            });
            match attempt.map(|attempt| &attempt.result) {
                Some(Ok(Outcome::Skipped(reason))) => line["reason"] = reason.to_string().into(),
                Some(Err(error)) => {
                    line["errorType"] = error.class().as_str().into();
                    line["errorMessage"] = Value::from(error.to_string());
                }
                _ => {}
            }
            anstream::println!("{line}");
            return;
        }
        let color = match attempt.map(|attempt| &attempt.result) {
            Some(Ok(Outcome::Posted { .. })) => AnsiColor::Green,
            Some(Err(_)) => AnsiColor::Red,
            _ => AnsiColor::Yellow,
        };
        let why = match attempt.map(|attempt| &attempt.result) {
            Some(Ok(Outcome::Skipped(reason))) => format!("  {reason}"),
            Some(Err(error)) => format!("  {}: {error}", error.class()),
            _ => String::new(),
        };
        let created = listed.created.strftime("%Y-%m-%d %H:%M UTC");
        anstream::println!(
            "{:<26}{created}  {}{outcome}{}{why}",
            listed.id.as_str(),
            style(color),
            anstyle::Reset
        );
    }
}
