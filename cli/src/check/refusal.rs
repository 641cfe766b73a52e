//! A [`Refusal`] is why Okta lets nobody look something up: a missing scope, role or product.

use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::okta::{AdminRole, OktaClient, OktaError};

/// Why a call is refused, whatever it asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The credential lacks the OAuth scope.
    Scope(String),
    /// The credential lacks the admin role.
    Role(AdminRole),
    /// The org lacks the product.
    Product(&'static str),
}

impl Refusal {
    /// Why the call will be refused, as far as it is known without making it.
    pub(super) fn known(okta: &OktaClient, endpoint: Endpoint) -> Option<Refusal> {
        let scope = endpoint.scope()?;
        let lacks = okta.lacking_scopes().iter().any(|lacking| lacking == scope);
        lacks.then(|| Refusal::Scope(scope.to_owned()))
    }

    /// Why the call was refused; `None` if the error is another one.
    pub(super) fn of(okta: &OktaClient, endpoint: Endpoint, error: &OktaError) -> Option<Refusal> {
        let own_scope = || endpoint.scope().map(|scope| Refusal::Scope(scope.to_owned()));
        match error {
            OktaError::Forbidden { scope: Some(scope), .. } => Some(Refusal::Scope(scope.clone())),
            OktaError::Forbidden { role, .. } => {
                Refusal::known(okta, endpoint).or_else(|| role.or(endpoint.role()).map(Refusal::Role))
            }
            OktaError::NotGranted { scope, .. } => Some(Refusal::Scope((*scope).to_owned())),
            // The token call asked for the scopes of these calls alone, and the app has none of them.
            OktaError::NoScopeGranted { .. } | OktaError::InvalidScope { .. } => own_scope(),
            OktaError::Token(error) => Refusal::of(okta, endpoint, error),
            OktaError::FeatureMissing { .. } if endpoint.is_of_governance() => {
                Some(Refusal::Product("Okta Identity Governance"))
            }
            _ => None,
        }
    }

    /// What is missing.
    pub(super) fn cause(&self) -> String {
        match self {
            Refusal::Scope(scope) => format!("the credential lacks the OAuth scope `{scope}`"),
            // A role may be given for some apps and groups alone.
            Refusal::Role(role) => {
                format!("the credential lacks {}, or has it for others only", role.described())
            }
            Refusal::Product(product) => format!("the org lacks {product}"),
        }
    }

    /// What to do. The function must not get a right that only an operator needs.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Refusal::Scope(scope) if is_of_function(scope) => {
                "grant it to the service app, or give an admin's API token in OKTA_API_TOKEN"
            }
            Refusal::Scope(_) => {
                "give an admin's API token in OKTA_API_TOKEN; the function itself does not need the scope"
            }
            Refusal::Role(_) => {
                "give the API token of an admin who has it in OKTA_API_TOKEN; the function itself does not need it"
            }
            Refusal::Product(_) => {
                "see with Okta that this is the right org: without it there are no access requests"
            }
        }
    }
}

/// Whether the deployed function can use the scope, too.
fn is_of_function(scope: &str) -> bool {
    Endpoint::ALL.iter().any(|endpoint| endpoint.scope() == Some(scope) && !endpoint.is_of_check())
}
