//! [`Config`]: the settings that one process reads from its environment, parsed and checked. Reading does not
//! stop at the first fault: it reports every fault, each with its variable and a remedy. `policy` checks the
//! contents of the policy file. docs/configuration.md describes each variable.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use wildmatch::WildMatch;

use crate::deployment::{self, Deployment};
use crate::event::RequestEvent;
use crate::http::Http;
use crate::okta::OrgUrl;
use crate::policy::Policy;
use crate::shape;

/// The default of `MAX_EVENT_AGE`: one day. Approvers have usually decided on an older request.
const DEFAULT_MAX_EVENT_AGE: Duration = Duration::from_hours(24);

/// The settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// `OKTA_ORG_URL`: the org's address.
    pub org: OrgUrl,
    /// `OKTA_SECRET_ID`: name or ARN of the Secrets Manager secret that holds the Okta credential.
    pub secret_id: String,
    /// The policy of the deployment's policy file.
    pub policy: Policy,
    /// `REQUEST_TYPES`: the list of requests that get a message.
    pub request_types: RequestTypes,
    /// `MAX_EVENT_AGE`, in seconds: an event that was published longer ago gets no message.
    pub max_event_age: Duration,
    /// `LEDGER_TABLE`: the DynamoDB table of the ledger. `None`: the ledger is kept in this process's memory.
    pub ledger_table: Option<String>,
    /// `OUTCOME_BUS`: the EventBridge bus that receives one event for each outcome. `None`: no events are
    /// sent.
    pub outcome_bus: Option<String>,
    /// `DRY_RUN`: make the message, but do not claim the request and do not post.
    pub dry_run: bool,
    /// `SSL_CERT_FILE`: a PEM file with additional trusted root certificates.
    pub ssl_cert_file: Option<PathBuf>,
    /// `AWS_REGION`: the region that this process runs in. Lambda sets it.
    pub region: Option<String>,
    /// What all this was read from.
    pub deployment: Arc<Deployment>,
}

/// Every fault of the environment, and what is known all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub faults: Vec<ConfigFault>,
    /// What was read.
    pub deployment: Arc<Deployment>,
    /// [`Config::outcome_bus`], if it is valid. Failures are reported there.
    pub outcome_bus: Option<String>,
    /// [`Config::ssl_cert_file`], if it is valid.
    pub ssl_cert_file: Option<PathBuf>,
}

/// One fault of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The variable; `ENRICHMENT_FILE` for every fault of the policy file, wherever that is.
    pub variable: &'static str,
    /// What is wrong with it. The text names the variable.
    pub cause: String,
    /// What to write there; `None` if the cause says it.
    pub remedy: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed to read the configuration: {}", self.texts().join("; "))
    }
}

impl ConfigError {
    /// Each fault in words.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.faults.iter().map(ToString::to_string).collect()
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
    /// Reads the environment of this process.
    ///
    /// # Errors
    ///
    /// Every variable that is missing or wrong, and every fault of the policy file.
    pub fn from_env() -> Result<Config, ConfigError> {
        // A value that is not UTF-8 must not count as unset.
        Config::from_lookup(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// Reads variables through `lookup`. An empty or blank variable counts as unset, because templates set
    /// unused variables to empty text.
    ///
    /// # Errors
    ///
    /// Every variable that is missing or wrong, and every fault of the policy file.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let deployment = Arc::new(Deployment::read(&lookup));
        let mut variables = Variables { lookup, faults: Vec::new() };
        let org = variables.org();
        let secret_id = variables.secret_id();
        let policy = variables.policy(&deployment);
        let request_types = variables.request_types();
        let max_event_age = variables.max_event_age();
        let ledger_table = variables.ledger_table();
        let outcome_bus = variables.outcome_bus();
        let dry_run = variables.dry_run();
        let ssl_cert_file = variables.ssl_cert_file();
        match (org, secret_id, policy) {
            (Some(org), Some(secret_id), Some(policy)) if variables.faults.is_empty() => Ok(Config {
                org,
                secret_id,
                policy,
                request_types,
                max_event_age,
                ledger_table,
                outcome_bus,
                dry_run,
                ssl_cert_file,
                region: variables.get("AWS_REGION"),
                deployment,
            }),
            _ => {
                variables.check_roots(ssl_cert_file.as_deref());
                Err(ConfigError { faults: variables.faults, deployment, outcome_bus, ssl_cert_file })
            }
        }
    }
}

/// The variables, and the faults that were found in them so far.
struct Variables<L> {
    lookup: L,
    faults: Vec<ConfigFault>,
}

impl<L: Fn(&str) -> Option<String>> Variables<L> {
    fn get(&self, name: &str) -> Option<String> {
        deployment::value(&self.lookup, name)
    }

    /// Notes a fault; `what` continues a sentence that begins with the variable.
    fn fault(&mut self, variable: &'static str, what: &str, remedy: &str) {
        let cause = format!("{variable} {what}");
        self.faults.push(ConfigFault { variable, cause, remedy: Some(remedy.to_owned()) });
    }

    fn org(&mut self) -> Option<OrgUrl> {
        let remedy = "give the org's address, such as https://acme.okta.com";
        let Some(text) = self.get("OKTA_ORG_URL") else {
            self.fault("OKTA_ORG_URL", "is not set", remedy);
            return None;
        };
        // The faults of an address quote its scheme and host.
        if shape::is_secret(&text) {
            self.fault("OKTA_ORG_URL", "holds a credential, not an address alone", remedy);
            return None;
        }
        OrgUrl::parse(&text).map_err(|error| self.fault("OKTA_ORG_URL", &error.cause, &error.remedy)).ok()
    }

