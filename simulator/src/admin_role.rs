//! An admin role says which calls a caller may make, besides the scopes of its token. An API token has the
//! roles of the user who made it; a service app has its own. The table is that of Okta's help pages "Standard
//! administrator roles and permissions" and "Access requests administrators", and of the roles in Okta's
//! reference of the Identity Governance API. Roles here apply to all users, groups and apps: this Okta knows
//! no resource sets. A custom role is written as the one permission that it has,
//! `okta.governance.labels.read`.

use super::route::Route;

/// The role that allows every call.
const SUPER: &str = "SUPER_ADMIN";
/// The roles with "View users" and "View groups". On Okta, an admin can restrict `USER_ADMIN` and
/// `HELP_DESK_ADMIN` to some groups.
const VIEW_PEOPLE: [&str; 9] = [
    "ACCESS_REQUESTS_ADMIN",
    "API_ACCESS_MANAGEMENT_ADMIN",
    "APP_ADMIN",
    "GROUP_MEMBERSHIP_ADMIN",
    "HELP_DESK_ADMIN",
    "MOBILE_ADMIN",
    "ORG_ADMIN",
    "READ_ONLY_ADMIN",
    "USER_ADMIN",
];
/// The roles with "View applications or application instances". `API_ACCESS_MANAGEMENT_ADMIN` is left out: it
/// sees only OIDC apps.
const VIEW_APPS: [&str; 3] = ["APP_ADMIN", "MOBILE_ADMIN", "READ_ONLY_ADMIN"];
/// The role for access requests and the access catalog.
const REQUESTS: [&str; 1] = ["ACCESS_REQUESTS_ADMIN"];
/// The role for entitlement bundles, grants and collections.
const ENTITLEMENTS: [&str; 1] = ["APP_ADMIN"];
/// The roles that Okta's reference of the management API names for the schema of a user type. For the list of user
/// types it names none; that the same roles allow it is an assumption.
const SCHEMAS: [&str; 3] = ["API_ACCESS_MANAGEMENT_ADMIN", "APP_ADMIN", "ORG_ADMIN"];
/// The permission to read labels, which no standard role but [`SUPER`] has.
const LABELS: [&str; 1] = ["okta.governance.labels.read"];

/// Whether one of the roles allows the call.
pub(super) fn allow(roles: &[String], route: Route) -> bool {
    let Some(needed) = roles_for(route) else {
        return true;
    };
    roles.iter().any(|role| role == SUPER || needed.contains(&role.as_str()))
}

/// The roles besides [`SUPER`] that allow the call; `None` if it needs no role.
fn roles_for(route: Route) -> Option<&'static [&'static str]> {
    Some(match route {
        Route::User
        | Route::Users
        | Route::UserGroups
        | Route::AppLinks
        | Route::Group
        | Route::GroupUsers => &VIEW_PEOPLE,
        Route::App | Route::AppUsers => &VIEW_APPS,
        // The page knows only "Manage log streaming", which only super admins have.
        Route::LogStreams => &[],
        Route::Request(_)
        | Route::Messages(_)
        | Route::Requests(_)
        | Route::RequestType
        | Route::Conditions
        | Route::Tasks
        | Route::CatalogEntry => &REQUESTS,
        Route::Labels => &LABELS,
        Route::UserSchema | Route::UserTypes => &SCHEMAS,
        Route::Bundle | Route::Grants | Route::Collection => &ENTITLEMENTS,
        Route::Organization | Route::Token | Route::Unknown => return None,
    })
}
