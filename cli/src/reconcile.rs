//! `enricher reconcile`: runs the housekeeping's search by hand. It finds open requests that have no message by the
//! ledger's records: the stream lost their events, or their attempts failed. It shows their messages, and posts them
//! if it is told to.

mod shown;

use std::process::ExitCode;
use std::time::Duration;

use anstyle::AnsiColor;
use clap::Args;
use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{AsOf, Enricher, Invocation, Lead};
use okta_request_enricher::housekeeping::{Cut, Found, LEAST_AGE, LONGEST_WINDOW};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::ledger::protocol::RECORD_LIFE;
use okta_request_enricher::okta::ListedRequest;
use okta_request_enricher::outcome::{Outcome, SkipReason};
use okta_request_enricher::text;

use self::shown::Shown;
use crate::environment::SettingsFrom;
use crate::environment::policy_note::note_policy;
use crate::failure::Failure;
use crate::interrupt::{self, Interrupt};
use crate::policy_option::PolicyOption;
use crate::terminal::{self, style};
use crate::time_limit::TIME_LIMIT;
use crate::{aws, misses, time_span, verbosity};

/// The search's time limit. Large orgs have many pages, and Okta's rate limits are small.
const SEARCH_LIMIT: Duration = Duration::from_mins(10);

/// Find open requests that the stream lost, and show or post their messages
///
/// Lists Okta's open access requests, looks up each in the ledger under all its ids, and shows the message of
/// each that has none by the ledger's records: the stream lost its event, or its attempts failed. Takes first the
/// oldest request of each person, then the second of each, and so on; those whose attempts failed come last. With
/// --post it posts these messages; without it, it changes nothing, neither in Okta nor in the ledger. The deployed function does the same every hour for the
/// last day, and posts. Requests younger than 15 minutes, or from before the ledger's first day, are left
/// out, and a line on stderr says so. If Okta does not show whether two ids are the same request, nothing is
/// posted, and the request is shown as unproven.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, LEDGER_TABLE, …) or from the
/// deployed function. The credential is that of OKTA_API_TOKEN or of the file that OKTA_SECRET_FILE names, or else
/// the one in Secrets Manager. Okta must allow it to list requests: Okta allows that to a service app with the scopes, and to some API
/// tokens. A list that Okta refuses is named, and the other one is used. Finds AWS profile, credentials and
/// region as the AWS CLI does.
///
/// The AWS credentials need dynamodb:GetItem on the table, with --post also dynamodb:PutItem, and
/// secretsmanager:GetSecretValue on the secret. With --function they also need lambda:GetFunctionConfiguration. To
/// ask the function for its policy takes lambda:InvokeFunction; --policy names a copy instead.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  Show what would be posted:
    enricher reconcile --function okta-request-enricher
  Post it, for the last three days:
    enricher reconcile --function okta-request-enricher --since 3d --post
  How each request ended, by this shell's settings:
    enricher reconcile --since 6h --json | jq .outcome

Exit status: 0 all well, 1 something failed, is unproven or could not be read,
2 wrong usage, 130 interrupted by Ctrl-C.")]
pub(crate) struct Reconcile {
    /// How far back: 90m, 24h, 3d. At most 44 days, and not before the ledger's first day
    #[arg(long, value_name = "TIME", value_parser = since, default_value = "24h")]
    since: Duration,
    /// Post the messages. Without it nothing is posted
    #[arg(long)]
    post: bool,
    /// Post nothing, as without --post
    #[arg(long, conflicts_with = "post")]
    dry_run: bool,
    /// Print a line of JSON for each request
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: SettingsFrom,
    #[command(flatten)]
    policy: PolicyOption,
}

/// Reads --since. A time in which no request is old enough would find nothing, whatever was lost.
fn since(text: &str) -> Result<Duration, String> {
    match time_span::parse(text)? {
        since if since <= LEAST_AGE => Err(format!(
            "requests younger than {} minutes are left out, because their events may still come; give a longer time",
            LEAST_AGE.as_secs() / 60
        )),
        since => Ok(since),
    }
}

/// How many lost requests ended in which way.
#[derive(Default)]
struct Ends {
    posted: usize,
    /// A dry run would post them.
    posts: usize,
    /// They need no message, or have one by now.
    needless: usize,
    failed: usize,
    /// Ctrl-C came before their turn.
    interrupted: usize,
}

