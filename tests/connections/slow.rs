//! Servers that are slow, whose connections are alive: what a slow answer costs them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use okta_simulator::doubles::Alpn;

use crate::way::{Host, PLACES, Protocol, Way, assert_none_failed};

/// The reads of the second event that were sent more than once, after the first has opened the connections.
async fn sent_again(protocol: Protocol, fault: &str) -> Vec<String> {
    let _place = PLACES.acquire().await.unwrap();
    let mut way = Way::to(Host::Okta, protocol, false).await;
    let process = way.stage.spawn();
    way.invoke(&process, "the first").await.unwrap();
    process.wait_for_next().await;
    let before = way.stage.okta.calls().len();
    way.stage.fault(fault);
    let event = way.next_event();
    assert_eq!(process.invoke(event).await.response()["outcome"], "posted", "{protocol:?} {fault}");
    let mut counts = BTreeMap::<String, usize>::new();
    for call in way.stage.okta.calls().split_off(before) {
        *counts.entry(format!("{} {}", call.method, call.path)).or_default() += 1;
    }
    assert!(way.stage.messages().values().all(|count| *count == 1), "{protocol:?} {fault}");
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(call, _)| call).collect()
}

#[tokio::test]
async fn an_okta_that_is_slow_throughout_gets_one_read_twice_over_http_1_and_none_over_http_2() {
    let of = |protocol| sent_again(protocol, "any=slow:1500ms");
    let [plain, tls, http2] = Protocol::ALL.map(of);
    let (plain, tls, http2) = tokio::join!(plain, tls, http2);
    for again in [plain, tls] {
        assert!(matches!(&*again, [call] if call.starts_with("GET ")), "{again:?}");
    }
    assert_eq!(http2, Vec::<String>::new());
}

#[tokio::test]
async fn once_a_connection_has_answered_no_slow_read_is_sent_again() {
    let slow = ["user", "groups", "list"].map(|call| format!("{call}=slow:1800ms"));
    let cases = slow.iter().flat_map(|fault| Protocol::ALL.map(move |protocol| (protocol, fault)));
    join_all(cases.map(async |(protocol, fault)| {
        let again = sent_again(protocol, fault).await;
        assert_eq!(again, Vec::<String>::new(), "{protocol:?} {fault}");
    }))
    .await;
}

#[tokio::test]
async fn a_slow_bus_is_told_all_the_same() {
    let results = join_all([Protocol::Plain, Protocol::Tls(Alpn::H2)].map(async |protocol| {
        let _place = PLACES.acquire().await.unwrap();
        let mut way = Way::to(Host::Aws, protocol, false).await;
        let process = way.stage.spawn();
        way.stage.aws.delay_events(Duration::from_secs(2));
        for _ in 0..2 {
            way.invoke(&process, "a slow bus").await?;
        }
        Ok(())
    }));
    assert_none_failed(results.await);
}
