//! The checks of Okta, from the org to the rate limits. Each needs what the one before it found.

use std::sync::Arc;

use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_request_enricher::okta::{ClientFault, LogStream, OktaClient, OktaError};
use okta_request_enricher::policy::Policy;
use okta_request_enricher::surroundings::Surroundings;
use okta_request_enricher::{enrichment, housekeeping};

use super::check::{Check, NO_SESSION};
use super::findings::Findings;
use super::settings::Settings;
use super::time_limit::deadline;
use super::{okta_credential, org, rights};
use crate::environment::Environment;
use crate::{credential, roots};

/// The names of these checks. `rights` stands for one check a right.
pub(super) const CHECKS: [&str; 6] = ["org", "clock", "secret", "credential", "rights", "rate limits"];

/// The smallest rate limit of a governance call that was observed, in calls a minute.
const LEAST_LIMIT: u64 = 15;

/// Makes the checks. Returns the log streams, or why Okta did not show them.
///
/// `is_signed_in`: the operator has AWS credentials, so that the secret can be read.
pub(super) async fn check(
    environment: &Environment,
    settings: &Settings,
    is_signed_in: bool,
    findings: &mut Findings<'_>,
) -> Result<Vec<LogStream>, &'static str> {
    let skip = |findings: &mut Findings<'_>, checks: &[&'static str], why| {
        findings.skip(checks, why);
        Err(why)
    };
    let Some(org) = &settings.org else {
        return skip(findings, &CHECKS, "no valid OKTA_ORG_URL");
    };
    let surroundings = match Surroundings::real(roots::file().as_deref(), org.is_loopback()) {
        Ok(surroundings) => surroundings,
        Err(error) => {
            findings.add(Check::fail("org", error.to_string(), error.remedy()));
            return skip(findings, &CHECKS[1..], "see org");
        }
    };
    let Some(clock_agrees) = org::check(&surroundings, org, findings).await else {
        return skip(findings, &CHECKS[1..], "the org can't be reached");
    };
    let Some(config) = &settings.config else {
        return skip(findings, &CHECKS[2..], "the settings are invalid");
    };
    if !is_signed_in && credential::variable().is_none() {
        return skip(findings, &CHECKS[2..], NO_SESSION);
    }
    let secret = match environment.secret(config).await {
        Ok(secret) => Arc::new(secret),
        Err(problem) => {
            findings.add(Check::problem("secret", problem.cause, problem.remedy));
            return skip(findings, &CHECKS[3..], "there is no credential");
        }
    };
    match Box::pin(secret.get(deadline())).await {
        Ok(held) => findings.add(okta_credential::kind(&held.credential, &config.secret_id)),
        Err(error) => {
            findings.add(Check::problem("secret", error.to_string(), error.remedy()));
            return skip(findings, &CHECKS[3..], "there is no credential");
        }
    }
    let endpoints = needed(settings.policy.as_ref().unwrap_or(&config.policy));
    let okta = OktaClient::new(surroundings, org.clone(), secret, &endpoints);
    let accepted = accepted(&okta, clock_agrees, settings.policy.is_some()).await;
    let refused = accepted.is_fail();
    findings.add(accepted);
    if refused {
        return skip(findings, &CHECKS[4..], "the credential was not accepted");
    }
    if let Some(policy) = &settings.policy {
        rights::check(&okta, policy, &endpoints, findings).await;
        findings.add(rate_limits(&okta));
    } else {
        findings.skip(&CHECKS[4..], "the policy decides which are needed, and it can't be used");
    }
    // The right to read them has been reported, or will be when the policy is usable.
    Box::pin(okta.log_streams(deadline())).await.map_err(|_| "the log streams could not be read from Okta")
}

/// Every call that the function makes, once `DRY_RUN` is off.
fn needed(policy: &Policy) -> Vec<Endpoint> {
    let mut endpoints = enrichment::endpoints(policy, false);
    endpoints.extend(housekeeping::ENDPOINTS);
    endpoints
}

/// Whether Okta accepts the credential. `knows_needs`: the client asks for the scopes that the policy needs.
async fn accepted(okta: &OktaClient, clock_agrees: bool, knows_needs: bool) -> Check {
    match Box::pin(okta.identity(deadline())).await {
        Ok(identity) => {
            let lacking = okta.lacking_scopes();
            let lacking = knows_needs.then(|| endpoint::needed(&lacking));
            okta_credential::accepted(&identity, lacking.as_deref())
        }
        Err(error) => {
            // Okta does not always say that the clock is wrong.
            let may_be_clock = matches!(
                &error,
                OktaError::InvalidClient {
                    fault: ClientFault::Clock | ClientFault::UsedBefore | ClientFault::Unsaid,
                    ..
                }
            );
            let clock = "set the clock first: Okta refuses what is signed with a wrong time";
            let remedy = if may_be_clock && !clock_agrees { Some(clock) } else { error.remedy() };
            Check::problem("credential", error.to_string(), remedy)
        }
    }
}

fn rate_limits(okta: &OktaClient) -> Check {
    const CHECK: &str = "rate limits";
    let known =
        Endpoint::ALL.iter().copied().filter_map(|endpoint| Some((endpoint, okta.limit_of(endpoint)?)));
    let of_governance = known.filter(|(endpoint, _)| endpoint.is_of_governance());
    let limits: Vec<_> = of_governance.collect();
    let Some(least) = limits.iter().map(|(_, limit)| *limit).min() else {
        return Check::skipped(CHECK, "no answer of Okta had a rate-limit header");
    };
    let small: Vec<_> = limits
        .iter()
        .filter(|(_, limit)| *limit < LEAST_LIMIT)
        .map(|(call, limit)| format!("{} {} {limit}", call.method(), call.template()))
        .collect();
    if small.is_empty() {
        return Check::ok(CHECK, format!("governance calls: at least {least} a minute each"));
    }
    Check::warn(
        CHECK,
        format!("few governance calls a minute: {}", small.join(", ")),
        "raise the share of this token or app in the Admin Console (token: Security > API > Tokens; app: Application \
         rate limits), and keep ReservedConcurrency small",
    )
}
