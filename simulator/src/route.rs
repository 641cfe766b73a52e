//! A route is one of the API calls that this Okta answers, for any id in the path. It determines the method,
//! the rate limit, the OAuth scope, and the name by which a fault picks the call. Paths and scopes are those
//! of Okta's published `OpenAPI` files for the management API and the Identity Governance API.

use http::Method;
use percent_encoding::percent_decode_str;

/// The two generations of Okta's access-request API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    /// For requests of request types; their ids are 24 hexadecimal digits.
    V1,
    /// For requests of access request conditions; their ids are `req` and 17 letters or digits.
    V2,
}

impl Api {
    /// `v1` or `v2`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// One API call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The public description of the org, which needs no token.
    Organization,
    User,
    /// A search for users.
    Users,
    /// The groups of a user.
    UserGroups,
    /// The links to apps that a user sees.
    AppLinks,
    Group,
    /// The members of a group.
    GroupUsers,
    App,
    /// The people to whom an app is assigned.
    AppUsers,
    LogStreams,
    /// The schema of one user type: which profile attributes its users have.
    UserSchema,
    /// The list of user types.
    UserTypes,
    /// The request conditions of an app.
    Conditions,
    Collection,
    /// One access request.
    Request(Api),
    /// The messages of an access request.
    Messages(Api),
    /// The list of access requests.
    Requests(Api),
    Bundle,
    /// The list of entitlement grants.
    Grants,
    /// The list of labelled resources.
    Labels,
    /// The list of tasks of access requests.
    Tasks,
    /// One entry of the access catalog.
    CatalogEntry,
    RequestType,
    /// The token endpoint of the org's own authorization server.
    Token,
    /// A path that this Okta does not know.
    Unknown,
}

impl Route {
    /// The route of a path, and the id in the path, percent-decoded. The id is empty if the path has none.
    pub(super) fn of(path: &str) -> (Self, String) {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let (route, id) = match segments.as_slice() {
            [".well-known", "okta-organization"] => (Self::Organization, ""),
            ["api", "v1", "users"] => (Self::Users, ""),
            ["api", "v1", "users", id] => (Self::User, *id),
            ["api", "v1", "users", id, "groups"] => (Self::UserGroups, *id),
            ["api", "v1", "users", id, "appLinks"] => (Self::AppLinks, *id),
            ["api", "v1", "groups", id] => (Self::Group, *id),
            ["api", "v1", "groups", id, "users"] => (Self::GroupUsers, *id),
            ["api", "v1", "apps", id] => (Self::App, *id),
            ["api", "v1", "apps", id, "users"] => (Self::AppUsers, *id),
            ["api", "v1", "logStreams"] => (Self::LogStreams, ""),
            ["api", "v1", "meta", "schemas", "user", id] => (Self::UserSchema, *id),
            ["api", "v1", "meta", "types", "user"] => (Self::UserTypes, ""),
            ["governance", "api", "v2", "resources", id, "request-conditions"] => (Self::Conditions, *id),
            ["governance", "api", "v1", "collections", id] => (Self::Collection, *id),
            ["oauth2", "v1", "token"] => (Self::Token, ""),
            ["governance", "api", "v1", "requests"] => (Self::Requests(Api::V1), ""),
            ["governance", "api", "v2", "requests"] => (Self::Requests(Api::V2), ""),
            ["governance", "api", "v1", "requests", id] => (Self::Request(Api::V1), *id),
            ["governance", "api", "v2", "requests", id] => (Self::Request(Api::V2), *id),
            ["governance", "api", "v1", "requests", id, "messages"] => (Self::Messages(Api::V1), *id),
            ["governance", "api", "v2", "requests", id, "messages"] => (Self::Messages(Api::V2), *id),
            ["governance", "api", "v1", "entitlement-bundles", id] => (Self::Bundle, *id),
            ["governance", "api", "v1", "grants"] => (Self::Grants, ""),
            ["governance", "api", "v1", "resource-labels"] => (Self::Labels, ""),
            ["governance", "api", "v2", "tasks"] => (Self::Tasks, ""),
            ["governance", "api", "v2", "catalogs", "default", "entries", id] => (Self::CatalogEntry, *id),
            ["governance", "api", "v1", "request-types", id] => (Self::RequestType, *id),
            _ => (Self::Unknown, ""),
        };
        (route, percent_decode_str(id).decode_utf8_lossy().into_owned())
    }

    /// The only method that the path accepts.
    pub(super) fn method(self) -> Method {
        if matches!(self, Self::Messages(_) | Self::Token) { Method::POST } else { Method::GET }
    }

