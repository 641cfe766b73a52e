//! The [`Policy`] is the file that tailors the program: rules, of which the first that matches a request says
//! what its message shows. It is embedded at build time (`enrichment.toml`) and replaceable by
//! `ENRICHMENT_FILE`. Matching is pure; nothing here knows how facts are gathered.

use std::path::Path;

use serde::Deserialize;
use wildmatch::WildMatch;

use crate::event::RequestEvent;

/// The file that is in the binary.
const EMBEDDED: &str = include_str!("../enrichment.toml");

/// The rules, in order.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Vec<Rule>,
}

/// Which requests, and what their message shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, in answers and log lines.
    pub name: String,
    #[serde(default, rename = "match")]
    matches: Match,
    /// The attributes of the person's profile that the message shows, in order.
    pub attributes: Vec<Attribute>,
}

/// What a request must be; every list that is given must hold it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Match {
    request_types: Vec<String>,
    conditions: Vec<String>,
    resources: Vec<String>,
    scopes: Vec<String>,
    subjects: Vec<String>,
}

/// One line of the profile.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// The attribute's variable name in Okta's Profile Editor.
    pub name: String,
    /// What stands before the value.
    pub label: String,
}

/// Why a policy file can't be used; the text names file, line and fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file can't be read.
    #[error("failed to read the policy file `{file}` (ENRICHMENT_FILE): {cause}")]
    Unreadable {
        /// Its path.
        file: String,
        /// What the system says.
        cause: String,
    },
    /// The file is wrong.
    #[error("failed to read the policy file `{file}`: {line}: {cause}")]
    Wrong {
        /// Its path.
        file: String,
        /// `line <n>`.
        line: String,
        /// What is wrong there.
        cause: String,
    },
}

impl Policy {
    /// The policy that is in the binary.
    pub fn embedded() -> Result<Policy, PolicyError> {
        Policy::parse("enrichment.toml", EMBEDDED)
    }

    /// Reads a policy file.
    pub fn read(path: &Path) -> Result<Policy, PolicyError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Policy::parse(&file, &text),
            Err(error) => Err(PolicyError::Unreadable { file, cause: error.to_string() }),
        }
    }

    /// Parses a policy file's text; `file` is for errors only.
    pub fn parse(file: &str, text: &str) -> Result<Policy, PolicyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            rule: Vec<toml::Spanned<Rule>>,
        }
        let wrong = |at: usize, cause: String| PolicyError::Wrong {
            file: file.to_owned(),
            line: format!("line {}", text[..at.min(text.len())].matches('\n').count() + 1),
            cause,
        };
        let parsed: File = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, error.message().replace('\n', " "))
        })?;
        for rule in &parsed.rule {
            if rule.as_ref().attributes.is_empty() {
                let cause =
                    "the rule shows no attributes, so its message would say nothing; list at least one";
                return Err(wrong(rule.span().start, cause.to_owned()));
            }
        }
        Ok(Policy { rules: parsed.rule.into_iter().map(toml::Spanned::into_inner).collect() })
    }

    /// The first rule that matches.
    #[must_use]
    pub fn rule_for(&self, event: &RequestEvent) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.matches.matches(event))
    }
}

impl Match {
    fn matches(&self, event: &RequestEvent) -> bool {
        let id = |wanted: &[String], id: &Option<String>| {
            wanted.is_empty() || id.as_ref().is_some_and(|id| wanted.contains(id))
        };
        id(&self.request_types, &event.request_type_id)
            && id(&self.conditions, &event.condition_id)
            && id(&self.resources, &event.resource_id)
            && id(&self.scopes, &event.scope_id)
            && (self.subjects.is_empty()
                || self
                    .subjects
                    .iter()
                    .any(|glob| WildMatch::new_case_insensitive(glob).matches(&event.request_subject)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_policy_is_right() {
        assert!(!Policy::embedded().unwrap().rules.is_empty());
    }

    #[test]
    fn a_fault_is_reported_with_its_line() {
        for (text, says) in [
            ("[[rule]]\nname = \"a\"\nattributes = []\n", "line 1: the rule shows no attributes"),
            ("[[rule]]\nname = \"a\"\nattribute = []\n", "line 3: unknown field `attribute`"),
            ("[[rule]]\nattributes = []\n", "line 1: missing field `name`"),
            ("[[rule]\n", "line 1"),
            ("", "missing field `rule`"),
        ] {
            let error = Policy::parse("p.toml", text).unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("`p.toml`"), "{error}");
        }
    }
}
