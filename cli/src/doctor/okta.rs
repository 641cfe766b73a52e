//! What Okta says: which org it is, whether the clocks agree, whose the credential is, what it may, and how often.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_request_enricher::okta::{Identity, LogStream, OktaClient, OktaError, Organization};
use okta_request_enricher::policy::Policy;
use okta_request_enricher::secret::SecretError;
use okta_request_enricher::{enrichment, housekeeping, http};

use super::deadline;
use super::report::{Check, Report};
use super::settings::Settings;
use crate::environment::Environment;

/// The names of these checks; `rights` stands for all of [`RIGHTS`].
pub(super) const CHECKS: [&str; 6] = ["org", "clock", "secret", "credential", "rights", "rate limits"];

/// By how much the clocks may differ: with less, nothing is refused.
const CLOCK_WARN: Duration = Duration::from_secs(30);
/// With more, Okta refuses what a service app signs: assertions live for five minutes.
const CLOCK_FAIL: Duration = Duration::from_mins(5);

/// The smallest ceiling of a governance call that was seen, in calls a minute.
const LEAST_LIMIT: u64 = 15;

/// What the credential must be allowed for one purpose.
struct Right {
    name: &'static str,
    endpoints: &'static [Endpoint],
    /// What goes without it.
    without: &'static str,
}

const RIGHTS: [Right; 11] = [
    Right { name: "people", endpoints: &[Endpoint::User], without: "no message is posted" },
    Right {
        name: "access held",
        endpoints: &[Endpoint::UserGroups, Endpoint::UserAppLinks],
        without: "it is said to be not available, and toxic combinations are not checked",
    },
    Right {
        name: "messages, v1",
        endpoints: &[Endpoint::MessageV1],
        without: "no message is posted on requests of request types",
    },
    Right {
        name: "messages, v2",
        endpoints: &[Endpoint::MessageV2],
        without: "no message is posted on requests of request conditions",
    },
    Right {
        name: "requests, v1",
        endpoints: &[Endpoint::RequestV1, Endpoint::RequestType],
        without: "on requests of request types duration, answers and names are said to be not available",
    },
    Right {
        name: "requests, v2",
        endpoints: &[Endpoint::RequestV2],
        without: "on requests of request conditions duration, answers and conflicts are said to be not available",
    },
    Right { name: "app names", endpoints: &[Endpoint::App], without: "they are said to be not available" },
    Right {
        name: "group names",
        endpoints: &[Endpoint::Group],
        without: "they are said to be not available",
    },
    Right {
        name: "bundle names",
        endpoints: &[Endpoint::Bundle],
        without: "they are said to be not available",
    },
    Right {
        name: "request lists",
        endpoints: &[Endpoint::RequestsV1, Endpoint::RequestsV2],
        without: "requests whose event was lost are not found",
    },
    Right {
        name: "log streams",
        endpoints: &[Endpoint::LogStreams],
        without: "only silence tells that the stream is off",
    },
];

/// Makes the checks; the log streams, where Okta shows them.
pub(super) async fn check(
    environment: &Environment,
    settings: &Settings,
    report: &mut Report,
) -> Option<Vec<LogStream>> {
    let Some(org) = &settings.org else {
        report.skip(&CHECKS, "OKTA_ORG_URL is not right");
        return None;
    };
    let roots = std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty());
    let http = match http::Http::new(roots.as_ref().map(AsRef::as_ref), org.is_loopback()) {
        Ok(http) => http,
        Err(error) => {
            report.add(Check::fail("org", error.to_string(), "see SSL_CERT_FILE"));
            report.skip(&CHECKS[1..], "see org");
            return None;
        }
    };
    let policy = settings.config.as_ref().map(|config| &config.policy);
    let endpoints = policy.map(needed).unwrap_or_default();
    let clock_is_right = match Box::pin(Organization::ask(&http.client().client, org, deadline())).await {
        Ok(organization) => {
            let host = organization.host.map(|host| format!(" ({host})")).unwrap_or_default();
            let engine = match organization.pipeline.as_deref() {
                Some("idx") => ", Identity Engine",
                Some("v1") => ", Classic Engine",
                _ => "",
            };
            report.add(Check::ok("org", format!("{org} is the org {}{host}{engine}", organization.id)));
            let (check, right) = clock(organization.clock_ahead);
            report.add(check);
            right
        }
        Err(error) => {
            report.add(unreachable(&error));
            report.skip(&CHECKS[1..], "the org can't be reached");
            return None;
        }
    };
    let Some(config) = &settings.config else {
        report.skip(&CHECKS[2..], "the settings are not right");
        return None;
    };
    let secret = match environment.secret(config) {
        Ok(secret) => Arc::new(secret),
        Err(failure) => {
            report.add(Check::fail(
                "secret",
                failure.to_string(),
                "correct OKTA_API_TOKEN or OKTA_SECRET_FILE",
            ));
            report.skip(&CHECKS[3..], "there is no credential");
            return None;
        }
    };
    let is_app = match Box::pin(secret.get(deadline())).await {
        Ok(held) => {
            report.add(shape(&held.credential, &config.secret_id));
            matches!(&*held.credential, Credential::ServiceApp(_))
        }
        Err(error) => {
            report.add(unreadable(&error));
            report.skip(&CHECKS[3..], "there is no credential");
            return None;
        }
    };
    let okta = OktaClient::new(http, org.clone(), secret, &endpoints);
    match Box::pin(okta.identity(deadline())).await {
        Ok(identity) => report.add(accepted(&identity, &okta.lacking_scopes())),
        Err(error) => {
            let (detail, remedy) = told(&error, is_app);
            let remedy = match remedy {
                _ if is_app && !clock_is_right => {
                    "set the clock first: what is signed by a wrong one is refused".into()
                }
                remedy => remedy,
            };
            report.add(Check::fail("credential", detail, remedy));
            report.skip(&CHECKS[4..], "the credential was not accepted");
            return None;
        }
    }
    rights(&okta, &config.policy, &endpoints, is_app, report).await;
    report.add(rate_limits(&okta));
    // It was read a moment ago; what went wrong then was told.
    Box::pin(okta.log_streams(deadline())).await.ok()
}

