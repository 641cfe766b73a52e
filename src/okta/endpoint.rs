//! [`Endpoint`]: every call that the program can make, one row each. Paths are made only from these rows, so
//! no other call can be sent. `{id}` is the place of a parsed id.

use http::Method;

use super::admin_role::AdminRole;

/// Makes [`Endpoint`] of rows: doc, variant, method, path, scope, least admin role, and an id of the kind
/// that the path takes but that nothing has. (`-` stands for none.)
macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident $method:ident $path:literal $scope:tt $role:tt $unused_id:tt,)*) => {
        /// One call of Okta's API. Each variant is documented by its name in Okta's API reference.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Endpoint {
            $($(#[$doc])* $variant,)*
        }

        impl Endpoint {
            /// All calls.
            pub const ALL: &[Endpoint] = &[$(Endpoint::$variant),*];

            /// The HTTP method.
            #[must_use]
            pub fn method(self) -> Method {
                match self {
                    $(Endpoint::$variant => Method::$method,)*
                }
            }

            /// The path, with `{id}` in place of the id.
            #[must_use]
            pub fn template(self) -> &'static str {
                match self {
                    $(Endpoint::$variant => $path,)*
                }
            }

            /// The OAuth scope that the call needs; `None` if it needs none.
            #[must_use]
            pub fn scope(self) -> Option<&'static str> {
                match self {
                    $(Endpoint::$variant => optional!($scope),)*
                }
            }

            /// The least standard admin role that allows the call, besides the scope; `None` if it needs
            /// none.
            #[must_use]
            pub fn role(self) -> Option<AdminRole> {
                match self {
                    $(Endpoint::$variant => role!($role),)*
                }
            }

            /// An id for the path that nothing has, so that a call with it reads and changes nothing; `None`
            /// if the path takes no id.
            pub(super) fn unused_id(self) -> Option<&'static str> {
                match self {
                    $(Endpoint::$variant => optional!($unused_id),)*
                }
            }
        }
    };
}

macro_rules! optional {
    (-) => {
        None
    };
    ($text:literal) => {
        Some($text)
    };
}

macro_rules! role {
    (-) => {
        None
    };
    ($role:ident) => {
        Some(AdminRole::$role)
    };
}

