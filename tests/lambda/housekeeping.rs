//! The housekeeping: what the stream lost is found and enriched, once; a stream that is off is told. By the
//! deployed binary, against the simulator's lists and a double of DynamoDB.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use okta_request_enricher::policy::EMBEDDED;
use okta_request_enricher::policy_file::Fingerprint;
use okta_simulator::World;
use okta_simulator::doubles::{InvokeOptions, LedgerFault, Stage, file, keep, sample};
use serde_json::{Value, json};

pub(crate) fn scheduled() -> String {
    sample("scheduled-event")
}

#[tokio::test]
async fn lost_requests_get_their_message_once_and_others_none() {
    let mut stage = Stage::without_requests().await;
    let lambda = stage.spawn();
    let (answered, event) = stage.raise("v2", 30, keep);
    assert_eq!(lambda.invoke(event).await.response()["outcome"], "posted");
    let (lost_v2, _) = stage.raise("v2", 60, keep);
    let (lost_v1, _) = stage.raise("v1", 600, keep);
    stage.raise("v2", 5, keep);
    stage.raise("v2", 60, |request| request["status"] = "CANCELED".into());
    stage.raise("v1", 60, |request| request["requestStatus"] = "RESOLVED".into());
    stage.raise("v1", 26 * 60, keep);

    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        answer,
        json!({"outcome": "reconciled", "open": 3, "posted": 2, "skipped": 0, "failed": 0, "left": 0, "unproven": 0,
               "stream": "ACTIVE", "policy": Fingerprint::of(EMBEDDED.as_bytes())})
    );
    let line = lambda.log_lines_json().pop().unwrap();
    assert_eq!(
        (&line["level"], &line["Reconciled"], &line["StreamActive"]),
        (&json!("INFO"), &json!(2), &json!(1)),
        "{line}"
    );
    let once: BTreeMap<_, _> = [(answered, 1), (lost_v2, 1), (lost_v1, 1)].into();
    assert_eq!(stage.messages(), once);

    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 0);
    assert_eq!(stage.messages(), once);
}

#[tokio::test]
async fn a_request_whose_repair_failed_is_tried_again_by_the_next_run() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v2", 60, keep);
    let lambda = stage.spawn();
    for fault in ["user=403", "post=400"] {
        stage.fault(&format!("{fault}x1"));
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!((&answer["posted"], &answer["failed"]), (&json!(0), &json!(1)), "{fault}");
    }
    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 1);
    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 0);
    assert_eq!(stage.messages(), [(lost, 1)].into());
}

#[tokio::test]
async fn what_failed_before_comes_after_what_was_never_tried() {
    let mut stage = Stage::without_requests().await;
    let (failed, _) = stage.raise("v2", 90, keep);
    let lambda = stage.spawn();
    stage.fault("post=400x1");
    assert_eq!(lambda.invoke(scheduled()).await.response()["failed"], 1);
    let (younger, _) = stage.raise("v1", 60, keep);
    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 2);
    let order: Vec<_> = stage.okta.messages().into_iter().map(|message| message.request_id).collect();
    assert_eq!(order, [younger, failed]);
}

/// Otherwise one person's flood would use up each run's time and Okta's rate limit.
#[tokio::test]
async fn who_asks_many_times_keeps_nobody_waiting() {
    let mut stage = Stage::without_requests().await;
    let ids: Vec<String> = (0..3).map(|n| stage.raise("v2", 90 - n, keep).0).collect();
    let by_another = |request: &mut Value| {
        for who in ["requestedBy", "requestedFor"] {
            request[who]["externalId"] = "00u1Vawdc3cJm5mHiWVJ".into();
        }
    };
    let (of_another, _) = stage.raise("v2", 30, by_another);
    assert_eq!(stage.spawn().invoke(scheduled()).await.response()["posted"], 4);
    let order: Vec<_> = stage.okta.messages().into_iter().map(|message| message.request_id).collect();
    assert_eq!(order, [&ids[0], &of_another, &ids[1], &ids[2]].map(String::clone));
}

