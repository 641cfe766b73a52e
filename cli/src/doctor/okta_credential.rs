//! Checks the Okta credential: that the secret can be read and has the right form, and that Okta accepts it.

use okta_request_enricher::credential::Credential;
use okta_request_enricher::okta::Identity;
use okta_request_enricher::shape;

use super::check::Check;
use crate::credential;

/// A secret that was read, with this name or ARN. A credential given in this shell is shown by its variable
/// instead.
pub(super) fn kind(credential: &Credential, id: &str) -> Check {
    let local = credential::variable();
    let holder = local.unwrap_or(id);
    let unchecked = |name, detail| {
        let detail = format!("{detail}; the function's own secret was not checked");
        Check::warn("secret", detail, format!("unset {name} to check the secret"))
    };
    match (credential, local) {
        (Credential::ApiToken(_), Some(name)) => unchecked(
            name,
            format!("{holder} holds an API token, to which Okta may refuse the lists of requests"),
        ),
        (Credential::ApiToken(_), None) => Check::warn(
            "secret",
            format!(
                "{holder} holds an API token: it stops working when its owner is deactivated or after 30 days without use. \
                 Okta may refuse it the lists of requests, by which lost events are found"
            ),
            "use a service app, as Okta recommends (docs/deploy.md, \"2. Okta: the credential\")",
        ),
        (Credential::ServiceApp(app), local) => {
            let (client, key) = (shape::shown(&app.client_id), shape::shown(&app.key_id));
            let algorithm = app.algorithm();
            let detail = format!("{holder} holds the service app {client} with the key {key} ({algorithm})");
            match local {
                None => Check::ok("secret", detail),
                Some(name) => unchecked(name, detail),
            }
        }
    }
}

/// A credential that Okta accepts; `lacking` are the needed scopes that it was not granted, `None` if it is
/// unknown which are needed.
pub(super) fn accepted(identity: &Identity, lacking: Option<&[&str]>) -> Check {
    const CHECK: &str = "credential";
    match identity {
        Identity::User(Some(id)) => {
            Check::ok(CHECK, format!("accepted: the token of the user {}", id.as_str()))
        }
        Identity::User(None) => Check::ok(CHECK, "accepted"),
        Identity::ServiceApp => match lacking {
            None => Check::ok(CHECK, "accepted: Okta issued a token"),
            Some([]) => Check::ok(CHECK, "accepted: Okta issued a token with every scope that is needed"),
            Some(lacking) => Check::warn(
                CHECK,
                format!("accepted, without {}", lacking.join(", ")),
                "see the rights below",
            ),
        },
    }
}
