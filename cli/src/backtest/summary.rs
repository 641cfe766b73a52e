//! Prints the [`Findings`] as tables for people.

use okta_request_enricher::text;

use super::findings::{CallUse, Counts, Findings};
use crate::terminal;

pub(super) fn print(findings: &Findings) {
    let since = findings.since.get(..16).unwrap_or(&findings.since).replace('T', " ");
    terminal::println!(
        "{} since {since} UTC; the newest {} tried: {}, none posted",
        text::count(findings.requests, "request"),
        findings.tried,
        text::count(findings.messages(), "message")
    );
    for (title, counts) in [
        ("Messages by rule", &findings.rules),
        ("No message", &findings.skipped),
        ("Failed", &findings.failed),
        ("Warnings", &findings.warnings),
        ("Conflicts", &findings.conflicts),
        ("Not checked", &findings.not_checked),
        ("Could not be read", &findings.degraded),
    ] {
        print_counts(title, counts);
    }
    if !findings.shown.is_empty() {
        print_heading("Shown of people          own  on behalf");
        for (label, shown) in &findings.shown {
            terminal::println!("  {label:<20} {:>5}  {:>9}", shown.own, shown.on_behalf);
        }
    }
    if !findings.calls.is_empty() {
        print_calls(&findings.calls);
    }
}

fn print_heading(title: &str) {
    let bold = terminal::bold();
    terminal::println!("");
    terminal::println!("{bold}{title}{bold:#}");
}

/// The most frequent first.
fn print_counts(title: &str, counts: &Counts) {
    if counts.is_empty() {
        return;
    }
    print_heading(title);
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (text, count) in sorted {
        terminal::println!("  {count:>6}  {text}");
    }
}

fn print_calls(calls: &[CallUse]) {
    print_heading(
        "Calls to Okta                                             calls  a message  limit  messages a window",
    );
    let or_unknown = |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
    for call in calls {
        terminal::println!(
            "  {:<54} {:>6}  {:>9.2}  {:>5}  {:>17}",
            call.call,
            call.sent,
            call.a_message,
            or_unknown(call.limit),
            or_unknown(call.messages_a_window)
        );
    }
    if let Some(least) = calls.iter().filter_map(|call| call.messages_a_window).min() {
        terminal::println!(
            "  The limits of the calls that read allow {} in a window, usually a minute. Each message also takes one call \
             that posts, under a limit of its own.",
            text::count(least, "message")
        );
    }
}
