//! An [`Open`] request is one that nobody has decided, with what the ledger says about it, and its [`Turn`].

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::lists::{ids_of, is_old_enough};
use crate::deadline::Deadline;
use crate::ledger::{Ledger, LedgerError, Standing};
use crate::okta::ListedRequest;
use crate::request::UserId;

/// An open request: its place in its list, and what the ledger says about it.
pub(super) struct Open {
    pub(super) place: usize,
    pub(super) created: Timestamp,
    pub(super) standing: Standing,
    /// How many requests of the same person come before it.
    earlier: usize,
}

/// When a request is looked at: after all with an earlier turn.
pub(super) type Turn = (bool, usize, Timestamp);

impl Open {
    /// The open requests of a list that are old enough, by their turn. `known` collects the ids in the
    /// ledger's records, so a request that the ledger has under both ids counts once.
    pub(super) async fn all(
        list: &[ListedRequest],
        since: Timestamp,
        now: Timestamp,
        ledger: &Ledger,
        known: &mut HashSet<String>,
        deadline: Deadline,
    ) -> Result<Vec<Open>, LedgerError> {
        let mut open = Vec::new();
        for (place, request) in list.iter().enumerate() {
            if !request.is_open()
                || request.created < since
                || !is_old_enough(request, now)
                || known.contains(request.id.as_str())
            {
                continue;
            }
            let found = ledger.look_up(&ids_of(request), now, deadline).await?;
            if found.standing != Standing::Unrecorded {
                known.extend(found.ids);
            }
            open.push(Open { place, created: request.created, standing: found.standing, earlier: 0 });
        }
        open.sort_by_key(Open::turn);
        let mut asked: HashMap<Option<&UserId>, usize> = HashMap::new();
        for open in open.iter_mut().filter(|open| open.standing != Standing::Settled) {
            let of_asker = asked.entry(list[open.place].asker()).or_default();
            open.earlier = *of_asker;
            *of_asker += 1;
        }
        open.sort_by_key(Open::turn);
        Ok(open)
    }

    /// Those that were tried before come last: some fail in each run, and could use up the time of all. Of the others,
    /// the second request of a person comes after the first of everyone: who asks a thousand times must not keep others
    /// waiting. Then the oldest comes first.
    pub(super) fn turn(&self) -> Turn {
        (self.standing == Standing::Unanswered, self.earlier, self.created)
    }
}
