//! `enricher reconcile`: runs the housekeeping's search by hand. It finds open requests without a record in
//! the ledger, because Okta's stream lost their events, and posts their messages.

use std::process::ExitCode;
use std::time::Duration;

use anstyle::AnsiColor;
use clap::Args;
use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::Error;
use okta_request_enricher::handler::{AsOf, Enricher, Invocation};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::okta::ListedRequest;
use okta_request_enricher::outcome::{Attempt, Outcome};
use okta_request_enricher::request::RequestId;
use okta_request_enricher::text;
use serde_json::{Value, json};

use crate::environment::{SettingsFrom, TIME_LIMIT, note_policy};
use crate::failure::Failure;
use crate::policy_option::PolicyOption;
use crate::terminal::{self, style};
use crate::time_span;

/// The search's time limit. Large orgs have many pages, and Okta's rate limits are small.
const SEARCH_LIMIT: Duration = Duration::from_mins(10);

/// Find open requests that the stream lost, and enrich them
///
/// Lists Okta's open access requests, looks up each in the ledger under all its ids, and enriches those that
/// no attempt has handled, oldest first. The deployed function does the same every hour for the last day.
/// Requests younger than 15 minutes, or from before the ledger's first day, are left out. If Okta does not
/// show whether two ids are the same request, nothing is posted, and the request is shown as unproven.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, LEDGER_TABLE, …) or from the
/// deployed function. Takes the credential from Secrets Manager or from the file that OKTA_SECRET_FILE names.
/// Okta must allow it to list requests: Okta allows that to a service app with the scopes, and to some API
/// tokens. A list that Okta refuses is named, and the other one is used. Finds AWS profile, credentials and
/// region as the AWS CLI does. The credentials need dynamodb:GetItem and dynamodb:PutItem on the table, and
/// secretsmanager:GetSecretValue on the secret; with --function also lambda:GetFunctionConfiguration, and
/// lambda:InvokeFunction to ask the function for its policy, unless --policy names a copy.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher reconcile --function okta-request-enricher --dry-run       show what would be posted
  enricher reconcile --function okta-request-enricher --since 3d
  enricher reconcile --since 6h --json | jq .outcome

Exit status: 0 all well, 1 something failed, is unproven or could not be read, 2 wrong usage.")]
pub(crate) struct Reconcile {
    /// How far back: 90m, 24h, 3d. At most 44 days, and not before the ledger's first day
    #[arg(long, value_name = "TIME", value_parser = time_span::parse, default_value = "24h")]
    since: Duration,
    /// Only show the lost requests, and those that are skipped, with the reason
    #[arg(long)]
    dry_run: bool,
    /// Print a line of JSON for each request
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: SettingsFrom,
    #[command(flatten)]
    policy: PolicyOption,
}

