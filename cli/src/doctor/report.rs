//! The [`Report`]: what each check found, shown as soon as it is known, or as one JSON document at the end. It judges
//! nothing.

use std::process::ExitCode;

use crate::redrive::dead_letter::printable;
use anstyle::AnsiColor;
use serde_json::{Value, json};

use crate::terminal::style;

/// How wide a check's name is at most.
const NAME: usize = 17;

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
    fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
            Status::Skipped => "skipped",
        }
    }

    fn style(self) -> anstyle::Style {
        match self {
            Status::Ok => style(AnsiColor::Green),
            Status::Warn => style(AnsiColor::Yellow),
            Status::Fail => style(AnsiColor::Red),
            Status::Skipped => anstyle::Style::new().dimmed(),
        }
    }
}

/// What one check found, and what to do about it.
pub(super) struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    remedy: Option<String>,
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

    /// A text that tells its remedy itself, behind a semicolon.
    pub(super) fn told(name: &'static str, status: Status, text: &str) -> Check {
        let (detail, remedy) = match text.split_once("; ") {
            Some((detail, remedy)) => (detail, Some(remedy.to_owned())),
            None => (text, None),
        };
        Check { name, status, detail: detail.to_owned(), remedy }
    }

    /// The same, with this remedy where it has none.
    pub(super) fn or_remedy(self, remedy: &str) -> Check {
        Check { remedy: self.remedy.or_else(|| Some(remedy.to_owned())), ..self }
    }

    /// The same under another name.
    pub(super) fn named(self, name: &'static str) -> Check {
        Check { name, ..self }
    }

    pub(super) fn is_fail(&self) -> bool {
        self.status == Status::Fail
    }
}

/// The checks so far.
pub(super) struct Report {
    json: bool,
    group: &'static str,
    checks: Vec<(&'static str, Check)>,
}

impl Report {
    pub(super) fn new(json: bool) -> Report {
        Report { json, group: "", checks: Vec::new() }
    }

    /// Begins the checks of one heading.
    pub(super) fn group(&mut self, name: &'static str) {
        self.group = name;
        if !self.json {
            let bold = anstyle::Style::new().bold();
            let space = if self.checks.is_empty() { "" } else { "\n" };
            anstream::println!("{space}{bold}{name}{bold:#}");
        }
    }

    pub(super) fn add(&mut self, mut check: Check) {
        // What AWS and Okta are told by others is in it: names, reasons.
        check.detail = printable(&check.detail);
        check.remedy = check.remedy.as_deref().map(printable);
        if !self.json {
            let (style, status) = (check.status.style(), check.status.name());
            anstream::println!("  {style}{status:<7}{style:#}  {:<NAME$}  {}", check.name, check.detail);
            if let Some(remedy) = &check.remedy {
                anstream::println!("  {:<7}  {:<NAME$}  {remedy}", "", "");
            }
        }
        self.checks.push((self.group, check));
    }

    /// Checks that can't be made, all for one reason.
    pub(super) fn skip(&mut self, names: &[&'static str], why: &str) {
        for name in names {
            self.add(Check::skipped(name, why));
        }
    }

    /// Ends the report: the sum, or the document.
    pub(super) fn end(self) -> ExitCode {
        let count = |status| self.checks.iter().filter(|(_, check)| check.status == status).count();
        let [ok, warn, fail, skipped] = [Status::Ok, Status::Warn, Status::Fail, Status::Skipped].map(count);
        if self.json {
            let checks: Vec<Value> = self
                .checks
                .iter()
                .map(|(group, check)| {
                    json!({
                        "group": group, "name": check.name, "status": check.status.name(),
                        "detail": check.detail, "remedy": check.remedy,
                    })
                })
                .collect();
            let all = json!({"checks": checks, "ok": ok, "warn": warn, "fail": fail, "skipped": skipped});
            anstream::println!("{all:#}");
        }
        anstream::eprintln!("{ok} ok, {warn} to think about, {fail} failed, {skipped} skipped");
        ExitCode::from(u8::from(fail > 0))
    }
}
