//! `enricher redrive`: sends dead letters to the function again, one at a time. A letter stays in the queue
//! until the function has handled it, so the command may be stopped, or killed, at any moment.

mod answer;
mod dead_letter;
mod failure_record;
mod function;
mod layer;
mod letter;
mod members;
mod output;
mod queue;
mod run;
mod selection;

use std::process::ExitCode;
use std::time::Duration;

use anstyle::AnsiColor;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use okta_request_enricher::text;

use self::function::Function;
use self::output::Output;
use self::queue::{Queue, Size};
use self::run::{End, Run};
use self::selection::Selection;
use crate::aws::{in_region, region_of_arn, session};
use crate::failure::Failure;
use crate::interrupt::{self, Interrupt};
use crate::queue_url::QueueUrl;
use crate::terminal::{self, failed, style};
use crate::time_span;

/// Send dead letters to the function again
///
/// Reads the dead-letter queue, shows why each letter is there, and sends its event to the function as it was
/// the first time. Deletes the letter once the function has handled it: posted, skipped, or found that a
/// message stands already. Keeps letters that fail again or can't be read. Sends one letter at a time, the
/// oldest of each ten first. If Lambda or Okta has no room, waits and sends the letter again.
///
/// Keeps letters whose event is older than the function's MAX_EVENT_AGE (a day by default); raise it first to
/// send them. Deletes failed events of the housekeeping, because the next one does their work.
///
/// Safe to interrupt: Ctrl-C ends the run after the letter in flight, and the same command continues where it
/// stopped. If a run is killed, the letters that it had received are back in the queue within two minutes.
/// Prints no personal data.
///
/// Finds AWS profile, credentials and region as the AWS CLI does, except that a region in the queue's URL
/// goes first. The credentials need sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and
/// sqs:GetQueueAttributes on the queue, and lambda:InvokeFunction on the function.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  The URL of the queue is an output of the stack:
    QUEUE=$(aws cloudformation describe-stacks \\
      --stack-name okta-request-enricher --output text --query \\
      \"Stacks[0].Outputs[?OutputKey=='DeadLetterQueueUrl'].OutputValue\")
  Show what is in the queue, and why:
    enricher redrive --queue-url \"$QUEUE\" --dry-run
  Try one letter, then send the rest:
    enricher redrive --queue-url \"$QUEUE\" --function okta-request-enricher \\
      --limit 1
    enricher redrive --queue-url \"$QUEUE\" --function okta-request-enricher
  Only what failed for a passing reason, in the last 6 hours:
    enricher redrive --queue-url \"$QUEUE\" --function okta-request-enricher \\
      --class retryable --newer-than 6h
  Post on a request that may have a message, and has none in Okta:
    enricher redrive --queue-url \"$QUEUE\" --function okta-request-enricher \\
      --repost --request req16zRXf4PBGnr7o18A

Exit status: 0 all well, 1 a letter failed and is kept, or the run stopped early
(the queue can't be read, AWS refuses a call, DRY_RUN is on, or letter after
letter fails), 2 wrong usage, 130 stopped by Ctrl-C.")]
pub(crate) struct Redrive {
    /// The dead-letter queue
    #[arg(long, value_name = "URL", value_parser = QueueUrl::parse)]
    queue_url: QueueUrl,
    /// The function: its name, NAME:ALIAS or ARN
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run", value_parser = NonEmptyStringValueParser::new())]
    function: Option<String>,
    /// Only show the letters; they are back in the queue at the end
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    selection: Selection,
    /// With --request: post even if a message may already stand
    ///
    /// If two attempts on a request ended without knowing whether their message arrived (a timeout, a cut
    /// connection), the function does not post a third time. Look at the request in Okta. If it has no
    /// message, name it by --request, and this option has it posted. If it has one, this option would post a
    /// second.
    ///
    /// It posts on every letter that it takes, unless the ledger knows of the message. No letter is too old
    /// for it. The function also decides anew on a message that the policy withheld. A rule with
    /// `message = "warnings"` then posts it, even if there is nothing to look at.
    #[arg(long, requires = "request")]
    repost: bool,
    /// Print a line of JSON for each letter
    #[arg(long)]
    json: bool,
    /// The first pause before another try; each is twice as long as the one before
    #[arg(long, hide = true, value_parser = time_span::parse, default_value = "2s")]
    pause: Duration,
    /// How long received letters are hidden from other readers, if this run is killed
    #[arg(long, hide = true, value_parser = time_span::parse, default_value = "2m")]
    hide: Duration,
}

impl Redrive {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let aws = session().await?;
        // A function and the queue of its failures are in one region, whatever the profile says.
        let region = self.queue_url.region().or_else(|| aws.region().cloned());
        let queue = Queue::new(&in_region(&aws, region.clone()), self.queue_url.to_string(), self.hide);
        let function = self.function.as_ref().filter(|_| !self.dry_run).map(|name| {
            let aws = in_region(&aws, region_of_arn(name).or(region));
            Function::new(&aws, name, self.pause)
        });
        let interrupt = Interrupt::listen(|| {
            terminal::eprintln!(
                "Stopping after the letter in flight. (Ctrl-C again stops at once; received letters are then back in the \
                 queue within two minutes.)"
            );
        });
        let size = match queue.size().await {
            Ok(size) => size,
            // Without this permission there is only no progress bar.
            Err(error) if error.denied => Size::default(),
            Err(error) => return Ok(failed(&error.to_string())),
        };
        if size.hidden > 0 {
            terminal::eprintln!(
                "{} hidden from this run: another run is at work, or was killed in the last two minutes.",
                text::count(size.hidden, "letter")
            );
        }
        let (selection, repost) = (self.selection, self.repost);
        let output = Output::new(self.json, size.visible.min(selection.limit()));
        let mut run = Run { queue, function, interrupt, output, selection, repost };
        let end = run.drain().await;
        Ok(conclude(end, run).await)
    }
}

/// Gives back what the run still holds, and prints its totals.
async fn conclude(end: End, mut run: Run) -> ExitCode {
    let (summary, dry_run) = (run.output.summary(), run.function.is_none());
    let hidden = run.queue.give_back().await;
    terminal::eprintln!("{summary}{}", if dry_run { "; nothing was changed" } else { "" });
    if hidden > 0 {
        let letters = text::count(hidden, "letter");
        terminal::eprintln!(
            "Failed to give back {letters} at once; they are back in the queue within two minutes."
        );
    }
    if run.output.doubtful > 0 && !run.repost {
        let yellow = style(AnsiColor::Yellow);
        terminal::eprintln!(
            "{yellow}{} may have a message already:{yellow:#} two attempts ended without knowing whether it arrived. Look at each \
             request in Okta. Where there is no message, run this again with --repost --request ID.",
            text::count(run.output.doubtful, "letter"),
        );
    }
    match end {
        End::Stopped(why) => failed(&why),
        End::Interrupted => {
            terminal::eprintln!(
                "Stopped. All other letters are in the queue; run the same command to continue."
            );
            ExitCode::from(interrupt::EXIT_STATUS)
        }
        End::Done if dry_run => ExitCode::SUCCESS,
        End::Done => ExitCode::from(u8::from(run.output.kept() > 0)),
    }
}
