//! What the credential may not look up: a warning that names it with the right that is missing, and no failure.

use okta_simulator::{CLIENT_ID, service_app_secret};

use crate::support::Ran;
use crate::{CLERK, JIRA, acme, check, check_with, of_each_kind, paths, rule};

/// The warnings of what was not looked up.
fn unseen(ran: &Ran) -> String {
    let unseen = ran.of_file().into_iter().filter(|line| line.contains("not looked up"));
    unseen.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scope_is_named_with_what_was_not_looked_up() {
    let okta = acme().await;
    // What the function needs, and no more.
    okta.with_world(|world| {
        let of_check = ["okta.schemas.read", "okta.userTypes.read", "okta.accessRequests.condition.read"];
        let app = world.service_app_mut(CLIENT_ID);
        app.scopes.retain(|scope| !of_check.contains(&scope.as_str()) && !scope.contains("collections"));
    });
    let ran = check_with(&okta, &service_app_secret(), &of_each_kind(), &[]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    insta::assert_snapshot!(unseen(&ran), @r"
    4: warning: not looked up: `title`, `contractEnd`, `userType`: the credential lacks the OAuth scope `okta.schemas.read`; give an admin's API token in OKTA_API_TOKEN; the function itself does not need the scope
    8: warning: not looked up: `col1hT5sRw2QxZ8vKj4M`: the credential lacks the OAuth scope `okta.governance.collections.read`; give an admin's API token in OKTA_API_TOKEN; the function itself does not need the scope
    10: warning: not looked up: `rco1IhBfoPYsvXutlysY`: the credential lacks the OAuth scope `okta.accessRequests.condition.read`; give an admin's API token in OKTA_API_TOKEN; the function itself does not need the scope
    ");
    assert_eq!(ran.sum(), "5 ids and 0 attributes found, 5 not looked up; 2 names or globs skipped");
    let calls = paths(&okta).join(" ");
    assert!(
        !calls.contains("schemas") && !calls.contains("request-conditions"),
        "known without a call: {calls}"
    );
    okta.with_world(|world| {
        let scopes = &mut world.service_app_mut(CLIENT_ID).scopes;
        scopes.extend(
            ["okta.schemas.read", "okta.accessRequests.condition.read", "okta.governance.collections.read"]
                .map(str::to_owned),
        );
    });
    let ran = check_with(&okta, &service_app_secret(), &of_each_kind(), &[]);
    assert_eq!(ran.sum(), "7 ids and 3 attributes found; 2 names or globs skipped", "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_without_any_of_the_scopes_looks_up_nothing() {
    let okta = acme().await;
    okta.with_world(|world| world.service_app_mut(CLIENT_ID).scopes = vec!["okta.logs.read".to_owned()]);
    let ran = check_with(&okta, &service_app_secret(), &of_each_kind(), &[]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    for scope in
        ["okta.apps.read", "okta.groups.read", "okta.schemas.read", "okta.governance.entitlements.read"]
    {
        assert!(ran.stdout.contains(&format!("lacks the OAuth scope `{scope}`")), "{scope}: {}", ran.stdout);
    }
    assert!(
        ran.stdout.contains("grant it to the service app"),
        "the function can use it, too: {}",
        ran.stdout
    );
    assert!(ran.sum().starts_with("0 ids and 0 attributes found, 10 not looked up"), "{}", ran.stdout);
    assert_eq!(paths(&okta), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_admin_role_is_named() {
    let okta = acme().await;
    okta.with_world(|world| world.token_roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()]);
    let ran = check(&okta, &of_each_kind());
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    insta::assert_snapshot!(unseen(&ran), @r"
    4: warning: not looked up: `title`, `contractEnd`, `col1hT5sRw2QxZ8vKj4M`, `enb1MQzd2QRprQCjXYLW`, `userType`: the credential lacks the role Application Administrator, or has it for others only; give the API token of an admin who has it in OKTA_API_TOKEN; the function itself does not need it
    6: warning: not looked up: `0oa1SW2Sj9VkwOqXfkYc`, `0oa14APWzd5rpmUqfGsL`: the credential lacks the role Read-only Administrator, or has it for others only; give the API token of an admin who has it in OKTA_API_TOKEN; the function itself does not need it
    ");
    okta.with_world(|world| {
        world.token_roles = vec!["APP_ADMIN".to_owned(), "ACCESS_REQUESTS_ADMIN".to_owned()];
    });
    assert!(check(&okta, &of_each_kind()).sum().starts_with("7 ids and 3 attributes found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_user_types_that_can_t_be_read_leave_an_attribute_open() {
    let okta = acme().await;
    okta.fault("types=403".parse().unwrap());
    let policy = rule("attributes = [{ name = \"partnerCompany\", label = \"Company\" }]");
    let ran = check(&okta, &policy);
    assert_eq!((ran.status, ran.sum()), (0, "0 ids and 0 attributes found, 1 not looked up"));
    assert!(
        ran.of_file()[0].contains("the default user type lacks it, and other types can't be read"),
        "{}",
        ran.stdout
    );
    // A name close to one of the default type is a mistake all the same.
    let ran = check(&okta, &rule("attributes = [{ name = \"user.title\", label = \"Title\" }]"));
    assert!(ran.status == 1 && ran.of_file()[0].contains("`title`"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_app_that_may_not_be_seen_hides_no_other() {
    let okta = acme().await;
    okta.fault(format!("{JIRA}$=403").replace(JIRA, &format!("/{JIRA}")).parse().unwrap());
    let policy = rule(&format!("relevant = {{ apps = [\"{JIRA}\", \"0oa1dgT23eS164RcwzWt\"] }}"));
    let ran = check(&okta, &policy);
    assert_eq!((ran.status, ran.sum()), (0, "1 id and 0 attributes found, 1 not looked up"));
    assert!(ran.of_file()[0].contains(JIRA) && !ran.of_file()[0].contains("0oa1dgT23eS164RcwzWt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_governance_says_so_of_its_ids_alone() {
    let okta = acme().await;
    okta.with_world(|world| world.lacks_governance = true);
    let ran = check(&okta, &rule(&format!("match = {{ scopes = [\"{CLERK}\"], resources = [\"{JIRA}\"] }}")));
    assert_eq!(
        (ran.status, ran.sum()),
        (0, "1 id and 0 attributes found, 1 not looked up"),
        "{}",
        ran.stdout
    );
    assert!(ran.of_file()[0].contains("the org lacks Okta Identity Governance"), "{}", ran.stdout);
}
