//! Request conditions, which Okta lists by app alone.

use serde_json::json;

use crate::{JIRA, SAP, VENDORS, acme, check, paths, rule};

const DESK: &str = "rco1MABU5OCY5Ce2O8Q6";

fn conditions(matches: &str) -> String {
    rule(&format!("match = {{ {matches} }}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_is_looked_up_among_those_of_the_rules_apps() {
    let okta = acme().await;
    let both = format!("conditions = [\"{VENDORS}\", \"{DESK}\"], resources = [\"{SAP}\", \"{JIRA}\"]");
    assert_eq!(check(&okta, &conditions(&both)).sum(), "4 ids and 0 attributes found");
    let lists = paths(&okta).iter().filter(|path| path.contains("/request-conditions")).count();
    assert_eq!(lists, 2, "one call for an app: {:?}", paths(&okta));
    let wrong = format!("conditions = [\"{DESK}\"], resources = [\"{SAP}\"]");
    let ran = check(&okta, &conditions(&wrong));
    assert_eq!((ran.status, ran.sum()), (1, "1 id and 0 attributes found, 1 unknown"));
    assert!(
        ran.of_file()[0].contains(&format!(
            "none of the apps in this rule's `resources` has the request condition `{DESK}`"
        )),
        "{}",
        ran.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_of_another_rules_app_is_told_with_that_app() {
    let okta = acme().await;
    let other = format!(
        "[[rule]]\nname = \"s\"\nsections = [\"profile\"]\nmatch = {{ conditions = [\"{VENDORS}\"], resources = [\"{SAP}\"] }}\n"
    );
    let policy = conditions(&format!("conditions = [\"{VENDORS}\"], resources = [\"{JIRA}\"]")) + &other;
    let ran = check(&okta, &policy);
    let [line] = ran.of_file().try_into().unwrap();
    assert!(
        line.starts_with("4: error: `match.conditions`: the request condition “Vendor Master Maintainer”")
            && line.contains(&format!("is of the app `{SAP}`, which is not among this rule's `resources`")),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_without_an_app_can_t_be_looked_up() {
    let okta = acme().await;
    let ran = check(&okta, &conditions(&format!("conditions = [\"{VENDORS}\"]")));
    assert_eq!((ran.status, ran.sum()), (0, "0 ids and 0 attributes found, 1 not looked up"));
    let [line] = ran.of_file().try_into().unwrap();
    assert!(
        line.contains("Okta lists request conditions by app") && line.contains("add the id of its app"),
        "{line}"
    );
    assert_eq!(paths(&okta), Vec::<String>::new());
    // An app that the policy names elsewhere is enough.
    let policy = conditions(&format!("conditions = [\"{VENDORS}\"]"))
        + &format!("relevant = {{ apps = [\"{SAP}\"] }}\n");
    assert_eq!(check(&okta, &policy).sum(), "2 ids and 0 attributes found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_is_off_is_warned_of_on_whatever_page_it_stands() {
    let okta = acme().await;
    okta.with_world(|world| {
        let listed = world.conditions.get_mut(SAP).unwrap();
        let mut off = listed[0].clone();
        off["status"] = json!("INACTIVE");
        listed.clear();
        for number in 0..45 {
            let mut other = off.clone();
            other["id"] = json!(format!("rco{number:017}"));
            listed.push(other);
        }
        listed.push(off);
    });
    let ran = check(&okta, &conditions(&format!("conditions = [\"{VENDORS}\"], resources = [\"{SAP}\"]")));
    assert_eq!((ran.status, ran.sum()), (0, "1 id and 0 attributes found, 1 not active"), "{}", ran.stderr);
    assert!(ran.of_file()[0].contains("is not active in Okta, its status is INACTIVE"), "{}", ran.stdout);
}
