//! Checks what the credential may do at Okta: one check for each [`Right`] that the function needs.

use futures_util::StreamExt as _;
use okta_request_enricher::enrichment;
use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_request_enricher::okta::{OktaClient, OktaError};
use okta_request_enricher::policy::Policy;
use okta_request_enricher::section;
use okta_request_enricher::words::Words;
use tokio::sync::OnceCell;

use super::check::{AGAIN, Check};
use super::findings::Findings;
use super::time_limit::deadline;

/// What the credential must be allowed for one purpose.
struct Right {
    name: &'static str,
    endpoints: &'static [Endpoint],
    /// The consequence if it is missing.
    without: &'static str,
}

const fn right(name: &'static str, endpoints: &'static [Endpoint], without: &'static str) -> Right {
    Right { name, endpoints, without }
}

const RIGHTS: [Right; 11] = [
    right("people", &[Endpoint::User], "no message is posted"),
    right(
        "access held",
        &[Endpoint::UserGroups, Endpoint::UserAppLinks],
        "messages do not say whether the access is held already, and toxic combinations are not checked",
    ),
    right("messages, v1", &[Endpoint::MessageV1], "no message is posted on requests of request types"),
    right("messages, v2", &[Endpoint::MessageV2], "no message is posted on requests of request conditions"),
    right(
        "requests, v1",
        &[Endpoint::RequestV1, Endpoint::RequestType],
        "on requests of request types, messages lack the answers, and name only what the event names",
    ),
    right(
        "requests, v2",
        &[Endpoint::RequestV2],
        "on requests of request conditions, messages lack duration, answers and Okta's conflicts",
    ),
    right("app names", &[Endpoint::App], NO_NAMES),
    right("group names", &[Endpoint::Group], NO_NAMES),
    right("bundle names", &[Endpoint::Bundle], NO_NAMES),
    right(
        "request lists",
        &[Endpoint::RequestsV1, Endpoint::RequestsV2],
        "requests whose event was lost are not found, and messages say nothing of earlier requests",
    ),
    right("log streams", &[Endpoint::LogStreams], "a stream that is off is noticed only by its silence"),
];

/// For facts that a policy has to ask for. If it does not, they are not mentioned.
const OPT_IN: [Right; 4] = [
    right("bundles held", &[Endpoint::Grants], "messages do not say whether a bundle is held already"),
    right("peers", &[Endpoint::GroupUsers, Endpoint::AppUsers], "messages say nothing of peers"),
    right("labels", &[Endpoint::ResourceLabels], "messages say nothing of labels"),
    right("approvers", &[Endpoint::Tasks], "messages say nothing of the approver"),
];

/// Rights that are tried side by side. Okta limits how many calls of an org run at once (from 15 on).
const AT_ONCE: usize = 5;

const NO_NAMES: &str = "messages show the request's subject line in their place";

/// Checks each right. `needed` are the calls that the function makes under this policy.
pub(super) async fn check(
    okta: &OktaClient,
    policy: &Policy,
    needed: &[Endpoint],
    findings: &mut Findings<'_>,
) {
    let required = enrichment::required_endpoints(policy);
    let rights = Rights { okta, required, catalog: OnceCell::new() };
    let is_needed = |endpoint: &Endpoint| needed.contains(endpoint);
    let is_shown = |right: &&Right| right.endpoints.iter().any(is_needed);
    let shown = RIGHTS.iter().chain(OPT_IN.iter().filter(is_shown));
    let rights = &rights;
    let tries = shown.map(|right| async move {
        let endpoints: Vec<_> = right.endpoints.iter().copied().filter(is_needed).collect();
        let probed = if endpoints.is_empty() { None } else { Some(Box::pin(rights.probe(&endpoints)).await) };
        (right, endpoints, probed)
    });
    let probed: Vec<_> = futures_util::stream::iter(tries).buffered(AT_ONCE).collect().await;
    let mut without_governance = false;
    for (right, endpoints, probed) in probed {
        findings.add(match probed {
            None => Check::unasked(right.name, "the policy does not show them"),
            _ if without_governance && endpoints.iter().all(|endpoint| endpoint.is_of_governance()) => {
                Check::skipped(right.name, "the org lacks Okta Identity Governance")
            }
            Some(Ok(detail)) => Check::ok(right.name, detail),
            // One check says it for all: without the product there are no access requests.
            Some(Err((endpoint, error @ OktaError::FeatureMissing { .. })))
                if endpoint.is_of_governance() =>
            {
                without_governance = true;
                Check::problem(right.name, error.to_string(), error.remedy())
            }
            Some(Err((endpoint, error))) => {
                refused(right, endpoint, &error, rights.required.contains(&endpoint))
            }
        });
    }
}

/// The rights of one credential.
struct Rights<'a> {
    okta: &'a OktaClient,
    /// The calls without which no message is posted.
    required: Vec<Endpoint>,
    /// Whether the access catalog may be read. It is tried only if a call is refused that it stands in for.
    catalog: OnceCell<Result<(), OktaError>>,
}

