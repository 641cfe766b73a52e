//! The [`Report`] shows the checks of each part as soon as it is done, then what was not checked, by its
//! cause. With `--json` it prints all of them as one document at the end.

use std::process::ExitCode;

use okta_request_enricher::text;
use serde_json::{Value, json};

use super::check::{Check, Status};
use super::findings::Findings;
use crate::terminal::table::{Cell, Layout};
use crate::terminal::{self, to_stdout};

/// The widths of the columns of the status and of the name; the longest check's name has as many characters.
const COLUMNS: [usize; 2] = [4, 17];

/// How far all lines below a heading are set in.
const INDENT: usize = 2;

/// The checks so far.
pub(super) struct Report {
    json: bool,
    checks: Vec<(&'static str, Check)>,
    has_heading: bool,
}

impl Report {
    pub(super) fn new(json: bool) -> Report {
        Report { json, checks: Vec::new(), has_heading: false }
    }

    /// Adds the checks of one heading, and shows what they found.
    pub(super) fn add(&mut self, group: &'static str, findings: Findings<'_>) {
        let is_found = |check: &&Check| !matches!(check.status, Status::Skipped | Status::Unasked);
        let found: Vec<_> = findings.checks.iter().filter(is_found).collect();
        if !self.json && !found.is_empty() {
            self.heading(group);
            let layout = Layout::of(&COLUMNS, INDENT);
            for check in found {
                to_stdout(&layout.row(&row(check)));
            }
        }
        self.checks.extend(findings.checks.into_iter().map(|check| (group, check)));
    }

    fn heading(&mut self, name: &str) {
        let bold = terminal::bold();
        if self.has_heading {
            terminal::println!("");
        }
        terminal::println!("{bold}{name}{bold:#}");
        self.has_heading = true;
    }

    /// Prints what was not checked and the totals, or the document with `--json`. Exit status 1 if a check
    /// failed.
    pub(super) fn end(mut self) -> ExitCode {
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
            let skipped = checks.len() - ok - warn - fail;
            let all = json!({"checks": checks, "ok": ok, "warn": warn, "fail": fail, "skipped": skipped});
            terminal::print_pretty_json(&all);
        } else if skipped > 0 {
            self.show_skipped();
        }
        let warnings = text::count(warn, "warning");
        terminal::eprintln!("{ok} ok, {warnings}, {fail} failed, {skipped} not checked");
        ExitCode::from(u8::from(fail > 0))
    }

    /// One text for each reason, with the names of all checks that it kept from being made.
    fn show_skipped(&mut self) {
        let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
        let skipped = self.checks.iter().map(|(_, check)| check);
        for check in skipped.filter(|check| check.status == Status::Skipped) {
            match by_reason.iter_mut().find(|(why, _)| *why == check.detail) {
                Some((_, names)) => names.push(check.name),
                None => by_reason.push((&check.detail, vec![check.name])),
            }
        }
        let layout = Layout::of(&[], INDENT);
        let texts =
            by_reason.into_iter().map(|(why, names)| Cell::hanging(&format!("{why}: {}", names.join(", "))));
        let rows: String = texts.map(|cell| layout.row(&[cell])).collect();
        self.heading("Not checked");
        to_stdout(&rows);
    }
}

/// The cause, and the remedy on the lines below.
fn row(check: &Check) -> [Cell; 3] {
    let mut detail = Cell::from(&check.detail);
    if let Some(remedy) = &check.remedy {
        let is_command = ["aws ", "enricher "].iter().any(|program| remedy.starts_with(program));
        detail = match remedy.split_once("; ").filter(|_| is_command) {
            Some((command, then)) => detail.and_command(command).and(then),
            None if is_command => detail.and_command(remedy),
            None => detail.and(remedy),
        };
    }
    [Cell::from(check.status.word()).styled(check.status.style()), Cell::from(check.name), detail]
}
