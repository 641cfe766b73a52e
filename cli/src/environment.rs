//! The [`Environment`] is what the Lambda would read: its variables, from this shell or from a deployed
//! function, beside the operator's AWS session. An Okta credential given in this shell goes before the one in
//! Secrets Manager, and the policy file of `--policy` before the function's policy.

pub(crate) mod policy_note;

use std::collections::HashMap;
use std::fmt;

use aws_config::SdkConfig;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::get_function_configuration::{
    GetFunctionConfigurationError, GetFunctionConfigurationOutput,
};
use aws_sdk_lambda::types::EnvironmentResponse;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use okta_request_enricher::config::{Config, ConfigError};
use okta_request_enricher::policy::{Policy, PolicyError};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::shape;

use crate::deployed::{self, Description, Undescribed};
use crate::failure::{Failure, Problem};
use crate::invocation::NAME_FORMS;
use crate::policy_option::{POLICY_FILE, PolicyOption};
use crate::{aws, credential, excerpt};

/// The variable that names the folder of the function's package, in which it looks for a policy file.
const PACKAGE: &str = "LAMBDA_TASK_ROOT";

/// The variable that names a PEM file of more trusted roots.
const ROOTS_FILE: &str = "SSL_CERT_FILE";

/// The option that says where the Lambda's settings come from.
#[derive(Args)]
pub(crate) struct SettingsFrom {
    /// Take settings and policy of this deployed function, a name or an ARN [default: this shell's environment]
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) function: Option<String>,
}

/// The Lambda's settings, and the AWS session to use them with.
pub(crate) struct Environment {
    variables: HashMap<String, String>,
    /// The operator's session.
    pub(crate) aws: SdkConfig,
    /// The deployed function, if the settings are its own.
    pub(crate) function: Option<GetFunctionConfigurationOutput>,
    /// What that function says about itself. Its policy is in it: the path in its variables leads nowhere on
    /// this machine.
    pub(crate) description: Option<Result<Description, Undescribed>>,
    /// The file of `--policy`.
    policy: PolicyOption,
}

impl SettingsFrom {
    /// The settings; the policy is that of `--policy` if it names one.
    pub(crate) async fn read_with(&self, policy: &PolicyOption) -> Result<Environment, Problem> {
        Ok(Environment { policy: policy.clone(), ..Box::pin(self.read()).await? })
    }

    pub(crate) async fn read(&self) -> Result<Environment, Problem> {
        let policy = PolicyOption::default();
        let aws = aws::session().await?;
        let Some(name) = &self.function else {
            // Of what is no text, nothing here has any use.
            let all = std::env::vars_os();
            let texts =
                all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
            let variables = texts.collect();
            return Ok(Environment { variables, aws, function: None, description: None, policy });
        };
        // The function and what belongs to it are in one region, whatever the profile says.
        let region = aws::region_of_arn(name).or_else(|| aws.region().cloned());
        let aws = aws::in_region(&aws, region);
        let client = aws_sdk_lambda::Client::new(&aws);
        let read = client.get_function_configuration().function_name(name).send();
        let mut found = Box::pin(read).await.map_err(|error| unread(&aws, name, &error))?;
        let variables = match found.environment.take() {
            // Lambda leaves them out if the operator may not use the key that encrypts them.
            Some(EnvironmentResponse { variables: None, error: Some(_), .. }) => None,
            environment => Some(environment.and_then(|it| it.variables).unwrap_or_default()),
        };
        let description = Box::pin(deployed::ask(&aws, name, variables.as_ref())).await;
        let told = || description.as_ref().ok().map(Description::variables);
        let mut variables = variables.or_else(told).ok_or_else(|| Problem {
            cause: format!("failed to read the settings of the function `{name}`: they are encrypted"),
            remedy: Some(
                "allow your AWS credentials kms:Decrypt with the key of the function's variables, or lambda:InvokeFunction",
            ),
        })?;
        // These are paths into the function's package.
        for name in [ROOTS_FILE, POLICY_FILE, PACKAGE] {
            variables.remove(name);
        }
        if let Ok(file) = std::env::var(POLICY_FILE) {
            variables.insert(POLICY_FILE.to_owned(), file);
        }
        Ok(Environment { variables, aws, function: Some(found), description: Some(description), policy })
    }
}

