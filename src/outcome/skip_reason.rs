//! [`SkipReason`]: why an attempt had nothing to do.

use std::fmt;

use crate::event;
use crate::ledger::Withheld;
use crate::policy::{UnknownMember, Unruled};

/// Why there was nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// The event is of another type than `access.request.create`.
    EventType(String),
    /// The event's `outcome.result` is not SUCCESS, so Okta created no request.
    NotMade(String),
    /// `REQUEST_TYPES` does not list the request.
    NotWanted,
    /// No rule of the policy matches.
    NoRule,
    /// The rule posts no messages.
    RuleSaysNone,
    /// The rule posts only messages that have something to look at, and there was nothing.
    NothingToLookAt,
    /// Whether `REQUEST_TYPES` lists the request depends on its subject line, which the list of requests does
    /// not have.
    SubjectLineUnknown,
    /// Whether a rule matches depends on what the list of requests does not have.
    RuleUnknown(UnknownMember),
    /// The request is closed, with this status.
    Closed(String),
    /// The event is older than `MAX_EVENT_AGE`.
    TooOld {
        /// The event's age, seconds.
        age: u64,
        /// The setting, seconds.
        limit: u64,
    },
}

impl SkipReason {
    /// A stable name, for programs: the answer's `code`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SkipReason::EventType(_) => "other-event-type",
            SkipReason::NotMade(_) => "no-request-made",
            SkipReason::NotWanted => "not-in-request-types",
            SkipReason::NoRule => Withheld::NoRule.as_str(),
            SkipReason::RuleSaysNone => Withheld::RuleSaysNone.as_str(),
            SkipReason::NothingToLookAt => Withheld::NothingToLookAt.as_str(),
            SkipReason::SubjectLineUnknown | SkipReason::RuleUnknown(_) => "event-needed",
            SkipReason::Closed(_) => "request-closed",
            SkipReason::TooOld { .. } => "event-too-old",
        }
    }

    /// What an attempt with a grant tells the ledger, so that nothing looks at the request again. `None` if a
    /// later attempt may come to another end.
    #[must_use]
    pub fn withheld(&self) -> Option<Withheld> {
        match self {
            SkipReason::NoRule => Some(Withheld::NoRule),
            SkipReason::RuleSaysNone => Some(Withheld::RuleSaysNone),
            SkipReason::NothingToLookAt => Some(Withheld::NothingToLookAt),
            SkipReason::EventType(_)
            | SkipReason::NotMade(_)
            | SkipReason::NotWanted
            | SkipReason::SubjectLineUnknown
            | SkipReason::RuleUnknown(_)
            | SkipReason::Closed(_)
            | SkipReason::TooOld { .. } => None,
        }
    }
}

impl From<Withheld> for SkipReason {
    fn from(why: Withheld) -> SkipReason {
        match why {
            Withheld::NoRule => SkipReason::NoRule,
            Withheld::RuleSaysNone => SkipReason::RuleSaysNone,
            Withheld::NothingToLookAt => SkipReason::NothingToLookAt,
        }
    }
}

impl From<Unruled> for SkipReason {
    fn from(unruled: Unruled) -> SkipReason {
        match unruled {
            Unruled::NoRule => SkipReason::NoRule,
            Unruled::Unknown(member) => SkipReason::RuleUnknown(member),
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::EventType(kind) => write!(f, "the event is `{kind}`, not `{}`", event::CREATE),
            SkipReason::NotMade(result) => write!(f, "the event's outcome is {result}: no request was made"),
            SkipReason::NotWanted => f.write_str("the request is not among REQUEST_TYPES"),
            SkipReason::NoRule => f.write_str("no rule of the policy matches the request"),
            SkipReason::RuleSaysNone => f.write_str("the rule of the policy posts no message"),
            SkipReason::NothingToLookAt => f.write_str(
                "there is nothing to look at, and the rule of the policy posts only warnings and checks not done",
            ),
            SkipReason::SubjectLineUnknown => f.write_str(
                "whether the request is among REQUEST_TYPES depends on its subject line, which only its event has",
            ),
            SkipReason::RuleUnknown(UnknownMember { rule, member }) => write!(
                f,
                "whether the rule `{rule}` matches depends on its `match.{member}`, which only an event has"
            ),
            SkipReason::Closed(status) => {
                write!(f, "the request is closed already ({status})")
            }
            SkipReason::TooOld { age, limit } => {
                write!(f, "the event is {age} s old, more than MAX_EVENT_AGE ({limit} s)")
            }
        }
    }
}
