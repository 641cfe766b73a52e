//! `enricher redrive`: sends dead letters to the function again, one at a time, and deletes each only after its
//! success. At any moment it may be stopped, or killed: a letter is in the queue until the function has dealt with it.

pub(crate) mod dead_letter;
mod function;
mod interrupt;
mod queue;
mod report;

use std::process::ExitCode;
use std::time::Duration;

use self::dead_letter::{Class, Contents, DeadLetter, Unreadable};
use anstyle::AnsiColor;
use aws_config::{Region, SdkConfig};
use clap::Args;
use jiff::Timestamp;
use url::Url;

use self::function::{Done, Function, MAY_STAND, Sent};
use self::interrupt::Interrupt;
use self::queue::{Message, Queue, Size};
use self::report::{Fate, Report, Row};
use super::Failure;
use super::aws::session;
use super::terminal::{failed, style, time};

/// So many letters in a row that failed for a reason that is not theirs: the next would too.
const IN_A_ROW: usize = 3;

/// Send dead letters to the function again
///
/// Reads the dead-letter queue, shows why each letter is there, sends its event to the function as it was the first
/// time, and deletes the letter once the function has dealt with it: posted, skipped, or a message stood already. What
/// fails again is kept, and so is what can't be read. Letters are sent one at a time, the oldest of each ten first, and
/// again after a pause where Lambda or Okta has no room.
///
/// A letter whose event is older than the function's MAX_EVENT_AGE (a day by default) is kept: raise it first. A failed
/// event of the housekeeping is deleted: the next one does its work.
///
/// Nothing is sent twice by being stopped: Ctrl-C ends the run after the letter in flight, and the same command goes on
/// where it stopped. What a run that was killed had received is hidden for up to two minutes. What it prints is free of
/// personal data.
///
/// The AWS profile, credentials and region are taken as the AWS CLI takes them; where the queue's URL names a region, it
/// is that one. The credentials need sqs:ReceiveMessage,
/// sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes on the queue, and lambda:InvokeFunction on
/// the function.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher redrive --queue-url URL --dry-run                        what is in the queue, and why
  enricher redrive --queue-url URL --function okta-request-enricher
  enricher redrive --queue-url URL --function okta-request-enricher --limit 1         to see whether it works
  enricher redrive --queue-url URL --function okta-request-enricher --class retryable --class undelivered
  enricher redrive --queue-url URL --function okta-request-enricher --newer-than 6h --json | jq .outcome
  AWS_PROFILE=prod enricher redrive --queue-url URL --function okta-request-enricher:live

URL and function are outputs of the stack, DeadLetterQueueUrl and FunctionName:
  aws cloudformation describe-stacks --stack-name okta-request-enricher --query 'Stacks[0].Outputs'

Exit status: 0 all well, 1 something failed and is kept, 2 wrong usage, 130 stopped by Ctrl-C.")]
pub(crate) struct Redrive {
    /// The dead-letter queue
    #[arg(long, value_name = "URL", value_parser = queue_url)]
    queue_url: Url,
    /// The function: its name, NAME:ALIAS or ARN
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    function: Option<String>,
    /// Only show the letters; they are back in the queue at the end
    #[arg(long)]
    dry_run: bool,
    /// Take so many letters at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Take letters of this class only; can be given more than once
    #[arg(long, value_name = "CLASS")]
    class: Vec<Class>,
    /// Take letters only that failed longer ago than this: 30m, 6h, 2d
    #[arg(long, value_name = "TIME", value_parser = time)]
    older_than: Option<Duration>,
    /// Take letters only that failed since then
    #[arg(long, value_name = "TIME", value_parser = time)]
    newer_than: Option<Duration>,
    /// Post also where a message may stand already
    ///
    /// Where two attempts on a request ended without word of their post (a time-out, a cut connection), the function
    /// does not post a third time. Look at the request in Okta: where no message stands, this option has it posted;
    /// where one stands, it would stand there twice.
    #[arg(long)]
    repost: bool,
    /// Print one JSON object a letter, on a line of its own
    #[arg(long)]
    json: bool,
    /// The first pause before another try; each is twice as long as the one before
    #[arg(long, hide = true, value_parser = time, default_value = "2s")]
    pause: Duration,
    /// How long letters that were received come to nobody else, if this run does not live to give them back
    #[arg(long, hide = true, value_parser = time, default_value = "2m")]
    hide: Duration,
}

/// How a run ended.
enum End {
    /// Nothing is left that it was to take.
    Done,
    /// Ctrl-C.
    Interrupted,
    /// It can't go on, for this reason.
    Stopped(String),
}

impl Redrive {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let aws = session().await?;
        // A function and the queue of its failures are in one region, whatever the profile says.
        let region = queue_region(&self.queue_url).or_else(|| aws.region().cloned());
        let mut queue = Queue::new(&in_region(&aws, region.clone()), self.queue_url.to_string(), self.hide);
        let function = self.function.as_ref().map(|name| {
            Function::new(&in_region(&aws, arn_region(name).or(region)), name.clone(), self.pause)
        });
        let mut interrupt = Interrupt::listen(|| {
            anstream::eprintln!(
                "Stopping after the letter in flight. (Ctrl-C again stops at once; what was received is then back in \
                 the queue within two minutes.)"
            );
        });