/// While the message call is down, first posts end in doubt, and no last post is spent.
#[tokio::test]
async fn an_outage_of_the_message_call_is_mended_by_the_first_run_after_it() {
    let mut stage = Stage::without_requests().await;
    let newer = [90, 80, 70].map(|age| stage.raise("v2", age, keep).0);
    let (older, event) = stage.raise("v1", 60, keep);
    let lambda = stage.spawn();
    stage.fault("post=503");
    let run = async || {
        let answer = lambda.invoke(scheduled()).await.response();
        ["posted", "failed", "left"].map(|member| answer[member].as_u64().unwrap())
    };
    assert_eq!(run().await, [0, 4, 0]);
    // The first of each generation finds that the outage lasts.
    for _ in 0..2 {
        assert_eq!(run().await, [0, 2, 2]);
    }
    let (_, text) = lambda.invoke(event.clone()).await.error();
    assert!(
        text.contains("an earlier message may stand already") && text.ends_with("[post-held-back]"),
        "{text}"
    );
    stage.okta.clear_faults();
    // A plain redrive mends it, and so does the housekeeping.
    assert_eq!(lambda.invoke(event).await.response()["outcome"], "posted");
    assert_eq!(run().await, [3, 0, 0]);
    assert_eq!(stage.messages(), newer.into_iter().chain([older]).map(|id| (id, 1)).collect());
}

/// After an outage many requests are lost, and Okta takes few messages a minute.
#[tokio::test]
async fn one_attempt_that_meets_a_used_up_rate_limit_leaves_the_rest_of_its_generation_for_the_next_run() {
    let mut stage = Stage::without_requests().await;
    for age in [90, 80, 70] {
        stage.raise("v2", age, keep);
    }
    let (older, _) = stage.raise("v1", 60, keep);
    stage.fault("POST /governance/api/v2/requests=429:600");
    let lambda = stage.spawn();
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        (&answer["posted"], &answer["failed"], &answer["left"]),
        (&json!(1), &json!(1), &json!(2)),
        "{answer}"
    );
    assert_eq!(stage.messages(), [(older, 1)].into());
}

#[tokio::test]
async fn a_request_of_whose_people_okta_does_not_tell_who_gets_the_access_is_unproven() {
    let mut stage = Stage::without_requests().await;
    let (id, _) = stage.raise("v1", 60, |request| {
        request["requesterUserIds"] = json!(["00u1KxrytILnG4bL2AFG", "00u1F5GHSf7bLpPyKNqn"]);
    });
    let (nobody, _) = stage.raise("v2", 60, |request| request["requestedFor"] = json!(null));
    let (service, _) = stage.raise("v2", 60, |request| {
        request["requestedFor"] = json!({"type": "UNKNOWN", "externalId": "pca1ubyAhm6SVvcvk0g4"});
    });
    let lambda = stage.spawn();
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        (&answer["unproven"], &answer["failed"], &answer["posted"]),
        (&json!(3), &json!(0), &json!(0))
    );
    let lines = lambda.log_lines_json();
    let [line] = &lines[..] else { panic!("no attempt fails: {lines:?}") };
    for id in [id, nobody, service] {
        let says = format!(
            "the ledger knows of no message on the request `{id}`, but Okta does not say who gets the access"
        );
        assert!(line["warnings"].to_string().contains(&says), "{line}");
    }
    assert_eq!(stage.messages(), BTreeMap::new());
}

