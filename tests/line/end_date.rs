//! Whether the access would outlive the person's contract, by the attribute that the rule names.

use okta_request_enricher::enrichment;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::policy::Policy;
use serde_json::{Value, json};

use crate::scene::{PERSON, STRANGER, Scene, ZOE, is_silent, rule, says};

const RULE: &str = "end_date = \"contractEnd\"";

/// The sample of 2026-11-24, in which access is asked for so long by someone with this end of the contract.
async fn scene(end: Value, duration: Value) -> Scene {
    let scene = Scene::own("profile", RULE).await;
    scene.world(|world| world.user_mut(ZOE)["profile"]["contractEnd"] = end);
    scene.own_request(|request| {
        request["accessDuration"] = duration;
        // The form may state a duration, too.
        request["requesterFieldValues"] = json!([]);
    });
    scene
}

#[tokio::test]
async fn access_that_outlives_the_contract_is_warned_of_with_both_days() {
    let outlives = "WARNING: contract ends 2026-12-15; the access would last until 2027-02-22";
    for end in [
        json!("2026-12-15"),
        json!("2026-12-15T00:00:00Z"),
        json!("2026-12-15T23:30:00.000-11:00"),
        json!(" 2026-12-15 "),
    ] {
        let message = scene(end.clone(), json!("P90D")).await.degraded_message(&[]).await;
        says(&message, outlives);
        says(&message, "Checked: account, end date");
        assert!(message.starts_with("1 to look at: "), "{end}: {message}");
    }
    // The last day still counts. Okta writes a day as 24 hours, too.
    for (end, duration, warns) in [
        ("2026-12-24", "P30D", false),
        ("2026-12-23", "P30D", true),
        ("2026-12-24", "PT720H", false),
        ("2026-12-23", "PT720H", true),
        ("2027-11-24", "P1Y", false),
        ("2027-01-23", "P2M", true),
        ("2020-01-01", "P1D", true),
    ] {
        let message = scene(json!(end), json!(duration)).await.message().await;
        assert_eq!(message.contains("WARNING: contract ends"), warns, "{end} {duration}: {message}");
        says(&message, "Checked: account, end date");
    }
}

#[tokio::test]
async fn access_without_an_end_is_warned_of_if_the_contract_ends_within_30_days() {
    for (end, warns) in
        [("2026-12-24", true), ("2026-12-25", false), ("2026-11-24", true), ("2026-11-01", true)]
    {
        for none in [json!(null), json!("")] {
            let message = scene(json!(end), none).await.message().await;
            let line = format!("WARNING: contract ends {end}; the request states no end");
            assert_eq!(message.lines().any(|own| own == line), warns, "{end}: {message}");
            is_silent(&message, "would last");
            says(&message, "Checked: account, end date");
        }
    }
}

#[tokio::test]
async fn what_is_no_date_or_no_duration_is_said_to_be_not_checked() {
    for end in [
        json!("soon"),
        json!("15.12.2026"),
        json!(1_797_292_800),
        json!({"day": 1}),
        json!(["x"]),
        json!(true),
    ] {
        let message = scene(end.clone(), json!("P90D")).await.degraded_message(&["profile"]).await;
        is_silent(&message, "contract");
        says(&message, "Not checked: end date (the profile's is not a date)");
        assert!(message.starts_with("Nothing to look at, 1 check not done: "), "{end}: {message}");
    }
    for duration in [json!("90 days"), json!("P999999Y"), json!({"days": 90})] {
        let message = scene(json!("2026-12-15"), duration).await.degraded_message(&["profile"]).await;
        is_silent(&message, "contract");
        says(&message, "Not checked: end date (the duration could not be read)");
    }
}

#[tokio::test]
async fn without_an_end_date_or_a_rule_that_names_it_there_is_no_check() {
    for end in [json!(null), json!(""), json!(" ")] {
        let message = scene(end, json!("P90D")).await.degraded_message(&[]).await;
        says(&message, "Checked: account");
    }
    let scene = scene(json!("2020-01-01"), json!("P90D")).await.with_policy(&rule("profile", ""));
    says(&scene.message().await, "Checked: account");
}

#[tokio::test]
async fn a_request_that_can_not_be_read_leaves_the_end_date_unchecked() {
    let scene = scene(json!("2026-12-15"), json!("P90D")).await;
    scene.fault("request=503");
    let message = scene.degraded_message(&["profile"]).await;
    says(&message, "Not checked: end date (Okta answered 503)");

    let required = rule("profile", "end_date = \"contractEnd\"\nrequired = [\"profile\"]");
    let scene = self::scene(json!("soon"), json!("P90D")).await.with_policy(&required);
    assert!(scene.error().await.contains("`profile`, which the rule `r` requires"));
}

/// What the contract says is the person's own matter, even if the rule shows strangers the whole profile.
#[tokio::test]
async fn a_stranger_never_reads_of_the_contract() {
    for on_behalf in ["", "\non_behalf = { sections = [\"profile\"] }"] {
        let scene =
            Scene::asked_by(STRANGER).await.with_policy(&rule("profile", &format!("{RULE}{on_behalf}")));
        scene.world(|world| world.user_mut(PERSON)["profile"]["contractEnd"] = "2020-01-01".into());
        let message = scene.message().await;
        for word in ["contract", "2020", "WARNING"] {
            is_silent(&message, word);
        }
        assert!(
            message
                .lines()
                .any(|line| line.starts_with("Not shown, since someone else asked: ")
                    && line.contains("end date")),
            "{message}"
        );
        is_silent(&message, "Checked: account, end date");
    }
}

/// The credential is given the rights to everything that is read.
#[test]
fn a_rule_with_an_end_date_asks_for_the_request_and_the_names_in_the_headline() {
    let endpoints =
        |more: &str| enrichment::endpoints(&Policy::parse("test", &rule("profile", more)).unwrap(), true);
    for (more, reads) in [(RULE, true), ("", false)] {
        for endpoint in [Endpoint::App, Endpoint::Group, Endpoint::Bundle] {
            assert_eq!(endpoints(more).contains(&endpoint), reads, "{endpoint:?} {more}");
        }
    }
    let required = rule("profile", &format!("{RULE}\nrequired = [\"profile\"]"));
    let required = enrichment::required_endpoints(&Policy::parse("test", &required).unwrap());
    assert!(required.contains(&Endpoint::RequestV2));
}
