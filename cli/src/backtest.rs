//! `enricher backtest`: the policy over the org's past requests, posting nothing: the paper on which an admin gets
//! permission to switch on.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use std::time::Duration;

use anstyle::Style;
use clap::Args;
use jiff::Timestamp;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::enrichment::Gathered;
use okta_request_enricher::error::Error;
use okta_request_enricher::handler::{Clock, Enricher, Stop};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::okta::{ListedRequest, Usage};
use okta_request_enricher::policy::Rule;
use okta_request_enricher::request::Api;
use okta_request_enricher::section::Content;
use okta_request_enricher::section::{Key, Source, Value};
use serde::Serialize;

use super::Failure;
use super::environment::{From, may_list};
use super::terminal;

/// How long one list, or one request, may take: mostly waiting for Okta's limits.
const TIME_LIMIT: Duration = Duration::from_mins(15);

/// How much of each of Okta's limits is left to others, in percent.
const SPARED: u64 = 50;

/// Try the policy on past access requests, and post nothing
///
/// Reads the org's requests of the last days, and everything that their messages would show, and sums up: which rules
/// match, which conflicts are found, which sections can't be had and why, which attributes of people would be shown, and how
/// many calls that takes of each of Okta's limits. Half of each limit is left to others, so a long backtest takes its time.
/// What people hold is read as it is today.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, ENRICHMENT_FILE, REQUEST_TYPES) or from the
/// deployed function. The credential must be a service app's, since Okta shows the lists of requests to no API token; it
/// is read from Secrets Manager, or from the file that OKTA_SECRET_FILE names. It needs no right to post.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  enricher backtest --since 30d
  enricher backtest --since 7d --limit 500 --json > backtest.json
  ENRICHMENT_FILE=draft.toml enricher backtest --function okta-request-enricher

Exit status: 0 all well, 1 Okta could not be asked, 2 wrong usage.")]
pub(crate) struct Backtest {
    /// How far back: 24h, 30d
    #[arg(long, value_name = "TIME", value_parser = terminal::time, default_value = "30d")]
    since: Duration,
    /// How many requests at most, the newest
    #[arg(long, value_name = "N", default_value_t = 200)]
    limit: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: From,
}

/// What a backtest found.
#[derive(Default, Serialize)]
struct Findings {
    since: String,
    /// Requests in that time.
    requests: usize,
    /// The newest of them, which were looked at.
    tried: usize,
    /// Messages by rule.
    rules: BTreeMap<String, usize>,
    /// Requests without a message, by reason.
    skipped: BTreeMap<String, usize>,
    /// Requests whose message could not be made, by reason.
    failed: BTreeMap<String, usize>,
    /// Messages with each conflict or toxic combination.
    conflicts: BTreeMap<String, usize>,
    /// Messages in which something of a section is missing, by section and reason.
    degraded: BTreeMap<String, usize>,
    /// What is shown of people, by label.
    shown: BTreeMap<String, Shown>,
    calls: Vec<CallUse>,
}

/// In how many messages an attribute or fact about a person stands.
#[derive(Default, Serialize)]
struct Shown {
    /// Which the person, or the manager, asked for.
    own: usize,
    /// Which somebody else asked for: a requester reads what is shown of another.
    on_behalf: usize,
}

/// One call of Okta's, against its limit.
#[derive(Serialize)]
struct CallUse {
    call: String,
    sent: u64,
    a_message: f64,
    limit: Option<u64>,
    /// Messages in one window of the limit.
    messages_a_window: Option<u64>,
}

