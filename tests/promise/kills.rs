//! A process killed at each step of the line, and the attempts that follow it.

use std::time::Duration;

use futures_util::future::join_all;
use okta_simulator::doubles::{Answer, InvokeOptions, LedgerFault, Stage, changed, event};
use serde_json::json;

use crate::{PLACES, SHORT, as_lambda, doubtful, until};

/// The post of the sample `v2`, not the question that comes before a second one.
const POST: &str = "POST /governance/api/v2/requests/req16zRXf4PBGnr7o18A/messages";

/// A step of the line, at which a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Asking Okta for the request's newer id; nothing is claimed yet.
    LookUp,
    /// Claiming, and the claim never reaches the table.
    Claim,
    /// Claiming, and the claim stands.
    Claimed,
    /// Reading, with the claim in hand.
    Read,
    /// Posting, and the post never reaches Okta.
    Post,
    /// Posting, and the message stands.
    Posted,
    /// Recording, and the record never reaches the table.
    Record,
    /// Recording, and the record stands.
    Recorded,
    /// Telling the bus, after the record.
    Tell,
}

impl Step {
    const ALL: [Step; 9] = [
        Step::LookUp,
        Step::Claim,
        Step::Claimed,
        Step::Read,
        Step::Post,
        Step::Posted,
        Step::Record,
        Step::Recorded,
        Step::Tell,
    ];

    /// Holds the process here; whether it has come here, by what the doubles see.
    fn hold(self, stage: &Stage) -> Box<dyn Fn(&Stage) -> bool> {
        let calls = |part: &'static str| -> Box<dyn Fn(&Stage) -> bool> {
            Box::new(move |stage| stage.okta.calls().iter().any(|call| call.path.contains(part)))
        };
        let writes = |count: usize| -> Box<dyn Fn(&Stage) -> bool> {
            Box::new(move |stage| {
                stage.aws.ledger_calls().iter().filter(|call| *call != "GetItem").count() >= count
            })
        };
        match self {
            Step::LookUp => {
                stage.fault("list=hang");
                calls("/governance/api/v2/requests?")
            }
            Step::Claim => {
                stage.aws.fail_ledger(LedgerFault::Hangs);
                writes(1)
            }
            Step::Claimed => {
                stage.aws.fail_ledger(LedgerFault::AnswerLost);
                writes(1)
            }
            Step::Read => {
                stage.fault("user=hang");
                let (called, claimed) =
                    (calls("/api/v1/users/"), |stage: &Stage| !stage.aws.records().is_empty());
                Box::new(move |stage| called(stage) && claimed(stage))
            }
            Step::Post => {
                stage.fault(&format!("{POST}=hang"));
                calls("/messages")
            }
            Step::Posted => {
                stage.fault(&format!("{POST}=slow:60s"));
                let before = stage.okta.messages().len();
                Box::new(move |stage| stage.okta.messages().len() > before)
            }
            Step::Record => {
                stage.aws.fail_ledger_after(1, LedgerFault::Hangs);
                writes(2)
            }
            Step::Recorded => {
                stage.aws.fail_ledger_after(1, LedgerFault::AnswerLost);
                writes(2)
            }
            Step::Tell => {
                stage.aws.delay_events(Duration::from_mins(1));
                Box::new(|stage| {
                    stage.aws.event_puts() == 1
                        && stage.aws.records().values().all(|record| record["state"] == "posted")
                })
            }
        }
    }

    fn message_stands(self) -> bool {
        matches!(self, Step::Posted | Step::Record | Step::Recorded | Step::Tell)
    }

    fn claim_stands(self) -> bool {
        !matches!(self, Step::LookUp | Step::Claim)
    }

    fn is_recorded(self) -> bool {
        matches!(self, Step::Recorded | Step::Tell)
    }
}

/// Starts a process, and kills it at the step.
async fn kill_at(stage: &Stage, step: Step, event: &str, request_id: &str) {
    let killed = stage.spawn();
    killed.wait_for_next().await;
    let reached = step.hold(stage);
    let options = InvokeOptions { time_limit: SHORT, ..as_lambda(request_id) };
    let (answer, ()) = tokio::join!(killed.invoke_with(event, options), async {
        until(&format!("{step:?}"), || reached(stage)).await;
        killed.kill().await;
    });
    assert!(matches!(answer, Answer::Exited(_)), "{step:?}: {answer:?}");
    stage.heal();
}

async fn stage_for(step: Step) -> (Stage, String) {
    let stage = Stage::with_ledger().await.with("OUTCOME_BUS", "outcomes");
    if step == Step::LookUp {
        stage.aws.set_secret(okta_simulator::service_app_secret());
        return (stage, event("v2-by-24-hex"));
    }
    (stage, event("v2"))
}

#[tokio::test]
async fn killed_at_any_step_it_posts_once_and_twice_only_in_doubt() {
    // Lambda's own retry has the request id of the killed attempt, another delivery has not: they are alike.
    let cases = Step::ALL.iter().flat_map(|step| ["one", "two"].map(|request_id| (*step, request_id)));
    join_all(cases.map(async |(step, request_id)| {
        let place = PLACES.acquire().await.unwrap();
        let (stage, event) = stage_for(step).await;
        kill_at(&stage, step, &event, "one").await;
        assert_eq!(stage.messages().len(), usize::from(step.message_stands()), "{step:?}");

        let process = stage.spawn();
        let in_doubt = step.claim_stands() && !step.is_recorded();
        if in_doubt {
            let (class, text) = process.invoke_with(event.clone(), as_lambda(request_id)).await.error();
            assert_eq!(class, "Retryable", "{step:?}: {text}");
            assert!(text.contains("another attempt is on the request"), "{step:?}: {text}");
            drop(place);
            // Lambda's own limit, and the ledger's grace for clocks that differ.
            tokio::time::sleep(SHORT + Duration::from_secs(5)).await;
        }
        let outcome =
            process.invoke_with(event.clone(), as_lambda(request_id)).await.response()["outcome"].clone();
        assert_eq!(outcome, if step.is_recorded() { "duplicate" } else { "posted" }, "{step:?}");
        assert_eq!(doubtful(&process), in_doubt, "{step:?}");
        let count = if step.message_stands() && in_doubt { 2 } else { 1 };
        assert_eq!(stage.messages().values().collect::<Vec<_>>(), [&count], "{step:?}");

        let again = process.invoke_with(event, as_lambda("three")).await.response();
        assert_eq!(again["outcome"], "duplicate", "{step:?}");
    }))
    .await;
}

#[tokio::test]
async fn two_that_ended_unknown_let_no_third_post_but_an_operator_who_insists() {
    let stage = Stage::with_ledger().await;
    let event = event("v2");
    for _ in 0..2 {
        kill_at(&stage, Step::Posted, &event, "one").await;
        stage.aws.expire_claims();
    }
    assert_eq!(stage.messages().into_values().sum::<usize>(), 2);
    let process = stage.spawn();
    let refused = async |request_id| {
        let (class, text) = process.invoke_with(event.clone(), as_lambda(request_id)).await.error();
        assert_eq!(class, "Permanent", "{text}");
        assert!(text.contains("a message may already stand on the request"), "{text}");
    };
    refused("one").await;
    refused("two").await;
    assert_eq!(stage.messages().into_values().sum::<usize>(), 2);

    let insisting = changed(&event, |event| event["redrive"] = json!({"repost": true}));
    let answer = process.invoke_with(insisting, as_lambda("three")).await.response();
    assert_eq!((&answer["outcome"], doubtful(&process)), (&json!("posted"), true));
    assert_eq!(stage.messages().into_values().sum::<usize>(), 3);
}
