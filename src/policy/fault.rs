//! [`PolicyFault`]: what is wrong with a policy file, where, and what to write instead. [`PolicyError`]: why a
//! policy file can't be used.

use std::ops::Range;

use crate::text;

/// Why a policy file can't be used. Both texts contain the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The file has at least one fault.
    #[error("the policy file `{file}` is wrong: {}", joined(.faults))]
    Wrong {
        /// Its path.
        file: String,
        /// All faults, ordered by place.
        faults: Vec<PolicyFault>,
    },
}

/// Why a policy file can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the policy file `{file}`: {cause}; {remedy}")]
pub struct Unreadable {
    /// Its path.
    pub file: String,
    /// Why it can't be read.
    pub cause: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// How many faults of a file an error names. Each invocation logs and answers them, and both have limits:
/// CloudWatch takes 1 MB, Lambda 6 MB.
const NAMED_FAULTS: usize = 20;

fn joined(faults: &[PolicyFault]) -> String {
    let mut texts: Vec<_> = faults.iter().take(NAMED_FAULTS).map(ToString::to_string).collect();
    let rest = faults.len().saturating_sub(NAMED_FAULTS);
    if rest > 0 {
        texts.push(format!("and {}; `enricher check` prints all", text::count(rest, "more fault")));
    }
    texts.join("; ")
}

/// A fault of a policy file, or a warning about something legal that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// The line in the file, from 1.
    pub line: usize,
    /// The wrong part of the file, in bytes from its start. It ends on the line on which it begins.
    pub place: Range<usize>,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub remedy: String,
    /// What to write at the place, if that is clear.
    pub instead: Option<String>,
}

/// Characters kept of the beginning and of the end of each text of a fault. A fault quotes a name of the
/// file, which may be as long as the file.
const KEPT: (usize, usize) = (200, 100);

impl PolicyFault {
    /// A fault at a place of the file's text. Texts of the file that it quotes become printable, on one line. A
    /// long text loses its middle.
    #[must_use]
    pub fn new(file: &str, place: Range<usize>, cause: &str, remedy: &str) -> PolicyFault {
        let place = on_one_line(file, place);
        let line = file.get(..place.start).map_or(1, |before| before.matches('\n').count() + 1);
        PolicyFault { line, place, cause: short(cause), remedy: short(remedy), instead: None }
    }

    /// Adds what to write at the place. Only a short text on one line is worth it.
    #[must_use]
    pub fn instead(self, text: String) -> PolicyFault {
        let is_short = text.len() <= KEPT.0 && text::printable(&text) == text;
        PolicyFault { instead: is_short.then_some(text), ..self }
    }

    /// What is wrong, and what to do about it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}; {}", self.cause, self.remedy)
    }
}

impl std::fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}; {}", self.line, self.cause, self.remedy)
    }
}

/// The part of a place that is on its first line.
fn on_one_line(file: &str, place: Range<usize>) -> Range<usize> {
    let start = place.start.min(file.len());
    let part = file.get(start..place.end.min(file.len())).unwrap_or_default();
    let first = part.split('\n').next().unwrap_or_default().trim_end();
    start..start + first.len()
}

fn short(text: &str) -> String {
    let text = text::printable(text);
    let (first, last) = KEPT;
    let length = text.chars().count();
    if length <= first + last {
        return text;
    }
    let (start, end) = (text.chars().take(first), text.chars().skip(length - last));
    start.chain(['…']).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn an_error_stays_short_whatever_the_file_quotes_and_however_many_faults_it_has() {
        let name = "n".repeat(100_000);
        let rule = "[[rule]]\nname = \"a\"\n".repeat(100);
        let required = ["\"sod\""; 1000].join(", ");
        for text in [
            format!("{name} = 1"),
            format!("[[rule]]\nname = \"{name}\"\nsections = []\nrequired = [{required}]\n"),
            rule.clone(),
        ] {
            let error = Policy::parse("enrichment.toml", &text).unwrap_err();
            assert!(error.to_string().len() < 20_000, "{}", error.to_string().len());
            let PolicyError::Wrong { faults, .. } = error else { panic!("{error}") };
            assert!(faults.iter().all(|fault| fault.text().chars().count() <= 604), "{faults:#?}");
            assert!(faults.iter().flat_map(|fault| &fault.instead).all(|it| it.len() <= 200), "{faults:#?}");
        }
        let error = Policy::parse("enrichment.toml", &rule).unwrap_err().to_string();
        assert!(error.contains("line 1: `a` shows nothing"), "{error}");
        assert!(error.ends_with("more faults; `enricher check` prints all"), "{error}");
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let cause = format!("the rule `{}` is wrong", "n".repeat(1000));
        let PolicyFault { cause, .. } = PolicyFault::new("", 0..0, &cause, "delete it");
        assert!(cause.starts_with("the rule `nnn") && cause.ends_with("nnn` is wrong"), "{cause}");
        assert_eq!(cause.chars().count(), 301);
    }

    #[test]
    fn a_place_ends_on_its_first_line() {
        let file = "a = \"\"\"\r\nb\"\"\"\nc = 1\n";
        let fault = PolicyFault::new(file, 4..file.len(), "a", "b");
        assert_eq!((fault.line, &file[fault.place]), (1, "\"\"\""));
        let fault = PolicyFault::new(file, 14..15, "a", "b");
        assert_eq!((fault.line, &file[fault.place]), (3, "c"));
        assert_eq!(PolicyFault::new(file, 100..200, "a", "b").place, file.len()..file.len());
    }
}
