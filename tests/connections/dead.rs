//! Idle connections that die.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use okta_simulator::CLIENT_ID;
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

#[tokio::test]
async fn the_call_for_a_token_meets_the_dead_connection_first() {
    const LIFE: u32 = 2;
    let results = join_all(Protocol::ALL.map(async |protocol| {
        let _place = PLACES.acquire().await.unwrap();
        let mut way = Way::to(Host::Okta, protocol, false).await;
        way.stage.okta.with_world(|world| world.service_app_mut(CLIENT_ID).expires_in = LIFE);
        let process = way.stage.spawn();
        for _ in 0..2 {
            process.wait_for_next().await;
            tokio::time::sleep(Duration::from_secs(LIFE.into())).await;
            way.end(End::Silent);
            way.invoke(&process, &format!("{protocol:?} token")).await?;
        }
        Ok(())
    }));
    assert_none_failed(results.await);
}
