//! The [`Report`] shows each check as soon as it is made, or prints all of them as one JSON document at the
//! end.

use std::fmt::Display;
use std::process::ExitCode;

use okta_request_enricher::text;
use serde_json::{Value, json};

use super::check::{Check, Status};
use crate::terminal::{self, printable};

/// The width of the column of names; the longest check's name has as many characters.
const NAME: usize = 17;

/// Where the column of texts begins: behind status and name.
const INDENT: usize = 2 + 7 + 2 + NAME + 2;

/// How far the further lines of a text are set in.
const FURTHER: usize = 2;

/// In a narrower column, lines would be too short to read.
const LEAST_ROOM: usize = 30;

/// The checks so far.
pub(super) struct Report {
    json: bool,
    /// The width of the column of texts; `None`: as wide as the texts are.
    room: Option<usize>,
    group: &'static str,
    checks: Vec<(&'static str, Check)>,
}

impl Report {
    pub(super) fn new(json: bool) -> Report {
        let room = terminal::width().checked_sub(INDENT + FURTHER);
        Report { json, room: room.filter(|room| *room >= LEAST_ROOM), group: "", checks: Vec::new() }
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
        if let Some(remedy) = &check.remedy {
            self.show_text(" ".repeat(INDENT), remedy);
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
        let (style, status) = (status.style(), status.name());
        self.show_text(format_args!("  {style}{status:<7}{style:#}  {name:<NAME$}  "), detail);
    }

    /// Shows a text in its column, behind what stands before it. Its further lines are set in, so that the
    /// next text is seen to be another.
    fn show_text(&self, before: impl Display, text: &str) {
        if self.json {
            return;
        }
        let mut lines = lines(text, self.room).into_iter();
        terminal::println!("{before}{}", lines.next().unwrap_or_default());
        for line in lines {
            terminal::println!("{:INDENT$}{:FURTHER$}{line}", "", "");
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

/// Breaks a text into lines of `room` characters at most, between words. A word that is longer stays whole, and
/// so does a text that begins with a command, which may be copied.
fn lines(text: &str, room: Option<usize>) -> Vec<String> {
    let is_command = ["aws ", "enricher "].iter().any(|program| text.starts_with(program));
    let Some(room) = room.filter(|_| !is_command) else { return vec![text.to_owned()] };
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_a_command_is_not() {
        assert_eq!(lines("deploy this version", Some(11)), ["deploy this", "version"]);
        assert_eq!(lines("Größe äöü", Some(9)), ["Größe äöü"]);
        assert_eq!(
            lines("to arn:aws:sqs:us-east-1:1:letters now", Some(10)),
            ["to", "arn:aws:sqs:us-east-1:1:letters", "now"]
        );
        for (whole, room) in
            [("deploy this version", None), ("aws events enable-rule --name x", Some(10)), ("", Some(10))]
        {
            assert_eq!(lines(whole, room), [whole]);
        }
    }
}
