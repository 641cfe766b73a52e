//! What a refusal by Okta says about a right: what happened, and what to do.

use okta_request_enricher::okta::OktaError;

/// How to grant a scope.
pub(super) fn grant(scope: &str) -> String {
    format!(
        "grant the scope {scope} to the service app (Admin Console, Applications > the app > Okta API Scopes)"
    )
}

/// What happened, and what to do.
pub(super) fn told(error: &OktaError, is_app: bool) -> (String, String) {
    let (detail, remedy): (String, String) = match error {
        OktaError::Token(error) => return told(error, is_app),
        OktaError::Unauthorized { call, answer } => (
            format!("{call}: {answer}: the credential was refused"),
            if is_app {
                "see that the service app is active".into()
            } else {
                "see whether the token was revoked, is unused for 30 days or its owner is deactivated (Admin Console, \
                 Security > API > Tokens); make a new one and store it in the secret"
                    .into()
            },
        ),
        OktaError::InvalidClient { answer, client_id, key_id, .. } => (
            format!("Okta does not know the service app {client_id}, or not its key {key_id}: {answer}"),
            "see that the app is active and that the public key of this id is registered and active (Admin Console, \
             Applications > the app > General), and that the secret holds its private key"
                .into(),
        ),
        OktaError::InvalidScope { asked } => (
            format!("the service app is granted none of the scopes {}", asked.replace('`', "")),
            "grant them (Admin Console, Applications > the app > Okta API Scopes)".into(),
        ),
        OktaError::Forbidden { scope: Some(scope), .. } => (format!("{scope} is not granted"), grant(scope)),
        OktaError::Forbidden { call, answer, scope: None } => {
            let role = if call.contains("/governance/") {
                "the role Access Requests Administrator (ACCESS_REQUESTS_ADMIN)"
            } else {
                "a role that may read this, such as Read-only Administrator"
            };
            let to = if is_app {
                "to the service app (Admin Console, Applications > the app > Admin roles)"
            } else {
                "to the token's owner (Admin Console, Security > Administrators)"
            };
            (format!("{call}: {answer}: a role is missing"), format!("give {role} {to}"))
        }
        OktaError::NotFound { call, answer } => (
            format!("{call}: {answer}: the org does not have this call"),
            "see that the org has Okta Identity Governance".into(),
        ),
        OktaError::Conflict { call, answer } | OktaError::Refused { call, answer } => (
            format!("{call}: {answer}: whether it is allowed is unknown"),
            "look up the error id in the org's System Log".into(),
        ),
        other => (format!("{other}: whether it is allowed is unknown"), "run this again in a minute".into()),
    };
    (detail, remedy)
}
