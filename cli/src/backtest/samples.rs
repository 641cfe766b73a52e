//! The [`Samples`] are the messages that `--show` prints: of each rule one that an approver should look at,
//! then more.

use jiff::Timestamp;
use okta_request_enricher::request::RequestId;
use serde::Serialize;

use crate::{message_lines, terminal};

/// How the shown messages are chosen, in words.
const CHOICE: &str = "of each rule the newest with a warning, or else the newest; then more with warnings";

/// A message that would be posted.
#[derive(Serialize)]
pub(super) struct Sample {
    pub(super) request_id: String,
    /// ISO 8601, UTC.
    pub(super) created: Option<String>,
    pub(super) rule: String,
    pub(super) message: String,
    #[serde(skip)]
    pub(super) has_warning: bool,
}

/// The messages of a backtest, newest first.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Samples(Vec<Sample>);

impl Sample {
    pub(super) fn new(id: &RequestId, created: Option<Timestamp>, rule: &str, message: &str) -> Sample {
        let (request_id, rule, message) = (id.to_string(), rule.to_owned(), message.to_owned());
        let created = created.map(|at| at.to_string());
        Sample { request_id, created, rule, message, has_warning: false }
    }
}

impl Samples {
    pub(super) fn add(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// At most `number` of them, those that matter first.
    pub(super) fn chosen(self, number: usize) -> Samples {
        let mut samples = self.0;
        samples.sort_by_key(|sample| !sample.has_warning);
        let (mut firsts, mut others, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        for sample in samples {
            if rules.contains(&sample.rule) {
                others.push(sample);
            } else {
                rules.push(sample.rule.clone());
                firsts.push(sample);
            }
        }
        firsts.append(&mut others);
        firsts.truncate(number);
        Samples(firsts)
    }

    /// Prints them. There were `all` messages.
    pub(super) fn print(&self, all: usize) {
        let bold = terminal::bold();
        terminal::println!("{bold}{} of {all} messages{bold:#}: {CHOICE}", self.0.len());
        for Sample { request_id, created, rule, message, .. } in &self.0 {
            let created = created.as_deref().unwrap_or_default();
            terminal::println!("");
            terminal::println!("{bold}{request_id}{bold:#}  {created}  rule {rule}");
            message_lines::print(message);
        }
        terminal::println!("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_comes_first_with_its_newest_warning() {
        let mut samples = Samples::default();
        for (message, rule, has_warning) in
            [("1", "a", false), ("2", "a", true), ("3", "a", true), ("4", "b", false), ("5", "b", false)]
        {
            let id = RequestId::parse("req16zRXf4PBGnr7o18A").unwrap();
            samples.add(Sample { has_warning, ..Sample::new(&id, None, rule, message) });
        }
        let chosen = samples.chosen(4);
        let texts: Vec<_> = chosen.0.iter().map(|sample| sample.message.as_str()).collect();
        assert_eq!(texts, ["2", "4", "3", "1"]);
    }
}