// The roles of governance calls stand in Okta's API reference, call by call; those of the others in Okta
// help, "Standard administrator roles and permissions" and "Access requests administrators".
//
// Okta makes v2 ids at random, and begins v1 ids with the present time: eight hexadecimal digits that count
// the seconds since 1970. So neither is ever all zeros.
endpoints! {
    /// OAuth 2.0, "Request a token".
    Token POST "/oauth2/v1/token" - - -,
    /// Users, "Retrieve a user".
    User GET "/api/v1/users/{id}" "okta.users.read" AccessRequests "00u00000000000000000",
    /// Users, "List all users".
    Users GET "/api/v1/users" "okta.users.read" AccessRequests -,
    /// User Resources, "List all groups".
    UserGroups GET "/api/v1/users/{id}/groups" "okta.users.read" AccessRequests "00u00000000000000000",
    /// User Resources, "List all assigned app links".
    UserAppLinks GET "/api/v1/users/{id}/appLinks" "okta.users.read" AccessRequests "00u00000000000000000",
    /// Applications, "Retrieve an application".
    App GET "/api/v1/apps/{id}" "okta.apps.read" ReadOnly "0oa00000000000000000",
    /// Groups, "Retrieve a group".
    Group GET "/api/v1/groups/{id}" "okta.groups.read" AccessRequests "00g00000000000000000",
    /// Entitlement Bundles, "Retrieve an entitlement bundle".
    Bundle GET "/governance/api/v1/entitlement-bundles/{id}" "okta.governance.entitlements.read" App "enb00000000000000000",
    /// Grants, "List all grants".
    Grants GET "/governance/api/v1/grants" "okta.governance.entitlements.read" App -,
    /// Groups, "List all member users".
    GroupUsers GET "/api/v1/groups/{id}/users" "okta.groups.read" AccessRequests "00g00000000000000000",
    /// Application Users, "List all application users".
    AppUsers GET "/api/v1/apps/{id}/users" "okta.apps.read" ReadOnly "0oa00000000000000000",
    /// Labels, "List all labeled resources".
    ResourceLabels GET "/governance/api/v1/resource-labels" "okta.governance.labels.read" Labels -,
    /// Access Requests - V2, "List all tasks".
    Tasks GET "/governance/api/v2/tasks" "okta.accessRequests.tasks.read" AccessRequests -,
    /// Catalogs, "Retrieve a catalog entry".
    CatalogEntry GET "/governance/api/v2/catalogs/default/entries/{id}" "okta.accessRequests.catalog.read" AccessRequests "cen00000000000000000",
    /// Access Requests - V1, "Retrieve a request type".
    RequestType GET "/governance/api/v1/request-types/{id}" "okta.governance.accessRequests.read" AccessRequests "000000000000000000000000",
    /// Access Requests - V1, "Retrieve a request".
    RequestV1 GET "/governance/api/v1/requests/{id}" "okta.governance.accessRequests.read" AccessRequests "000000000000000000000000",
    /// Access Requests - V2, "Retrieve a request".
    RequestV2 GET "/governance/api/v2/requests/{id}" "okta.accessRequests.request.read" AccessRequests "req00000000000000000",
    /// Access Requests - V1, "List all requests".
    RequestsV1 GET "/governance/api/v1/requests" "okta.governance.accessRequests.read" AccessRequests -,
    /// Access Requests - V2, "List all requests".
    RequestsV2 GET "/governance/api/v2/requests" "okta.accessRequests.request.read" AccessRequests -,
    /// Log Streaming, "List all log streams".
    LogStreams GET "/api/v1/logStreams" "okta.logStreams.read" Super -,
    /// Schemas, "Retrieve a user schema".
    UserSchema GET "/api/v1/meta/schemas/user/{id}" "okta.schemas.read" App "osc00000000000000000",
    /// User Types, "List all user types".
    UserTypes GET "/api/v1/meta/types/user" "okta.userTypes.read" App -,
    /// Request Conditions, "List all resource request conditions".
    Conditions GET "/governance/api/v2/resources/{id}/request-conditions" "okta.accessRequests.condition.read" AccessRequests "0oa00000000000000000",
    /// Collections, "Retrieve a resource collection".
    Collection GET "/governance/api/v1/collections/{id}" "okta.governance.collections.read" App "col00000000000000000",
    /// Access Requests - V1, "Create a message".
    MessageV1 POST "/governance/api/v1/requests/{id}/messages" "okta.governance.accessRequests.manage" AccessRequests "000000000000000000000000",
    /// Access Requests - V2, "Create a message".
    MessageV2 POST "/governance/api/v2/requests/{id}/messages" "okta.accessRequests.request.manage" AccessRequests "req00000000000000000",
}

impl Endpoint {
    /// The call that gives the same name with fewer rights. Where both are allowed, the name's own call is
    /// sent: it is one call, and the catalog takes up to two.
    #[must_use]
    pub fn stand_in(self) -> Option<Endpoint> {
        matches!(self, Endpoint::App | Endpoint::Group | Endpoint::Bundle).then_some(Endpoint::CatalogEntry)
    }

    /// Whether the deployed function never makes this call. Only `enricher check` does, to look up what a policy
    /// names.
    #[must_use]
    pub fn is_of_check(self) -> bool {
        matches!(
            self,
            Endpoint::UserSchema | Endpoint::UserTypes | Endpoint::Conditions | Endpoint::Collection
        )
    }