impl Backtest {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let environment = self.from.read().await?;
        let changes = [("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", "true".to_owned())];
        let config = environment.config(&changes)?;
        let secret = environment.secret(&config)?;
        let enricher = Enricher::for_operator(config, secret, Ledger::in_memory(), Clock::Event)?;
        let okta = match may_list(&enricher).await {
            Ok(okta) => okta,
            Err(why) => return Ok(terminal::failed(&why)),
        };
        let lists = okta.for_endpoints(&[Endpoint::RequestsV1, Endpoint::RequestsV2]);
        // The lists go by the same limits.
        okta.spare(SPARED);
        let since = Timestamp::now().checked_sub(self.since)?;
        let mut requests = Vec::new();
        for api in [Api::V1, Api::V2] {
            match Box::pin(lists.requests_since(api, since, Deadline::after(TIME_LIMIT))).await {
                Ok(page) => requests.extend(page),
                Err(error) => {
                    let error = Error::of_call("failed to list the access requests", error);
                    return Ok(terminal::failed(&error.to_string()));
                }
            }
        }
        let mut requests = once_each(requests, since);
        let mut findings =
            Findings { since: since.to_string(), requests: requests.len(), ..Findings::default() };
        requests.sort_by_key(|request| std::cmp::Reverse(request.created));
        requests.truncate(self.limit);
        findings.tried = requests.len();
        let progress = terminal::progress(requests.len());
        for request in &requests {
            progress.set_message(request.id.as_str().to_owned());
            match Box::pin(enricher.preview(&request.event(), Deadline::after(TIME_LIMIT))).await {
                Ok((rule, Gathered::Facts { content, by_stranger: on_behalf, .. })) => {
                    findings.take(rule, &content, on_behalf);
                }
                Ok((_, Gathered::Closed(status))) => {
                    count(&mut findings.skipped, format!("closed ({status})"));
                }
                Err(Stop::Skipped(reason)) => count(&mut findings.skipped, reason.to_string()),
                // Nothing is claimed, so nothing is a duplicate.
                Err(Stop::Duplicate) => {}
                Err(Stop::Failed(error)) => count(&mut findings.failed, without_ids(&error.to_string())),
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        findings.count_calls(&okta.usage());
        if self.json {
            anstream::println!("{}", serde_json::to_string_pretty(&findings)?);
        } else {
            findings.print();
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Each request once: what both lists show is taken from the newer generation's.
fn once_each(requests: Vec<ListedRequest>, since: Timestamp) -> Vec<ListedRequest> {
    let twins: Vec<_> = requests.iter().filter_map(|request| request.other_id.clone()).collect();
    let in_time = |request: &ListedRequest| request.created >= since && !twins.contains(&request.id);
    requests.into_iter().filter(in_time).collect()
}

fn count(counts: &mut BTreeMap<String, usize>, what: String) {
    *counts.entry(what).or_default() += 1;
}

/// An error's text without what tells one request from another, so that equal ones are counted together.
fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() >= 17 && word.bytes().all(|b| b.is_ascii_alphanumeric());
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| match word.strip_suffix(|c: char| !c.is_ascii_alphanumeric()) {
            Some(inner) if is_id(inner) => format!("…{}", &word[inner.len()..]),
            None if is_id(word) => "…".to_owned(),
            _ => word.to_owned(),
        })
        .collect()
}

impl Findings {
    fn take(&mut self, rule: &Rule, content: &Content, on_behalf: bool) {
        count(&mut self.rules, rule.name.clone());
        for section in &content.sections {
            if let Some(reason) = section.lack() {
                count(&mut self.degraded, format!("{}: {reason}", section.source));
            }
            if section.source == Source::Sod {
                for warning in &section.warnings {
                    count(&mut self.conflicts, warning.clone());
                }
            }
            for fact in &section.facts {
                let of_a_person =
                    matches!(section.source, Source::Profile | Source::Manager | Source::Access);
                if !of_a_person || !matches!(fact.value, Value::Known(_)) || fact.key == Key::Answer {
                    continue;
                }
                let shown = self.shown.entry(fact.label.clone()).or_default();
                *if on_behalf { &mut shown.on_behalf } else { &mut shown.own } += 1;
            }
        }
    }

    fn count_calls(&mut self, usage: &HashMap<Endpoint, Usage>) {
        let messages: usize = self.rules.values().sum();
        for endpoint in Endpoint::ALL {
            let Some(usage) = usage.get(&endpoint).filter(|usage| usage.calls > 0) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "an average, shown with two digits")]
            let a_message = usage.calls as f64 / messages.max(1) as f64;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "limits are small"
            )]
            let messages_a_window = usage.limit.map(|limit| (limit as f64 / a_message).floor() as u64);
            self.calls.push(CallUse {
                call: format!("{} {}", endpoint.method(), endpoint.template()),
                sent: usage.calls,
                a_message: (a_message * 100.0).round() / 100.0,
                limit: usage.limit,
                messages_a_window,
            });
        }
    }

    fn print(&self) {
        let messages: usize = self.rules.values().sum();
        anstream::println!(
            "{} requests since {} UTC; the newest {} tried: {messages} messages, none posted",
            self.requests,
            self.since.get(..16).unwrap_or(&self.since).replace('T', " "),
            self.tried
        );
        for (title, counts) in [
            ("Messages by rule", &self.rules),
            ("No message", &self.skipped),
            ("Failed", &self.failed),
            ("Conflicts", &self.conflicts),
            ("Not available", &self.degraded),
        ] {
            print_counts(title, counts);
        }
        if !self.shown.is_empty() {
            heading("Shown of people          own  on behalf");
            for (label, shown) in &self.shown {
                anstream::println!("  {label:<20} {:>5}  {:>9}", shown.own, shown.on_behalf);
            }
        }
        if !self.calls.is_empty() {
            heading(
                "Calls to Okta                                             calls  a message  limit  messages a window",
            );
            for calls in &self.calls {
                let or_unknown =
                    |number: Option<u64>| number.map_or("?".to_owned(), |number| number.to_string());
                anstream::println!(
                    "  {:<54} {:>6}  {:>9.2}  {:>5}  {:>17}",
                    calls.call,
                    calls.sent,
                    calls.a_message,
                    or_unknown(calls.limit),
                    or_unknown(calls.messages_a_window)
                );
            }
            let least = self.calls.iter().filter_map(|calls| calls.messages_a_window).min();
            if let Some(least) = least {
                anstream::println!(
                    "  Reading allows {least} messages a window (mostly a minute). A message takes one post beside it, from the \
                     limit of its own call."
                );
            }
        }
    }
}

fn heading(title: &str) {
    anstream::println!("\n{}{title}{}", Style::new().bold(), anstyle::Reset);
}

fn print_counts(title: &str, counts: &BTreeMap<String, usize>) {
    if counts.is_empty() {
        return;
    }
    heading(title);
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (what, count) in sorted {
        anstream::println!("  {count:>6}  {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_by_their_request_only_are_one() {
        assert_eq!(
            without_ids(
                "GET /governance/api/v2/requests/req16zRXf4PBGnr7o18A: Okta answered 500 (error id oaeABCDEFGHIJKLMNOPQ)"
            ),
            "GET /governance/api/v2/requests/…: Okta answered 500 (error id …)"
        );
    }
}