impl Reconcile {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let enricher = self.enricher().await?;
        let now = Timestamp::now();
        let since = now.checked_sub(self.since)?;
        let found = match Box::pin(enricher.lost(since, Deadline::after(SEARCH_LIMIT))).await {
            Ok(found) => found,
            Err(error) => return Ok(terminal::failed(&error.to_string())),
        };
        let progress = terminal::progress(found.lost.len());
        let (mut posted, mut skipped, mut failed) = (0, found.skipped.len(), 0);
        for lost in &found.lost {
            if self.dry_run {
                progress.suspend(|| self.show_lost(&lost.listed, None));
                continue;
            }
            let deadline = Deadline::after(TIME_LIMIT);
            let invocation = Invocation { request_id: "reconcile", account: None, deadline };
            let attempt = Box::pin(enricher.repair(lost, invocation)).await;
            posted += usize::from(matches!(attempt.result, Ok(Outcome::Posted { .. })));
            skipped += usize::from(matches!(attempt.result, Ok(Outcome::Skipped(_))));
            failed += usize::from(attempt.result.is_err());
            progress.suspend(|| self.show_lost(&lost.listed, Some(&attempt)));
            progress.inc(1);
        }
        progress.finish_and_clear();
        for (listed, reason) in &found.skipped {
            self.show(listed, "skipped", AnsiColor::Yellow, Reason::Skipped(&reason.to_string()));
        }
        for (id, reason) in &found.unproven {
            self.show_unproven(id, &reason.to_string());
        }
        for list in &found.unread {
            terminal::eprintln!("{list}");
        }
        let (open, lost) = (text::count(found.open, "open request"), found.lost.len());
        let done = if self.dry_run {
            "none posted (dry run)".to_owned()
        } else {
            format!("{posted} posted, {failed} failed")
        };
        let (unproven, left) = (found.unproven.len(), found.left);
        let left = if left > 0 { format!(", {left} not read in time") } else { String::new() };
        terminal::eprintln!("{open}: {lost} lost, {done}, {skipped} skipped, {unproven} unproven{left}");
        let incomplete = failed + unproven + found.left + found.unread.len() > 0;
        Ok(ExitCode::from(u8::from(incomplete)))
    }

    async fn enricher(&self) -> Result<Enricher, Failure> {
        let environment = self.from.read_with(&self.policy).await?;
        // The operator chooses by --since how old a request may be, and by --dry-run whether it is posted.
        let changes = [("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", "false".to_owned())];
        let config = environment.config(&changes)?;
        if config.ledger_table.is_none() {
            return Err("LEDGER_TABLE is not set, so it is unknown which requests were answered; set it to the function's \
                        table (stack output LedgerTableName), or give --function"
                .into());
        }
        let secret = environment.secret(&config)?;
        note_policy(&config.deployment.policy_file, Some(&environment));
        let ledger = Ledger::of(config.ledger_table.as_deref(), &environment.aws);
        Ok(Enricher::for_operator(config, secret, ledger, AsOf::Now)?)
    }

    /// Shows a request of which Okta does not say whether it was answered under another id.
    fn show_unproven(&self, id: &RequestId, reason: &str) {
        if self.json {
            let line = json!({"request_id": id.as_str(), "outcome": "unproven", "reason": reason});
            terminal::print_json(&line);
        } else {
            let color = style(AnsiColor::Yellow);
            terminal::println!("{color}{id}  unproven{color:#}: {reason}; look at it in Okta");
        }
    }

    /// Shows a lost request, and how its attempt ended.
    fn show_lost(&self, listed: &ListedRequest, attempt: Option<&Attempt>) {
        let outcome = attempt.map_or("lost", Attempt::name);
        match attempt.map(|attempt| &attempt.result) {
            Some(Ok(Outcome::Posted { .. })) => self.show(listed, outcome, AnsiColor::Green, Reason::None),
            Some(Ok(Outcome::Skipped(reason))) => {
                self.show(listed, outcome, AnsiColor::Yellow, Reason::Skipped(&reason.to_string()));
            }
            Some(Err(error)) => self.show(listed, outcome, AnsiColor::Red, Reason::Failed(error)),
            Some(Ok(_)) | None => self.show(listed, outcome, AnsiColor::Yellow, Reason::None),
        }
    }

    /// Shows one request: when it was raised, and what became of it.
    fn show(&self, listed: &ListedRequest, outcome: &str, color: AnsiColor, reason: Reason<'_>) {
        if self.json {
            let mut line = json!({
                "request_id": listed.id.as_str(), "created": listed.created.to_string(), "outcome": outcome,
            });
            match reason {
                Reason::None => {}
                Reason::Skipped(reason) => line["reason"] = reason.into(),
                Reason::Failed(error) => {
                    line["errorType"] = error.class().as_str().into();
                    line["errorMessage"] = Value::from(error.message());
                }
            }
            terminal::print_json(&line);
            return;
        }
        let why = match reason {
            Reason::None => String::new(),
            Reason::Skipped(reason) => format!("  {reason}"),
            Reason::Failed(error) => format!("  {}: {}", error.class(), error.message()),
        };
        let created = listed.created.strftime("%Y-%m-%d %H:%M UTC");
        let color = style(color);
        terminal::println!("{:<26}{created}  {color}{outcome}{color:#}{why}", listed.id.as_str());
    }
}

/// Why a request got no message.
#[derive(Clone, Copy)]
enum Reason<'a> {
    /// It got one, or nothing was tried.
    None,
    Skipped(&'a str),
    Failed(&'a Error),
}
