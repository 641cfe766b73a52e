//! SECURITY.md and docs/deploy.md: every call to Okta, OAuth scope and permission of the role.

use okta_request_enricher::okta::endpoint::Endpoint;

use crate::page::page;
use crate::program::TEMPLATE;
use crate::{Names, assert_same, names};

#[test]
fn every_call_scope_and_permission_is_documented() {
    let scope = |endpoint: &Endpoint| endpoint.scope().unwrap_or_default();
    let calls =
        Endpoint::ALL.iter().map(|call| format!("{} {} {}", call.method(), call.template(), scope(call)));
    let security = page("SECURITY.md");
    let documented =
        security.rows_of("call").iter().map(|row| format!("{} {}", row[0].text, row[1].text)).collect();
    assert_same("SECURITY.md, calls", &documented, &calls.collect());

    let scopes: Names =
        Endpoint::ALL.iter().filter_map(|endpoint| endpoint.scope()).map(str::to_owned).collect();
    assert_same("docs/deploy.md, scopes", &names(page("docs/deploy.md").rows_of("scope")), &scopes);
    let of_readme =
        page("README.md").codes.iter().map(|(_, code)| code.clone()).filter(|code| code.starts_with("okta."));
    assert_same("README.md, scopes", &of_readme.collect(), &scopes);

    let statements = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("- PolicyName: "));
    let statements: Names = statements
        .chain(TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("PolicyName: ")))
        .map(str::to_owned)
        .collect();
    assert_same("SECURITY.md, statements", &names(security.rows_of("statement")), &statements);
    for row in security.rows_of("statement") {
        let actions = row[1].codes.iter().chain(&row[2].codes).filter(|code| code.contains(':'));
        for action in actions {
            assert!(TEMPLATE.contains(action.as_str()), "the role has no `{action}`");
        }
    }
}
