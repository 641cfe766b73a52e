//! Servers that close each connection after its answer, without a word.

use futures_util::future::join_all;

use crate::way::{Host, PLACES, Protocol, Way, assert_none_failed};

/// Whether a post meets a closing connection is a matter of chance.
const EVENTS: usize = 12;

#[tokio::test]
async fn servers_that_close_after_each_answer_leave_no_post_in_doubt() {
    let cases = Host::ALL.into_iter().flat_map(|host| Protocol::ALL.map(|protocol| (host, protocol)));
    let results = join_all(cases.map(async |(host, protocol)| {
        let _place = PLACES.acquire().await.unwrap();
        let mut way = Way::to(host, protocol, true).await;
        let process = way.stage.spawn();
        for _ in 0..EVENTS {
            way.invoke(&process, &format!("{protocol:?} hasty")).await?;
        }
        Ok(())
    }));
    assert_none_failed(results.await);
}
