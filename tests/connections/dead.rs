//! Idle connections that die.

use std::time::Instant;

use futures_util::future::join_all;
use okta_simulator::doubles::End;

use crate::way::{Host, PLACES, Protocol, UNTIL_THE_EVENT_LIES_THERE, Way, assert_none_failed};

/// Kills all idle connections before each of three events: those of INIT, and those of the event before.
async fn survives(host: Host, protocol: Protocol, end: End, frozen: bool) -> Result<(), String> {
    let _place = PLACES.acquire().await.unwrap();
    let mut way = Way::to(host, protocol, false).await;
    let process = way.stage.spawn();
    let case = format!("{protocol:?} {end:?} {}", if frozen { "frozen" } else { "running" });
    for _ in 0..3 {
        process.wait_for_next().await;
        if !frozen {
            way.end(end);
            way.invoke(&process, &case).await?;
            continue;
        }
        process.freeze();
        way.end(end);
        let event = way.next_event();
        let (answer, started) = tokio::join!(process.invoke(event), async {
            tokio::time::sleep(UNTIL_THE_EVENT_LIES_THERE).await;
            process.thaw();
            Instant::now()
        });
        way.note(started, &case);
        way.check(&process, answer, &case)?;
    }
    way.invoke(&process, &format!("after {case}")).await
}

async fn survives_all(frozen: bool) {
    let cases = Host::ALL.into_iter().flat_map(|host| {
        Protocol::ALL.into_iter().flat_map(move |protocol| End::ALL.map(|end| (host, protocol, end)))
    });
    let survived = cases.map(|(host, protocol, end)| survives(host, protocol, end, frozen));
    assert_none_failed(join_all(survived).await);
}

#[tokio::test]
async fn idle_connections_die_under_a_running_process_and_no_event_is_lost() {
    survives_all(false).await;
}

#[tokio::test]
async fn idle_connections_die_under_a_frozen_process_and_no_event_is_lost() {
    survives_all(true).await;
}
