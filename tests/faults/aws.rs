//! Every call to AWS with every fault, by the deployed binary.

use std::time::Duration;

use futures_util::future::join_all;
use okta_simulator::doubles::{
    Answer, EventsFault, InvokeOptions, Lambda, LedgerFault, Proxy, SecretFault, Stage, event,
};
use tokio::sync::Semaphore;

use crate::tables::Tables;

/// A call to AWS, and the fault that is to meet it.
struct OfAws {
    stage: Stage,
    /// Before the service that fails.
    proxy: Proxy,
}

impl OfAws {
    async fn start() -> OfAws {
        let stage = Stage::with_ledger().await.with("OUTCOME_BUS", "outcomes");
        let proxy = Proxy::start(stage.aws.addr());
        OfAws { stage, proxy }
    }

    fn process(&self, failing: &str, through_proxy: bool) -> Lambda {
        let service = match failing {
            "secret" => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            "bus" => "AWS_ENDPOINT_URL_EVENTBRIDGE",
            _ => "AWS_ENDPOINT_URL_DYNAMODB",
        };
        let url = if through_proxy { format!("http://{}", self.proxy.addr()) } else { self.stage.aws.url() };
        self.stage.spawn_with(&[(service, &url)])
    }

    fn fail(&self, call: &str, fault: &str) {
        let of_table = |fault: &str| match fault {
            "hangs" => LedgerFault::Hangs,
            "throttled" => LedgerFault::Throttled,
            "internal error" => LedgerFault::Internal,
            "access denied" => LedgerFault::AccessDenied,
            "not found" => LedgerFault::NotFound,
            "validation" => LedgerFault::Validation,
            "lost answer" => LedgerFault::AnswerLost,
            _ => panic!("what is the fault `{fault}`?"),
        };
        match call {
            "secret" => self.stage.aws.fail_secret(match fault {
                // Of a read, it is the same.
                "hangs" | "lost answer" => SecretFault::Hangs,
                "throttled" => SecretFault::Throttled,
                "internal error" => SecretFault::Internal,
                "access denied" => SecretFault::AccessDenied,
                "not found" => SecretFault::NotFound,
                "validation" => SecretFault::Validation,
                _ => panic!("what is the fault `{fault}`?"),
            }),
            "bus" => self.stage.aws.fail_events(match fault {
                "hangs" => EventsFault::Hangs,
                "throttled" => EventsFault::Throttled,
                "internal error" => EventsFault::Internal,
                "access denied" => EventsFault::AccessDenied,
                "not found" => EventsFault::NotFound,
                "validation" => EventsFault::Validation,
                "lost answer" => EventsFault::AnswerLost,
                _ => panic!("what is the fault `{fault}`?"),
            }),
            "claim" => self.stage.aws.fail_ledger(of_table(fault)),
            // The claim passes.
            _ => self.stage.aws.fail_ledger_after(1, of_table(fault)),
        }
    }