    /// The name of the rate limit: Okta counts calls by method and path template.
    pub(super) fn bucket(self) -> &'static str {
        match self {
            Self::Organization => "GET /.well-known/okta-organization",
            Self::User => "GET /api/v1/users/{id}",
            Self::Users => "GET /api/v1/users",
            Self::UserGroups => "GET /api/v1/users/{id}/groups",
            Self::AppLinks => "GET /api/v1/users/{id}/appLinks",
            Self::Group => "GET /api/v1/groups/{id}",
            Self::GroupUsers => "GET /api/v1/groups/{id}/users",
            Self::App => "GET /api/v1/apps/{id}",
            Self::AppUsers => "GET /api/v1/apps/{id}/users",
            Self::LogStreams => "GET /api/v1/logStreams",
            Self::UserSchema => "GET /api/v1/meta/schemas/user/{id}",
            Self::UserTypes => "GET /api/v1/meta/types/user",
            Self::Conditions => "GET /governance/api/v2/resources/{id}/request-conditions",
            Self::Collection => "GET /governance/api/v1/collections/{id}",
            Self::Token => "POST /oauth2/v1/token",
            Self::Request(Api::V1) => "GET /governance/api/v1/requests/{id}",
            Self::Request(Api::V2) => "GET /governance/api/v2/requests/{id}",
            Self::Messages(Api::V1) => "POST /governance/api/v1/requests/{id}/messages",
            Self::Messages(Api::V2) => "POST /governance/api/v2/requests/{id}/messages",
            Self::Requests(Api::V1) => "GET /governance/api/v1/requests",
            Self::Requests(Api::V2) => "GET /governance/api/v2/requests",
            Self::Bundle => "GET /governance/api/v1/entitlement-bundles/{id}",
            Self::Grants => "GET /governance/api/v1/grants",
            Self::Labels => "GET /governance/api/v1/resource-labels",
            Self::Tasks => "GET /governance/api/v2/tasks",
            Self::CatalogEntry => "GET /governance/api/v2/catalogs/default/entries/{id}",
            Self::RequestType => "GET /governance/api/v1/request-types/{id}",
            Self::Unknown => "other",
        }
    }

    /// Whether the call belongs to the Identity Governance API, whose rate limits are smaller.
    pub(super) fn is_governance(self) -> bool {
        self.bucket().contains(" /governance/")
    }

    /// The OAuth scope that a service app needs for the call, or the `.manage` scope that includes this
    /// `.read` scope. `None` if the call needs no scope.
    pub(super) fn scope(self) -> Option<&'static str> {
        Some(match self {
            Self::User | Self::Users | Self::UserGroups | Self::AppLinks => "okta.users.read",
            Self::Group | Self::GroupUsers => "okta.groups.read",
            Self::App | Self::AppUsers => "okta.apps.read",
            Self::LogStreams => "okta.logStreams.read",
            Self::UserSchema => "okta.schemas.read",
            Self::UserTypes => "okta.userTypes.read",
            Self::Conditions => "okta.accessRequests.condition.read",
            Self::Collection => "okta.governance.collections.read",
            Self::Request(Api::V1) | Self::Requests(Api::V1) | Self::RequestType => {
                "okta.governance.accessRequests.read"
            }
            Self::Messages(Api::V1) => "okta.governance.accessRequests.manage",
            Self::Request(Api::V2) | Self::Requests(Api::V2) => "okta.accessRequests.request.read",
            Self::Messages(Api::V2) => "okta.accessRequests.request.manage",
            Self::Bundle | Self::Grants => "okta.governance.entitlements.read",
            Self::Labels => "okta.governance.labels.read",
            Self::Tasks => "okta.accessRequests.tasks.read",
            Self::CatalogEntry => "okta.accessRequests.catalog.read",
            Self::Organization | Self::Token | Self::Unknown => return None,
        })
    }

    /// Whether the answer is one page of a list. It refuses only what no correct client asks for.
    pub(super) fn is_list(self) -> bool {
        self.parameters().contains(&"after")
    }

    /// The parameters that the query may have, as far as this Okta knows them.
    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Users => &["search", "limit", "after"],
            Self::UserGroups | Self::GroupUsers => &["limit", "after"],
            Self::AppUsers => &["q", "limit", "after", "expand"],
            Self::Group => &["expand"],
            Self::Bundle => &["include"],
            Self::Requests(_) | Self::Tasks => &["filter", "orderBy", "limit", "after"],
            Self::Grants | Self::Labels => &["filter", "limit", "after"],
            Self::Conditions => &["after", "limit"],
            _ => &[],
        }
    }

    /// The name by which [`Calls::Named`](super::Calls::Named) picks it; [`NAMES`] lists all names.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Organization => "org",
            Self::User => "user",
            Self::Users => "users",
            Self::UserGroups => "groups",
            Self::AppLinks => "links",
            Self::Group => "group",
            Self::GroupUsers => "members",
            Self::App => "app",
            Self::AppUsers => "assigned",
            Self::LogStreams => "streams",
            Self::UserSchema => "schema",
            Self::UserTypes => "types",
            Self::Conditions => "conditions",
            Self::Collection => "collection",
            Self::Token => "token",
            Self::Request(_) => "request",
            Self::Messages(_) => "post",
            Self::Requests(_) => "list",
            Self::Bundle => "bundle",
            Self::Grants => "grants",
            Self::Labels => "labels",
            Self::Tasks => "tasks",
            Self::CatalogEntry => "catalog",
            Self::RequestType => "type",
            Self::Unknown => "unknown",
        }
    }
}

/// Every [`Route::name`] that a fault may use.
pub(super) const NAMES: [&str; 24] = [
    "user",
    "users",
    "groups",
    "links",
    "group",
    "members",
    "app",
    "assigned",
    "request",
    "post",
    "bundle",
    "grants",
    "labels",
    "tasks",
    "catalog",
    "type",
    "list",
    "org",
    "token",
    "streams",
    "schema",
    "types",
    "conditions",
    "collection",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_route_and_one_decoded_id() {
        assert_eq!(Route::of("/api/v1/users/a%40b.c"), (Route::User, "a@b.c".to_owned()));
        assert_eq!(
            Route::of("/governance/api/v2/requests/req1/messages"),
            (Route::Messages(Api::V2), "req1".to_owned())
        );
        assert_eq!(Route::of("/governance/api/v1/requests/x/decide").0, Route::Unknown);
        assert_eq!(Route::of("/api/v1/users/100%25%2").1, "100%%2");
    }
}