impl Reconcile {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let enricher = self.enricher().await?;
        let since = Timestamp::now().checked_sub(self.since)?;
        let found = match Box::pin(enricher.lost(since, Deadline::after(SEARCH_LIMIT))).await {
            Ok(found) => found,
            Err(error) => return Ok(terminal::failed(&error.to_string())),
        };
        if let Some(cut) = found.cut {
            note_cut(cut);
        }
        if self.post && !found.lost.is_empty() {
            let yellow = style(AnsiColor::Yellow);
            let org = enricher.okta()?.org();
            terminal::eprintln!("{yellow}Messages are posted for real on {org}{yellow:#}");
        }
        let shown = Shown { json: self.json };
        let ends = enrich(&enricher, &found, shown).await;
        for (listed, reason) in &found.skipped {
            shown.skipped(listed, reason);
            explain(&enricher, listed, reason).await;
        }
        for (id, reason) in &found.unproven {
            shown.unproven(id, *reason);
        }
        for list in &found.unread {
            terminal::eprintln!("{list}");
        }
        self.sum_up(&found, &ends);
        if ends.interrupted > 0 {
            return Ok(ExitCode::from(interrupt::EXIT_STATUS));
        }
        let incomplete = ends.failed + found.unproven.len() + found.left + found.unread.len() > 0;
        Ok(ExitCode::from(u8::from(incomplete)))
    }

    async fn enricher(&self) -> Result<Enricher, Failure> {
        let environment = self.from.read_with(&self.policy).await?;
        // The operator chooses by --since how old a request may be, and by --post whether it is posted.
        let changes = [("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", (!self.post).to_string())];
        let config = environment.config(&changes)?;
        if config.ledger_table.is_none() {
            return Err("LEDGER_TABLE is not set, so it is unknown which requests were answered; set it to the function's \
                        table (stack output LedgerTableName), or give --function"
                .into());
        }
        let secret = environment.secret(&config).await?;
        note_policy(&config.deployment.policy_file, &environment);
        aws::signed_in(&environment.aws).await?;
        let ledger = Ledger::of(config.ledger_table.as_deref(), &environment.aws);
        Ok(Enricher::for_operator(config, secret, ledger, AsOf::Now)?)
    }

    /// Prints the counts, and at last that nothing was posted.
    fn sum_up(&self, found: &Found, ends: &Ends) {
        let Ends { posted, posts, needless, failed, interrupted } = ends;
        let (open, lost) = (text::count(found.open, "open request"), found.lost.len() - needless);
        let mut done =
            if self.post { format!("{posted} posted") } else { "none posted (dry run)".to_owned() };
        if self.post || *failed > 0 {
            done += &format!(", {failed} failed");
        }
        let (skipped, unproven) = (found.skipped.len() + needless, found.unproven.len());
        let counted = |count: usize, what: &str| match count {
            0 => String::new(),
            count => format!(", {count} {what}"),
        };
        let left = counted(found.left, "not read in time");
        let interrupted = counted(*interrupted, "not tried (interrupted)");
        let young = counted(found.young, "left out: younger than 15 minutes, the event may still come");
        terminal::eprintln!(
            "{open}: {lost} lost, {done}, {skipped} skipped, {unproven} unproven{left}{interrupted}{young}"
        );
        if !self.post {
            let what = match posts {
                0 => "there is no message that --post would post".to_owned(),
                posts => format!("add --post to post {}", text::count(*posts, "message")),
            };
            terminal::eprintln!("nothing was posted; {what}");
        }
    }
}

/// Takes each lost request to its message.
async fn enrich(enricher: &Enricher, found: &Found, shown: Shown) -> Ends {
    let interrupt = Interrupt::listen(|| {
        terminal::eprintln!("stopping after the request in flight; Ctrl-C again ends at once");
    });
    let progress = terminal::progress(found.lost.len());
    let mut ends = Ends::default();
    for lost in &found.lost {
        if interrupt.came() {
            ends.interrupted += 1;
            continue;
        }
        progress.set_message(lost.listed.id.as_str());
        let deadline = Deadline::after(TIME_LIMIT);
        let invocation = Invocation { request_id: "reconcile", account: None, deadline };
        let attempt = Box::pin(enricher.repair(lost, invocation)).await;
        match &attempt.result {
            Ok(Outcome::Posted { .. }) => ends.posted += 1,
            Ok(Outcome::DryRun(_)) => ends.posts += 1,
            Ok(_) => ends.needless += 1,
            Err(_) => ends.failed += 1,
        }
        progress.suspend(|| shown.attempt(&lost.listed, &attempt));
        if let Ok(Outcome::Skipped(reason)) = &attempt.result {
            explain(enricher, &lost.listed, reason).await;
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    ends
}

/// With `-v`, says why no rule matches.
async fn explain(enricher: &Enricher, listed: &ListedRequest, reason: &SkipReason) {
    if verbosity::is_verbose() && *reason == SkipReason::NoRule {
        let event = listed.event();
        let misses = Box::pin(enricher.misses(Lead::of(&event), Deadline::after(TIME_LIMIT))).await;
        misses::print(listed.id.as_str(), &misses);
    }
}

/// Says that older requests than these were left out.
fn note_cut(cut: Cut) {
    let days = |time: Duration| time.as_secs() / (24 * 60 * 60);
    let (from, why) = match cut {
        Cut::RecordLife(from) => {
            let (window, life) = (days(LONGEST_WINDOW), days(RECORD_LIFE));
            (
                from,
                format!(
                    "it looks back {window} days at most: the ledger forgets a request after {life} days"
                ),
            )
        }
        Cut::LedgerBegan(from) => (
            from,
            "the ledger began that day, and does not know which requests were answered before".to_owned(),
        ),
    };
    let yellow = style(AnsiColor::Yellow);
    let from = from.strftime("%Y-%m-%d %H:%M UTC");
    terminal::eprintln!(
        "{yellow}--since is cut:{yellow:#} requests from before {from} were not looked at; {why}"
    );
}
