//! A [`Letter`] is a message of the queue after reading it, whatever it holds: a dead letter, an event of the
//! housekeeping, or something that can't be read.

use jiff::Timestamp;
use okta_request_enricher::request::RequestId;

use super::dead_letter::{self, Contents, DeadLetter};
use super::failure_record::LetterClass;
use super::layer::Unreadable;
use super::queue::QueueMessage;

pub(super) struct Letter {
    /// The id of the message in the queue.
    pub(super) id: String,
    pub(super) contents: Result<Contents, Unreadable>,
    pub(super) failed_at: Option<Timestamp>,
}

impl Letter {
    pub(super) fn read(message: QueueMessage) -> Letter {
        let QueueMessage { id, body, attributes, sent } = message;
        let contents = dead_letter::read(body.as_bytes(), &attributes, sent);
        let failed_at = match &contents {
            Ok(Contents::Letter(letter)) => letter.failure.failed_at,
            Ok(Contents::Housekeeping { failed_at }) => *failed_at,
            Err(_) => sent,
        };
        Letter { id, contents, failed_at }
    }

    /// `None` for an event of the housekeeping, and for a message that can't be read.
    pub(super) fn class(&self) -> Option<LetterClass> {
        self.dead_letter().map(|letter| letter.failure.class)
    }

    /// The access request, if the letter names one.
    pub(super) fn request_id(&self) -> Option<&RequestId> {
        self.dead_letter()?.request_id.as_ref()
    }

    fn dead_letter(&self) -> Option<&DeadLetter> {
        match &self.contents {
            Ok(Contents::Letter(letter)) => Some(letter),
            Ok(Contents::Housekeeping { .. }) | Err(_) => None,
        }
    }
}