#[tokio::test]
async fn what_only_an_event_tells_decides_nothing_here() {
    let mut stage = Stage::without_requests().await;
    let (on_v1, _) = stage.raise("v1", 60, keep);
    // Without its condition, which does not decide here.
    stage.raise("v2", 60, |request| request["_links"] = json!({}));
    let file = file(
        "[[rule]]\nname = \"jira\"\nmatch = { subjects = [\"*jira*\"] }\nsections = [\"profile\"]\n\
         [[rule]]\nname = \"rest\"\nsections = [\"profile\"]\n",
    );
    let file = file.path().to_str().unwrap();
    let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", file), ("OUTCOME_BUS", "outcomes")]);
    for posted in [1, 0] {
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!((&answer["posted"], &answer["skipped"]), (&json!(posted), &json!(1)));
    }
    assert_eq!(stage.messages(), [(on_v1.clone(), 1)].into());
    // The skipped request has neither a log line nor an outcome event.
    let lines = lambda.log_lines_json();
    let outcomes: Vec<_> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["posted", "reconciled", "reconciled"]);
    assert_eq!(lines[2]["housekeeping"]["skipped"], 1);
    let events = stage.aws.events();
    let told: Vec<_> = events.iter().map(|event| &event.detail["request_id"]).collect();
    assert_eq!(told, [&json!(on_v1)]);
    assert_eq!(reads_of_newer(&stage), 0, "no answer of Okta has the subject line");
}

fn reads_of_newer(stage: &Stage) -> usize {
    let calls = stage.okta.calls();
    calls.iter().filter(|call| call.method == "GET" && call.path.contains("/v2/requests/req")).count()
}

#[tokio::test]
async fn a_request_without_a_condition_is_read_only_where_settings_or_rules_ask_for_one() {
    let rule = |matches: &str| {
        file(&format!("[[rule]]\nname = \"one\"\nmatch = {{ {matches} }}\nsections = [\"profile\"]\n"))
    };
    let [by_condition, by_source] =
        [rule("conditions = [\"rco1dmopiltMMw3Iqpxs\"]"), rule("source = \"web\"")];
    for (name, value, reads) in [
        ("REQUEST_TYPES", "Jira*,rco1dmopiltMMw3Iqpxs".to_owned(), 1),
        ("REQUEST_TYPES", "Jira*".to_owned(), 0),
        ("ENRICHMENT_FILE", by_condition.path().to_str().unwrap().to_owned(), 1),
        ("ENRICHMENT_FILE", by_source.path().to_str().unwrap().to_owned(), 0),
    ] {
        let mut stage = Stage::without_requests().await;
        stage.raise("v2", 60, |request| request["status"] = "SUBMITTED".into());
        let lambda = stage.spawn_with(&[(name, &value)]);
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!((&answer["posted"], &answer["skipped"]), (&json!(0), &json!(1)), "{value}: {answer}");
        assert_eq!(reads_of_newer(&stage), reads, "{value}");
    }
}

#[tokio::test]
async fn a_stream_that_is_slow_to_read_costs_lost_requests_no_time() {
    let mut stage = Stage::without_requests().await;
    let (lost, _) = stage.raise("v2", 60, keep);
    stage.fault("streams=slow:4s");
    // Requests are taken up until 20 s before the end.
    let options = InvokeOptions { time_limit: Duration::from_secs(25), ..InvokeOptions::default() };
    let answer = stage.spawn().invoke_with(scheduled(), options).await.response();
    assert_eq!((&answer["posted"], &answer["left"]), (&json!(1), &json!(0)), "{answer}");
    assert_eq!(stage.messages(), [(lost, 1)].into());
}

#[tokio::test]
async fn what_a_run_has_no_time_for_is_left_for_the_next() {
    let mut stage = Stage::without_requests().await;
    stage.raise("v2", 60, keep);
    stage.raise("v1", 60, keep);
    let lambda = stage.spawn();
    let options = InvokeOptions { time_limit: Duration::from_secs(20), ..InvokeOptions::default() };
    let answer = lambda.invoke_with(scheduled(), options).await.response();
    assert_eq!((&answer["posted"], &answer["left"]), (&json!(0), &json!(2)), "{answer}");
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["posted"], &answer["left"]), (&json!(2), &json!(0)), "{answer}");
}