impl Rights<'_> {
    /// Makes each call. Returns what is allowed, or the worst refusal: one by which no message is posted
    /// before all others.
    async fn probe(&self, endpoints: &[Endpoint]) -> Result<String, (Endpoint, OktaError)> {
        let (mut refusals, mut replaced) = (Vec::new(), None);
        for endpoint in endpoints {
            let Err(error) = self.call(*endpoint).await else { continue };
            let error = match endpoint.stand_in().filter(|_| error.is_of_rights()) {
                None => error,
                Some(catalog) => match self.catalog.get_or_init(|| self.call(catalog)).await {
                    Ok(()) => {
                        replaced = Some((*endpoint, catalog));
                        continue;
                    }
                    // The catalog takes fewer rights, so the remedy names its right.
                    Err(error) => error.clone(),
                },
            };
            refusals.push((*endpoint, error));
        }
        let worst = refusals.into_iter().max_by_key(|(endpoint, _)| self.required.contains(endpoint));
        match (worst, replaced) {
            (Some(refusal), _) => Err(refusal),
            (None, Some((endpoint, catalog))) => {
                let (allowed, optional) = (self.allowed(&[catalog]), grant(endpoint));
                Ok(format!("by the access catalog: {allowed}; optional: {optional}"))
            }
            (None, None) => Ok(self.allowed(endpoints)),
        }
    }

    async fn call(&self, endpoint: Endpoint) -> Result<(), OktaError> {
        let probed = Box::pin(self.okta.probe(endpoint, deadline())).await;
        probed.map_err(|error| name_scope(error, endpoint, &self.okta.lacking_scopes()))
    }

    /// "allowed (okta.users.read), 600 calls a minute"
    fn allowed(&self, endpoints: &[Endpoint]) -> String {
        let scopes = endpoint::scopes(endpoints).join(", ");
        match endpoints.iter().filter_map(|endpoint| self.okta.limit_of(*endpoint)).min() {
            Some(limit) => format!("allowed ({scopes}), {limit} calls a minute"),
            None => format!("allowed ({scopes})"),
        }
    }
}

/// "okta.apps.read with the role Read-only Administrator"
fn grant(endpoint: Endpoint) -> String {
    let scope = endpoint.scope().unwrap_or_default();
    endpoint.role().map_or(scope.to_owned(), |role| format!("{scope} with {}", role.described()))
}

/// Okta answers 403 for a missing role and for a missing scope. The token shows which scopes it lacks.
fn name_scope(error: OktaError, endpoint: Endpoint, lacking: &[String]) -> OktaError {
    match (error, endpoint.scope()) {
        (OktaError::Forbidden { call, answer, scope: None, role }, Some(scope))
            if lacking.iter().any(|lacking| lacking == scope) =>
        {
            OktaError::Forbidden { call, answer, scope: Some(scope.to_owned()), role }
        }
        (error, _) => error,
    }
}

/// The check for a refusal. It fails only if Okta certainly refused a call that every message needs;
/// otherwise it warns. Optional rights may be missing, unless a rule requires their section: the check is
/// skipped.
fn refused(right: &Right, endpoint: Endpoint, error: &OktaError, required: bool) -> Check {
    let remedy = error.remedy().unwrap_or(AGAIN);
    let detail = match error {
        // The probe asks for something that can't exist, and takes Okta's 404 about it as allowed. Every other 404
        // says that the org does not have the call.
        OktaError::NotFound { call, answer } => {
            let detail = format!("{call}: {answer}: the org does not have this call");
            let remedy = if endpoint.is_of_governance() {
                "see that the org has Okta Identity Governance"
            } else {
                "see that the org has this feature"
            };
            return Check::warn(right.name, detail, remedy);
        }
        // The call and its ids add nothing to the name of the scope.
        OktaError::Forbidden { scope: Some(_), .. } => in_brief(error),
        OktaError::Forbidden { .. }
        | OktaError::Unauthorized { .. }
        | OktaError::NetworkZone { .. }
        | OktaError::FeatureMissing { .. }
        | OktaError::Redirected { .. }
        | OktaError::BadQuery { .. }
        | OktaError::Unreadable { .. } => error.to_string(),
        error => {
            let detail = format!("{error}: whether it is allowed is unknown");
            return Check::warn(right.name, detail, remedy);
        }
    };
    if !required && error.is_of_rights() && endpoint.stand_in().is_none() && endpoint.is_optional() {
        let detail = format!("{}: {}; optional: {}", in_brief(error), right.without, grant(endpoint));
        return Check::optional(right.name, detail);
    }
    let detail = format!("{detail}: {}", right.without);
    if required { Check::fail(right.name, detail, remedy) } else { Check::warn(right.name, detail, remedy) }
}

fn in_brief(error: &OktaError) -> String {
    Words::english().say(&section::in_brief(error))
}
