//! What an operator can do about each [`OktaError`].

use super::super::admin_role::AdminRole;
use super::{OktaError, is_of_governance};

impl OktaError {
    /// What an operator can do about it; `None` if waiting is all.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            OktaError::Secret(error) => error.remedy(),
            OktaError::Token(error) => error.remedy(),
            OktaError::Unauthorized { .. } => Some(
                "see in the Admin Console (Security > API > Tokens) whether the token was revoked, is unused for \
                 30 days, its owner is deactivated or its network zone excludes these calls, and store a valid one in \
                 the secret; with a service app, whether the app is active",
            ),
            OktaError::InvalidClient { fault, .. } => Some(fault.remedy()),
            OktaError::NoScopeGranted { .. } => {
                Some("grant them in the Admin Console (Applications > the app > Okta API Scopes)")
            }
            OktaError::InvalidScope { .. } => Some(
                "grant them in the Admin Console (Applications > the app > Okta API Scopes); an org without Okta \
                 Identity Governance does not know the scopes of access requests",
            ),
            OktaError::NetworkZone { .. } => Some(
                "allow the addresses that these calls come from in the network zone of the app (Applications > the \
                 app > General) or of the API token (Security > API > Tokens); fixed addresses for the function take \
                 the template parameter SubnetIds, with subnets behind a NAT gateway",
            ),
            OktaError::FeatureMissing { call, .. } if is_of_governance(call) => Some(
                "see with Okta that the org of OKTA_ORG_URL has Okta Identity Governance: without it there are no \
                 access requests; the credential is not at fault",
            ),
            OktaError::FeatureMissing { .. } => {
                Some("see with Okta that the org has this feature; the credential is not at fault")
            }
            OktaError::Redirected { .. } => Some(
                "set OKTA_ORG_URL to the org's own address, such as https://acme.okta.com: not the Admin Console's, \
                 and a custom domain only if it is this org's",
            ),
            OktaError::BadQuery { .. } => Some("this is a bug, please report it, with the error code"),
            OktaError::Forbidden { scope: Some(_), .. } | OktaError::NotGranted { .. } => Some(
                "grant it to the service app in the Admin Console (Applications > the app > Okta API Scopes)",
            ),
            error @ OktaError::Forbidden { .. } if error.is_closed_list() => Some(
                "use a service app: Okta shows the lists of access requests to service apps, and only to some API \
                 tokens",
            ),
            OktaError::Forbidden { scope: None, role, .. } => {
                Some(role.unwrap_or(AdminRole::AccessRequests).remedy())
            }
            OktaError::NotFound { .. } => {
                Some("compare the id with the org in OKTA_ORG_URL, and the admin role of the credential")
            }
            OktaError::Refused { answer, .. } if answer.request_id.is_some() => {
                Some("look up the request id in the org's System Log, or give it to Okta's support")
            }
            OktaError::Refused { answer, .. } if answer.error_id.is_some() => {
                Some("give the error id to Okta's support")
            }
            OktaError::Refused { .. } => {
                Some("see whether a proxy or something else in front of the org answers in its place")
            }
            OktaError::NoRandomness
            | OktaError::Conflict { .. }
            | OktaError::RateLimited { .. }
            | OktaError::OverLimit { .. }
            | OktaError::ReadOnly { .. }
            | OktaError::Unavailable { .. }
            | OktaError::Unreadable { .. }
            | OktaError::Unreachable { .. }
            | OktaError::TimedOut { .. }
            | OktaError::OutOfTime { .. } => None,
        }
    }
}