#[tokio::test]
async fn requests_that_no_rule_wants_cost_no_call_and_are_no_news() {
    let mut stage = Stage::without_requests().await;
    let (wanted, _) = stage.raise("v2", 60, keep);
    for _ in 0..3 {
        stage.raise("v2", 60, |request| request["requested"]["resourceId"] = "0oaNobodyWantsThis01".into());
        stage.raise("v1", 600, keep);
    }
    let resource =
        stage.okta.with_world(|world| world.request_mut(&wanted)["requested"]["resourceId"].clone());
    let file = file(&format!(
        "[[rule]]\nname = \"one-app\"\nmatch = {{ resources = [{resource}] }}\nsections = [\"profile\"]\n"
    ));
    let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"], &answer["skipped"]), (&json!(7), &json!(1), &json!(6)));
    assert_eq!(lambda.log_lines_json().len(), 2);
    assert_eq!(stage.messages(), [(wanted.clone(), 1)].into());
    let calls = stage.okta.calls();
    let reads: Vec<_> =
        calls.iter().filter(|call| call.path.contains("/requests/") && call.method == "GET").collect();
    assert_eq!(reads.len(), 1, "only the lost one is read, and once");
    assert!(reads[0].path.ends_with(&wanted), "{}", reads[0].path);
}

#[tokio::test]
async fn before_its_first_day_the_ledger_knows_nothing_and_nothing_is_posted() {
    let mut stage = Stage::without_requests().await;
    stage.raise("v2", 60, keep);
    // Its first day is yet to come.
    let tomorrow = Timestamp::now() + SignedDuration::from_hours(24);
    stage.aws.put_record(&json!({"id": "since", "since": tomorrow.as_millisecond()}));
    let lambda = stage.spawn();
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"]), (&json!(0), &json!(0)));
    assert_eq!(stage.messages(), BTreeMap::new());

    // But it is as old as the oldest request that it knows.
    let (answered, event) = stage.raise("v1", 90, keep);
    lambda.invoke(event).await.response();
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!((&answer["open"], &answer["posted"]), (&json!(2), &json!(1)));
    assert_eq!(stage.messages()[&answered], 1);
}

#[tokio::test]
async fn without_what_it_takes_it_says_so_once_and_is_off() {
    for (name, value, says) in
        [("LEDGER_TABLE", "", "set LEDGER_TABLE"), ("DRY_RUN", "true", "DRY_RUN is set")]
    {
        let mut stage = Stage::without_requests().await;
        stage.raise("v2", 60, keep);
        let lambda = stage.spawn_with(&[(name, value)]);
        for warned in [true, false] {
            let answer = lambda.invoke(scheduled()).await.response();
            assert_eq!((&answer["open"], &answer["posted"]), (&json!(0), &json!(0)));
            let line = lambda.log_lines_json().pop().unwrap();
            assert_eq!(line["warnings"].to_string().contains(says), warned, "{line}");
        }
        assert_eq!(stage.messages(), BTreeMap::new());
    }
}

#[tokio::test]
async fn a_stream_that_is_off_is_told_with_its_remedy() {
    let stage = Stage::without_requests().await;
    stage.okta.with_world(|world| world.log_streams[0]["status"] = "INACTIVE".into());
    let lambda = stage.spawn();
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(answer["stream"], "INACTIVE");
    let line = lambda.log_lines_json().pop().unwrap();
    assert_eq!((&line["StreamActive"], &line["level"]), (&json!(0), &json!("WARN")));
    assert!(line["warnings"][0].as_str().unwrap().contains("Reports > Log Streaming"), "{line}");

    // One that ends elsewhere is nobody's here.
    stage.okta.with_world(|world| world.log_streams[0]["settings"]["region"] = "eu-west-3".into());
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(answer["stream"], "unknown");
    let line = lambda.log_lines_json().pop().unwrap();
    assert!(line["StreamActive"].is_null(), "{line}");

    stage.okta.with_world(|world| {
        let app = world.service_app_mut(okta_simulator::CLIENT_ID);
        app.scopes.retain(|scope| scope != "okta.logStreams.read");
    });
    let lambda = stage.spawn();
    for level in ["WARN", "INFO"] {
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!((&answer["stream"], &answer["outcome"]), (&json!("unknown"), &json!("reconciled")));
        assert_eq!(lambda.log_lines_json().pop().unwrap()["level"], level, "an optional right is said once");
    }
}

