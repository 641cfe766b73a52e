//! A [`Run`] takes letters from the queue one by one, sends each to the function, and deletes or keeps it.

use jiff::Timestamp;
use okta_request_enricher::error::Code;

use super::answer::{Cause, Sent};
use super::dead_letter::{Contents, DeadLetter};
use super::function::Function;
use super::letter::Letter;
use super::output::{Fate, Output, Row};
use super::queue::Queue;
use super::selection::Selection;
use crate::interrupt::Interrupt;

/// After this many failures in a row that are not the letters' own, the next letter would fail, too.
const IN_A_ROW: usize = 3;

/// What a run works with.
pub(super) struct Run {
    pub(super) queue: Queue,
    /// `None` in a dry run.
    pub(super) function: Option<Function>,
    pub(super) interrupt: Interrupt,
    pub(super) output: Output,
    pub(super) selection: Selection,
    /// Post even if a message may already stand.
    pub(super) repost: bool,
}

/// How a run ended.
pub(super) enum End {
    /// No selected letter is left.
    Done,
    /// Ctrl-C.
    Interrupted,
    /// It can't continue, for this reason.
    Stopped(String),
}

impl Run {
    /// Handles the selected letters until none is left.
    pub(super) async fn drain(&mut self) -> End {
        let (mut taken, mut in_a_row) = (0, 0);
        loop {
            if self.interrupt.came() {
                return End::Interrupted;
            }
            let messages = match self.queue.receive().await {
                Ok(Some(messages)) => messages,
                Ok(None) => return End::Done,
                Err(error) => return End::Stopped(error.to_string()),
            };
            let mut letters: Vec<_> = messages.into_iter().map(Letter::read).collect();
            letters.sort_by_key(|letter| letter.failed_at);
            for letter in letters {
                if !self.selection.takes(&letter, Timestamp::now()) {
                    continue;
                }
                if self.interrupt.came() {
                    return End::Interrupted;
                }
                self.queue.extend().await;
                match self.handle(&letter).await {
                    Ok(Some(Cause::Busy | Cause::Passing)) => in_a_row += 1,
                    Ok(Some(Cause::Letter) | None) => in_a_row = 0,
                    Err(why) => return End::Stopped(why),
                }
                // An unreadable message stays for ever, and must not use up the limit in run after run.
                taken += u64::from(letter.contents.is_ok());
                if self.selection.limit() == taken {
                    return End::Done;
                }
                if in_a_row == IN_A_ROW && !self.interrupt.came() {
                    return End::Stopped(format!(
                        "{IN_A_ROW} letters in a row failed for a reason that is likely to pass; run the same command \
                         again later"
                    ));
                }
            }
        }
    }

    /// Handles one letter, and shows what became of it. Returns why it failed, if it did. An error ends the
    /// run.
    async fn handle(&mut self, letter: &Letter) -> Result<Option<Cause>, String> {
        let row = Row::new(&letter.id, letter.failed_at);
        match &letter.contents {
            Err(cause) => {
                self.output.row(&Row { text: Some(&cause.to_string()), ..row })?;
                Ok(None)
            }
            Ok(Contents::Housekeeping { .. }) => {
                let fate = if self.function.is_none() { Fate::ToDrop } else { Fate::Dropped };
                if self.function.is_some() {
                    self.queue.delete(&letter.id).await.map_err(|error| error.to_string())?;
                }
                self.output.row(&Row { fate, ..row })?;
                Ok(None)
            }
            Ok(Contents::Letter(event)) => self.redrive(event, Row { letter: Some(event), ..row }).await,
        }
    }

    /// Sends one letter, shows the answer, and deletes the letter if it was handled.
    async fn redrive(&mut self, letter: &DeadLetter, row: Row<'_>) -> Result<Option<Cause>, String> {
        self.output.working_on(letter);
        let Some(sent) = self.send(letter).await else {
            self.output.doubtful += usize::from(letter.failure.code == Some(Code::MayAlreadyStand));
            self.output.row(&Row { fate: Fate::ToSend, ..row })?;
            return Ok(None);
        };
        let deleted = if sent.is_handled() { self.queue.delete(row.message_id).await } else { Ok(()) };
        let mut failed_by = None;
        match &sent {
            Sent::Posted => self.output.row(&Row { fate: Fate::Posted, ..row }),
            Sent::Duplicate => self.output.row(&Row { fate: Fate::Duplicate, ..row }),
            Sent::Skipped(reason) => self.output.row(&Row { fate: Fate::Skipped, text: Some(reason), ..row }),
            Sent::Failed(failed) => {
                failed_by = Some(failed.cause);
                self.output.doubtful += usize::from(failed.code == Some(Code::MayAlreadyStand));
                let (fate, class_now) = (Fate::Failed, failed.class);
                self.output.row(&Row { fate, text: Some(&failed.text), class_now, ..row })
            }
            Sent::Refused(why) => return Err(why.clone()),
        }?;
        // Shown before it ends the run, since the event has been handled.
        deleted.map_err(|error| {
            format!("{error}; its event was handled, and is answered as a duplicate when it is sent again")
        })?;
        Ok(failed_by)
    }

    /// Sends an event, and keeps the letters that this run holds hidden meanwhile. `None` in a dry run.
    async fn send(&mut self, letter: &DeadLetter) -> Option<Sent> {
        let event = letter.event(self.repost);
        let function = self.function.as_ref()?;
        tokio::select! {
            sent = function.send(&event, &mut self.interrupt) => Some(sent),
            never = self.queue.hold() => match never {},
        }
    }
}
