//! The names of attributes, compared with the schemas of the org's user types.

use serde_json::json;

use crate::{acme, check, paths, rule};

fn shows(names: &[&str]) -> String {
    let shown = names.iter().map(|name| format!("{{ name = \"{name}\", label = \"L {}\" }}", name.len()));
    rule(&format!("attributes = [\n{}\n]", shown.collect::<Vec<_>>().join(",\n")))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_that_no_user_has_is_an_error_with_the_name_that_was_meant() {
    let okta = acme().await;
    let ran =
        check(&okta, &shows(&["title", "costCentre", "Badge ids", "Department", "employeeNr", "shoeSize9"]));
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.of_file().join("\n"), @r"
    6: error: `attributes`: no user type of this org has the attribute `costCentre`; write `costCenter`
    7: error: `attributes`: no user type of this org has the attribute `Badge ids`; write `badgeIds`
    8: error: `attributes`: no user type of this org has the attribute `Department`; write `department`
    9: error: `attributes`: no user type of this org has the attribute `employeeNr`; write `employeeNumber`
    10: error: `attributes`: no user type of this org has the attribute `shoeSize9`; write the variable name that the Profile Editor shows (Directory > Profile Editor > User)
    ");
    assert_eq!(ran.sum(), "0 ids and 1 attribute found, 5 unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_of_an_attribute_is_checked() {
    let okta = acme().await;
    let policy = rule(
        "end_date = \"contractEnds\"\n\
         match = { attributes = { userTypes = [\"Contractor\"] } }\n\
         on_behalf = { sections = [\"profile\"], attributes = [{ name = \"tittle\", label = \"Title\" }] }",
    );
    let ran = check(&okta, &policy);
    insta::assert_snapshot!(ran.of_file().join("\n"), @r"
    4: error: `end_date`: no user type of this org has the attribute `contractEnds`; write `contractEnd`
    5: error: `match.attributes`: no user type of this org has the attribute `userTypes`; write `userType`
    6: error: `on_behalf.attributes`: no user type of this org has the attribute `tittle`; write `title`
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attribute_of_another_user_type_is_found_and_types_are_only_read_for_it() {
    let okta = acme().await;
    assert_eq!(check(&okta, &shows(&["title"])).sum(), "0 ids and 1 attribute found");
    assert_eq!(paths(&okta), ["/api/v1/meta/schemas/user/default"]);
    let ran = check(&okta, &shows(&["title", "partnerCompany"]));
    assert_eq!((ran.status, ran.sum()), (0, "0 ids and 2 attributes found"), "{}", ran.stdout);
    okta.with_world(|world| world.user_types.truncate(1));
    let ran = check(&okta, &shows(&["partnerCompany"]));
    assert!(
        ran.of_file()[0].contains("users of this org have no attribute `partnerCompany`"),
        "{}",
        ran.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_true_or_false_is_an_error() {
    let okta = acme().await;
    let ran = check(&okta, &rule("end_date = \"onCall\""));
    assert_eq!((ran.status, ran.sum()), (1, "0 ids and 0 attributes found, 1 of the wrong kind"));
    assert!(
        ran.of_file()[0].contains("`onCall` is true or false in Okta, and never a date"),
        "{}",
        ran.stdout
    );
    assert_eq!(check(&okta, &rule("end_date = \"note\"")).status, 0, "a text may hold a date");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_without_attributes_says_nothing_of_them() {
    let okta = acme().await;
    okta.with_world(|world| {
        for schema in world.user_schemas.values_mut() {
            schema["definitions"]["custom"] = json!(null);
        }
    });
    let ran = check(&okta, &shows(&["title"]));
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("the answer is no user schema") && ran.of_file().is_empty(),
        "{}",
        ran.stderr
    );
}
