//! [`Grant`]: the right to post one message on one request; with what asks for it and what may come of that.

use jiff::Timestamp;

use super::error::LedgerError;
use super::protocol::{self, Claim, Decision, View, Withheld};
use crate::request::RequestId;

/// A request for the right to post.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest<'a> {
    /// The access request.
    pub id: &'a RequestId,
    /// The other ids of the same access request; may contain `id` again.
    pub aliases: &'a [RequestId],
    /// A text that no other invocation has. It names the claim, so an invocation claims a request once.
    pub owner: &'a str,
    /// When Lambda ends the invocation: nothing is posted after this time.
    pub until: Timestamp,
    /// An operator wants the message posted, even though one may stand already or none was wanted.
    pub repost: bool,
}

/// Whether an attempt may post.
#[derive(Debug)]
pub enum Claimed {
    /// It may post once. Afterwards it calls [`Ledger::complete`](super::Ledger::complete),
    /// [`Ledger::release`](super::Ledger::release), [`Ledger::withhold`](super::Ledger::withhold) or
    /// [`Ledger::doubt`](super::Ledger::doubt).
    Granted(Grant),
    /// A message stands already.
    Duplicate,
    /// No message is wanted, an earlier attempt found.
    Withheld(Withheld),
    /// Another attempt works on the request and may yet fail. This attempt must fail as retryable, never
    /// succeed.
    Live {
        /// From this time on the other attempt's claim no longer counts.
        until: Timestamp,
    },
    /// Two attempts ended without knowing whether their messages arrived. A third message could be one too
    /// many: this attempt must fail as permanent.
    Exhausted,
    /// The claim was sent, and its answer was lost. Post nothing, and release the grant: if the claim is
    /// stored, it counts as one that may have posted until then.
    Unknown(Grant, LedgerError),
}

/// What the ledger holds about a request, and under which ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it says about the request.
    pub standing: Standing,
    /// The ids that were asked for, and those that the records name.
    pub ids: Vec<String>,
}

impl Found {
    pub(super) fn of(view: &View, now: Timestamp) -> Found {
        let anyone = Claim { owner: String::new(), until: now };
        let (decision, _) = protocol::claim(view, &anyone, false, now);
        let standing = match decision {
            _ if view.entries().all(|(_, found)| found.is_none()) => Standing::Unrecorded,
            Decision::Granted { .. } => Standing::Unanswered,
            Decision::Duplicate | Decision::Withheld(_) | Decision::Live { .. } | Decision::Exhausted => {
                Standing::Settled
            }
        };
        Found { standing, ids: view.entries().map(|(id, _)| id.to_owned()).collect() }
    }
}

/// What the ledger says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no record.
    Unrecorded,
    /// No attempt is known to have posted, and another may try: a claim would be granted.
    Unanswered,
    /// A claim would be refused: the message stands or is not wanted, an attempt may still post it, or too many
    /// attempts ended in doubt.
    Settled,
}

/// The right to post one message on one request.
#[derive(Debug)]
pub struct Grant {
    pub(super) id: RequestId,
    pub(super) claim: Claim,
    /// The granted record under every id.
    pub(super) view: View,
    pub(super) doubtful: bool,
}

impl Grant {
    /// Whether an earlier attempt may have posted already.
    #[must_use]
    pub fn doubtful(&self) -> bool {
        self.doubtful
    }
}
