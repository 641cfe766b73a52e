//! `enricher replay`: runs event files through the Lambda's code, and shows what an approver would see.

mod event_files;
mod expected;
mod tally;
mod unused_policy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::config::Config;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::degradation::Degradation;
use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::handler::{AsOf, Enricher, Invocation};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::message::Message;
use okta_request_enricher::outcome::{Attempt, Outcome};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::text;
use okta_simulator::{FAULTS_HELP, Fault, Simulator};
use serde_json::{Value, json};

use self::event_files::{expand, read};
use self::expected::ExpectedTexts;
use self::tally::Tally;
use crate::environment::TIME_LIMIT;
use crate::failure::Failure;
use crate::terminal::{self, progress, style};
use crate::{credential, excerpt};

/// Run event files through the deployed code and show the messages
///
/// Sends the calls to an Okta simulator inside this process: it needs no account and no AWS. There the time
/// of the event is taken as the current time, so that an event always gives the same message. With --org it
/// calls a real org, and really posts the messages unless --dry-run is given. Reads REQUEST_TYPES,
/// ENRICHMENT_FILE and MAX_EVENT_AGE from the environment as the Lambda does. Unless MAX_EVENT_AGE is set,
/// events have no age limit.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher replay events/access.request.create--v2.json
  enricher replay events --json | jq .outcome
  enricher replay --expect messages events                compare with texts stored before by --update
  enricher replay --fault post=503 events/access.request.create--v1.json
  pbpaste | enricher replay -
  OKTA_API_TOKEN=00… enricher replay --org https://acme.okta.com --dry-run my-event.json")]
pub(crate) struct Replay {
    /// Event files as EventBridge delivers them, folders of them (*.json), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Make each message, but post none
    #[arg(long)]
    dry_run: bool,
    /// Print a line of JSON for each file
    #[arg(long)]
    json: bool,
    /// Make the simulator fail; can be given more than once
    #[arg(long, value_name = "FAULT", long_help = format!("Make the simulator fail; can be given more than once:\n{FAULTS_HELP}"), conflicts_with = "org")]
    fault: Vec<Fault>,
    /// Compare each message with a text in this folder, `<name of the event file>.txt`, and print the
    /// differing lines. With --org, too, the time of the event is then taken as the current time
    #[arg(long, value_name = "DIR")]
    expect: Option<PathBuf>,
    /// Store the messages as the texts of --expect, instead of comparing
    #[arg(long, requires = "expect")]
    update: bool,
    /// Use this org instead of the simulator, with the credential in `OKTA_API_TOKEN` or in the file that
    /// `OKTA_SECRET_FILE` names
    #[arg(long, value_name = "URL")]
    org: Option<String>,
}