/// Every call that the function makes, once `DRY_RUN` is off.
fn needed(policy: &Policy) -> Vec<Endpoint> {
    let mut endpoints = enrichment::endpoints(policy, false);
    endpoints.extend(housekeeping::ENDPOINTS);
    endpoints
}

fn unreachable(error: &OktaError) -> Check {
    let remedy = match error {
        OktaError::Unreachable { .. } | OktaError::TimedOut { .. } => {
            "see OKTA_ORG_URL and the way there (HTTPS_PROXY, NO_PROXY); where a proxy breaks TLS, give its root in \
             SSL_CERT_FILE"
        }
        OktaError::NotFound { .. } | OktaError::Unreadable { .. } => {
            "see OKTA_ORG_URL: no Okta org answers there, or something before it does"
        }
        _ => "run this again; see https://status.okta.com",
    };
    let detail = match error {
        OktaError::NotFound { call, answer } => format!("{call}: {answer}"),
        other => other.to_string(),
    };
    Check::fail("org", detail, remedy)
}

/// The check, and whether what this machine signs is taken for certain.
fn clock(ahead: Option<SignedDuration>) -> (Check, bool) {
    let Some(ahead) = ahead else { return (Check::skipped("clock", "Okta's answer bears no date"), true) };
    let (gap, seconds) = (ahead.unsigned_abs(), ahead.unsigned_abs().as_secs());
    let side = if ahead.is_negative() { "ahead of" } else { "behind" };
    let detail = format!("this machine's clock is {seconds} s {side} Okta's");
    let remedy = "have it set from the network (NTP); Lambda's own clock is AWS's";
    if gap > CLOCK_FAIL {
        let detail = format!("{detail}: what a service app signs here is refused");
        (Check::fail("clock", detail, remedy), false)
    } else if gap > CLOCK_WARN {
        (Check::warn("clock", detail, remedy), false)
    } else {
        (Check::ok("clock", "this machine's agrees with Okta's"), true)
    }
}

fn shape(credential: &Credential, id: &str) -> Check {
    let local =
        ["OKTA_API_TOKEN", "OKTA_SECRET_FILE"].into_iter().find(|name| std::env::var_os(name).is_some());
    let of = local.unwrap_or(id);
    match credential {
        Credential::ApiToken(_) => Check::warn(
            "secret",
            format!(
                "{of} holds an API token: it dies with its owner, lapses when it is not used for 30 days, and may not \
                 list requests, so that lost events are not found"
            ),
            "Okta recommends a service app (README, \"The service app\")",
        ),
        Credential::ServiceApp(app) => {
            let (client, key, algorithm) = (&app.client_id, &app.key_id, app.algorithm());
            let what = format!("{of} holds the service app {client} with the key {key} ({algorithm})");
            match local {
                None => Check::ok("secret", what),
                Some(name) => Check::warn(
                    "secret",
                    format!("{what}; what the function reads was not looked at"),
                    format!("unset {name} to check the secret itself"),
                ),
            }
        }
    }
}

fn unreadable(error: &SecretError) -> Check {
    match error {
        SecretError::Refused { id, cause, remedy } => {
            // The secret is read here with the operator's rights, not with the function's.
            let denied = ["AccessDenied", "DecryptionFailure"].iter().any(|code| cause.starts_with(code));
            let remedy = if denied {
                "allow your AWS credentials secretsmanager:GetSecretValue on it (and kms:Decrypt, where its key is a \
                 customer managed one), or give the credential in a file that OKTA_SECRET_FILE names"
            } else {
                remedy
            };
            Check::fail("secret", format!("{id} can't be read: {cause}"), remedy)
        }
        SecretError::Unreachable { id, cause } => {
            let remedy = "see AWS_PROFILE and AWS_REGION, and run this again";
            Check::fail("secret", format!("{id} can't be read: {cause}"), remedy)
        }
        SecretError::Binary { id } => {
            Check::fail("secret", format!("{id} is binary"), error.remedy().unwrap_or_default())
        }
        SecretError::Malformed { id, cause } => {
            Check::fail("secret", format!("{id} {cause}"), cause.remedy())
        }
    }
}

