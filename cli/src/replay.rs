//! `enricher replay`: runs event files through the Lambda's code, and shows what an approver would see.

mod event_files;
mod events;
mod expected;
mod missing;
mod shown;
mod tally;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::Error;
use okta_request_enricher::event::{self, Incoming};
use okta_request_enricher::handler::{AsOf, Invocation, Lead};
use okta_request_enricher::message::Message;
use okta_request_enricher::outcome::{Outcome, SkipReason};
use okta_request_enricher::text;
use okta_simulator::{FAULTS_HELP, Fault};

use self::events::{Event, Events};
use self::expected::ExpectedTexts;
use self::tally::Tally;
use self::target::{Place, Target};
use crate::failure::Failure;
use crate::policy_option::PolicyOption;
use crate::terminal::{self, progress, style};
use crate::time_limit::TIME_LIMIT;
use crate::{misses, policy_note, verbosity};

/// The function of an event is unknown, so its policy is not used.
const POLICY_HELP: &str = "\
Use this policy file

Without it: the file that ENRICHMENT_FILE names, or else the built-in policy. A line on stderr says which one it is";

/// Run event files through the deployed code and show the messages
///
/// Sends the calls to an Okta simulator inside this process: it needs no account and no AWS, and posts nothing
/// real. There the time of the event is taken as the current time, so that an event always gives the same
/// message. The simulator has the people of the sample events; --world gives it yours. With --org it reads from
/// a real org, and posts nothing unless --post is given.
///
/// --post neither reads nor writes the function's ledger. It posts on a request that has its message already, and
/// the function may post on the request later. For requests whose event was lost, see enricher reconcile and redrive.
///
/// A file holds an event as EventBridge delivers it, or a bare System Log event as Okta's System Log API
/// (GET /api/v1/logs) returns it. It may also hold an array or JSON Lines of either. A bare event gets an
/// envelope. In a file of several events, those of other types than access.request.create are left out, and
/// FILE:N names the Nth event.
///
/// Reads REQUEST_TYPES, ENRICHMENT_FILE and MAX_EVENT_AGE from the environment as the Lambda does.
/// Unless MAX_EVENT_AGE is set, events have no age limit.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(mut_arg("file", |policy| policy.long_help(POLICY_HELP)))]
#[command(after_help = "\
Examples:
  Show the message of a sample event; needs no account:
    enricher replay events/access.request.create--v2.json
  Show the messages of what Okta's System Log exports; posts nothing:
    OKTA_API_TOKEN=00… enricher replay --org https://acme.okta.com \\
      system-log.json
  Give the simulator your people and requests:
    enricher replay --world examples/world examples/world/events
  Store the messages, change the policy, and see what differs:
    enricher replay --expect messages --update events
    enricher replay --expect messages events
  See what a failing Okta does:
    enricher replay --fault post=503 events/access.request.create--v1.json
  For a script, or from another program:
    enricher replay --json events | jq .outcome
    cat my-event.json | enricher replay -

Exit status: 0 all well, 1 an event failed or has another message than expected,
2 wrong usage.")]
pub(crate) struct Replay {
    /// Event files, folders of them (*.json, *.jsonl, *.ndjson), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Make each message, but post none, not even to the simulator. With --org, this is the default
    #[arg(long)]
    dry_run: bool,
    /// Post the messages on the requests of --org. They can't be changed or deleted there. A request may get a second
    /// message: the function's ledger is not used
    #[arg(long, requires = "org", conflicts_with_all = ["dry_run", "expect"])]
    post: bool,
    /// Print a line of JSON for each event
    #[arg(long)]
    json: bool,
    /// Make the simulator fail; can be given more than once
    #[arg(long, value_name = "FAULT", long_help = format!("Make the simulator fail; can be given more than once:\n{FAULTS_HELP}"), conflicts_with = "org")]
    fault: Vec<Fault>,
    /// Compare each message with its text in this folder (FILE.txt for FILE.json, FILE.N.txt for its Nth event), and
    /// print only the lines that differ. With --org, too, the time of the event is then taken as the current time
    #[arg(long, value_name = "DIR")]
    expect: Option<PathBuf>,
    /// Store the messages as the texts of --expect, instead of comparing
    #[arg(long, requires = "expect")]
    update: bool,
    /// Give the simulator the people, groups, apps and requests in the JSON files of this folder, instead of
    /// the sample's
    #[arg(long, value_name = "DIR", conflicts_with = "org")]
    world: Option<PathBuf>,
    /// Read from this org instead of the simulator, with the credential in `OKTA_API_TOKEN` or in the file that
    /// `OKTA_SECRET_FILE` names. Posts nothing without --post
    #[arg(long, value_name = "URL")]
    org: Option<String>,
    #[command(flatten)]
    policy: PolicyOption,
}

