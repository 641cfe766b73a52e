//! `enricher replay`: runs event files through the same code as the Lambda and shows what an approver would see.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::config::Config;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{Clock, Enricher, Invocation};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::outcome::{Attempt, Outcome};
use okta_request_enricher::secret::Secret;
use okta_simulator::{FAULTS_HELP, Fault, Simulator};
use serde_json::{Value, json};

use super::Failure;
use super::environment::{TIME_LIMIT, local_credential};
use super::terminal::{progress, style};

/// Run event files through the deployed code and show the messages
///
/// The events go to an Okta simulator inside this process: no account, no AWS. With --org they go to a real org, and
/// the messages are really posted unless --dry-run is given. The settings REQUEST_TYPES, ENRICHMENT_FILE and
/// MAX_EVENT_AGE are taken from the environment as the Lambda takes them, but for the default of the last: a replayed
/// event may be of any age.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher replay events/access.request.create--v2.json
  enricher replay events --json | jq .outcome
  enricher replay --expect messages events       # with --update first: hold all messages to stored texts
  enricher replay --fault post=503 events/access.request.create--v1.json
  pbpaste | enricher replay -
  OKTA_API_TOKEN=00… enricher replay --org https://acme.okta.com --dry-run my-event.json")]
pub(crate) struct Replay {
    /// Event files as EventBridge delivers them, folders of them (*.json), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Do everything but the post
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object a file, on a line of its own
    #[arg(long)]
    json: bool,
    /// Make the simulator fail; can be given more than once
    #[arg(long, value_name = "FAULT", long_help = format!("Make the simulator fail; can be given more than once:\n{FAULTS_HELP}"), conflicts_with = "org")]
    fault: Vec<Fault>,
    /// Compare each message with the text in this folder, `<name of the event file>.txt`. The event's own moment is
    /// taken for now, so that the same event always leads to the same message
    #[arg(long, value_name = "DIR")]
    expect: Option<PathBuf>,
    /// Write the texts of --expect instead of comparing with them
    #[arg(long, requires = "expect")]
    update: bool,
    /// Use this org instead of the simulator; the credential is taken from `OKTA_API_TOKEN`, or from the file that
    /// `OKTA_SECRET_FILE` names, in either form of the secret
    #[arg(long, value_name = "URL")]
    org: Option<String>,
}

