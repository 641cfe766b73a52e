//! What happens to each call on its way to the table and back. A call that was sent arrives whatever becomes
//! of its sender, possibly after a later one.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use okta_request_enricher::http::{Broken, Service};
use okta_simulator::doubles::{Account, REGION};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::fate::{Answer, Fate, Mishap};
use super::judge::Judge;

tokio::task_local! {
    /// The operation that a call is made for.
    pub(super) static OPERATION: usize;
}

/// The way from processes to the table.
pub(super) struct Network {
    account: Arc<Account>,
    judge: Arc<Mutex<Judge>>,
    dice: Mutex<(fastrand::Rng, (Mishap, usize))>,
    /// How many of a hundred calls meet a mishap.
    trouble: u8,
}

impl Network {
    pub(super) fn new(account: Arc<Account>, judge: Arc<Mutex<Judge>>, mut dice: fastrand::Rng) -> Network {
        let trouble = *dice.choice(&[0, 10, 20, 40]).unwrap();
        Network { account, judge, dice: Mutex::new((dice, (Mishap::Nothing, 0))), trouble }
    }

    /// The table as a process reaches it that signs for this region. Each process has a region of its own: the
    /// SDK shares its quota of retries within a region, so that one history would change another.
    pub(super) fn service(self: Arc<Self>, region: String) -> Service {
        Arc::new(move |mut request| {
            let authorization = request.headers()["authorization"].to_str().unwrap();
            let authorization = authorization.replace(&format!("/{region}/"), &format!("/{REGION}/"));
            request.headers_mut().insert("authorization", authorization.parse().unwrap());
            Box::pin(Arc::clone(&self).send(request))
        })
    }

    fn fate(&self) -> Fate {
        let (dice, last) = &mut *self.dice.lock().unwrap();
        Fate::draw(dice, self.trouble, last)
    }

    /// Sends a call now. The future waits for what is heard of it.
    fn send(
        self: Arc<Self>,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<reqwest::Body>, Broken>> + Send {
        let mut fate = self.fate();
        // A read has no conflict with a transaction (DynamoDB guide, "Transaction conflict handling").
        if fate.mishap == Mishap::Busy && request.headers()["x-amz-target"] == "DynamoDB_20120810.GetItem" {
            fate.mishap = Mishap::Nothing;
        }
        let call = self.judge.lock().unwrap().sent(OPERATION.get(), &request, fate.mishap);
        let told = call.map(|call| {
            let (tell, told) = oneshot::channel();
            tokio::spawn(deliver(
                Arc::clone(&self.account),
                Arc::clone(&self.judge),
                request,
                call,
                fate,
                tell,
            ));
            (call, told)
        });
        async move {
            // Without a call, the history is over.
            let Some((call, told)) = told else { std::future::pending().await };
            let Ok((heard, answer)) = told.await else { std::future::pending().await };
            self.judge.lock().unwrap().heard(call, heard);
            answer.map(|(status, body)| {
                Response::builder()
                    .status(status)
                    .header("content-type", "application/x-amz-json-1.0")
                    .header("x-amzn-requestid", "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE0")
                    .body(body.into())
                    .unwrap()
            })
        }
    }
}

async fn deliver(
    account: Arc<Account>,
    judge: Arc<Mutex<Judge>>,
    request: Request<Bytes>,
    call: usize,
    fate: Fate,
    tell: oneshot::Sender<Answer>,
) {
    sleep(fate.before).await;
    let transaction = judge.lock().unwrap().transaction(call);
    let mut arrived = None;
    if fate.mishap.arrives() {
        let (head, body) = account.answer(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        judge.lock().unwrap().arrives(call, head.status.as_u16(), &body);
        arrived = Some((head.status.as_u16(), body));
    }
    sleep(fate.after).await;
    if let Some(answer) = fate.answer(transaction, arrived) {
        // Its sender may have given up.
        let _ = tell.send(answer);
    }
}
