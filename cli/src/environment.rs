//! The [`Environment`] that a command works in: the Lambda's own variables, from this shell or from the deployed function,
//! and the operator's AWS session. A credential given locally goes before the one in Secrets Manager.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use clap::Args;
use okta_request_enricher::aws::AwsError;
use okta_request_enricher::config::{Config, ConfigError};
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::error::Error;
use okta_request_enricher::handler::Enricher;
use okta_request_enricher::housekeeping::NEEDS_SERVICE_APP;
use okta_request_enricher::okta::OktaClient;
use okta_request_enricher::secret::Secret;

use super::{Failure, aws};

/// What the deployed function has for one event: its timeout of 90 s, less the reserve.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(88);

/// Where a command takes the Lambda's settings from.
#[derive(Args)]
pub(crate) struct From {
    /// Take the settings of this deployed function (name or ARN); left out: this shell's environment
    #[arg(long, value_name = "NAME")]
    pub(crate) function: Option<String>,
}

/// The Lambda's settings, as a command sees them.
pub(crate) struct Environment {
    variables: HashMap<String, String>,
    /// The operator's session.
    pub(crate) aws: SdkConfig,
    /// The function, where the settings are those of a deployed one.
    pub(crate) function: Option<GetFunctionConfigurationOutput>,
}

/// The settings of a deployed function can't be read.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the settings of the function `{name}`: {fault}")]
pub(crate) struct FunctionError {
    pub(crate) name: String,
    pub(crate) fault: AwsError,
}

/// The org, where its lists of requests may be read; else why not.
pub(crate) async fn may_list(enricher: &Enricher) -> Result<&OktaClient, String> {
    let okta = enricher.okta().map_err(|error| error.to_string())?;
    match Box::pin(okta.may_list(Deadline::after(TIME_LIMIT))).await {
        Ok(true) => Ok(okta),
        Ok(false) => Err(NEEDS_SERVICE_APP.to_owned()),
        Err(error) => Err(Error::from(error).to_string()),
    }
}

impl From {
    pub(crate) async fn read(&self) -> Result<Environment, Failure> {
        let aws = aws::session().await?;
        let Some(name) = &self.function else {
            return Ok(Environment { variables: std::env::vars().collect(), aws, function: None });
        };
        let client = aws_sdk_lambda::Client::new(&aws);
        let read = client.get_function_configuration().function_name(name).send();
        let mut found = Box::pin(read).await.map_err(|error| {
            let fault = aws::error(&error, |code| match code {
                "ResourceNotFoundException" => Some("see the name, the account and the region"),
                "AccessDeniedException" => Some("allow lambda:GetFunctionConfiguration on it"),
                _ => None,
            });
            FunctionError { name: name.clone(), fault }
        })?;
        let mut variables = found.environment.take().and_then(|it| it.variables).unwrap_or_default();
        // A path in the function's package means nothing here.
        match std::env::var("ENRICHMENT_FILE") {
            Ok(file) => drop(variables.insert("ENRICHMENT_FILE".to_owned(), file)),
            Err(_) => {
                if let Some(file) = variables.remove("ENRICHMENT_FILE") {
                    anstream::eprintln!(
                        "The function reads its policy from `{file}` in its package; set ENRICHMENT_FILE to that file \
                         here. The one that is built in is used now."
                    );
                }
            }
        }
        variables.remove("SSL_CERT_FILE");
        Ok(Environment { variables, aws, function: Some(found) })
    }
}

impl Environment {
    /// A variable that is set to something.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The configuration, with `changes` in place of the variables of these names.
    pub(crate) fn config(&self, changes: &[(&str, String)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            let given = changes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
            let local = || match name {
                "SSL_CERT_FILE" => std::env::var(name).ok(),
                "OKTA_SECRET_ID" if has_local_credential() => Some("given by the operator".to_owned()),
                _ => None,
            };
            given.or_else(|| self.get(name).map(str::to_owned)).or_else(local)
        })
    }

    /// The Okta credential: the operator's own, where one is given, else the secret that the Lambda reads.
    pub(crate) fn secret(&self, config: &Config) -> Result<Secret, Failure> {
        Ok(match local_credential()? {
            Some(credential) => Secret::given(credential),
            None => Secret::in_secrets_manager(
                aws_sdk_secretsmanager::Client::new(&self.aws),
                config.secret_id.clone(),
            ),
        })
    }
}

fn has_local_credential() -> bool {
    ["OKTA_API_TOKEN", "OKTA_SECRET_FILE"].iter().any(|name| std::env::var_os(name).is_some())
}

/// The credential of `OKTA_API_TOKEN`, or of the file that `OKTA_SECRET_FILE` names, in either form of the secret.
pub(crate) fn local_credential() -> Result<Option<Credential>, Failure> {
    let text = match (std::env::var("OKTA_API_TOKEN"), std::env::var("OKTA_SECRET_FILE")) {
        (Ok(token), _) => token,
        (_, Ok(file)) => std::fs::read_to_string(&file)
            .map_err(|error| format!("failed to read `{file}` (OKTA_SECRET_FILE): {error}"))?,
        _ => return Ok(None),
    };
    let credential = Credential::parse(&text)
        .map_err(|cause| format!("failed to use the credential: it {cause}; {}", cause.remedy()))?;
    Ok(Some(credential))
}
