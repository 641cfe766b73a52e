//! The calls behind facts, each by itself: the library's client against the simulator, over real HTTP. What a
//! list does not say in full must not look like an empty list.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::okta::{
    Asked, AskedKind, Contents, GrantTarget, GroupStats, Held, Label, ManagerText, OktaClient, OktaError,
    OrgUrl, Thing,
};
use okta_request_enricher::request::{RequestId, UserId};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::surroundings::Surroundings;
use okta_simulator::{CLIENT_ID, Calls, Fault, FaultKind, Simulator, service_app_secret};
use serde_json::{Value, json};

const ZOE: &str = "00u1F5GHSf7bLpPyKNqn";
const GITHUB: &str = "0oa1RX7XhyMSUUjaac5U";
const MAINTAINER: &str = "enb12VIzDBB0s8pKxUAm";
const REQUEST: &str = "req16zRXf4PBGnr7o18A";

fn client_with(okta: &Simulator, secret: &str) -> OktaClient {
    let secret = Arc::new(Secret::given(Credential::parse(secret).unwrap()));
    OktaClient::new(
        Surroundings::real(None, true).unwrap(),
        OrgUrl::parse(&okta.url()).unwrap(),
        secret,
        Endpoint::ALL,
    )
}

async fn org() -> (Simulator, OktaClient) {
    let okta = Simulator::start().await.unwrap();
    let client = client_with(&okta, &okta.token());
    (okta, client)
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn asked(kind: AskedKind, id: &str) -> Asked {
    Asked { kind, id: id.to_owned(), name: None, place: None }
}

fn is_clean(okta: &Simulator) {
    assert_eq!(okta.complaints(), Vec::<String>::new());
}

/// The next call with this name gets this answer.
fn answer_once(okta: &Simulator, call: &'static str, body: impl std::fmt::Display) {
    let kind = FaultKind::Body(body.to_string().into_bytes());
    okta.fault(Fault { on: Calls::Named(call), times: Some(1), kind });
}

/// How many calls had this text in their path.
fn calls(okta: &Simulator, part: &str) -> usize {
    okta.calls().iter().filter(|call| call.path.contains(part)).count()
}

#[tokio::test]
async fn a_thing_comes_with_its_contents_by_the_call_for_its_name() {
    let (okta, client) = org().await;
    let bundle = client.thing(&asked(AskedKind::Bundle, "enb1MQzd2QRprQCjXYLW"), soon()).await.unwrap();
    let Contents::Bundle(contents) = bundle.contents else { panic!("{bundle:?}") };
    assert_eq!((bundle.name.as_str(), contents.is_admin_role), ("Accounts Payable Clerk", Some(false)));
    assert_eq!(contents.entitlements[0].name, "Role");
    assert_eq!(contents.entitlements[0].values, ["Post invoices", "Release payments"]);
    assert!(contents.orn.unwrap().ends_with("entitlement-bundles:enb1MQzd2QRprQCjXYLW"));

    okta.with_world(|world| {
        let group = world.groups.get_mut("00g1Av1IzN64Ei8oF9K7").unwrap();
        group["_embedded"] = json!({"stats": {"usersCount": 312, "appsCount": 4, "hasAdminPrivlege": true}});
    });
    let group = asked(AskedKind::Group, "00g1Av1IzN64Ei8oF9K7");
    let stats = GroupStats { members: Some(312), apps: Some(4), has_admins: Some(true) };
    for _ in 0..2 {
        let read = client.thing(&group, soon()).await.unwrap();
        assert_eq!((read.name.as_str(), read.contents), ("Customer Support", Contents::Group(stats)));
    }
    let app = client.thing(&asked(AskedKind::App, GITHUB), soon()).await.unwrap();
    assert_eq!(app.contents, Contents::App { technical_name: Some("githubcloud".to_owned()) });
    let odd = client.thing(&asked(AskedKind::Group, "../users"), soon()).await.unwrap();
    assert_eq!((odd.name.as_str(), odd.contents), ("../users", Contents::Unknown));
    assert_eq!(client.calls(), 3, "what was read is kept");
    is_clean(&okta);
}

/// An org with one request of the newer generation.
async fn org_with_one_request() -> (Simulator, OktaClient) {
    let (okta, client) = org().await;
    okta.with_world(|world| world.v2_requests.retain(|id, _| id == REQUEST));
    (okta, client)
}

/// Copies of the sample's request, raised so many days before the day of the sample's events.
fn ask_before(okta: &Simulator, copies: &[(u32, i64)], change: impl Fn(&mut Value)) {
    let day: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
    okta.with_world(|world| {
        for (number, days) in copies {
            let mut request = world.request_mut(REQUEST).clone();
            request["id"] = format!("req{number:017}").into();
            request["created"] = (day - jiff::SignedDuration::from_hours(24 * days)).to_string().into();
            change(&mut request);
            world.insert_request(request);
        }
    });
}

#[tokio::test]
async fn earlier_requests_are_those_for_the_same_person_and_thing_since_then() {
    let (okta, client) = org_with_one_request().await;
    ask_before(&okta, &[(1, 30), (2, 300), (3, 400)], |request| {
        request["status"] = "DENIED".into();
        request["resolved"] = "2026-10-03T10:00:00.000Z".into();
    });
    ask_before(&okta, &[(4, 10)], |request| {
        request["requested"]["accessScopeId"] = "enb1MQzd2QRprQCjXYLW".into();
    });
    ask_before(&okta, &[(5, 10)], |request| {
        request["requestedFor"]["externalId"] = "00u1w9f232fHZB86wJnG".into();
    });
    let since: Timestamp = "2025-11-24T09:00:00Z".parse().unwrap();
    let read = async |scope| {
        let earlier = client.earlier_requests(&user(ZOE), GITHUB, scope, since, soon()).await.unwrap();
        let mut ids: Vec<_> = earlier.requests.iter().map(|request| request.id.to_string()).collect();
        ids.sort();
        let denied = earlier.requests.iter().find(|request| request.status == "DENIED").unwrap();
        assert_eq!(denied.resolved, Some("2026-10-03T10:00:00Z".parse().unwrap()));
        (ids.join(" "), earlier.is_whole)
    };
    let of_scope = format!("req{:017} req{:017} {REQUEST}", 1, 2);
    assert_eq!(read(Some(MAINTAINER)).await, (of_scope, true));
    let of_app = format!("req{:017} req{:017} req{:017} {REQUEST}", 1, 2, 4);
    assert_eq!(read(None).await, (of_app, true));
    is_clean(&okta);
}

#[tokio::test]
async fn a_list_that_was_not_read_to_its_end_is_not_whole() {
    let (okta, client) = org_with_one_request().await;
    ask_before(&okta, &[(1, 1), (2, 2), (3, 3)], |_| {});
    okta.with_world(|world| world.requests_page = 1);
    let read = async |since: &str| {
        let since = since.parse().unwrap();
        client.earlier_requests(&user(ZOE), GITHUB, None, since, soon()).await.unwrap()
    };
    let cut = read("2025-11-24T09:00:00Z").await;
    assert_eq!((cut.requests.len(), cut.is_whole, calls(&okta, "/v2/requests?")), (3, false, 3));
    // The second page has one from before the time: nobody needs the third.
    let enough = read("2026-11-23T20:00:00Z").await;
    assert_eq!((enough.requests.len(), enough.is_whole, calls(&okta, "/v2/requests?")), (1, true, 5));

    okta.with_world(|world| world.requests_page = 200);
    for odd in [json!("soon"), json!(null)] {
        ask_before(&okta, &[(2, 2)], |request| request["created"] = odd.clone());
        let earlier = read("2025-11-24T09:00:00Z").await;
        assert_eq!((earlier.requests.len(), earlier.is_whole), (3, false), "{odd}");
    }
    let before = okta.calls().len();
    let since = "2025-11-24T09:00:00Z".parse().unwrap();
    for (resource, scope) in [("0oa1\" or x", None), ("", None), (GITHUB, Some("enb1\\"))] {
        let earlier = client.earlier_requests(&user(ZOE), resource, scope, since, soon()).await.unwrap();
        assert_eq!((earlier.requests.len(), earlier.is_whole), (0, false), "{resource}");
    }
    assert_eq!(okta.calls().len(), before, "an id that could end the filter is not sent");
    is_clean(&okta);
}

/// A list whose filter Okta does not apply must not bring in other people.
#[tokio::test]
async fn requests_and_grants_of_others_are_not_counted() {
    let (okta, client) = org().await;
    let entry = |person: Option<&str>| {
        let person = person.map(|id| json!({"externalId": id, "type": "OKTA_USER"}));
        json!({"id": REQUEST, "created": "2026-11-24T09:00:00Z", "status": "DENIED", "requestedFor": person,
               "requested": {"resourceId": GITHUB, "resourceType": "APPLICATION"}})
    };
    let since = "2025-11-24T09:00:00Z".parse().unwrap();
    for (person, found) in
        [(Some(ZOE), (1, true)), (Some("00u1w9f232fHZB86wJnG"), (0, true)), (None, (0, false))]
    {
        let body = json!({"data": [entry(person)]});
        answer_once(&okta, "list", body);
        let earlier = client.earlier_requests(&user(ZOE), GITHUB, None, since, soon()).await.unwrap();
        assert_eq!((earlier.requests.len(), earlier.is_whole), found, "{person:?}");
    }
    let target = GrantTarget::of(&asked(AskedKind::Bundle, MAINTAINER)).unwrap();
    for data in [json!([null]), json!([{"targetPrincipal": {"externalId": "00u1w9f232fHZB86wJnG"}}])] {
        answer_once(&okta, "grants", json!({"data": data}));
        let read = client.grants(&user(ZOE), &target, soon()).await;
        assert!(matches!(read, Err(OktaError::Unreadable { .. })), "{read:?}");
    }
}

#[tokio::test]
async fn a_refused_list_is_told_apart_and_not_asked_for_again() {
    let since = "2025-11-24T09:00:00Z".parse().unwrap();
    for status in [401, 403] {
        let (okta, client) = org().await;
        okta.with_world(|world| world.token_lists_refused = Some(status));
        client.user(&user(ZOE), soon()).await.unwrap();
        for _ in 0..2 {
            let refused = client.earlier_requests(&user(ZOE), GITHUB, None, since, soon()).await.unwrap_err();
            assert!(refused.refuses_list() && refused.is_of_rights(), "{status}: {refused}");
        }
        assert_eq!(calls(&okta, "/v2/requests?"), 1, "{status}");
    }
    let (okta, client) = org().await;
    okta.fault("list=503".parse().unwrap());
    let person = user(ZOE);
    let time = Deadline::after(Duration::from_secs(2));
    let lacking = client.earlier_requests(&person, GITHUB, None, since, time).await.unwrap_err();
    assert!(!lacking.refuses_list() && !lacking.is_of_rights(), "{lacking}");
}

#[tokio::test]
async fn grants_say_what_is_held_and_until_when() {
    let (okta, client) = org().await;
    let held = async |target: &Asked| {
        let target = GrantTarget::of(target).unwrap();
        client.grants(&user(ZOE), &target, soon()).await.unwrap()
    };
    let bundle = asked(AskedKind::Bundle, MAINTAINER);
    let [grant] = held(&bundle).await.try_into().unwrap();
    let now = "2026-11-24T09:06:30Z".parse().unwrap();
    assert!(grant.gives_access(now));
    assert_eq!((grant.bundle_id.as_deref(), grant.expires), (Some(MAINTAINER), None));
    okta.with_world(|world| {
        let own =
            world.entitlement_grants.values().find(|grant| grant["targetPrincipal"]["externalId"] == ZOE);
        let mut other = own.unwrap().clone();
        other["id"] = "gra1aaaaaaaaaaaaaaaa".into();
        other["action"] = "DENY".into();
        other["entitlementBundleId"] = "enb1MQzd2QRprQCjXYLW".into();
        other["scheduleSettings"] =
            json!({"expirationDate": "2026-11-30T00:00:00.000+00:00", "timeZone": "UTC"});
        world.insert_grant(other);
    });
    let mut of_app = held(&asked(AskedKind::App, GITHUB)).await;
    of_app.retain(|grant| grant.bundle_id.as_deref() != Some(MAINTAINER));
    let [denied] = of_app.try_into().unwrap();
    assert!(!denied.gives_access(now));
    assert_eq!(denied.expires, Some("2026-11-30T00:00:00Z".parse().unwrap()));
    assert_eq!(held(&asked(AskedKind::Bundle, "enb1EjHf7JNIu4Uh3Nxf")).await, []);
    assert!(GrantTarget::of(&asked(AskedKind::Group, "00g1")).is_none());
    assert!(GrantTarget::of(&asked(AskedKind::App, "0oa1\"")).is_none());
    is_clean(&okta);
}

#[tokio::test]
async fn peers_are_active_and_few_and_lists_that_go_on_are_unknown() {
    let (okta, client) = org().await;
    let manager = ManagerText::parse("00u1Bo4Vv7qwaxye92u7").unwrap();
    let peers = client.people_of_manager(&manager, soon()).await.unwrap().unwrap();
    let mut here: Vec<_> = okta.with_world(|world| {
        let has_it = |user: &&Value| {
            user["profile"]["managerId"] == "00u1Bo4Vv7qwaxye92u7" && user["status"] == "ACTIVE"
        };
        world.users.values().filter(has_it).map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    });
    here.sort();
    assert!(here.len() > 1);
    assert_eq!(peers.iter().map(UserId::to_string).collect::<Vec<_>>(), here);

    let team = |size: usize| {
        okta.with_world(|world| {
            let model = world.users[ZOE].clone();
            for number in 0..size {
                let mut one = model.clone();
                one["id"] = format!("00u1aaaaaaaaaaaaa{number:03}").into();
                one["profile"]["login"] = format!("peer{number}@example.com").into();
                one["profile"]["managerId"] = "big@example.com".into();
                world.insert_user(one);
            }
        });
    };
    let big = ManagerText::parse("big@example.com").unwrap();
    for (size, known) in [(26, Some(26)), (27, None), (28, None)] {
        team(size);
        let people = client.people_of_manager(&big, soon()).await.unwrap();
        assert_eq!(people.map(|people| people.len()), known);
    }

    let group = Held::of(&asked(AskedKind::Group, "00g17Ucpeetj4oA8TPpk")).unwrap();
    let app = Held::of(&asked(AskedKind::App, GITHUB)).unwrap();
    for held in [&group, &app] {
        let holders = client.holders(held, soon()).await.unwrap().unwrap();
        assert!(holders.contains(&user(ZOE)), "{held:?} {holders:?}");
    }
    is_clean(&okta);
    for body in [json!([{"id": ZOE}, null]), json!([{"id": "odd"}]), json!({"data": []})] {
        answer_once(&okta, "members", &body);
        let read = client.holders(&group, soon()).await;
        assert!(matches!(read, Err(OktaError::Unreadable { .. })), "{body}: {read:?}");
    }
    let inactive =
        json!([{"id": ZOE, "status": "SUSPENDED"}, {"id": "00u1w9f232fHZB86wJnG", "status": "PROVISIONED"}]);
    answer_once(&okta, "assigned", inactive);
    assert_eq!(client.holders(&app, soon()).await.unwrap().unwrap(), [user("00u1w9f232fHZB86wJnG")]);
    // A search that Okta does not apply must not make peers of strangers.
    answer_once(&okta, "users", json!([{"id": ZOE, "status": "ACTIVE", "profile": {}}]));
    assert!(client.people_of_manager(&manager, soon()).await.is_err());
}

/// What labels are read with if nothing was read about the resource.
fn nothing_read() -> impl Future<Output = Result<Option<Thing>, OktaError>> {
    std::future::ready(Ok(None))
}

#[tokio::test]
async fn the_org_of_a_resource_s_name_is_asked_beside_the_resource() {
    let (okta, client) = org().await;
    let sap = asked(AskedKind::App, "0oa14APWzd5rpmUqfGsL");
    let thing = async {
        while calls(&okta, "okta-organization") == 0 {
            tokio::task::yield_now().await;
        }
        client.thing(&sap, soon()).await.map(Some)
    };
    let labels = client.labels(&sap, Box::pin(thing), soon());
    let labels =
        tokio::time::timeout(Duration::from_secs(20), labels).await.expect("the app waits for the org");
    assert!(labels.unwrap().is_some());
    is_clean(&okta);
}

#[tokio::test]
async fn labels_are_read_by_the_resource_s_own_name() {
    let (okta, client) = org().await;
    let read = async |asked: &Asked| {
        let thing = Box::pin(async { client.thing(asked, soon()).await.map(Some) });
        client.labels(asked, thing, soon()).await.unwrap()
    };
    let label = |name: &str, values: &[&str]| Label {
        name: name.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let crown = label("Crown Jewel", &["Crown Jewel"]);
    let sap = asked(AskedKind::App, "0oa14APWzd5rpmUqfGsL");
    assert_eq!(read(&sap).await, Some(vec![crown.clone(), label("Compliance", &["SOX"])]));
    let bundle = asked(AskedKind::Bundle, "enb1EjHf7JNIu4Uh3Nxf");
    assert_eq!(read(&bundle).await, Some(vec![crown, label("Compliance", &["SOX"])]));
    let group = asked(AskedKind::Group, "00g1rYNkEl1frkdA63OR");
    assert_eq!(
        client.labels(&group, nothing_read(), soon()).await.unwrap(),
        Some(vec![label("Privileged", &["Privileged"])])
    );
    assert_eq!(read(&asked(AskedKind::Group, "00g1Av1IzN64Ei8oF9K7")).await, Some(vec![]));
    assert_eq!(client.labels(&sap, nothing_read(), soon()).await.unwrap(), None, "its name is unknown");
    assert_eq!(calls(&okta, "okta-organization"), 1, "the org is asked once");
    is_clean(&okta);
    answer_once(&okta, "labels", json!({"data": [{"orn": "orn:x", "labels": []}]}));
    assert!(client.labels(&group, nothing_read(), soon()).await.is_err());
}

#[tokio::test]
async fn labels_that_can_not_be_read_are_no_absent_labels() {
    let (okta, client) = org().await;
    let group = asked(AskedKind::Group, "00g1rYNkEl1frkdA63OR");
    for entry in [
        json!({}),
        json!({"labels": null}),
        json!({"labels": {"name": "Crown Jewel"}}),
        json!({"labels": [{"name": "Low"}, {"values": [{"name": "Crown Jewel"}]}]}),
        json!({"labels": [{"name": "Low"}, "Crown Jewel"]}),
        json!({"labels": [{"name": " "}]}),
    ] {
        answer_once(&okta, "labels", json!({"data": [entry]}));
        let read = client.labels(&group, nothing_read(), soon()).await;
        assert!(matches!(read, Err(OktaError::Unreadable { .. })), "{entry}: {read:?}");
    }
    answer_once(&okta, "labels", json!({"data": [{"labels": []}]}));
    assert_eq!(client.labels(&group, nothing_read(), soon()).await.unwrap(), Some(vec![]));
}

#[tokio::test]
async fn the_org_of_a_resource_without_a_name_does_not_matter() {
    let (okta, client) = org().await;
    okta.fault("GET /.well-known/okta-organization=garbage".parse().unwrap());
    let read = async |kind, id| {
        let asked = asked(kind, id);
        client.labels(&asked, nothing_read(), soon()).await
    };
    assert_eq!(read(AskedKind::App, "0oa14APWzd5rpmUqfGsL").await, Ok(None));
    assert!(read(AskedKind::Group, "00g1rYNkEl1frkdA63OR").await.is_err(), "its name needs the org");
}

#[tokio::test]
async fn labels_take_a_custom_role_and_never_ask_for_the_super_admin() {
    let okta = Simulator::start().await.unwrap();
    let group = asked(AskedKind::Group, "00g1rYNkEl1frkdA63OR");
    okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).roles = vec!["ACCESS_REQUESTS_ADMIN".to_owned()];
    });
    let client = client_with(&okta, &service_app_secret());
    for _ in 0..2 {
        let refused = client.labels(&group, nothing_read(), soon()).await.unwrap_err();
        let remedy = refused.remedy().unwrap();
        assert!(
            remedy.contains("custom admin role") && remedy.contains("okta.governance.labels.read"),
            "{remedy}"
        );
        assert!(!remedy.to_lowercase().contains("super"), "{remedy}");
        assert!(refused.is_of_rights(), "{refused}");
    }
    assert_eq!(calls(&okta, "resource-labels"), 1);
    okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).roles.push("okta.governance.labels.read".to_owned());
    });
    let client = client_with(&okta, &service_app_secret());
    assert!(
        client.labels(&group, nothing_read(), soon()).await.unwrap().is_some_and(|labels| !labels.is_empty())
    );
    // Without the scope nothing is sent.
    okta.with_world(|world| {
        world.service_app_mut(CLIENT_ID).scopes.retain(|scope| !scope.contains("labels"));
        world.revoke_access_tokens();
    });
    let client = client_with(&okta, &service_app_secret());
    client.user(&user(ZOE), soon()).await.unwrap();
    let before = okta.calls().len();
    let refused = client.labels(&group, nothing_read(), soon()).await.unwrap_err();
    assert!(matches!(refused, OktaError::NotGranted { .. }), "{refused}");
    assert_eq!(okta.calls().len(), before);
}