impl Replay {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let files = expand(&self.files)?;
        unused_policy::note();
        let (enricher, _simulator) = match &self.org {
            None => self.simulated().await.map(|(enricher, simulator)| (enricher, Some(simulator)))?,
            Some(org) => (self.real(org)?, None),
        };
        let expected = self.expect.as_ref().map(|folder| ExpectedTexts { folder, update: self.update });
        let progress = progress(files.len());
        let (mut tally, mut all_as_expected) = (Tally::default(), true);
        for (number, file) in files.iter().enumerate() {
            progress.set_message(file.display());
            let request_id = &format!("replay {number}");
            let invocation = Invocation { request_id, account: None, deadline: Deadline::after(TIME_LIMIT) };
            let attempt = enricher.handle(&read(file)?, invocation).await;
            tally.add(attempt.name());
            progress.suspend(|| {
                if self.json {
                    print_json(file, &attempt, enricher.deployment());
                } else {
                    print(file, &attempt);
                }
            });
            if let Some(expected) = &expected {
                let message = attempt.message().map(Message::as_str);
                all_as_expected &= expected.hold(file, message)?;
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        if files.len() > 1 {
            terminal::eprintln!("{} events: {}", files.len(), tally.summary());
        }
        // With --expect, only the texts decide: an event may be meant to fail, and then has no text.
        let well = if expected.is_some() { all_as_expected } else { !tally.has_failures() };
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn simulated(&self) -> Result<(Enricher, Simulator), Failure> {
        let simulator = Simulator::start().await?;
        for fault in &self.fault {
            simulator.fault(fault.clone());
        }
        let credential = Credential::parse(&simulator.token())?;
        let enricher = self.enricher(&simulator.url(), credential)?;
        Ok((enricher, simulator))
    }

    fn real(&self, org: &str) -> Result<Enricher, Failure> {
        let credential = credential::local()?
            .ok_or("--org needs a credential; set OKTA_API_TOKEN, or OKTA_SECRET_FILE")?;
        if !self.dry_run {
            let yellow = style(AnsiColor::Yellow);
            terminal::eprintln!(
                "{yellow}Messages are posted for real on {org}{yellow:#} (--dry-run posts none)"
            );
        }
        self.enricher(org, credential)
    }

    fn enricher(&self, org: &str, credential: Credential) -> Result<Enricher, Failure> {
        let config = Config::from_lookup(|name| match name {
            "OKTA_ORG_URL" => Some(org.to_owned()),
            "OKTA_SECRET_ID" => Some("given by the command line".to_owned()),
            "DRY_RUN" => Some(self.dry_run.to_string()),
            "MAX_EVENT_AGE" => std::env::var(name).ok().or_else(|| Some(u32::MAX.to_string())),
            _ => std::env::var(name).ok(),
        })
        .map_err(|error| excerpt::explained(&error))?;
        // The sample events keep their day, so that each of them leads to the same message for ever.
        let as_of = if self.expect.is_some() || self.org.is_none() { AsOf::Event } else { AsOf::Now };
        Ok(Enricher::for_operator(config, Secret::given(credential), Ledger::in_memory(), as_of)?)
    }
}

/// Prints the message as an approver would see it, and the outcome below it.
fn print(file: &Path, attempt: &Attempt) {
    let bold = terminal::bold();
    terminal::println!("{bold}{}{bold:#}", file.display());
    if let Some(message) = attempt.message() {
        for line in message.as_str().lines() {
            terminal::println!("  | {line}");
        }
    }
    let color = match &attempt.result {
        Ok(
            Outcome::Posted { .. } | Outcome::DryRun(_) | Outcome::Reconciled(_) | Outcome::Described { .. },
        ) => AnsiColor::Green,
        Ok(Outcome::Skipped(_) | Outcome::Duplicate) => AnsiColor::Yellow,
        Err(_) => AnsiColor::Red,
    };
    let mut facts = Vec::new();
    if let Err(error) = &attempt.result {
        facts.push(format!("{} {}", error.class(), error.code()));
    }
    if let Some(rule) = attempt.rule() {
        facts.push(format!("rule {rule}"));
    }
    if !attempt.degraded().is_empty() {
        facts.push(format!("incomplete: {}", attempt.degraded().join(", ")));
    }
    if attempt.okta_calls > 0 {
        facts.push(format!("{} to Okta", text::count(attempt.okta_calls, "call")));
    }
    let facts = if facts.is_empty() { String::new() } else { format!(" [{}]", facts.join(", ")) };
    let color = style(color);
    terminal::println!("  {color}{}{color:#}{facts}", attempt.sentence());
    let yellow = style(AnsiColor::Yellow);
    let lack = attempt.degradation().and_then(Degradation::warning);
    for warning in attempt.warnings.iter().chain(&lack) {
        terminal::println!("  {yellow}warning:{yellow:#} {warning}");
    }
}

/// Prints the function's answer or error, the message and the file, on one line.
fn print_json(file: &Path, attempt: &Attempt, deployment: &Deployment) {
    let mut line = match attempt.answer(deployment) {
        Ok(answer) => answer,
        Err(error) => json!({
            "outcome": attempt.name(), "errorType": error.class().as_str(), "errorMessage": error.message(),
        }),
    };
    line["file"] = file.display().to_string().into();
    line["okta_calls"] = attempt.okta_calls.into();
    if let Some(message) = attempt.message() {
        line["message"] = Value::from(message.as_str());
    }
    terminal::print_json(&line);
}
