//! The org that a policy is checked against: `--org` with a credential of this shell, or that of a deployed
//! function.

use std::sync::Arc;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use okta_request_enricher::okta::{OktaClient, OrgUrl};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::surroundings::Surroundings;

use super::answers::{self, Answers};
use super::mention::Mentions;
use super::org_report::OrgReport;
use crate::environment::SettingsFrom;
use crate::failure::Failure;
use crate::{local_org, roots};

/// Percent of each of Okta's rate limits that is left to the function and to other programs.
const SPARED: u64 = 50;

/// The options that say which org to ask.
#[derive(Args)]
pub(crate) struct OrgOptions {
    /// Look up each id and attribute in this org, with the credential in `OKTA_API_TOKEN` or in the file that
    /// `OKTA_SECRET_FILE` names
    #[arg(long, value_name = "URL", conflicts_with = "function")]
    org: Option<String>,
    /// Look up each id and attribute in the org of this deployed function, a name or an ARN. Without a file, its
    /// own policy is checked
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    function: Option<String>,
}

/// An org that can be asked.
pub(crate) struct Org {
    surroundings: Surroundings,
    okta: OktaClient,
    answers: Answers,
    /// The policy of the deployed function; `None` with `--org`.
    pub(crate) deployed: Option<DeployedPolicy>,
}

/// The policy of a deployed function.
pub(crate) struct DeployedPolicy {
    /// The name of the function.
    function: String,
    described: Result<(String, Option<String>), String>,
}

impl DeployedPolicy {
    /// What to call it.
    pub(crate) fn name(&self) -> String {
        format!("the policy of {}", self.function)
    }

    /// Its text, and its fingerprint if the function says it.
    ///
    /// # Errors
    ///
    /// Why it is unknown, with the remedy.
    pub(crate) fn text(&self) -> Result<(&str, Option<&str>), Failure> {
        match &self.described {
            Ok((text, fingerprint)) => Ok((text, fingerprint.as_deref())),
            Err(why) => Err(format!(
                "the policy of `{}` is unknown: {why}, or name a copy of its policy file",
                self.function
            )
            .into()),
        }
    }
}

impl OrgOptions {
    /// The org; `None` if neither option is given. Asks nothing of Okta yet.
    pub(crate) async fn org(&self) -> Result<Option<Org>, Failure> {
        if let Some(function) = &self.function {
            return Box::pin(Org::of_function(function)).await.map(Some);
        }
        let Some(url) = &self.org else { return Ok(None) };
        Org::new(local_org::url(url)?, Secret::given(local_org::credential()?), None).map(Some)
    }
}

impl Org {
    fn new(url: OrgUrl, secret: Secret, deployed: Option<DeployedPolicy>) -> Result<Org, Failure> {
        let surroundings = Surroundings::real(roots::file().as_deref(), url.is_loopback())?;
        let okta = OktaClient::new(surroundings.clone(), url, Arc::new(secret), &[]);
        okta.spare(SPARED);
        Ok(Org { surroundings, okta, answers: Answers::default(), deployed })
    }

    async fn of_function(name: &str) -> Result<Org, Failure> {
        let environment = SettingsFrom { function: Some(name.to_owned()) }.read().await?;
        // Its policy may be the one with the fault that is looked for.
        let config = environment.config_with_built_in_policy(&[])?;
        let secret = environment.secret(&config).await?;
        let described = match &environment.description {
            None => Err("it was not asked".to_owned()),
            Some(Err(why)) => Err(format!("{why}; {}", why.remedy())),
            Some(Ok(description)) => description
                .policy_text
                .clone()
                .map(|text| (text, description.policy.clone()))
                .ok_or_else(|| "it can't read its policy file; see enricher doctor".to_owned()),
        };
        let deployed = DeployedPolicy { function: name.to_owned(), described };
        Org::new(config.org, secret, Some(deployed))
    }

    /// Looks up what the policy of this text names. What was looked up for an earlier policy is not asked again.
    pub(crate) async fn check(&mut self, text: &str) -> OrgReport {
        let Some(mentions) = Mentions::of(text) else { return OrgReport::unread(self.okta.org()) };
        // A token for the scopes that these calls take.
        let okta = self.okta.for_endpoints(&answers::endpoints(&mentions));
        self.answers.ask(&self.surroundings, &okta, &mentions).await;
        let failures = self.answers.take_failures();
        OrgReport::of(okta.org(), text, &mentions, &self.answers, failures)
    }
}
