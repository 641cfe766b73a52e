//! The same event in many processes at once.

use futures_util::future::join_all;
use okta_simulator::doubles::{Answer, Lambda, Stage, event};

use crate::as_lambda;

#[tokio::test]
async fn the_same_event_at_once_in_many_processes_is_one_message() {
    // Lambda may deliver one event twice at the same moment under one request id.
    for (count, same_id) in [(1, false), (2, false), (10, false), (2, true), (4, true)] {
        let stage = Stage::with_ledger().await;
        let processes: Vec<_> = (0..count).map(|_| stage.spawn()).collect();
        join_all(processes.iter().map(Lambda::wait_for_next)).await;
        // Whoever comes first is still at it when the others come.
        stage.fault("post=slow:2s");
        let answers = processes.iter().enumerate().map(|(number, process)| {
            let request_id = if same_id { "one".to_owned() } else { number.to_string() };
            process.invoke_with(event("v2"), as_lambda(&request_id))
        });
        let answers = join_all(answers).await;
        let mut posted = 0;
        for answer in answers {
            match answer {
                Answer::Response(answer) if answer["outcome"] == "posted" => posted += 1,
                Answer::Response(answer) => assert_eq!(answer["outcome"], "duplicate"),
                other => {
                    let (class, text) = other.error();
                    assert_eq!(class, "Retryable");
                    assert!(text.contains("another attempt is on the request"), "{text}");
                }
            }
        }
        assert_eq!((posted, stage.messages().values().sum::<usize>()), (1, 1), "of {count}");
        for process in &processes {
            assert_eq!(process.invoke(event("v2")).await.response()["outcome"], "duplicate");
        }
        assert_eq!(stage.messages().values().sum::<usize>(), 1, "of {count}");
    }
}