impl Replay {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let Events { all: events, wrapped, others } = Events::read(&self.files)?;
        let mut expected = match &self.expect {
            Some(folder) => Some(ExpectedTexts::new(folder, self.update, &events)?),
            None => None,
        };
        let mut target = self.target().await?;
        if self.post
            && let Err(error) = sign_in(&target).await
        {
            return Ok(terminal::failed(&error.to_string()));
        }
        if expected.is_none() {
            self.introduce(&target, wrapped, others);
        }
        let mut tally = Tally::default();
        let progress = progress(events.len());
        for (number, event) in events.iter().enumerate() {
            progress.set_message(&event.name);
            let request_id = &format!("replay {number}");
            let invocation = Invocation { request_id, account: None, deadline: Deadline::after(TIME_LIMIT) };
            let attempt = target.enricher.handle(&event.payload, invocation).await;
            let note = target.note(&attempt);
            tally.add(attempt.name());
            progress.suspend(|| {
                if self.json {
                    shown::print_json(
                        &event.name,
                        &attempt,
                        &target.place,
                        note.as_deref(),
                        target.deployment(),
                    );
                } else if expected.is_none() {
                    shown::print(&event.name, &attempt, &target.place, note.as_deref());
                }
                expected.as_mut().map_or(Ok(()), |expected| {
                    let message = attempt.message().map(Message::as_str);
                    expected.hold(event, message, &target.place.sentence(&attempt))
                })
            })?;
            if verbosity::is_verbose() && matches!(attempt.result, Ok(Outcome::Skipped(SkipReason::NoRule))) {
                Box::pin(explain(&target, event)).await;
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        // With --expect, only the texts decide: an event may be meant to fail, and then has no text.
        let well = expected.as_ref().map_or(!tally.has_failures(), ExpectedTexts::all_as_expected);
        match &expected {
            Some(expected) => {
                if !well {
                    policy_note::note(&target.deployment().policy_file);
                }
                terminal::eprintln!("{}", expected.summary());
            }
            None => self.conclude(&events, &tally, &target.place),
        }
        Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn target(&self) -> Result<Target, Failure> {
        let Some(org) = &self.org else {
            return Target::simulated(self.world.as_deref(), &self.fault, self.dry_run, &self.policy).await;
        };
        let as_of = if self.expect.is_some() { AsOf::Event } else { AsOf::Now };
        Target::org(org, !self.post, &self.policy, as_of)
    }

    /// Says what is about to happen, once everything is known to be usable.
    fn introduce(&self, target: &Target, wrapped: usize, others: usize) {
        match &target.place {
            Place::Simulator { .. } => {
                terminal::eprintln!("okta: the simulator in this process; nothing real is posted");
            }
            Place::Org(org) => terminal::eprintln!("okta: {org}"),
        }
        policy_note::note(&target.deployment().policy_file);
        if wrapped > 0 {
            let bare = text::count(wrapped, "bare System Log event");
            terminal::eprintln!("note: wrapped {bare} in an envelope, as EventBridge delivers them");
        }
        if others > 0 {
            let others = text::count(others, "event");
            terminal::eprintln!("note: left out {others} of other types than access.request.create");
        }
        if self.post
            && let Place::Org(org) = &target.place
        {
            let yellow = style(AnsiColor::Yellow);
            terminal::eprintln!(
                "{yellow}Messages are posted for real on {org}{yellow:#}; a request may get a second one, now or from \
                 the function later: its ledger is neither read nor written"
            );
        }
    }

    /// Says what has happened.
    fn conclude(&self, events: &[Event], tally: &Tally, place: &Place) {
        if events.len() != 1 {
            let all = text::count(events.len(), "event");
            let summary = tally.summary(place);
            let colon = if summary.is_empty() { "" } else { ": " };
            terminal::eprintln!("{all}{colon}{summary}");
        }
        if let Place::Org(org) = place
            && !self.post
        {
            match tally.not_posted() {
                0 => terminal::eprintln!("nothing was posted on {org}"),
                messages => {
                    let messages = text::count(messages, "message");
                    terminal::eprintln!("nothing was posted on {org}; add --post to post {messages}");
                }
            }
        }
    }
}

/// Says why no rule matches the request of an event.
async fn explain(target: &Target, event: &Event) {
    if let Ok(Incoming::Created(request)) = event::parse(&event.payload) {
        let misses = target.enricher.misses(Lead::of(&request), Deadline::after(TIME_LIMIT)).await;
        misses::print(&event.name, &misses);
    }
}

/// Finds out whether Okta accepts the credential, before anything is posted.
async fn sign_in(target: &Target) -> Result<(), Error> {
    let signed_in = Box::pin(target.enricher.okta()?.identity(Deadline::after(TIME_LIMIT))).await;
    signed_in.map(drop).map_err(|error| Error::of_call("failed to sign in to Okta", error))
}
