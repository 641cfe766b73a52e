//! `enricher doctor` as its user runs it, against the simulator and doubles of AWS: a healthy deployment, and
//! each part of it broken, one at a time. Nothing is posted, and nothing secret or personal is shown.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alarms;
mod aws;
mod credential;
mod deployed;
mod event_path;
mod log_stream;
mod opt_in;
mod org;
mod rights;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod undelivered;

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use okta_request_enricher::policy_file::PolicyFile;
use okta_simulator::doubles::{
    Aws, FUNCTION_NAME, Function, FunctionAnswer, LEDGER_TABLE, OUTCOME_BUS, Queue, SECRET_ACCESS_KEY,
    SECRET_NAME, SESSION_TOKEN, Stage,
};
use okta_simulator::{Simulator, TOKEN};
use serde_json::{Value, json};
use support::{Ran, operator};
use tokio::process::Command;

/// A deployment that is well, with a service app in the secret.
struct Deployment {
    okta: Simulator,
    aws: Aws,
    queue: Queue,
    function: Function,
    /// What the function answers when it is asked what it is.
    described: Arc<Mutex<FunctionAnswer>>,
}

/// The answer of a function of this version with the built-in policy.
fn description() -> Value {
    let policy = PolicyFile::built_in();
    json!({
        "outcome": "described", "version": env!("CARGO_PKG_VERSION"), "policy": policy.fingerprint(),
        "policy_file": null, "policy_text": policy.text().unwrap(), "faults": [], "settings": {},
    })
}

impl Deployment {
    async fn new() -> Deployment {
        let stage = Stage::with_service_app().await;
        stage.own_log_stream();
        let Stage { okta, aws, .. } = stage;
        let described = Arc::new(Mutex::new(FunctionAnswer::Returns(description())));
        let answer = Arc::clone(&described);
        let function = Function::start(move |_| answer.lock().unwrap().clone());
        let deployment = Deployment { okta, aws, queue: Queue::start(), function, described };
        deployment.set("OKTA_ORG_URL", &deployment.okta.url());
        deployment.set("OKTA_SECRET_ID", SECRET_NAME);
        deployment.set("LEDGER_TABLE", LEDGER_TABLE);
        deployment.set("OUTCOME_BUS", OUTCOME_BUS);
        deployment
    }

    /// Sets a variable of the deployed function.
    fn set(&self, name: &str, value: &str) {
        self.function.deployed(|it| {
            it.change("GetFunctionConfiguration", |answer| {
                answer["Environment"]["Variables"][name] = value.into();
            });
        });
    }

    /// Ends the next invocations so.
    fn answers(&self, answer: FunctionAnswer) {
        *self.described.lock().unwrap() = answer;
    }

    /// Changes what the function says about itself.
    fn describe(&self, change: impl FnOnce(&mut Value)) {
        let mut answer = description();
        change(&mut answer);
        self.answers(FunctionAnswer::Returns(answer));
    }

    /// Deploys this text as the policy file beside the binary.
    fn deploy(&self, policy: &str) {
        self.describe(|it| {
            it["policy"] = "0123456789ab".into();
            it["policy_file"] = "/var/task/enrichment.toml".into();
            it["policy_text"] = policy.into();
        });
    }

    fn command(&self) -> Command {
        let mut command = operator("doctor");
        command
            .env("AWS_ENDPOINT_URL", self.aws.url())
            .env("AWS_ENDPOINT_URL_SQS", self.queue.endpoint())
            .env("AWS_ENDPOINT_URL_LAMBDA", self.function.endpoint());
        command
    }

    /// Runs it. Whatever is wrong, nothing was posted, no call was malformed, and nothing private is shown.
    async fn end(&self, command: &mut Command) -> Examined {
        let ran = Ran::from(command.output().await.unwrap());
        assert_eq!(self.okta.messages(), Vec::new());
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        let events = self.function.events();
        assert!(events.iter().all(|event| event == r#"{"describe":true}"#), "nothing else is invoked");
        ran.shows_none_of(&[
            "@",
            "example.com",
            "PRIVATE KEY",
            "MIGHAgEA",
            TOKEN,
            "eyJ",
            SECRET_ACCESS_KEY,
            SESSION_TOKEN,
        ]);
        Examined(ran)
    }

    async fn examine(&self) -> Examined {
        self.end(self.command().args(["--json", "--function", FUNCTION_NAME])).await
    }
}

/// A run of the doctor.
struct Examined(Ran);

impl Deref for Examined {
    type Target = Ran;

    fn deref(&self) -> &Ran {
        &self.0
    }
}

impl Examined {
    /// The checks that are not ok, by name: status, detail, remedy.
    #[track_caller]
    fn found(&self, name: &str) -> (String, String, String) {
        let document = self.document();
        let check = document["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
        let check = check.unwrap_or_else(|| panic!("no check `{name}`: {document:#}"));
        let text = |member: &str| check[member].as_str().unwrap_or_default().to_owned();
        (text("status"), text("detail"), text("remedy"))
    }

    /// The names of the checks with this status.
    fn with(&self, status: &str) -> Vec<String> {
        let document = self.document();
        let checks = document["checks"].as_array().unwrap().iter().filter(|check| check["status"] == status);
        checks.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Asserts that this check, and no other, has this status, and what it says; and the exit status that
    /// follows.
    #[track_caller]
    fn has_only(&self, status: &str, name: &str, says: &str, remedy: &str) {
        assert_eq!(self.with("fail"), if status == "fail" { vec![name] } else { vec![] }, "{}", self.stdout);
        let warned = self.with("warn");
        assert!(status == "fail" || warned == [name], "{warned:?} {}", self.stdout);
        let (found, detail, told) = self.found(name);
        assert_eq!(found, status, "{detail}");
        assert!(detail.contains(says), "`{says}` not in `{detail}`");
        assert!(told.contains(remedy), "`{remedy}` not in `{told}`");
        assert_eq!(self.status, i32::from(status == "fail"));
    }
}

#[tokio::test]
async fn a_deployment_that_is_well() {
    let deployment = Deployment::new().await;
    let ran = deployment.end(deployment.command().args(["--function", FUNCTION_NAME])).await;
    let policy = PolicyFile::built_in().fingerprint().unwrap().to_string();
    let shown =
        ran.stdout.replace(&deployment.okta.url(), "https://acme.okta.com").replace(&policy, "<policy>");
    insta::assert_snapshot!(shown);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, "37 ok, 0 warnings, 0 failed, 0 not checked\n"));
    let posts = deployment.okta.calls().iter().filter(|call| call.path.ends_with("/messages")).count();
    assert_eq!(posts, 2, "the right to post is asked for, once in each generation");
}

#[tokio::test]
async fn json_is_one_document_with_every_check() {
    let deployment = Deployment::new().await;
    let document = deployment.examine().await.document();
    let checks = document["checks"].as_array().unwrap();
    assert_eq!((document["ok"].as_u64(), document["fail"].as_u64()), (Some(checks.len() as u64), Some(0)));
    assert_eq!(
        checks.iter().find(|check| check["name"] == "people").unwrap(),
        &json!({
            "group": "Okta", "name": "people", "status": "ok",
            "detail": "allowed (okta.users.read), 600 calls a minute", "remedy": null,
        })
    );
}
