//! The [`Report`] shows each check as soon as it is made, or prints all of them as one JSON document at the
//! end.

use std::process::ExitCode;

use okta_request_enricher::text;
use serde_json::{Value, json};

use super::check::{Check, Status};
use crate::terminal::{self, printable};

/// The width of the column of names; the longest check's name has as many characters.
const NAME: usize = 17;

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
            let bold = terminal::bold();
            if !self.checks.is_empty() {
                terminal::println!("");
            }
            terminal::println!("{bold}{name}{bold:#}");
        }
    }

    pub(super) fn add(&mut self, mut check: Check) {
        // Both contain names and reasons that others have chosen.
        check.detail = printable(&check.detail);
        check.remedy = check.remedy.as_deref().map(printable);
        self.show(check.status, check.name, &check.detail);
        if let (Some(remedy), false) = (&check.remedy, self.json) {
            terminal::println!("  {:<7}  {:<NAME$}  {remedy}", "", "");
        }
        self.checks.push((self.group, check));
    }

    /// Adds checks of this group that can't be made, all for one reason. Shows them on one line.
    pub(super) fn skip(&mut self, names: &[&'static str], why: &str) {
        if let [name] = names {
            self.show(Status::Skipped, name, why);
        } else {
            let checks = text::count(names.len(), "check");
            self.show(Status::Skipped, &checks, &format!("{why}: {}", names.join(", ")));
        }
        self.checks.extend(names.iter().map(|name| (self.group, Check::skipped(name, why))));
    }

    /// Adds all checks that are left, by group, none of which can be made. Shows the reason once.
    pub(super) fn skip_rest(&mut self, groups: &[(&'static str, &[&'static str])], why: &str) {
        self.show(Status::Skipped, "all other checks", why);
        for (group, names) in groups {
            self.checks.extend(names.iter().map(|name| (*group, Check::skipped(name, why))));
        }
    }

    fn show(&self, status: Status, name: &str, detail: &str) {
        if !self.json {
            let (style, status) = (status.style(), status.name());
            terminal::println!("  {style}{status:<7}{style:#}  {name:<NAME$}  {detail}");
        }
    }

    /// Prints the totals, and the document with `--json`. Exit status 1 if a check failed.
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
            terminal::print_pretty_json(&all);
        }
        terminal::eprintln!("{ok} ok, {}, {fail} failed, {skipped} skipped", text::count(warn, "warning"));
        ExitCode::from(u8::from(fail > 0))
    }
}