    /// Whether a deployment is complete without the right to this call. It is if the function never makes the call,
    /// if another call gives the same, or if only facts need it that a policy has to ask for. A call that needs the
    /// super admin's role is optional, too: that role is too much for its use.
    #[must_use]
    pub fn is_optional(self) -> bool {
        let is_asked_for = matches!(
            self,
            Endpoint::Grants
                | Endpoint::GroupUsers
                | Endpoint::AppUsers
                | Endpoint::ResourceLabels
                | Endpoint::Tasks
        );
        self.is_of_check()
            || is_asked_for
            || self.stand_in().is_some()
            || self.role() == Some(AdminRole::Super)
    }
}

/// Those of the `lacking` scopes that a deployment needs. A name is read by its own call or from the access
/// catalog. If the scopes of both are lacking, the catalog's is needed, because it takes fewer rights.
#[must_use]
pub fn needed(lacking: &[String]) -> Vec<&str> {
    let lacks =
        |call: &Endpoint| call.scope().is_some_and(|scope| lacking.iter().any(|lacking| lacking == scope));
    let is_needed = |scope: &&String| {
        Endpoint::ALL.iter().filter(|call| call.scope() == Some(scope)).any(|call| {
            let mut replaced =
                Endpoint::ALL.iter().filter(|other| other.stand_in() == Some(*call)).peekable();
            if replaced.peek().is_some() { replaced.any(lacks) } else { !call.is_optional() }
        })
    };
    lacking.iter().filter(is_needed).map(String::as_str).collect()
}

impl Endpoint {
    /// Whether the call reads a list of access requests. Okta documents that for service apps alone, and
    /// allows it to some API tokens. So a 401 is about the list, not about the credential.
    pub(super) fn is_request_list(self) -> bool {
        matches!(self, Endpoint::RequestsV1 | Endpoint::RequestsV2)
    }

    /// Whether the call is one of Okta Identity Governance, a product that an org may lack.
    #[must_use]
    pub fn is_of_governance(self) -> bool {
        self.template().starts_with("/governance/")
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
        GET /api/v1/users
        GET /api/v1/users/{id}/groups
        GET /api/v1/users/{id}/appLinks
        GET /api/v1/apps/{id}
        GET /api/v1/groups/{id}
        GET /governance/api/v1/entitlement-bundles/{id}
        GET /governance/api/v1/grants
        GET /api/v1/groups/{id}/users
        GET /api/v1/apps/{id}/users
        GET /governance/api/v1/resource-labels
        GET /governance/api/v2/tasks
        GET /governance/api/v2/catalogs/default/entries/{id}
        GET /governance/api/v1/request-types/{id}
        GET /governance/api/v1/requests/{id}
        GET /governance/api/v2/requests/{id}
        GET /governance/api/v1/requests
        GET /governance/api/v2/requests
        GET /api/v1/logStreams
        GET /api/v1/meta/schemas/user/{id}
        GET /api/v1/meta/types/user
        GET /governance/api/v2/resources/{id}/request-conditions
        GET /governance/api/v1/collections/{id}
        POST /governance/api/v1/requests/{id}/messages
        POST /governance/api/v2/requests/{id}/messages
        ");
    }

    #[test]
    fn a_scope_that_another_makes_up_for_is_not_needed() {
        let of = |lacking: &[&str]| {
            let lacking: Vec<_> = lacking.iter().map(|scope| (*scope).to_owned()).collect();
            needed(&lacking).join(" ")
        };
        let (apps, catalog) = ("okta.apps.read", "okta.accessRequests.catalog.read");
        assert_eq!(of(&[apps, "okta.groups.read", "okta.governance.entitlements.read"]), "");
        assert_eq!(of(&[catalog, "okta.logStreams.read"]), "");
        assert_eq!(of(&["okta.governance.labels.read", "okta.accessRequests.tasks.read"]), "");
        assert_eq!(of(&[apps, catalog, "okta.users.read"]), format!("{catalog} okta.users.read"));
    }

    /// A probe names the unused id: without one it would send the braces.
    #[test]
    fn every_path_with_an_id_has_an_unused_one() {
        for endpoint in Endpoint::ALL {
            assert_eq!(endpoint.template().contains("{id}"), endpoint.unused_id().is_some(), "{endpoint:?}");
        }
    }
}
