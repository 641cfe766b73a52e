//! The [`Deployment`]: what this process was given, whether it is valid or not: its policy file, its
//! variables, the function's name. Answers, log lines and outcome events name its policy. The answer to an
//! operator's `{"describe":true}` contains all of it. It shows no credential. `config` says what is wrong with it.

use crate::policy_file::{Fingerprint, PolicyFile};
use crate::shape::{self, NO_CREDENTIAL_SHOWN};

/// The variables that the function reads, with those of the AWS SDK and of reqwest (reqwest, "Proxies").
/// docs/configuration.md describes each.
pub const VARIABLES: [&str; 27] = [
    "OKTA_ORG_URL",
    "OKTA_SECRET_ID",
    "ENRICHMENT_FILE",
    "REQUEST_TYPES",
    "MAX_EVENT_AGE",
    "DRY_RUN",
    "LEDGER_TABLE",
    "OUTCOME_BUS",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_EVENTBRIDGE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_LOG_LEVEL",
    "AWS_LAMBDA_LOG_FORMAT",
    "LAMBDA_TASK_ROOT",
];

/// What this process was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets; `None` outside Lambda.
    pub function_name: Option<String>,
    /// The file that `ENRICHMENT_FILE` names; else `enrichment.toml` beside the binary, in the folder
    /// `LAMBDA_TASK_ROOT`; else the one in the binary.
    pub policy_file: PolicyFile,
    /// The [`VARIABLES`] with their values, as far as they may be shown.
    pub settings: Vec<(&'static str, Option<String>)>,
}

impl Deployment {
    /// Reads the variables through `lookup`, and the policy file.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Deployment {
        let get = |name| value(&lookup, name);
        let policy_file = match get("ENRICHMENT_FILE") {
            Some(path) => PolicyFile::named(&path),
            None => get("LAMBDA_TASK_ROOT")
                .and_then(|folder| PolicyFile::beside_binary(&folder))
                .unwrap_or_else(PolicyFile::built_in),
        };
        Deployment {
            function_name: get("AWS_LAMBDA_FUNCTION_NAME"),
            policy_file,
            settings: VARIABLES.map(|name| (name, get(name).map(|value| shown(name, &value)))).to_vec(),
        }
    }

    /// The fingerprint of the policy file; `None` if the file can't be read.
    #[must_use]
    pub fn policy(&self) -> Option<Fingerprint> {
        self.policy_file.fingerprint()
    }
}

/// A variable's value, trimmed; `None` if it is unset, empty or blank, because templates set unused variables
/// to empty text.
pub(crate) fn value(lookup: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The value, or what of it may be shown.
fn shown(name: &str, value: &str) -> String {
    if shape::is_secret(value) {
        return NO_CREDENTIAL_SHOWN.to_owned();
    }
    let is_address = ["_URL", "_PROXY"].iter().any(|part| name.to_ascii_uppercase().contains(part));
    if is_address { without_user(value) } else { value.to_owned() }
}

/// An address without user name, password and query. Proxies may be given without a scheme.
fn without_user(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme @ ("http" | "https" | "socks5" | "socks5h"), rest)) => (format!("{scheme}://"), rest),
        _ => (String::new(), address),
    };
    // A password may contain every character that separates the parts of an address.
    let (user, rest) = match rest.rsplit_once('@') {
        Some((_, rest)) => ("(not shown)@", rest),
        None => ("", rest),
    };
    let (rest, query) = match rest.split_once(['?', '#']) {
        Some((rest, _)) => (rest, "?(not shown)"),
        None => (rest, ""),
    };
    format!("{scheme}{user}{rest}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "00aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789_ab";

    fn deployment(vars: &[(&str, &str)]) -> Deployment {
        Deployment::read(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    fn setting(vars: &[(&str, &str)], name: &str) -> Option<String> {
        deployment(vars).settings.into_iter().find(|(n, _)| *n == name).unwrap().1
    }

    #[test]
    fn the_file_of_the_variable_goes_before_the_one_beside_the_binary() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap();
        let (beside, named) = (format!("{root}/enrichment.toml"), format!("{root}/named.toml"));
        std::fs::write(&named, "named").unwrap();
        let path = |vars: &[(&str, &str)]| deployment(vars).policy_file.path().map(str::to_owned);
        assert_eq!(path(&[("LAMBDA_TASK_ROOT", root)]), None, "there is no file yet");
        std::fs::write(&beside, "beside").unwrap();
        assert_eq!(path(&[("LAMBDA_TASK_ROOT", root)]), Some(beside.clone()));
        assert_eq!(path(&[("LAMBDA_TASK_ROOT", root), ("ENRICHMENT_FILE", " ")]), Some(beside));
        assert_eq!(path(&[("LAMBDA_TASK_ROOT", root), ("ENRICHMENT_FILE", &named)]), Some(named));
        let missing = deployment(&[("LAMBDA_TASK_ROOT", root), ("ENRICHMENT_FILE", "/no/such/file")]);
        assert!(missing.policy_file.policy().is_err(), "a wrong path is no reason to take another file");
    }

    #[test]
    fn no_variable_shows_a_credential() {
        let pem = "-----BEGIN PRIVATE KEY-----hunter2";
        for credential in [TOKEN, r#"{"api_token":"hunter2"}"#, pem, &format!("SSWS {TOKEN}")] {
            for name in VARIABLES {
                for value in [credential.to_owned(), format!("a, {credential},b"), format!(" {credential} ")]
                {
                    let Deployment { policy_file, settings, .. } = deployment(&[(name, &value)]);
                    let text =
                        format!("{settings:?} {:?} {:?}", policy_file.path(), policy_file.policy().err());
                    assert!(!text.contains("hunter2") && !text.contains(TOKEN), "{name}: {text}");
                    assert_eq!(setting(&[(name, &value)], name).as_deref(), Some(NO_CREDENTIAL_SHOWN));
                }
            }
        }
    }

    #[test]
    fn an_address_is_shown_without_user_and_password() {
        for (address, shown) in [
            ("http://proxy.corp:3128", "http://proxy.corp:3128"),
            ("http://user:hunter2@proxy.corp:3128", "http://(not shown)@proxy.corp:3128"),
            ("user:hunter2@proxy.corp:3128", "(not shown)@proxy.corp:3128"),
            ("http://user:hunter2/#?@x@proxy.corp", "http://(not shown)@proxy.corp"),
            ("hunter2://hunter2@proxy", "(not shown)@proxy"),
            ("https://acme.okta.com/?token=hunter2", "https://acme.okta.com/?(not shown)"),
        ] {
            for name in
                ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "OKTA_ORG_URL", "AWS_ENDPOINT_URL_DYNAMODB"]
            {
                assert_eq!(setting(&[(name, address)], name).as_deref(), Some(shown), "{name}");
            }
        }
        assert_eq!(setting(&[("REQUEST_TYPES", "*@a?")], "REQUEST_TYPES").as_deref(), Some("*@a?"));
    }

    #[test]
    fn every_variable_is_shown_and_a_blank_one_counts_as_unset() {
        let settings = deployment(&[("OKTA_SECRET_ID", "okta/enricher"), ("REQUEST_TYPES", " ")]).settings;
        assert_eq!(settings.iter().map(|(name, _)| *name).collect::<Vec<_>>(), VARIABLES);
        let set: Vec<_> = settings.into_iter().filter_map(|(_, value)| value).collect();
        assert_eq!(set, ["okta/enricher"]);
    }
}