#[tokio::test]
async fn what_okta_or_the_table_refuse_fails_the_run_and_posts_nothing() {
    let mut stage = Stage::without_requests().await;
    stage.raise("v2", 60, keep);
    stage.fault("list=500");
    let lambda = stage.spawn();
    let (class, text) = lambda.invoke(scheduled()).await.error();
    assert_eq!(class, "Retryable");
    assert!(text.starts_with("failed to list the access requests: GET /governance/api/"), "{text}");
    stage.aws.fail_ledger(LedgerFault::AccessDenied);
    let (class, text) = lambda.invoke(scheduled()).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("dynamodb:GetItem"), "{text}");
    assert_eq!(stage.messages(), BTreeMap::new());
}

/// Okta answers 401 to a revoked token, as it does to one that may not list.
#[tokio::test]
async fn a_revoked_token_is_not_taken_for_lists_that_are_closed_to_tokens() {
    let stage = Stage::without_requests().await;
    stage.aws.set_secret(stage.okta.token());
    stage.okta.with_world(World::revoke_token);
    let lambda = stage.spawn();
    let (class, text) = lambda.invoke(scheduled()).await.error();
    assert_eq!(class, "Permanent");
    assert!(text.contains("Okta refuses the credential") && text.contains("[okta-unauthorized]"), "{text}");
    assert!(!text.contains("needs a service app"), "{text}");
}

/// One event in twenty never arrives, some arrive twice, and more requests are open than fit on a page.
#[tokio::test]
async fn after_a_lossy_day_every_request_has_its_one_message() {
    let mut stage = Stage::without_requests().await;
    let lambda = stage.spawn();
    let mut all = BTreeMap::new();
    let mut lost = 0;
    for n in 0..100 {
        let (id, event) = stage.raise(if n % 3 == 0 { "v1" } else { "v2" }, 16 + n, keep);
        all.insert(id, 1);
        match n % 20 {
            7 => lost += 1,
            9 => {
                lambda.invoke(event.clone()).await.response();
                assert_eq!(lambda.invoke(event).await.response()["outcome"], "duplicate");
            }
            _ => {
                lambda.invoke(event).await.response();
            }
        }
    }
    let answer = lambda.invoke(scheduled()).await.response();
    assert_eq!(
        (&answer["open"], &answer["posted"], &answer["failed"]),
        (&json!(100), &json!(lost), &json!(0))
    );
    assert_eq!(stage.messages(), all);
}

const BY_PERSON: &str = "[[rule]]\nname = \"bots\"\nmessage = \"none\"\nmatch.attributes = { userType = [\"Bot\"] }\n\
                         [[rule]]\nname = \"quiet\"\nmessage = \"warnings\"\nmatch.api = \"v2\"\nsections = [\"profile\"]\n\
                         [[rule]]\nname = \"contractors\"\nmatch.attributes = { userType = [\"Contractor\"] }\nsections = [\"profile\"]\n";

/// A rule by the person is decided in the attempt of a lost request. What ends without a message is recorded.
#[tokio::test]
async fn a_lost_request_whose_message_is_withheld_is_looked_at_once() {
    for (user_type, v1, v2) in
        [("Bot", "rule-says-none", "rule-says-none"), ("Employee", "no-rule-matches", "nothing-to-look-at")]
    {
        let mut stage = Stage::without_requests().await;
        stage.okta.with_world(|world| {
            for user in world.users.values_mut() {
                user["profile"]["userType"] = user_type.into();
            }
        });
        let (on_v1, _) = stage.raise("v1", 60, keep);
        let (on_v2, event) = stage.raise("v2", 60, keep);
        let file = file(BY_PERSON);
        let file = file.path().to_str().unwrap();
        let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", file), ("OUTCOME_BUS", "outcomes")]);
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!(
            (&answer["open"], &answer["posted"], &answer["skipped"], &answer["failed"]),
            (&json!(2), &json!(0), &json!(2), &json!(0)),
            "{answer}"
        );
        let records = stage.aws.records();
        for (id, code) in [(&on_v1, v1), (&on_v2, v2)] {
            assert_eq!((&records[id]["state"], &records[id]["reason"]), (&json!("withheld"), &json!(code)));
        }
        let people =
            || stage.okta.calls().iter().filter(|call| call.path.starts_with("/api/v1/users/")).count();
        let before = people();
        let answer = lambda.invoke(scheduled()).await.response();
        assert_eq!((&answer["open"], &answer["skipped"]), (&json!(2), &json!(0)), "{answer}");
        assert_eq!(people(), before, "nobody is read again");
        // Its event comes after all.
        let answer = lambda.invoke(event).await.response();
        assert_eq!((&answer["outcome"], &answer["code"]), (&json!("skipped"), &json!(v2)));
        assert_eq!(stage.messages(), BTreeMap::new());
        let events = stage.aws.events();
        let told: Vec<_> = events.iter().map(|event| event.detail_type.as_str()).collect();
        assert_eq!(told, ["Access Request Skipped"; 3]);
    }
}

