//! Prints the [`Findings`] as tables for people.

use anstyle::AnsiColor;
use okta_request_enricher::text;

use super::causes::Causes;
use super::findings::{Counts, Findings, Warned};
use crate::terminal::table::{Cell, Table};
use crate::terminal::{self, style};

pub(super) fn print(findings: &Findings) {
    let since = findings.since.get(..16).unwrap_or(&findings.since).replace('T', " ");
    terminal::println!(
        "{} since {since} UTC; the newest {} tried: {}, none posted",
        text::count(findings.requests, "request"),
        findings.tried,
        text::count(findings.messages(), "message")
    );
    if findings.tried == 0 {
        match findings.requests {
            0 => terminal::println!("Nothing was tried: give a longer --since"),
            _ => terminal::println!("Nothing was tried"),
        }
        return;
    }
    print_rules(findings);
    print_causes("Would fail", &findings.would_fail);
    print_causes("Empty or cut", &findings.misfits);
    print_causes("No message", &findings.without_message);
    print_causes("Can't be tried", &findings.undecided);
    print_unmet(findings);
    print_kinds(findings);
    print_warnings(&findings.warned);
    print_conflicts(findings);
    print_counts("Not checked", &findings.not_checked);
    print_counts("Could not be read", &findings.degraded);
    print_shown(findings);
    print_calls(findings);
    print_verdict(findings);
}

fn print_title(title: &str) {
    let bold = terminal::bold();
    terminal::println!("");
    terminal::println!("{bold}{title}{bold:#}");
}

fn print_rules(findings: &Findings) {
    print_title("Rules");
    let mut table = Table::new(["requests", "messages", "would fail", "none", "rule"]).right(0..4).indent(2);
    let yellow = style(AnsiColor::Yellow);
    for rule in &findings.by_rule {
        let counts = [rule.matched, rule.messages, rule.would_fail, rule.withheld];
        let mut cells: Vec<Cell> = counts.iter().map(|count| count.to_string().into()).collect();
        cells.push(if rule.matched == 0 {
            Cell::from(format!("{}: matched nothing", rule.rule)).styled(yellow)
        } else {
            rule.rule.as_str().into()
        });
        table.row(cells);
    }
    table.print();
}

fn print_causes(title: &str, causes: &Causes) {
    if causes.requests() == 0 {
        return;
    }
    print_title(title);
    let mut table = Table::new([""; 0]).right([0]).indent(2);
    for cause in causes.iter() {
        let rule = cause.rule.as_ref().map(|rule| format!("rule {rule}: ")).unwrap_or_default();
        let more = if cause.requests > cause.newest.len() { ", …" } else { "" };
        let newest = cause.newest.join(", ");
        let text = format!("{rule}{} ({newest}{more})", cause.reason);
        table.row([cause.requests.to_string(), text]);
    }
    table.print();
}

/// Which conditions keep the rules from matching requests that no rule matches.
fn print_unmet(findings: &Findings) {
    if findings.unmet.is_empty() {
        return;
    }
    print_title("Why no rule matches (-v shows it for each request)");
    let mut table = Table::new(["requests", "rule", "does not meet match.…"]).right([0]).indent(2);
    for unmet in &findings.unmet {
        table.row([unmet.requests.to_string(), unmet.rule.clone(), unmet.condition.clone()]);
    }
    table.print();
}

fn print_kinds(findings: &Findings) {
    let mut never = findings.kinds.never().peekable();
    if never.peek().is_none() {
        return;
    }
    print_title("Request types and conditions that no rule matches");
    let mut table = Table::new(["requests", "of", "why"]).right([0]).indent(2);
    for kind in never {
        let why = kind.reason.as_deref().unwrap_or_default();
        table.row([&kind.requests.to_string(), &kind.kind, why]);
    }
    table.print();
}

fn print_warnings(warned: &[Warned]) {
    if warned.is_empty() {
        return;
    }
    print_title("Warnings");
    let mut table = Table::new(["messages", "share", "warning"]).right([0, 1]).indent(2);
    let yellow = style(AnsiColor::Yellow);
    for warned in warned {
        let (messages, share) = (warned.messages.to_string(), format!("{} %", warned.share));
        let kind = if warned.too_many {
            Cell::from(format!("{}: approvers will stop reading it", warned.kind)).styled(yellow)
        } else {
            warned.kind.into()
        };
        table.row([messages.into(), share.into(), kind]);
    }
    table.print();
}

fn print_conflicts(findings: &Findings) {
    if findings.conflicts_by_request.is_empty() {
        return;
    }
    print_title("Conflicts");
    let mut table = Table::new([""; 0]).indent(2);
    for request in &findings.conflicts_by_request {
        for conflict in &request.conflicts {
            table.row([&request.request_id, conflict]);
        }
    }
    table.print();
}

/// The most frequent first.
fn print_counts(title: &str, counts: &Counts) {
    if counts.is_empty() {
        return;
    }
    print_title(title);
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut table = Table::new([""; 0]).right([0]).indent(2);
    for (text, count) in sorted {
        table.row([count.to_string(), text.clone()]);
    }
    table.print();
}

fn print_shown(findings: &Findings) {
    let mut shown = findings.shown_by_rule.shown().peekable();
    if shown.peek().is_none() {
        return;
    }
    print_title("Shown of people: in how many messages, by who asked");
    let mut table = Table::new(["person or manager", "someone else", "not set", "rule", "shown"]);
    table = table.right(0..3).indent(2);
    for shown in shown {
        let counts = [shown.own, shown.on_behalf, shown.not_set].map(|count| count.to_string());
        table.row(counts.into_iter().chain([shown.rule.clone(), shown.label.clone()]));
    }
    table.print();
}

fn print_calls(findings: &Findings) {
    if findings.calls.iter().next().is_none() {
        return;
    }
    print_title("Calls to Okta, and how many messages a minute the limit of each allows");
    let or_unknown = |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
    let mut table = Table::new(["sent", "a message", "limit", "messages", "call"]).right(0..4).indent(2);
    for call in findings.calls.iter() {
        table.row([
            call.sent.to_string(),
            format!("{:.2}", call.a_message),
            or_unknown(call.limit),
            or_unknown(call.messages_a_window),
            call.call.clone(),
        ]);
    }
    table.print();
    if let Some(least) = findings.calls.messages_a_window() {
        terminal::println!(
            "  All limits together allow {} a minute. The busiest minute had {}.",
            text::count(least, "message"),
            text::count(findings.busiest_minute, "request")
        );
    }
}

fn print_verdict(findings: &Findings) {
    print_title("Before you switch it on");
    if findings.to_settle.is_empty() {
        terminal::println!("  Nothing was found that stands in the way.");
        return;
    }
    let mut table = Table::new([""; 0]).indent(2);
    for line in &findings.to_settle {
        table.row(["-", line]);
    }
    table.print();
}