    /// Refuses connections from the moment on at which nothing but the failing call is left.
    async fn refuse_before(&mut self, call: &str) {
        match call {
            "record" | "release" => {
                while self.stage.aws.records().is_empty()
                    || !self.stage.okta.calls().iter().any(|call| call.method == "POST")
                {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                self.proxy.refuse().await;
            }
            _ => self.proxy.refuse().await,
        }
    }
}

/// Runs a cell of the tables of AWS; what is wrong with it.
async fn check_aws(
    (fault, call, expected): &(String, String, String),
    next: &[(String, String, String)],
) -> Result<(), String> {
    let refused = fault == "refused connection";
    let mut of = OfAws::start().await;
    if call == "secret" {
        if refused { of.refuse_before(call).await } else { of.fail(call, fault) }
    }
    let process = of.process(call, refused);
    process.wait_for_next().await;
    match (call.as_str(), refused) {
        ("secret", _) => {}
        (_, false) => of.fail(call, fault),
        ("record" | "release", true) => of.stage.fault("post=slow:1s"),
        (_, true) => of.refuse_before(call).await,
    }
    if call == "release" {
        of.stage
            .okta
            .with_world(|world| world.request_mut("req16zRXf4PBGnr7o18A")["status"] = "LOCKED".into());
        // What tells that it is closed before the post.
        of.stage.fault("request=503");
    }
    let options = |time_limit| InvokeOptions { request_id: Some("lambda".into()), time_limit };
    let invoked = process.invoke_with(event("v2"), options(Duration::from_secs(10)));
    let answer = if refused && matches!(call.as_str(), "record" | "release") {
        tokio::join!(invoked, of.refuse_before(call)).0
    } else {
        invoked.await
    };
    let logged = process.log_lines_json().iter().any(|line| {
        let text = line["message"].as_str().unwrap_or_default();
        line["level"] == "WARN" && text.starts_with("failed to ") && line.get("outcome").is_none()
    });
    let word = match &answer {
        Answer::Response(answer) => answer["outcome"].as_str().unwrap().to_owned(),
        Answer::Error { error_type, .. } => error_type.clone(),
        other => format!("{other:?}"),
    };
    let found = if logged { format!("{word}, logged") } else { word };
    let place = format!("{fault} / {call}");
    if found != *expected {
        return Err(format!("{place}: `{found}`, not `{expected}`: {answer:?} {:?}", process.logs()));
    }
    if let Answer::Error { error_message, .. } = &answer
        && call != "release"
    {
        let says =
            if call == "secret" { "failed to read the secret `" } else { "failed to claim the request `" };
        assert!(error_message.starts_with(says), "{place}: {error_message}");
    }

    of.stage.okta.clear_faults();
    of.stage.okta.with_world(|world| world.request_mut("req16zRXf4PBGnr7o18A")["status"] = "PENDING".into());
    of.stage.aws.set_secret(of.stage.okta.token());
    of.stage.aws.heal_ledger();
    of.stage.aws.heal_events();
    let process = if refused { of.process(call, false) } else { process };
    if of.stage.aws.records().values().any(|record| record["state"] == "claimed") {
        // Lambda's retry comes before the claim has run out: it waits for it as anyone else does.
        let (class, text) = process.invoke_with(event("v2"), options(Duration::from_secs(30))).await.error();
        if class != "Retryable" || !text.contains("another attempt is on the request") {
            return Err(format!("{place}: beside a claim: {class}, {text}"));
        }
        of.stage.aws.expire_claims();
    }
    let answer = process.invoke_with(event("v2"), options(Duration::from_secs(30))).await.response();
    let line = process.log_lines_json().pop().unwrap();
    let found = match (answer["outcome"].as_str(), line["Doubtful"].as_u64(), of.stage.okta.messages().len())
    {
        (Some("posted"), Some(0), 1) => "posted",
        (Some("posted"), Some(1), 1) => "posted, reported as doubtful",
        (Some("posted"), Some(1), 2) => "posted again, reported as doubtful",
        (Some("duplicate"), Some(0), 1) => "duplicate",
        other => return Err(format!("{place}: the next attempt: {other:?}")),
    };
    let [(.., then)] = &next.iter().filter(|(a, b, _)| (a, b) == (fault, call)).collect::<Vec<_>>()[..]
    else {
        return Err(format!("{place}: the next attempt has no cell"));
    };
    if found == then { Ok(()) } else { Err(format!("{place}: the next attempt: `{found}`, not `{then}`")) }
}

#[tokio::test]
async fn a_fault_of_aws_ends_as_its_cell_says() {
    let tables = Tables::read();
    let (cells, next) = (tables.cells("A fault of AWS that lasts"), tables.cells("The next attempt at AWS"));
    assert_eq!((cells.len(), next.len()), (8 * 5, 8 * 5));
    let places = Semaphore::new(6);
    let checked = cells.iter().map(async |cell| {
        let _place = places.acquire().await.unwrap();
        check_aws(cell, &next).await.err()
    });
    let wrong: Vec<_> = join_all(checked).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} cells of AWS:\n{}", wrong.len(), wrong.join("\n"));
}