#[tokio::test]
async fn a_lost_request_gets_the_rule_of_its_person() {
    let mut stage = Stage::without_requests().await;
    stage.okta.with_world(|world| {
        for user in world.users.values_mut() {
            user["profile"]["userType"] = "Contractor".into();
        }
    });
    let (on_v1, _) = stage.raise("v1", 60, keep);
    let file = file(BY_PERSON);
    let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
    assert_eq!(lambda.invoke(scheduled()).await.response()["posted"], 1);
    assert_eq!(stage.messages(), [(on_v1, 1)].into());
    assert_eq!(lambda.log_lines_json()[0]["rule"], "contractors");
}

/// Otherwise every run would read the person, only to learn that the event is needed.
#[tokio::test]
async fn nobody_is_read_for_a_lost_request_whose_later_rule_needs_an_event() {
    let mut stage = Stage::without_requests().await;
    stage.raise("v1", 60, keep);
    let file = file(
        "[[rule]]\nname = \"bots\"\nmessage = \"none\"\nmatch.attributes.userType = [\"Bot\"]\n\
         [[rule]]\nname = \"web\"\nmatch.source = \"web\"\nsections = [\"profile\"]\n",
    );
    let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
    for _ in 0..2 {
        assert_eq!(lambda.invoke(scheduled()).await.response()["skipped"], 1);
    }
    assert!(!stage.okta.calls().iter().any(|call| call.path.starts_with("/api/v1/users/")));
}

#[tokio::test]
async fn a_lost_request_of_an_unknown_person_gets_no_rule_by_person_and_one_without_messages_needs_nobody() {
    let bots = "[[rule]]\nname = \"bots\"\nmatch.attributes.userType = [\"Bot\"]\nsections = [\"profile\"]\n";
    let none = "[[rule]]\nname = \"none\"\nmessage = \"none\"\n";
    let rest = "[[rule]]\nname = \"rest\"\nsections = [\"profile\"]\n";
    for (rules, skipped, unproven) in [
        (bots.to_owned(), [2, 2], 0),
        (none.to_owned(), [2, 0], 0),
        // Nothing is recorded: the event may name a bot.
        (format!("{bots}{none}"), [2, 2], 0),
        (format!("{bots}{rest}"), [0, 0], 2),
    ] {
        let mut stage = Stage::without_requests().await;
        stage.raise("v1", 60, |request| {
            request["requesterUserIds"] = json!(["00u1KxrytILnG4bL2AFG", "00u1F5GHSf7bLpPyKNqn"]);
        });
        stage.raise("v2", 60, |request| request["requestedFor"] = json!(null));
        let file = file(&rules);
        let lambda = stage.spawn_with(&[("ENRICHMENT_FILE", file.path().to_str().unwrap())]);
        for skipped in skipped {
            let answer = lambda.invoke(scheduled()).await.response();
            assert_eq!(
                (&answer["skipped"], &answer["unproven"], &answer["failed"]),
                (&json!(skipped), &json!(unproven), &json!(0)),
                "{rules} {answer}"
            );
        }
        assert_eq!(stage.messages(), BTreeMap::new());
    }
}
