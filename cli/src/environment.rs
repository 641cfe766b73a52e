//! The [`Environment`] is what the Lambda would read: its variables, from this shell or from a deployed
//! function, beside the operator's AWS session. An Okta credential given in this shell goes before the one in
//! Secrets Manager.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use clap::Args;
use okta_request_enricher::config::{Config, ConfigError};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::shape;

use crate::failure::Problem;
use crate::terminal;
use crate::{aws, credential};

/// The time of the deployed function for one event: its timeout of 90 s, less the 2 s it keeps back.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(88);

/// The variable that names the policy file.
const POLICY_FILE: &str = "ENRICHMENT_FILE";
/// The variable that names a PEM file of more trusted roots.
const ROOTS_FILE: &str = "SSL_CERT_FILE";

/// The option that says where the Lambda's settings come from.
#[derive(Args)]
pub(crate) struct SettingsFrom {
    /// Take the settings of this deployed function, a name or an ARN [default: this shell's environment]
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
}

/// The Lambda's settings, and the AWS session to use them with.
pub(crate) struct Environment {
    variables: HashMap<String, String>,
    /// The operator's session.
    pub(crate) aws: SdkConfig,
    /// The deployed function, if the settings are its own.
    pub(crate) function: Option<GetFunctionConfigurationOutput>,
}

impl SettingsFrom {
    pub(crate) async fn read(&self) -> Result<Environment, Problem> {
        let aws = aws::session().await?;
        let Some(name) = &self.function else {
            return Ok(Environment { variables: std::env::vars().collect(), aws, function: None });
        };
        let client = aws_sdk_lambda::Client::new(&aws);
        let read = client.get_function_configuration().function_name(name).send();
        let mut found = Box::pin(read).await.map_err(|error| {
            let error = aws::error(&error, |code| match code {
                "ResourceNotFoundException" => Some("check the name, the account and the region"),
                "AccessDeniedException" => Some("allow lambda:GetFunctionConfiguration on it"),
                _ => None,
            });
            let cause = format!("failed to read the settings of the function `{name}`: {}", error.cause());
            Problem { cause, remedy: error.remedy() }
        })?;
        let mut variables = found.environment.take().and_then(|it| it.variables).unwrap_or_default();
        replace_paths(&mut variables);
        Ok(Environment { variables, aws, function: Some(found) })
    }
}

/// Replaces the paths into the function's package, which don't exist here, by this shell's.
fn replace_paths(variables: &mut HashMap<String, String>) {
    variables.remove(ROOTS_FILE);
    let deployed = variables.remove(POLICY_FILE);
    if let Ok(file) = std::env::var(POLICY_FILE) {
        variables.insert(POLICY_FILE.to_owned(), file);
    } else if let Some(file) = deployed.filter(|file| !shape::is_secret(file)) {
        terminal::eprintln!(
            "The function reads its policy from `{file}` in its package. Set {POLICY_FILE} to a copy of that file; without \
             it, the built-in policy is used."
        );
    }
}

impl Environment {
    /// A variable's value; `None` if it is unset or blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The name of something, which may be shown; `None` if the variable holds a credential instead.
    pub(crate) fn name(&self, variable: &str) -> Option<&str> {
        self.get(variable).filter(|name| !shape::is_secret(name))
    }

    /// The configuration. `changes` replace the variables of these names.
    pub(crate) fn config(&self, changes: &[(&str, String)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            let given = changes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
            let local = || match name {
                ROOTS_FILE => std::env::var(name).ok(),
                "OKTA_SECRET_ID" if credential::variable().is_some() => {
                    Some("given by the operator".to_owned())
                }
                _ => None,
            };
            given.or_else(|| self.get(name).map(str::to_owned)).or_else(local)
        })
    }

    /// The Okta credential: the operator's own if one is given, otherwise the secret that the Lambda reads.
    pub(crate) fn secret(&self, config: &Config) -> Result<Secret, Problem> {
        Ok(match credential::local()? {
            Some(credential) => Secret::given(credential),
            None => Secret::in_secrets_manager(
                aws_sdk_secretsmanager::Client::new(&self.aws),
                config.secret_id.clone(),
            ),
        })
    }
}
