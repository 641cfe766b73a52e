//! [`LedgerError`]: why the ledger did not do as asked. [`Failure`] is the same before the caller has added
//! what it was doing.

/// Why the ledger did not do as asked. [`LedgerError::remedy`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No answer from DynamoDB, or one that says to try later. If it was a claim, nothing may be posted.
    #[error("failed to {doing} in the ledger table `{table}`: {cause}")]
    Unreachable {
        /// Verb and request.
        doing: String,
        /// The table, as configured.
        table: String,
        /// What happened.
        cause: String,
    },
    /// DynamoDB refused the call, and will until someone changes something.
    #[error("failed to {doing} in the ledger table `{table}`: {cause}")]
    Refused {
        /// Verb and request.
        doing: String,
        /// The table, as configured.
        table: String,
        /// AWS's error code and request id.
        cause: String,
        /// What to change.
        remedy: &'static str,
    },
    /// The table holds an item under the request's id that no version of this program wrote.
    #[error("failed to {doing} in the ledger table `{table}`: the item `{id}` has no readable `{attribute}`")]
    Malformed {
        /// Verb and request.
        doing: String,
        /// The table, as configured.
        table: String,
        /// The item's key.
        id: String,
        /// The attribute that is missing or has the wrong type.
        attribute: &'static str,
    },
}

impl LedgerError {
    /// What an operator can do about it; `None` if waiting is all.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            LedgerError::Unreachable { .. } => None,
            LedgerError::Refused { remedy, .. } => Some(remedy),
            LedgerError::Malformed { .. } => {
                Some("see that LEDGER_TABLE names a table of its own, or delete the item")
            }
        }
    }
}

/// Why a call of the table failed.
pub(super) enum Failure {
    Unreachable(String),
    Refused { cause: String, remedy: &'static str },
    Malformed { id: String, attribute: &'static str },
}

impl Failure {
    /// Adds what the ledger was doing, and on which table.
    pub(super) fn while_doing(self, doing: String, table: String) -> LedgerError {
        match self {
            Failure::Unreachable(cause) => LedgerError::Unreachable { doing, table, cause },
            Failure::Refused { cause, remedy } => LedgerError::Refused { doing, table, cause, remedy },
            Failure::Malformed { id, attribute } => LedgerError::Malformed { doing, table, id, attribute },
        }
    }
}
