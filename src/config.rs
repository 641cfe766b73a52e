//! The [`Config`] is what the environment asks for, parsed: the inside of the program trusts it. Reading it
//! never stops at the first fault: all are reported at once, each naming its variable and what to write there.
//! The policy file's own contents are checked in `policy`.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use wildmatch::WildMatch;

use crate::event::RequestEvent;
use crate::okta::OrgUrl;
use crate::policy::Policy;

/// The default of `MAX_EVENT_AGE`: a day, as long as an approver may be expected to wait at most.
pub const DEFAULT_MAX_EVENT_AGE: Duration = Duration::from_hours(24);

/// The settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// `OKTA_ORG_URL`.
    pub org: OrgUrl,
    /// `OKTA_SECRET_ID`: name or ARN of the Secrets Manager secret.
    pub secret_id: String,
    /// `ENRICHMENT_FILE`, or the policy embedded at build time.
    pub policy: Policy,
    /// `REQUEST_TYPES`: the simple allow-list; empty lets every request pass.
    pub request_types: RequestTypes,
    /// `MAX_EVENT_AGE`: how long after `published` an event is still worth a message.
    pub max_event_age: Duration,
    /// `LEDGER_TABLE`: the DynamoDB table that remembers which requests were answered; `None`: this process does.
    pub ledger_table: Option<String>,
    /// `OUTCOME_BUS`: the EventBridge bus that gets one event an outcome.
    pub outcome_bus: Option<String>,
    /// `DRY_RUN`: everything but the claim and the post.
    pub dry_run: bool,
    /// `SSL_CERT_FILE`: further trusted roots.
    pub ssl_cert_file: Option<PathBuf>,
    /// `AWS_REGION`: the region that this process runs in.
    pub region: Option<String>,
}

/// Every fault of the environment, in the order of the variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<ConfigFault>);

/// One fault of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it. The text names the variable.
    pub cause: String,
    /// What to write there; `None` if the cause says it.
    pub remedy: Option<String>,
}

impl ConfigFault {
    fn new(variable: &'static str, cause: &str, remedy: &str) -> ConfigFault {
        ConfigFault { variable, cause: cause.to_owned(), remedy: Some(remedy.to_owned()) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "failed to read the configuration: {}", faults.join("; "))
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Config, ConfigError> {
        Config::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads variables through `lookup`. An empty or blank variable counts as unset, as templates leave them.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let get = |name| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut faults = Vec::new();
        let mut fault = |fault: ConfigFault| faults.push(fault);

        let org = match get("OKTA_ORG_URL") {
            None => {
                let example = "give the org's address, such as https://acme.okta.com";
                fault(ConfigFault::new("OKTA_ORG_URL", "OKTA_ORG_URL is not set", example));
                None
            }
            Some(text) => OrgUrl::parse(&text)
                .map_err(|error| {
                    let cause = format!("OKTA_ORG_URL {}", error.cause);
                    fault(ConfigFault::new("OKTA_ORG_URL", &cause, &error.remedy));
                })
                .ok(),
        };
        let secret_id = get("OKTA_SECRET_ID").or_else(|| {
            fault(ConfigFault::new(
                "OKTA_SECRET_ID",
                "OKTA_SECRET_ID is not set",
                "give the name or ARN of the Secrets Manager secret that holds the Okta credential",
            ));
            None
        });
        let policy = match get("ENRICHMENT_FILE") {
            None => Policy::embedded(),
            Some(path) => Policy::read(path.as_ref()),
        }
        .map_err(|error| {
            // Each fault of the file says what to write instead.
            fault(ConfigFault { variable: "ENRICHMENT_FILE", cause: error.to_string(), remedy: None });
        })
        .ok();
        let request_types = get("REQUEST_TYPES").map_or_else(RequestTypes::default, |text| {
            RequestTypes::parse(&text).unwrap_or_else(|cause| {
                let cause = format!("REQUEST_TYPES {cause}");
                fault(ConfigFault::new("REQUEST_TYPES", &cause, "separate entries by one comma"));
                RequestTypes::default()
            })
        });
        let max_event_age = get("MAX_EVENT_AGE").map_or(DEFAULT_MAX_EVENT_AGE, |text| {
            if let Ok(seconds @ 1..) = text.parse() {
                Duration::from_secs(seconds)
            } else {
                let remedy = "give a whole number of seconds, such as 86400";
                fault(ConfigFault::new("MAX_EVENT_AGE", &format!("MAX_EVENT_AGE is `{text}`"), remedy));
                DEFAULT_MAX_EVENT_AGE
            }
        });
        let dry_run = match get("DRY_RUN").map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("false" | "0" | "no") => false,
            Some("true" | "1" | "yes") => true,
            Some(other) => {
                let cause = format!("DRY_RUN is `{other}`");
                fault(ConfigFault::new("DRY_RUN", &cause, "give `true` or `false`"));
                false
            }
        };
        match (org, secret_id, policy) {
            (Some(org), Some(secret_id), Some(policy)) if faults.is_empty() => Ok(Config {
                org,
                secret_id,
                policy,
                request_types,
                max_event_age,
                ledger_table: get("LEDGER_TABLE"),
                outcome_bus: get("OUTCOME_BUS"),
                dry_run,
                ssl_cert_file: get("SSL_CERT_FILE").map(PathBuf::from),
                region: get("AWS_REGION"),
            }),
            _ => Err(ConfigError(faults)),
        }
    }
}