    /// The name of something: errors and logs show it. A credential in its place is a fault, and is not
    /// shown.
    fn name(&mut self, variable: &'static str, remedy: &str) -> Option<String> {
        let name = self.get(variable)?;
        if shape::is_secret(&name) {
            self.fault(variable, "holds a credential, not a name", remedy);
            return None;
        }
        Some(name)
    }

    fn secret_id(&mut self) -> Option<String> {
        let remedy = "give the name or ARN of the Secrets Manager secret that holds the Okta credential";
        if self.get("OKTA_SECRET_ID").is_none() {
            self.fault("OKTA_SECRET_ID", "is not set", remedy);
        }
        self.name("OKTA_SECRET_ID", remedy)
    }

    fn ledger_table(&mut self) -> Option<String> {
        self.name("LEDGER_TABLE", "give the name of the DynamoDB table of the ledger")
    }

    fn outcome_bus(&mut self) -> Option<String> {
        self.name("OUTCOME_BUS", "give the name of the EventBridge bus for outcome events")
    }

    fn ssl_cert_file(&mut self) -> Option<PathBuf> {
        self.name("SSL_CERT_FILE", "give the path of a PEM file with certificates").map(PathBuf::from)
    }

    /// Reports a wrong `SSL_CERT_FILE` beside other faults. If there are none, whoever connects reads it.
    fn check_roots(&mut self, file: Option<&Path>) {
        if file.is_some()
            && let Err(error) = Http::new(file, false)
        {
            let remedy = Some(error.remedy().to_owned());
            self.faults.push(ConfigFault { variable: "SSL_CERT_FILE", cause: error.to_string(), remedy });
        }
    }

    fn policy(&mut self, deployment: &Deployment) -> Option<Policy> {
        let policy = deployment.policy_file.policy();
        policy
            .map_err(|error| {
                // Each fault of the file contains its own remedy.
                let cause = error.to_string();
                self.faults.push(ConfigFault { variable: "ENRICHMENT_FILE", cause, remedy: None });
            })
            .ok()
    }

    fn request_types(&mut self) -> RequestTypes {
        let Some(text) = self.get("REQUEST_TYPES") else { return RequestTypes::default() };
        RequestTypes::parse(&text).unwrap_or_else(|what| {
            let remedy = "remove a comma at the start or end, or one of two commas in a row";
            self.fault("REQUEST_TYPES", &what, remedy);
            RequestTypes::default()
        })
    }

    fn max_event_age(&mut self) -> Duration {
        let Some(text) = self.get("MAX_EVENT_AGE") else { return DEFAULT_MAX_EVENT_AGE };
        if let Ok(seconds @ 1..) = text.parse() {
            return Duration::from_secs(seconds);
        }
        self.fault("MAX_EVENT_AGE", "is not a whole number of seconds above 0", "give one, such as 86400");
        DEFAULT_MAX_EVENT_AGE
    }

    fn dry_run(&mut self) -> bool {
        match self.get("DRY_RUN").map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("false" | "0" | "no") => false,
            Some("true" | "1" | "yes") => true,
            Some(_) => {
                self.fault("DRY_RUN", "is neither `true` nor `false`", "give one of the two");
                false
            }
        }
    }
}

/// The list in `REQUEST_TYPES`: globs over the request's subject line, and ids of request types, conditions
/// or resources. An empty list matches every request.
#[derive(Clone, Debug, Default)]
pub struct RequestTypes(Vec<String>);

impl RequestTypes {
    /// Parses a comma-separated list. An entry is an exact id or a case-insensitive glob (`*`: any text, `?`:
    /// one character).
    ///
    /// # Errors
    ///
    /// An empty entry. The text continues a sentence that begins with the variable.
    pub fn parse(text: &str) -> Result<RequestTypes, String> {
        let entries: Vec<String> = text.split(',').map(|entry| entry.trim().to_owned()).collect();
        if entries.iter().any(String::is_empty) {
            return Err("has an empty entry".to_owned());
        }
        Ok(RequestTypes(entries))
    }

    /// Whether the list matches an event. `None`: the subject line decides, and it is unknown.
    #[must_use]
    pub fn allow(&self, event: &RequestEvent) -> Option<bool> {
        let ids = [&event.request_type_id, &event.condition_id, &event.resource_id];
        let is_one = |entry: &String| ids.iter().any(|id| id.as_ref() == Some(entry));
        if self.0.is_empty() || self.0.iter().any(is_one) {
            return Some(true);
        }
        let subject = event.known_subject_line()?;
        Some(self.0.iter().any(|glob| WildMatch::new_case_insensitive(glob).matches(subject)))
    }

    /// Whether an entry has the form of a condition's id, `rco…`.
    #[must_use]
    pub fn may_name_condition(&self) -> bool {
        self.0.iter().any(|entry| entry.starts_with("rco"))
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
        .faults;
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
    fn a_credential_in_place_of_a_name_is_a_fault_and_is_not_quoted() {
        let token = format!("00{}", "hunter2-".repeat(5));
        let address = format!("http://{token}/x");
        for credential in
            [&token, &address, r#"{"api_token":"hunter2"}"#, "-----BEGIN PRIVATE KEY-----hunter2"]
        {
            for name in [
                "OKTA_ORG_URL",
                "OKTA_SECRET_ID",
                "ENRICHMENT_FILE",
                "REQUEST_TYPES",
                "MAX_EVENT_AGE",
                "LEDGER_TABLE",
                "OUTCOME_BUS",
                "DRY_RUN",
                "SSL_CERT_FILE",
            ] {
                let credential = if name == "REQUEST_TYPES" { &format!("{credential},") } else { credential };
                let faults = read(&[(name, credential)]).unwrap_err().to_string();
                assert!(faults.contains(name) && !faults.contains("hunter2"), "{faults}");
            }
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
