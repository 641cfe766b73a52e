//! The sample world: it has what the events name, and every reply has Okta's headers.

use okta_simulator::{Simulator, World};

use super::client::{send_with_api_token, status};

#[tokio::test]
async fn the_sample_world_answers_for_every_user_in_it() {
    let okta = Simulator::start().await.expect("a free port");
    let ids: Vec<String> = okta.with_world(|world| world.users.keys().cloned().collect());
    for id in ids {
        for tail in ["", "/groups", "/appLinks"] {
            assert_eq!(
                status(&okta, &format!("GET /api/v1/users/{id}{tail}"), "").await,
                Some(200),
                "{id}{tail}"
            );
        }
    }
    assert_eq!(status(&okta, "GET /api/v1/users/me", "").await, Some(200));
    assert_eq!(status(&okta, "GET /.well-known/okta-organization", "").await, Some(200));
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

#[test]
fn the_sample_world_has_everything_that_the_events_name() {
    let world = World::sample();
    let requests = |id: &str| world.v1_requests.contains_key(id) || world.v2_requests.contains_key(id);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("the folder of events") {
        let path = file.expect("a readable folder").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable event");
        for id in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|id| id.len() == 20) {
            let known = match &id[..3] {
                "00u" => world.users.contains_key(id),
                "00g" => world.groups.contains_key(id),
                "0oa" => world.apps.contains_key(id),
                "enb" => world.bundles.contains_key(id),
                "cen" => world.catalog_entries.contains_key(id),
                "req" => requests(id),
                _ => continue,
            };
            assert!(known, "{id} of {}", path.display());
            seen += 1;
        }
        for line in text.lines().filter(|line| line.contains("\"accessRequestId\"")) {
            let id = line.split('"').rfind(|part| part.len() > 19).expect("an id in the line");
            assert!(requests(id), "{id} of {}", path.display());
        }
    }
    assert!(seen > 50);
}

#[tokio::test]
async fn every_reply_has_oktas_headers_and_every_error_oktas_format() {
    let okta = Simulator::start().await.expect("a free port");
    let response = send_with_api_token(&okta, "GET /api/v1/users/nobody", "").await.expect("a response");
    for part in [
        "404",
        "x-rate-limit-limit: 600",
        "x-rate-limit-remaining: 599",
        "x-okta-request-id: ",
        "date: ",
        "E0000007",
    ] {
        assert!(response.contains(part), "{part} in {response}");
    }
    okta.with_world(World::revoke_token);
    assert!(
        send_with_api_token(&okta, "GET /api/v1/users/nobody", "")
            .await
            .expect("a response")
            .contains("E0000011")
    );
}

#[test]
fn a_whole_login_goes_before_the_start_of_another() {
    let mut world = World::sample();
    let (id, user) = world.find_user("amara.okonkwo").expect("one has this name");
    let (id, mut other) = (id.to_owned(), user.clone());
    other["id"] = "00uTwinTwinTwinTwin1".into();
    other["profile"]["login"] = "amara.okonkwo@example.net".into();
    world.insert_user(other.clone());
    assert_eq!(world.find_user("amara.okonkwo"), None, "two have it");
    other["profile"]["login"] = "Amara.Okonkwo".into();
    world.insert_user(other);
    assert_eq!(world.find_user("amara.okonkwo").map(|(id, _)| id), Some("00uTwinTwinTwinTwin1"));
    assert_eq!(world.find_user("amara.okonkwo@example.com").map(|(id, _)| id), Some(id.as_str()));
}

#[test]
fn a_copy_of_a_request_has_ids_and_a_permalink_of_its_own() {
    let mut world = World::sample();
    let event = r#"{"accessRequestId":"req16zRXf4PBGnr7o18A","permalinkId":"42","actor":"42nd"}"#;
    let copied = world.another_request(event, 7);
    assert_eq!(copied, r#"{"accessRequestId":"req00000000000000007","permalinkId":"1007","actor":"42nd"}"#);
    let copy = &world.v2_requests["req00000000000000007"];
    assert_eq!(
        (&copy["id"], &copy["requestApproval"]["permalinkId"]),
        (&"req00000000000000007".into(), &1007.into())
    );
    let original = &world.v2_requests["req16zRXf4PBGnr7o18A"]["requestApproval"];
    assert_eq!(original["permalinkId"], 42);
    assert_ne!(original["externalRequestId"], copy["requestApproval"]["externalRequestId"]);
}

#[test]
fn labels_and_tasks_are_of_things_and_requests_of_the_sample() {
    let world = World::sample();
    for orn in world.labels.keys() {
        let id = orn.rsplit(':').next().expect("an id");
        let app = world.apps.get(id).map(|app| app["orn"].as_str() == Some(orn));
        let bundle = world.bundles.get(id).map(|bundle| bundle["orn"].as_str() == Some(orn));
        assert!(app.or(bundle).unwrap_or_else(|| world.groups.contains_key(id)), "{orn}");
    }
    for task in world.tasks.values() {
        let request = task["requestId"].as_str().expect("a request");
        assert!(world.v2_requests.contains_key(request), "{task}");
        for assignee in task["assignees"].as_array().expect("a list") {
            let id = assignee["externalId"].as_str().expect("an id");
            assert!(world.users.contains_key(id), "{task}");
        }
    }
    assert!(!world.labels.is_empty() && !world.tasks.is_empty());
}