/// The allow-list of `REQUEST_TYPES`: globs over the request's subject, or ids of request type, condition or
/// resource.
#[derive(Clone, Debug, Default)]
pub struct RequestTypes(Vec<String>);

impl RequestTypes {
    /// Parses a comma-separated list of globs (`*`: any text, `?`: one character; upper and lower case are one)
    /// and ids (exact).
    pub fn parse(text: &str) -> Result<RequestTypes, String> {
        let entries: Vec<String> = text.split(',').map(|entry| entry.trim().to_owned()).collect();
        if entries.iter().any(String::is_empty) {
            return Err(format!("is `{text}`, with an empty entry"));
        }
        Ok(RequestTypes(entries))
    }

    /// Whether an event passes; `None` where its subject line would decide and is not known. An empty list lets all
    /// pass.
    #[must_use]
    pub fn allow(&self, event: &RequestEvent) -> Option<bool> {
        let ids = [&event.request_type_id, &event.condition_id, &event.resource_id];
        if self.0.is_empty() || self.0.iter().any(|entry| ids.contains(&&Some(entry.clone()))) {
            return Some(true);
        }
        let subject = event.known_subject_line();
        let glob = |entry: &String| Some(WildMatch::new_case_insensitive(entry).matches(subject?));
        self.0.iter().map(glob).try_fold(false, |any, one| Some(any || one?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn every_fault_is_reported_at_once_with_its_variable() {
        let faults = read(&[
            ("OKTA_ORG_URL", "acme-admin.okta.com"),
            ("MAX_EVENT_AGE", "a day"),
            ("DRY_RUN", "maybe"),
            ("REQUEST_TYPES", "a,,b"),
            ("ENRICHMENT_FILE", "/no/such/file.toml"),
        ])
        .unwrap_err()
        .0;
        let names = [
            "OKTA_ORG_URL",
            "OKTA_SECRET_ID",
            "ENRICHMENT_FILE",
            "REQUEST_TYPES",
            "MAX_EVENT_AGE",
            "DRY_RUN",
        ];
        assert_eq!(faults.len(), names.len(), "{faults:#?}");
        for (fault, name) in faults.iter().zip(names) {
            assert!(fault.to_string().contains(name), "{fault}");
        }
    }

    #[test]
    fn two_variables_are_enough() {
        let config = read(&[("OKTA_ORG_URL", "https://acme.okta.com/"), ("OKTA_SECRET_ID", "okta")]).unwrap();
        assert_eq!(config.org.to_string(), "https://acme.okta.com");
        assert_eq!(config.max_event_age, Duration::from_hours(24));
        assert!(!config.dry_run);
    }
}