impl Replay {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let files = expand(&self.files)?;
        let (enricher, _simulator) = match &self.org {
            None => self.simulated().await.map(|(enricher, simulator)| (enricher, Some(simulator)))?,
            Some(org) => (self.real(org)?, None),
        };
        let progress = progress(files.len());
        let mut different = 0;
        let mut counts = [
            ("posted", 0),
            ("dry_run", 0),
            ("duplicate", 0),
            ("skipped", 0),
            ("reconciled", 0),
            ("failed", 0),
        ];
        for (number, file) in files.iter().enumerate() {
            progress.set_message(file.display().to_string());
            let request_id = &format!("replay {number}");
            let invocation = Invocation { request_id, account: None, deadline: Deadline::after(TIME_LIMIT) };
            let attempt = enricher.handle(&read(file)?, invocation).await;
            if let Some((_, count)) = counts.iter_mut().find(|(name, _)| *name == attempt.name()) {
                *count += 1;
            }
            progress.suspend(|| if self.json { print_json(file, &attempt) } else { print(file, &attempt) });
            if let Some(folder) = &self.expect {
                different += usize::from(!self.is_as_expected(folder, file, &attempt)?);
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        if files.len() > 1 {
            let counted: Vec<_> = counts
                .iter()
                .filter(|(_, count)| *count > 0)
                .map(|(name, count)| format!("{count} {}", name.replace('_', " ")))
                .collect();
            anstream::eprintln!("{} events: {}", files.len(), counted.join(", "));
        }
        if self.expect.is_some() {
            // The texts are what is asked about; an event that leads to no message has none.
            return Ok(ExitCode::from(u8::from(different > 0)));
        }
        Ok(ExitCode::from(u8::from(counts.iter().any(|(name, count)| *name == "failed" && *count > 0))))
    }

    /// Whether the message is the stored text; with --update it becomes that.
    fn is_as_expected(&self, folder: &Path, file: &Path, attempt: &Attempt) -> Result<bool, Failure> {
        let stored = folder.join(format!("{}.txt", file.file_stem().unwrap_or_default().display()));
        let message = attempt.message().map(|message| format!("{}\n", message.as_str()));
        if self.update {
            std::fs::create_dir_all(folder)?;
            match message {
                Some(message) => std::fs::write(&stored, message)?,
                None if stored.exists() => std::fs::remove_file(&stored)?,
                None => {}
            }
            return Ok(true);
        }
        let expected = stored.exists().then(|| std::fs::read_to_string(&stored)).transpose()?;
        if message == expected {
            return Ok(true);
        }
        let (message, expected) = (message.unwrap_or_default(), expected.unwrap_or_default());
        anstream::eprintln!(
            "{}differs from `{}`{} (--update takes the new one):",
            style(AnsiColor::Red),
            stored.display(),
            anstyle::Reset
        );
        for line in expected.lines().filter(|line| !message.lines().any(|other| other == *line)) {
            anstream::eprintln!("  - {line}");
        }
        for line in message.lines().filter(|line| !expected.lines().any(|other| other == *line)) {
            anstream::eprintln!("  + {line}");
        }
        Ok(false)
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
        let credential =
            local_credential()?.ok_or("--org needs a credential: set OKTA_API_TOKEN, or OKTA_SECRET_FILE")?;
        if !self.dry_run {
            anstream::eprintln!(
                "{}Messages are posted for real on {org}{} (--dry-run only looks)",
                style(AnsiColor::Yellow),
                anstyle::Reset
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
        })?;
        let clock = if self.expect.is_some() { Clock::Event } else { Clock::System };
        Ok(Enricher::for_operator(config, Secret::given(credential), Ledger::in_memory(), clock)?)
    }
}

/// The files themselves, and in place of a folder its `*.json`, sorted.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let listed = std::fs::read_dir(path)
            .map_err(|error| format!("failed to list `{}`: {error}", path.display()))?;
        let mut inside: Vec<_> = listed.filter_map(Result::ok).map(|entry| entry.path()).collect();
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        if inside.is_empty() {
            return Err(format!("`{}` holds no .json file", path.display()).into());
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file.as_os_str() != "-" {
        return std::fs::read(file)
            .map_err(|error| format!("failed to read `{}`: {error}", file.display()).into());
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("failed to read standard input: {error}"))?;
    Ok(bytes)
}

/// The message in a frame, as an approver would see it, and the outcome below it.
fn print(file: &Path, attempt: &Attempt) {
    anstream::println!("{}{}{}", anstyle::Style::new().bold(), file.display(), anstyle::Reset);
    if let Some(message) = attempt.message() {
        for line in message.as_str().lines() {
            anstream::println!("  | {line}");
        }
    }
    let color = match &attempt.result {
        Ok(Outcome::Posted { .. } | Outcome::DryRun(_) | Outcome::Reconciled(_)) => AnsiColor::Green,
        Ok(Outcome::Skipped(_) | Outcome::Duplicate) => AnsiColor::Yellow,
        Err(_) => AnsiColor::Red,
    };
    let mut facts = Vec::new();
    if let Err(error) = &attempt.result {
        facts.push(error.class().to_string());
    }
    if let Some(rule) = attempt.rule() {
        facts.push(format!("rule {rule}"));
    }
    if !attempt.degraded().is_empty() {
        facts.push(format!("incomplete: {}", attempt.degraded().join(", ")));
    }
    if attempt.okta_calls > 0 {
        facts.push(format!("{} calls to Okta", attempt.okta_calls));
    }
    let facts = if facts.is_empty() { String::new() } else { format!(" [{}]", facts.join(", ")) };
    anstream::println!("  {}{}{}{facts}", style(color), attempt.sentence(), anstyle::Reset);
    for warning in &attempt.warnings {
        anstream::println!("  {}warning:{} {warning}", style(AnsiColor::Yellow), anstyle::Reset);
    }
}

/// The function's answer or error, the message and the file, on one line.
fn print_json(file: &Path, attempt: &Attempt) {
    let mut line = match attempt.answer() {
        Ok(answer) => answer,
        Err(error) => json!({
            "outcome": attempt.name(), "errorType": error.class().as_str(), "errorMessage": error.to_string(),
        }),
    };
    line["file"] = file.display().to_string().into();
    line["okta_calls"] = attempt.okta_calls.into();
    if let Some(message) = attempt.message() {
        line["message"] = Value::from(message.as_str());
    }
    anstream::println!("{line}");
}