        let size = match queue.size().await {
            Ok(size) => size,
            // Without this permission there is only no progress bar.
            Err(error) if error.is_refused() => Size::default(),
            Err(error) => return Ok(failed(&error.to_string())),
        };
        if size.hidden > 0 {
            anstream::eprintln!(
                "{} hidden just now: another run has them, or had them until it was cut off a moment ago.",
                if size.hidden == 1 {
                    "1 letter is".to_owned()
                } else {
                    format!("{} letters are", size.hidden)
                }
            );
        }
        let mut report = Report::new(self.json, size.visible.min(self.limit.map_or(u64::MAX, u64::from)));
        let end = self.drain(&mut queue, function.as_ref(), &mut interrupt, &mut report).await;
        let summary = report.summary();
        let hidden = queue.give_back().await;
        anstream::eprintln!("{summary}{}", if self.dry_run { "; nothing was changed" } else { "" });
        if hidden > 0 {
            anstream::eprintln!(
                "{} could not be given back at once: back in the queue within two minutes.",
                plural(hidden, "letter")
            );
        }
        if report.doubtful > 0 && !self.repost {
            anstream::eprintln!(
                "{}{} may have a message already:{} two attempts ended without word of their post. Look at the request \
                 in Okta; where no message stands, run this again with --repost.",
                style(AnsiColor::Yellow),
                plural(report.doubtful, "letter"),
                anstyle::Reset
            );
        }
        Ok(match end {
            End::Stopped(why) => failed(&why),
            End::Interrupted => {
                anstream::eprintln!(
                    "Stopped. What was not deleted is in the queue: the same command goes on with it."
                );
                ExitCode::from(interrupt::EXIT_STATUS)
            }
            End::Done if self.dry_run => ExitCode::SUCCESS,
            End::Done => ExitCode::from(u8::from(report.kept() > 0)),
        })
    }

    async fn drain(
        &self,
        queue: &mut Queue,
        function: Option<&Function>,
        interrupt: &mut Interrupt,
        report: &mut Report,
    ) -> End {
        let (mut taken, mut in_a_row) = (0, 0);
        loop {
            if interrupt.came() {
                return End::Interrupted;
            }
            let messages = match queue.receive().await {
                Ok(Some(messages)) => messages,
                Ok(None) => return End::Done,
                Err(error) => return End::Stopped(error.to_string()),
            };
            let mut letters: Vec<_> = messages.into_iter().map(Letter::read).collect();
            letters.sort_by_key(|letter| letter.failed_at);
            for letter in letters.iter().filter(|letter| self.selects(letter, Timestamp::now())) {
                if interrupt.came() {
                    return End::Interrupted;
                }
                queue.extend().await;
                let dealt = self.deal_with(letter, queue, function, interrupt, report).await;
                match dealt {
                    Ok(Dealt::Well) => in_a_row = 0,
                    Ok(Dealt::Passing) => in_a_row += 1,
                    Err(why) => return End::Stopped(why),
                }
                // Garbage stays for ever; it must not take the place of letters, run after run.
                taken += u32::from(letter.contents.is_ok());
                if self.limit == Some(taken) {
                    return End::Done;
                }
                if in_a_row == IN_A_ROW && !interrupt.came() {
                    return End::Stopped(format!(
                        "{IN_A_ROW} letters in a row failed for a reason that is likely to pass; run the same command \
                         again later"
                    ));
                }
            }
        }
    }

    /// Sends, drops or keeps one letter, and shows it. An error ends the run.
    async fn deal_with(
        &self,
        letter: &Letter,
        queue: &mut Queue,
        function: Option<&Function>,
        interrupt: &mut Interrupt,
        report: &mut Report,
    ) -> Result<Dealt, String> {
        let mut row = Row {
            fate: Fate::Unreadable,
            message_id: &letter.id,
            letter: None,
            failed_at: letter.failed_at,
            now: None,
            class_now: None,
        };
        let event = match &letter.contents {
            Err(cause) => {
                let cause = cause.to_string();
                show(report, &Row { now: Some(&cause), ..row })?;
                return Ok(Dealt::Well);
            }
            Ok(Contents::Housekeeping { .. }) => {
                row.fate = if self.dry_run { Fate::ToDrop } else { Fate::Dropped };
                if !self.dry_run {
                    queue.delete(&letter.id).await.map_err(|error| error.to_string())?;
                }
                show(report, &row)?;
                return Ok(Dealt::Well);
            }
            Ok(Contents::Letter(event)) => event,
        };
        row.letter = Some(event);
        let Some(function) = function.filter(|_| !self.dry_run) else {
            report.doubtful +=
                usize::from(event.class == Class::Permanent && event.reason.contains(MAY_STAND));
            show(report, &Row { fate: Fate::ToSend, ..row })?;
            return Ok(Dealt::Well);
        };
        report.working_on(event);
        let sent = self.send(event, queue, function, interrupt).await;
        let deleted = match &sent {
            Sent::Done(_) => queue.delete(&letter.id).await,
            Sent::Failed(_) | Sent::Refused(_) => Ok(()),
        };
        let mut dealt = Dealt::Well;
        match &sent {
            Sent::Done(Done::Posted) => show(report, &Row { fate: Fate::Posted, ..row }),
            Sent::Done(Done::Duplicate) => show(report, &Row { fate: Fate::Duplicate, ..row }),
            Sent::Done(Done::Skipped(reason)) => {
                show(report, &Row { fate: Fate::Skipped, now: Some(reason), ..row })
            }
            Sent::Failed(failed) => {
                report.doubtful += usize::from(failed.may_stand());
                dealt = if failed.passing { Dealt::Passing } else { Dealt::Well };
                show(
                    report,
                    &Row { fate: Fate::Failed, now: Some(&failed.text), class_now: failed.class, ..row },
                )
            }
            Sent::Refused(why) => return Err(why.clone()),
        }?;
        deleted.map_err(|error| {
            format!("{error}; its event was dealt with, and is answered as a duplicate when it is sent again")
        })?;
        Ok(dealt)
    }

    /// Sends an event, and keeps hidden meanwhile what this run holds.
    async fn send(
        &self,
        letter: &DeadLetter,
        queue: &mut Queue,
        function: &Function,
        interrupt: &mut Interrupt,
    ) -> Sent {
        let event = letter.event(self.repost);
        tokio::select! {
            sent = function.send(&event, interrupt) => sent,
            never = queue.hold() => match never {},
        }
    }

    fn selects(&self, letter: &Letter, now: Timestamp) -> bool {
        let class = match &letter.contents {
            Ok(Contents::Letter(letter)) => Some(letter.class),
            Ok(Contents::Housekeeping { .. }) | Err(_) => None,
        };
        let of_class = self.class.is_empty() || class.is_some_and(|class| self.class.contains(&class));
        let age = letter.failed_at.map(|at| Duration::try_from(now.duration_since(at)).unwrap_or_default());
        // Of unknown age: of no age that was asked for.
        let older = self.older_than.is_none_or(|limit| age.is_some_and(|age| age > limit));
        let newer = self.newer_than.is_none_or(|limit| age.is_some_and(|age| age <= limit));
        of_class && older && newer
    }
}

