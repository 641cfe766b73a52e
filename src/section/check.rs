//! A [`Check`] is a question that a section answers: clear, a [`Warning`], or not done. Headline, warnings
//! and the lists of checks in a message are made of them.

use serde::{Serialize, Serializer};

use super::fact::Lack;
use crate::words::{Piece, Term};

/// Declares kinds with their names in log lines, in the order of a message.
macro_rules! kinds {
    ($(#[$of:meta])* $kind:ident { $($(#[$doc:meta])* $variant:ident $name:literal,)* }) => {
        $(#[$of])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {
            $($(#[$doc])* $variant,)*
        }

        impl $kind {
            /// All kinds, in order.
            pub const ALL: &[$kind] = &[$($kind::$variant),*];

            /// Its name in log lines.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($kind::$variant => $name,)*
                }
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}

kinds! {
    /// What is checked, in the order in which a message lists the checks.
    CheckKind {
        /// Who gets the access. It has no result but "not done".
        Person "person",
        /// What is asked for. It has no result but "not done".
        Request "request",
        /// The account is active.
        Account "account",
        /// The access ends before the person leaves.
        EndDate "end-date",
        /// There is a manager, who is active and did not ask.
        Manager "manager",
        /// What is asked for gives no administrator rights.
        AdministratorRights "administrator-rights",
        /// The person does not hold it already.
        AccessHeld "access-held",
        /// It was not denied before.
        EarlierRequests "earlier-requests",
        /// No conflict with Okta's rules.
        OktaRules "okta-rules",
        /// No conflict with the policy's toxic combinations.
        OurRules "our-rules",
        /// Somebody else approves.
        Approver "approver",
        /// How the resource is marked. It has no result but "not done".
        Labels "labels",
    }
}

kinds! {
    /// What a warning is about, gravest first.
    WarningKind {
        /// A toxic combination of high severity.
        HighConflict "high-conflict",
        /// Administrator rights.
        AdministratorRights "administrator-rights",
        /// The account is not active.
        Account "account",
        /// Another conflict.
        Conflict "conflict",
        /// The access outlives the contract.
        EndDate "end-date",
        /// The same was denied before.
        DeniedBefore "denied-before",
        /// The person holds it already.
        AlreadyHeld "already-held",
        /// The manager is not active, or not independent.
        Manager "manager",
        /// Nobody independent approves.
        Approver "approver",
    }
}

/// A check that applies to the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is checked.
    pub kind: CheckKind,
    /// Its name in the message.
    pub name: Term,
    /// What the approver must not miss; empty if there is nothing.
    pub warnings: Vec<Warning>,
    /// Why the check was not made, or not completely. A part of it may still have found warnings.
    pub not_done: Option<Lack>,
}

impl Check {
    /// A check that was made.
    #[must_use]
    pub fn made(kind: CheckKind, name: Term, warnings: Vec<Warning>) -> Check {
        Check { kind, name, warnings, not_done: None }
    }

    /// A check that was not made.
    #[must_use]
    pub fn not_done(kind: CheckKind, name: Term, why: Lack) -> Check {
        Check { kind, name, warnings: Vec::new(), not_done: Some(why) }
    }
}

/// Something that the approver must not miss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// What it says.
    pub text: Piece,
}

impl Warning {
    /// A warning.
    #[must_use]
    pub fn new(kind: WarningKind, text: impl Into<Piece>) -> Warning {
        Warning { kind, text: text.into() }
    }
}
