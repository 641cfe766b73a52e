//! A [`Check`] is a question about the deployment with its answer: how it ended, what was found, what to do.

use anstyle::AnsiColor;

use crate::terminal::{Style, dimmed, style};

/// The remedy of a failure that may pass.
pub(super) const AGAIN: &str = "run this again";

/// Why checks are skipped if AWS can't be called. The check of the session says what is missing.
pub(super) const NO_SESSION: &str = "there is no AWS session (see session)";

/// Why checks of the function are skipped if none is named.
pub(super) const NO_FUNCTION: &str = "no function is named (--function NAME)";

/// The remedy if something of the stack was changed or deleted by hand. A deployment compares templates, and
/// does not notice that.
pub(super) const UNDO: &str =
    "undo what was changed by hand, as the runbook says; sam deploy does not notice such a change";

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    /// It works, but not as well, or not for as long, as it could.
    Warn,
    /// Something does not work.
    Fail,
    /// Something optional is missing.
    Optional,
    /// It could not be made.
    Skipped,
    /// The settings do not use what it would check.
    Unasked,
}

impl Status {
    /// The `status` of a check in the JSON document.
    pub(super) fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
            Status::Optional | Status::Skipped | Status::Unasked => "skipped",
        }
    }

    /// The word for it in the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Status::Optional => "info",
            other => other.name(),
        }
    }

    pub(super) fn style(self) -> Style {
        match self {
            Status::Ok => style(AnsiColor::Green),
            Status::Warn => style(AnsiColor::Yellow),
            Status::Fail => style(AnsiColor::Red),
            Status::Optional | Status::Skipped | Status::Unasked => dimmed(),
        }
    }
}

/// What one check found, and what to do about it.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) detail: String,
    pub(super) remedy: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &'static str, detail: impl Into<String>) -> Check {
        Check { name, status: Status::Ok, detail: detail.into(), remedy: None }
    }

    pub(super) fn warn(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Check {
        Check { name, status: Status::Warn, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn fail(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Check {
        Check { name, status: Status::Fail, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn skipped(name: &'static str, why: impl Into<String>) -> Check {
        Check { name, status: Status::Skipped, detail: why.into(), remedy: None }
    }

    pub(super) fn unasked(name: &'static str, why: impl Into<String>) -> Check {
        Check { status: Status::Unasked, ..Check::skipped(name, why) }
    }

    pub(super) fn optional(name: &'static str, detail: impl Into<String>) -> Check {
        Check { status: Status::Optional, ..Check::skipped(name, detail) }
    }

    /// A failure. Without a remedy of its own, it may pass: the remedy is then to run this again.
    pub(super) fn problem(
        name: &'static str,
        cause: impl Into<String>,
        remedy: Option<impl Into<String>>,
    ) -> Check {
        Check::fail(name, cause, remedy.map_or_else(|| AGAIN.to_owned(), Into::into))
    }

    /// The same under another name.
    pub(super) fn named(self, name: &'static str) -> Check {
        Check { name, ..self }
    }

    /// The same as a failure.
    pub(super) fn failed(self) -> Check {
        Check { status: Status::Fail, ..self }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    pub(super) fn is_fail(&self) -> bool {
        self.status == Status::Fail
    }
}
