//! A [`Check`] is a question about the deployment with its answer: how it ended, what was found, what to do.

use anstyle::AnsiColor;

use crate::terminal::{Style, dimmed, style};

/// The remedy of a failure that may pass.
pub(super) const AGAIN: &str = "run this again";

/// The end of a remedy for what the template makes: a deployment with the same template restores nothing.
pub(super) const BY_HAND: &str = "if someone changed it by hand: docs/runbook.md, \"Changed by hand\"";

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    /// It works, but not as well, or not for as long, as it could.
    Warn,
    /// Something does not work.
    Fail,
    /// It could not be made, or there is nothing to check.
    Skipped,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
            Status::Skipped => "skipped",
        }
    }

    pub(super) fn style(self) -> Style {
        match self {
            Status::Ok => style(AnsiColor::Green),
            Status::Warn => style(AnsiColor::Yellow),
            Status::Fail => style(AnsiColor::Red),
            Status::Skipped => dimmed(),
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

    /// A failure with its own remedy. Without one, it may pass.
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
