//! A scope names one area of Okta's API and what a token may do there: `okta.users.read`. This file knows
//! which scopes exist. A scope that does not exist makes a token call fail; a scope that exists but is not
//! granted does not. Source: Okta's pages "OAuth 2.0 scopes" of the management API and of the Identity
//! Governance API.

/// The areas with a `read` and a `manage` scope.
const AREAS: [&str; 48] = [
    "accessRequests.catalog",
    "accessRequests.condition",
    "accessRequests.request",
    "accessRequests.tasks",
    "agentPools",
    "apiTokens",
    "appGrants",
    "apps",
    "authenticators",
    "authorizationServers",
    "behaviors",
    "brands",
    "captchas",
    "certificateAuthorities",
    "clients",
    "devices",
    "domains",
    "emailDomains",
    "eventHooks",
    "factors",
    "features",
    "governance.accessCertifications",
    "governance.accessRequests",
    "governance.collections",
    "governance.entitlements",
    "governance.labels",
    "governance.resourceOwner",
    "governance.riskRule",
    "groups",
    "idps",
    "inlineHooks",
    "linkedObjects",
    "logs",
    "logStreams",
    "networkZones",
    "orgs",
    "policies",
    "profileMappings",
    "rateLimits",
    "realms",
    "roles",
    "schemas",
    "sessions",
    "templates",
    "trustedOrigins",
    "userRisk",
    "users",
    "userTypes",
];

/// Whether Okta knows this scope.
pub(super) fn exists(scope: &str) -> bool {
    let area = scope.strip_prefix("okta.").and_then(|rest| rest.rsplit_once('.'));
    area.is_some_and(|(area, right)| AREAS.contains(&area) && matches!(right, "read" | "manage"))
}

/// Whether the granted scopes include `wanted`. A `.manage` scope includes the `.read` scope of its area.
pub(super) fn cover(granted: &[String], wanted: &str) -> bool {
    let area = wanted.strip_suffix(".read");
    granted.iter().any(|scope| {
        scope == wanted
            || area.is_some() && scope.strip_suffix(".manage").is_some_and(|own| Some(own) == area)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scopes_of_known_areas_exist() {
        for scope in ["okta.users.read", "okta.users.manage", "okta.governance.accessRequests.manage"] {
            assert!(exists(scope), "{scope}");
        }
        for scope in ["", "okta.users", "users.read", "okta.user.read", "okta.users.write", "openid"] {
            assert!(!exists(scope), "{scope}");
        }
    }
}
