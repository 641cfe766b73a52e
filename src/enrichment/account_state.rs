//! [`AccountState`]: whether an account works, by its status in Okta.

use crate::words::Term;

/// The state of an account, as far as a check tells it apart (Okta API reference, "Users", `status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountState {
    /// Its owner can sign in, if need be after a change of the password.
    Active,
    /// It was never used.
    NotActiveYet,
    /// Failed sign-ins locked it.
    LockedOut,
    /// An admin suspended it.
    Suspended,
    /// It is deactivated for good.
    Deactivated,
    /// Okta does not say it, or in a word that this program does not know.
    Unknown,
}

impl AccountState {
    /// The state with this status.
    #[must_use]
    pub(super) fn of(status: Option<&str>) -> AccountState {
        match status.unwrap_or_default() {
            "ACTIVE" | "PASSWORD_EXPIRED" | "RECOVERY" => AccountState::Active,
            "STAGED" | "PROVISIONED" => AccountState::NotActiveYet,
            "LOCKED_OUT" => AccountState::LockedOut,
            "SUSPENDED" => AccountState::Suspended,
            "DEPROVISIONED" => AccountState::Deactivated,
            _ => AccountState::Unknown,
        }
    }
}

/// An account's status in the words of the message; `None` if this program does not know it.
#[must_use]
pub(super) fn status_in_words(status: &str) -> Option<Term> {
    Some(match status {
        "ACTIVE" => Term::Active,
        "STAGED" => Term::Staged,
        "PROVISIONED" => Term::Provisioned,
        "PASSWORD_EXPIRED" => Term::PasswordExpired,
        "RECOVERY" => Term::InRecovery,
        "LOCKED_OUT" => Term::StateLockedOut,
        "SUSPENDED" => Term::StateSuspended,
        "DEPROVISIONED" => Term::StateDeactivated,
        "" => Term::StateUnknown,
        _ => return None,
    })
}