/// How one letter went, for the run.
enum Dealt {
    /// With an end of its own, good or bad.
    Well,
    /// It failed for a reason that others may share.
    Passing,
}

/// A message of the queue, read.
struct Letter {
    id: String,
    contents: Result<Contents, Unreadable>,
    failed_at: Option<Timestamp>,
}

impl Letter {
    fn read(message: Message) -> Letter {
        let Message { id, body, attributes, sent } = message;
        let contents = dead_letter::read(body.as_bytes(), &attributes, sent);
        let failed_at = match &contents {
            Ok(Contents::Letter(letter)) => letter.failed_at,
            Ok(Contents::Housekeeping { failed_at }) => *failed_at,
            Err(_) => sent,
        };
        Letter { id, contents, failed_at }
    }
}

fn show(report: &mut Report, row: &Row<'_>) -> Result<(), String> {
    report.row(row).map_err(|error| format!("failed to write to standard output: {error}"))
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

pub(super) fn queue_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"));
    url.ok_or_else(|| {
        "a queue's URL looks like https://sqs.eu-west-1.amazonaws.com/123456789012/NAME (stack output \
         DeadLetterQueueUrl)"
            .to_owned()
    })
}

/// `https://sqs.<region>.amazonaws.com/…`: a queue answers in its own region only.
pub(super) fn queue_region(url: &Url) -> Option<Region> {
    let region = url.host_str()?.strip_prefix("sqs.")?.split_once(".amazonaws.com")?.0;
    Some(Region::new(region.to_owned()))
}

/// `arn:aws:lambda:<region>:…`.
fn arn_region(name: &str) -> Option<Region> {
    let mut parts = name.strip_prefix("arn:")?.splitn(4, ':');
    Some(Region::new(parts.nth(2)?.to_owned()))
}

pub(super) fn in_region(aws: &SdkConfig, region: Option<Region>) -> SdkConfig {
    aws.clone().into_builder().region(region).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_as_people_write_it() {
        for (text, seconds) in [("1h", 3600), ("90m", 5400), ("2d", 172_800), ("1h 30m", 5400), ("10s", 10)] {
            assert_eq!(time(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "soon", "-1h", "1 month"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queue_and_function_say_where_they_are() {
        let region = |url: &str| queue_region(&Url::parse(url).unwrap()).map(|region| region.to_string());
        assert_eq!(region("https://sqs.eu-west-1.amazonaws.com/1/q").as_deref(), Some("eu-west-1"));
        assert_eq!(region("https://sqs.cn-north-1.amazonaws.com.cn/1/q").as_deref(), Some("cn-north-1"));
        assert_eq!(region("http://127.0.0.1:9324/1/q"), None);
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:enricher:live";
        assert_eq!(arn_region(arn).map(|region| region.to_string()).as_deref(), Some("eu-central-1"));
        assert_eq!(arn_region("enricher:live"), None);
    }
}