fn accepted(identity: &Identity, lacking: &[String]) -> Check {
    match identity {
        Identity::User(Some(id)) => {
            Check::ok("credential", format!("accepted: the token of the user {}", id.as_str()))
        }
        Identity::User(None) => Check::ok("credential", "accepted"),
        Identity::ServiceApp if lacking.is_empty() => {
            Check::ok("credential", "accepted: Okta gave a token with every scope that is needed")
        }
        Identity::ServiceApp => Check::warn(
            "credential",
            format!("accepted, without {}", lacking.join(", ")),
            "see the rights below",
        ),
    }
}

async fn rights(okta: &OktaClient, policy: &Policy, needed: &[Endpoint], is_app: bool, report: &mut Report) {
    let required = enrichment::required_endpoints(policy);
    for right in &RIGHTS {
        let name = right.name;
        let endpoints = right.endpoints.iter().copied();
        let endpoints: Vec<_> = endpoints.filter(|endpoint| needed.contains(endpoint)).collect();
        if endpoints.is_empty() {
            report.add(Check::skipped(name, "the policy does not show them"));
            continue;
        }
        if !is_app && endpoints.contains(&Endpoint::RequestsV1) {
            report.add(Check::skipped(name, "Okta shows them to no API token"));
            continue;
        }
        let mut refusals = Vec::new();
        let lacking = okta.lacking_scopes();
        for endpoint in &endpoints {
            if let Err(error) = Box::pin(okta.probe(*endpoint, deadline())).await {
                refusals.push((*endpoint, error));
            }
        }
        let Some((endpoint, error)) = refusals.iter().max_by_key(|(endpoint, _)| required.contains(endpoint))
        else {
            report.add(Check::ok(name, allowed(okta, &endpoints)));
            continue;
        };
        let (detail, mut remedy) = told(error, is_app);
        if let (OktaError::Forbidden { .. }, Some(scope)) = (error, endpoint.scope()) {
            // A token without the scope and a role without the right are refused alike, as far as the status goes.
            if lacking.iter().any(|lacking| lacking == scope) {
                remedy = grant(scope);
            }
        }
        let detail = format!("{detail}: {}", right.without);
        let of_rights = matches!(
            error,
            OktaError::Forbidden { .. } | OktaError::Unauthorized { .. } | OktaError::Unreadable { .. }
        );
        report.add(if of_rights && required.contains(endpoint) {
            Check::fail(name, detail, remedy)
        } else {
            Check::warn(name, detail, remedy)
        });
    }
}

/// "allowed (okta.users.read), 600 calls a minute"
fn allowed(okta: &OktaClient, endpoints: &[Endpoint]) -> String {
    let scopes = endpoint::scopes(endpoints).join(", ");
    match endpoints.iter().filter_map(|endpoint| okta.limit_of(*endpoint)).min() {
        Some(limit) => format!("allowed ({scopes}), {limit} calls a minute"),
        None => format!("allowed ({scopes})"),
    }
}

fn rate_limits(okta: &OktaClient) -> Check {
    let told = Endpoint::ALL.into_iter().filter_map(|endpoint| Some((endpoint, okta.limit_of(endpoint)?)));
    let of_governance = told.filter(|(endpoint, _)| endpoint.template().starts_with("/governance/"));
    let limits: Vec<_> = of_governance.collect();
    let Some(least) = limits.iter().map(|(_, limit)| *limit).min() else {
        return Check::skipped("rate limits", "no answer told of one");
    };
    let small: Vec<_> = limits
        .iter()
        .filter(|(_, limit)| *limit < LEAST_LIMIT)
        .map(|(call, limit)| format!("{} {} {limit}", call.method(), call.template()))
        .collect();
    if small.is_empty() {
        return Check::ok("rate limits", format!("governance calls: {least} a minute each, at least"));
    }
    Check::warn(
        "rate limits",
        format!("few governance calls a minute: {}", small.join(", ")),
        "raise the share of this token or app in the Admin Console (Security > API > Tokens; of an app: its \
         Application rate limits), \
         and keep ReservedConcurrency small",
    )
}

fn grant(scope: &str) -> String {
    format!(
        "grant the scope {scope} to the service app (Admin Console, Applications > the app > Okta API Scopes)"
    )
}

/// An error in two parts: what happened, and what to do.
fn told(error: &OktaError, is_app: bool) -> (String, String) {
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
            (format!("{call}: {answer}: a role is lacking"), format!("give {role} {to}"))
        }
        OktaError::NotFound { call, answer } => (
            format!("{call}: {answer}: the org does not have this call"),
            "see that the org has Okta Identity Governance".into(),
        ),
        OktaError::Conflict { call, answer } | OktaError::Refused { call, answer } => (
            format!("{call}: {answer}: whether it is allowed can't be told"),
            "look up the error id in the org's System Log".into(),
        ),
        other => (format!("{other}: whether it is allowed can't be told"), "run this again in a minute".into()),
    };
    (detail, remedy)
}
