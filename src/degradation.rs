//! A [`Degradation`]: which sections of a message lack facts, and which calls failed, for the operator. The
//! message itself says it to the approver, in fewer words. It holds calls, codes and ids, no personal data.

use serde::Serialize;

use crate::error::Error;
use crate::okta::OktaError;
use crate::section::{Lack, Section, Source};
use crate::words::Words;

/// The most causes that a log line lists. A request of the older generation can ask for many things, and each
/// of their names can fail.
const CAUSES: usize = 20;

/// What a message lacks. Empty if it is complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Degradation {
    sections: Vec<&'static str>,
    causes: Vec<(Source, Cause)>,
}

/// Why a fact is not available.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// A call failed.
    Call(OktaError),
    /// No call failed. The reason is in the program's own words.
    Reason(String),
}

/// A cause as log lines list it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Detail<'a> {
    section: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl Degradation {
    /// What these sections lack.
    #[must_use]
    pub fn of(sections: &[Section]) -> Degradation {
        let mut degradation = Degradation::default();
        for section in sections {
            let mut lacks = section.lacks().filter(|lack| lack.is_failure()).peekable();
            if lacks.peek().is_some() {
                degradation.sections.push(section.source.name());
            }
            for cause in lacks.flat_map(Cause::of) {
                let cause = (section.source, cause);
                if !degradation.causes.contains(&cause) {
                    degradation.causes.push(cause);
                }
            }
        }
        degradation
    }

    /// The names of the sections in which a fact is not available, in the order of the message.
    #[must_use]
    pub fn sections(&self) -> &[&'static str] {
        &self.sections
    }

    /// The first cause in words, with its remedy; `None` if the message is complete.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let ((section, cause), others) = self.causes.split_first()?;
        let cause = match cause {
            Cause::Call(error) => Error::from(error.clone()).to_string(),
            Cause::Reason(reason) => reason.clone(),
        };
        let more = match others.len() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Some(format!("facts of the section {section} are not available: {cause}{more}"))
    }

    /// The codes of the failed calls, sorted, each once.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<_> = self.causes.iter().filter_map(|(_, cause)| cause.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Every cause.
    pub(crate) fn details(&self) -> Vec<Detail<'_>> {
        let details = self.causes.iter().take(CAUSES).map(|(section, cause)| {
            let (call, reason) = match cause {
                Cause::Call(error) => (error.call(), None),
                Cause::Reason(reason) => (None, Some(reason.as_str())),
            };
            Detail { section: section.name(), call, code: cause.code(), reason }
        });
        details.collect()
    }
}

impl Cause {
    /// The calls that failed, or else the reason.
    fn of(lack: &Lack) -> Vec<Cause> {
        if lack.errors().is_empty() {
            return vec![Cause::Reason(Words::english().say(&lack.reason))];
        }
        lack.errors().iter().cloned().map(Cause::Call).collect()
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Cause::Call(error) => Some(Error::from(error.clone()).code().as_str()),
            Cause::Reason(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::okta::OktaAnswer;
    use crate::section::{Fact, Value};
    use crate::words::{Piece, Term};

    fn forbidden(path: &str) -> OktaError {
        let answer = OktaAnswer { status: 403, code: None, error_id: None, request_id: None };
        OktaError::Forbidden {
            call: format!("GET {path}"),
            answer: Box::new(answer),
            scope: None,
            role: None,
        }
    }

    fn section(source: Source, values: Vec<Value>) -> Section {
        let facts = values.into_iter().map(|value| Fact::named("name", Term::Request, value)).collect();
        Section { source, facts, checks: Vec::new() }
    }

    #[test]
    fn each_cause_is_listed_once_with_its_section_call_and_code() {
        let groups = || Value::lacking(&forbidden("/groups"));
        let degradation = Degradation::of(&[
            section(Source::Request, vec![Value::NotSet]),
            section(Source::Access, vec![groups(), groups(), Value::lacking(&forbidden("/appLinks"))]),
            section(Source::Sod, vec![Value::NotAvailable(Lack::of_answer(Term::OktaDoesNotSay))]),
        ]);
        assert_eq!(degradation.sections(), ["access", "sod"]);
        assert_eq!(degradation.codes(), ["okta-forbidden"]);
        assert_eq!(
            json!(degradation.details()),
            json!([
                {"section": "access", "call": "GET /groups", "code": "okta-forbidden"},
                {"section": "access", "call": "GET /appLinks", "code": "okta-forbidden"},
                {"section": "sod", "reason": "Okta does not say"}
            ])
        );
        let warning = degradation.warning().unwrap();
        assert!(warning.contains("access are not available: GET /groups: Okta answered 403"), "{warning}");
        assert!(warning.contains("; give the role Access Requests Administrator"), "{warning}");
        assert!(warning.ends_with(" (and 2 more)"), "{warning}");
    }

    #[test]
    fn a_complete_message_lacks_nothing() {
        let degradation =
            Degradation::of(&[section(Source::Access, vec![Value::Known(Piece::from(Term::None))])]);
        assert_eq!(degradation, Degradation::default());
        assert_eq!(degradation.warning(), None);
    }
}