#[tokio::test]
async fn tasks_say_who_has_to_decide() {
    let (okta, client) = org().await;
    let id = RequestId::parse(REQUEST).unwrap();
    let read = async || client.tasks(&id, soon()).await.unwrap().unwrap();
    let [task] = read().await.try_into().unwrap();
    assert!(task.is_open() && task.is_approval() && !task.is_assigning());
    assert_eq!(task.assignees, Some(vec![user("00u1Bo4Vv7qwaxye92u7")]));
    okta.with_world(|world| {
        let model = world.tasks.values().find(|task| task["requestId"] == REQUEST).unwrap().clone();
        for number in 0..25 {
            let mut task = model.clone();
            task["id"] = format!("{number:024x}").into();
            task["status"] = "ASSIGNING".into();
            task["assignees"] = json!([]);
            world.insert_task(task);
        }
    });
    let tasks = read().await;
    assert_eq!(tasks.len(), 26, "all pages");
    assert!(tasks[0].is_assigning() && tasks[0].assignees == Some(vec![]));
    let older = RequestId::parse("618ad20a5ccefb000985fd15").unwrap();
    let before = okta.calls().len();
    assert_eq!(client.tasks(&older, soon()).await.unwrap(), None);
    assert_eq!(okta.calls().len(), before);
    is_clean(&okta);
    answer_once(&okta, "tasks", json!({"data": [{"requestId": "req1"}]}));
    assert!(client.tasks(&id, soon()).await.is_err());
}

/// A probe of each call changes nothing and is one that Okta takes.
#[tokio::test]
async fn each_new_call_can_be_probed() {
    let (okta, client) = org().await;
    let new = [
        Endpoint::Grants,
        Endpoint::GroupUsers,
        Endpoint::AppUsers,
        Endpoint::ResourceLabels,
        Endpoint::Tasks,
    ];
    for endpoint in new {
        assert!(endpoint.is_optional());
        assert_eq!(client.probe(endpoint, soon()).await, Ok(()), "{endpoint:?}");
    }
    is_clean(&okta);
}
