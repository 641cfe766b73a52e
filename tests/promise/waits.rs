//! Servers that hang, and connections that died while the process was frozen.

use futures_util::future::join_all;
use okta_simulator::doubles::{
    Alpn, Answer, End, EventsFault, InvokeOptions, LedgerFault, Proxy, SecretFault, Stage, TlsFront, event,
};
use serde_json::json;

use crate::{PLACES, SHORT, as_lambda, doubtful};

#[tokio::test]
async fn the_answer_comes_before_lambdas_own_limit_whatever_hangs_and_the_process_lives() {
    type Hang = (&'static str, fn(&Stage), &'static str);
    let hangs: [Hang; 7] = [
        ("the secret", |stage| stage.aws.fail_secret(SecretFault::Hangs), "failed to read the secret"),
        ("Okta", |stage| stage.fault("any=hang"), "no answer from Okta within"),
        ("the table", |stage| stage.aws.fail_ledger(LedgerFault::Hangs), "no answer in time"),
        ("the post", |stage| stage.fault("post=hang"), "whether it arrived is not known"),
        ("the record", |stage| stage.aws.fail_ledger_after(1, LedgerFault::Hangs), ""),
        ("the bus", |stage| stage.aws.fail_events(EventsFault::Hangs), ""),
        (
            "all but the secret",
            |stage| {
                stage.fault("any=hang");
                stage.aws.fail_ledger(LedgerFault::Hangs);
                stage.aws.fail_events(EventsFault::Hangs);
            },
            "no answer",
        ),
    ];
    join_all(hangs.map(async |(what, hang, says)| {
        let _place = PLACES.acquire().await.unwrap();
        let stage = Stage::with_ledger().await.with("OUTCOME_BUS", "outcomes");
        if what == "the secret" {
            hang(&stage);
        }
        let process = stage.spawn();
        process.wait_for_next().await;
        hang(&stage);
        let options = InvokeOptions { time_limit: SHORT, ..as_lambda("one") };
        match process.invoke_with(event("v2"), options).await {
            Answer::Response(answer) => {
                assert_eq!((&answer["outcome"], says), (&json!("posted"), ""), "{what}");
            }
            answer => {
                let (class, text) = answer.error();
                assert_eq!(class, "Retryable", "{what}: {text}");
                assert!(!says.is_empty() && text.contains(says), "{what}: {text}");
            }
        }
        stage.heal();
        stage.aws.set_secret(stage.okta.token());
        // Lambda's retry of an attempt that could not even say that its post is in doubt comes a minute later.
        stage.aws.expire_claims();
        // The same process, and the same event.
        process.invoke_with(event("v2"), as_lambda("one")).await.response();
        assert!(
            stage.messages().values().all(|count| *count == if what == "the record" { 2 } else { 1 }),
            "{what}"
        );
    }))
    .await;
}

/// How the program speaks to Okta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Plain,
    Tls(Alpn),
}

#[tokio::test]
async fn connections_that_died_while_frozen_cost_no_event_and_double_no_message() {
    let protocols = [Protocol::Plain, Protocol::Tls(Alpn::Http1), Protocol::Tls(Alpn::H2)];
    let cases = protocols.iter().flat_map(|protocol| End::ALL.map(|end| (*protocol, end)));
    join_all(cases.map(async |(protocol, end)| {
        let _place = PLACES.acquire().await.unwrap();
        let stage = Stage::with_ledger().await;
        let front = match protocol {
            Protocol::Plain => None,
            Protocol::Tls(alpn) => Some(TlsFront::start(stage.okta.addr(), alpn)),
        };
        let to_okta = Proxy::start(front.as_ref().map_or(stage.okta.addr(), TlsFront::addr));
        let to_aws = Proxy::start(stage.aws.addr());
        let scheme = if front.is_some() { "https" } else { "http" };
        let mut stage = stage.with("OKTA_ORG_URL", format!("{scheme}://localhost:{}", to_okta.addr().port()));
        stage = stage.with("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{}", to_aws.addr()));
        if let Some(front) = &front {
            stage = stage.with("SSL_CERT_FILE", front.ca_file().display().to_string());
        }
        let process = stage.spawn();
        for number in 1..=3 {
            let event = stage.okta.with_world(|world| world.another_request(&event("v2"), number));
            let answer = process.invoke(event).await;
            let Answer::Response(answer) = answer else {
                panic!("{protocol:?}, {end:?}, {number}: {answer:?}")
            };
            assert_eq!(
                (&answer["outcome"], doubtful(&process)),
                (&json!("posted"), false),
                "{protocol:?}, {end:?}"
            );
            assert_eq!(
                stage.messages().into_values().collect::<Vec<_>>(),
                vec![1; number],
                "{protocol:?}, {end:?}"
            );
            process.freeze();
            to_okta.end(end);
            to_aws.end(end);
            process.thaw();
        }
    }))
    .await;
}
