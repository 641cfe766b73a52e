//! [`Endpoint`]: every call that the program can make, with method, path and the OAuth scope that Okta requires. Paths
//! are made only from this list, so no other call can be sent. `{id}` is the place of a parsed id.

use http::Method;

/// One call of Okta's API. Each variant is documented by its name in Okta's API reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// OAuth 2.0, "Request a token".
    Token,
    /// Users, "Retrieve a user".
    User,
    /// User Resources, "List all groups".
    UserGroups,
    /// User Resources, "List all assigned app links".
    UserAppLinks,
    /// Applications, "Retrieve an application".
    App,
    /// Groups, "Retrieve a group".
    Group,
    /// Entitlement Bundles, "Retrieve an entitlement bundle".
    Bundle,
    /// Access Requests - V1, "Retrieve a request type".
    RequestType,
    /// Access Requests - V1, "Retrieve a request".
    RequestV1,
    /// Access Requests - V2, "Retrieve a request".
    RequestV2,
    /// Access Requests - V1, "List all requests".
    RequestsV1,
    /// Access Requests - V2, "List all requests".
    RequestsV2,
    /// Log Streaming, "List all log streams".
    LogStreams,
    /// Access Requests - V1, "Create a message".
    MessageV1,
    /// Access Requests - V2, "Create a message".
    MessageV2,
}

impl Endpoint {
    /// All calls.
    pub const ALL: [Endpoint; 15] = [
        Endpoint::Token,
        Endpoint::User,
        Endpoint::UserGroups,
        Endpoint::UserAppLinks,
        Endpoint::App,
        Endpoint::Group,
        Endpoint::Bundle,
        Endpoint::RequestType,
        Endpoint::RequestV1,
        Endpoint::RequestV2,
        Endpoint::RequestsV1,
        Endpoint::RequestsV2,
        Endpoint::LogStreams,
        Endpoint::MessageV1,
        Endpoint::MessageV2,
    ];

    /// The HTTP method.
    #[must_use]
    pub fn method(self) -> Method {
        match self {
            Endpoint::Token | Endpoint::MessageV1 | Endpoint::MessageV2 => Method::POST,
            Endpoint::User
            | Endpoint::UserGroups
            | Endpoint::UserAppLinks
            | Endpoint::App
            | Endpoint::Group
            | Endpoint::Bundle
            | Endpoint::RequestType
            | Endpoint::RequestV1
            | Endpoint::RequestV2
            | Endpoint::RequestsV1
            | Endpoint::RequestsV2
            | Endpoint::LogStreams => Method::GET,
        }
    }

    /// The path, with `{id}` in place of the id.
    #[must_use]
    pub fn template(self) -> &'static str {
        match self {
            Endpoint::Token => "/oauth2/v1/token",
            Endpoint::User => "/api/v1/users/{id}",
            Endpoint::UserGroups => "/api/v1/users/{id}/groups",
            Endpoint::UserAppLinks => "/api/v1/users/{id}/appLinks",
            Endpoint::App => "/api/v1/apps/{id}",
            Endpoint::Group => "/api/v1/groups/{id}",
            Endpoint::Bundle => "/governance/api/v1/entitlement-bundles/{id}",
            Endpoint::RequestType => "/governance/api/v1/request-types/{id}",
            Endpoint::RequestV1 => "/governance/api/v1/requests/{id}",
            Endpoint::RequestV2 => "/governance/api/v2/requests/{id}",
            Endpoint::RequestsV1 => "/governance/api/v1/requests",
            Endpoint::RequestsV2 => "/governance/api/v2/requests",
            Endpoint::LogStreams => "/api/v1/logStreams",
            Endpoint::MessageV1 => "/governance/api/v1/requests/{id}/messages",
            Endpoint::MessageV2 => "/governance/api/v2/requests/{id}/messages",
        }
    }

    /// The OAuth scope that allows the call; `None` for the call that asks for a token.
    #[must_use]
    pub fn scope(self) -> Option<&'static str> {
        match self {
            Endpoint::Token => None,
            Endpoint::User | Endpoint::UserGroups | Endpoint::UserAppLinks => Some("okta.users.read"),
            Endpoint::App => Some("okta.apps.read"),
            Endpoint::Group => Some("okta.groups.read"),
            Endpoint::Bundle => Some("okta.governance.entitlements.read"),
            Endpoint::LogStreams => Some("okta.logStreams.read"),
            Endpoint::RequestV1 | Endpoint::RequestsV1 | Endpoint::RequestType => {
                Some("okta.governance.accessRequests.read")
            }
            Endpoint::MessageV1 => Some("okta.governance.accessRequests.manage"),
            Endpoint::RequestV2 | Endpoint::RequestsV2 => Some("okta.accessRequests.request.read"),
            Endpoint::MessageV2 => Some("okta.accessRequests.request.manage"),
        }
    }
}

/// The scopes of these calls, sorted, each once.
#[must_use]
pub fn scopes(endpoints: &[Endpoint]) -> Vec<&'static str> {
    let mut scopes: Vec<_> = endpoints.iter().filter_map(|endpoint| endpoint.scope()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README promises it: no call can decide a request, or grant or change access.
    #[test]
    fn the_only_calls_that_write_ask_for_a_token_and_post_a_message() {
        let all: Vec<_> =
            Endpoint::ALL.iter().map(|call| format!("{} {}", call.method(), call.template())).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        POST /oauth2/v1/token
        GET /api/v1/users/{id}
        GET /api/v1/users/{id}/groups
        GET /api/v1/users/{id}/appLinks
        GET /api/v1/apps/{id}
        GET /api/v1/groups/{id}
        GET /governance/api/v1/entitlement-bundles/{id}
        GET /governance/api/v1/request-types/{id}
        GET /governance/api/v1/requests/{id}
        GET /governance/api/v2/requests/{id}
        GET /governance/api/v1/requests
        GET /governance/api/v2/requests
        GET /api/v1/logStreams
        POST /governance/api/v1/requests/{id}/messages
        POST /governance/api/v2/requests/{id}/messages
        ");
    }
}