/// Why the configuration of the function with this name can't be read.
fn unread(aws: &SdkConfig, name: &str, error: &SdkError<GetFunctionConfigurationError>) -> Problem {
    let fault = aws::error(error, |code| match code {
        "ResourceNotFoundException" => Some("check the name, the account and the region"),
        "AccessDeniedException" => {
            Some("check the name, or allow your AWS credentials lambda:GetFunctionConfiguration on it")
        }
        "InvalidParameterValueException" | "ValidationException" => Some(NAME_FORMS),
        _ => None,
    });
    let region = aws.region().map(|region| format!(" in {region}")).unwrap_or_default();
    // The function may well be in the other one.
    let other = aws::two_regions().map(|both| format!("; {both}")).unwrap_or_default();
    let cause = fault.cause();
    let cause = format!("failed to read the settings of the function `{name}`{region}: {cause}{other}");
    Problem { cause, remedy: aws::remedy(&fault, error) }
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

    /// The configuration, with the policy file of `--policy`, or else with the policy of the deployed
    /// function, or else with the file that this shell names. `changes` replace the variables of these names.
    ///
    /// Fails if the function's policy is unknown: another one would make other messages.
    pub(crate) fn config(&self, changes: &[(&str, String)]) -> Result<Config, Failure> {
        const ORG: &str = "OKTA_ORG_URL";
        if self.function.is_none() && self.get(ORG).is_none() && !changes.iter().any(|(name, _)| *name == ORG)
        {
            return Err("the org is unknown; give --function NAME to use the settings of a deployed function, or set \
                        OKTA_ORG_URL and OKTA_SECRET_ID"
                .into());
        }
        let policy = match &self.description {
            Some(description) if self.uses_deployed_policy() => deployed_policy(description),
            _ => return self.read(changes).map_err(|error| excerpt::explained(&error)),
        };
        match (self.config_with_built_in_policy(changes), policy) {
            (Ok(config), Ok(policy)) => Ok(Config { policy, ..config }),
            (config, policy) => {
                let mut faults = config.err().map(|error| error.texts()).unwrap_or_default();
                faults.extend(policy.err());
                Err(format!("failed to read the configuration: {}", faults.join("; ")).into())
            }
        }
    }

    /// Whether the policy of [`Environment::config`] is the function's.
    fn uses_deployed_policy(&self) -> bool {
        self.description.is_some() && self.policy.file().is_none()
    }

    /// The configuration with the built-in policy, whatever the variables name.
    pub(crate) fn config_with_built_in_policy(
        &self,
        changes: &[(&str, String)],
    ) -> Result<Config, ConfigError> {
        let built_in = [POLICY_FILE, PACKAGE].map(|name| (name, String::new()));
        self.read(&[changes, &built_in].concat())
    }

    fn read(&self, changes: &[(&str, String)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| {
            let given = changes.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone());
            let local = || match name {
                ROOTS_FILE => std::env::var(name).ok(),
                "OKTA_SECRET_ID" if credential::variable().is_some() => {
                    Some("given by the operator".to_owned())
                }
                _ => None,
            };
            let given = given.or_else(|| self.policy.variable(name));
            given.or_else(|| self.get(name).map(str::to_owned)).or_else(local)
        })
    }

    /// The Okta credential: the operator's own if one is given, otherwise the secret that the Lambda reads. Fails
    /// if that secret could not be read without an AWS session.
    pub(crate) async fn secret(&self, config: &Config) -> Result<Secret, Problem> {
        if let Some(credential) = credential::local()? {
            return Ok(Secret::given(credential));
        }
        aws::signed_in(&self.aws).await?;
        let client = aws_sdk_secretsmanager::Client::new(&self.aws);
        Ok(Secret::in_secrets_manager(client, config.secret_id.clone()))
    }
}

fn deployed_policy(description: &Result<Description, Undescribed>) -> Result<Policy, String> {
    let unknown = |cause: &dyn fmt::Display, remedy: &str| {
        format!(
            "the policy of the function is unknown: {cause}; {remedy}, or name a copy of its policy file by --policy"
        )
    };
    let description = description.as_ref().map_err(|why| unknown(why, why.remedy()))?;
    let text = description.policy_text.as_ref();
    let text = text.ok_or_else(|| unknown(&"it can't read its policy file", "see enricher doctor"))?;
    let name = description.policy_name();
    Policy::parse(name, text).map_err(|error| match error {
        PolicyError::Wrong { .. } => excerpt::print_faults(name, text),
        PolicyError::Unreadable(error) => error.to_string(),
    })
}
