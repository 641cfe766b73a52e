//! The [`World`] is everything that the process talks to beside Lambda: the embedded Okta and the doubles of
//! AWS, each behind a [`Front`] of its own. It makes one event after another, each about a request of its
//! own, and sees that each led to one message.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Write as _;

use jiff::Timestamp;
use okta_simulator::doubles::{Alpn, Aws, LEDGER_TABLE, OUTCOME_BUS, SECRET_NAME};
use okta_simulator::{Simulator, service_app_secret};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use crate::front::{Call, Front};
use crate::setting::{Credential, Protocol, Setting, Sources};

const EVENT: &str = include_str!("../../events/access.request.create--v2.json");

/// The request that the event is about, under both its ids, and the event's own.
const REQUEST: &str = "req16zRXf4PBGnr7o18A";
const APPROVAL: &str = "6df00acaafb22642fc98ff94";
const UUID: &str = "6df5abfe-cd2b-5329-a6b1-24ad175e7461";
const PUBLISHED: &str = "2026-11-24T09:06:26.274Z";

const PROFILE_ONLY: &str = "\
[[rule]]
name = \"profile\"
sections = [\"profile\"]
attributes = [{ name = \"title\", label = \"Title\" }, { name = \"department\", label = \"Department\" }]
";

/// The servers.
pub(crate) struct World {
    okta: Simulator,
    to_okta: Front,
    to_aws: [Front; 3],
    _aws: Aws,
    request: Value,
    orders: Cell<u64>,
    env: BTreeMap<&'static str, String>,
    _files: [NamedTempFile; 2],
}

impl World {
    /// Starts them. Needs a tokio runtime.
    pub(crate) async fn start(setting: &Setting) -> World {
        let mut sample = okta_simulator::World::sample();
        (sample.limits.directory, sample.limits.governance) = (u32::MAX, u32::MAX);
        let request = sample.v2_requests[REQUEST].clone();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let okta = Simulator::serve(listener, sample).await.expect("a simulator");
        let aws = Aws::start();
        aws.set_secret(match setting.credential {
            Credential::Ssws => okta.token(),
            Credential::Oauth => service_app_secret(),
        });
        let alpn = if setting.protocol == Protocol::H1 { Alpn::Http1 } else { Alpn::Both };
        let to_okta = Front::start(okta.url(), alpn, setting.to_okta());
        // AWS's own endpoints speak HTTP/1.1.
        let to_secrets_manager = Front::start(aws.url(), Alpn::Http1, setting.to_secrets_manager());
        let to_dynamodb = Front::start(aws.url(), Alpn::Http1, setting.to_dynamodb());
        let to_event_bridge = Front::start(aws.url(), Alpn::Http1, setting.to_event_bridge());
        let to_aws = [to_secrets_manager, to_dynamodb, to_event_bridge];

        let file = |text: &str| {
            let mut file = NamedTempFile::new().expect("a temporary file");
            file.write_all(text.as_bytes()).expect("a writable file");
            file
        };
        let roots = to_aws.iter().chain([&to_okta]).map(Front::root);
        let roots = file(&roots.collect::<String>());
        let policy = file(PROFILE_ONLY);
        let path = |file: &NamedTempFile| file.path().display().to_string();
        let mut env = BTreeMap::from([
            ("OKTA_ORG_URL", to_okta.url()),
            ("OKTA_SECRET_ID", SECRET_NAME.to_owned()),
            ("SSL_CERT_FILE", path(&roots)),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", to_aws[0].url()),
            ("AWS_ENDPOINT_URL_DYNAMODB", to_aws[1].url()),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", to_aws[2].url()),
        ]);
        if setting.sources == Sources::Profile {
            env.insert("ENRICHMENT_FILE", path(&policy));
        }
        if setting.ledger {
            env.insert("LEDGER_TABLE", LEDGER_TABLE.to_owned());
        }
        if setting.bus {
            env.insert("OUTCOME_BUS", OUTCOME_BUS.to_owned());
        }
        World {
            okta,
            to_okta,
            to_aws,
            _aws: aws,
            request,
            orders: Cell::new(0),
            env,
            _files: [roots, policy],
        }
    }

    /// What the process finds in its environment.
    pub(crate) fn env(&self) -> &BTreeMap<&'static str, String> {
        &self.env
    }

    /// The event of a new request, which is raised now.
    pub(crate) fn order(&self) -> String {
        let number = self.orders.get() + 1;
        self.orders.set(number);
        let (id, before) = (format!("req{number:017}"), format!("req{:017}", number - 1));
        let renamed = |text: &str| {
            text.replace(REQUEST, &id)
                .replace(APPROVAL, &format!("{number:024x}"))
                .replace(UUID, &format!("f790999f-fe87-467a-9880-{number:012x}"))
                .replace(PUBLISHED, &Timestamp::now().to_string())
        };
        let request = serde_json::from_str(&renamed(&self.request.to_string())).expect("JSON");
        self.okta.with_world(|world| {
            world.v2_requests.remove(&before);
            world.insert_request(request);
        });
        renamed(EVENT)
    }

    /// The calls since the last time, to Okta and to AWS.
    pub(crate) fn take_calls(&self) -> (Vec<Call>, Vec<Call>) {
        (self.to_okta.take_calls(), self.to_aws.iter().flat_map(Front::take_calls).collect())
    }

    /// Connections opened so far, to Okta and to AWS.
    pub(crate) fn connections(&self) -> (usize, usize) {
        (self.to_okta.connections(), self.to_aws.iter().map(Front::connections).sum())
    }

    /// Sees that the last event led to one message on its request. What did not is no figure.
    pub(crate) fn check(&self, calls: &[Call], answer: &str) {
        let post = format!("/governance/api/v2/requests/req{:017}/messages", self.orders.get());
        let posted = calls.iter().filter(|call| call.name == format!("POST {post}") && call.status < 300);
        assert_eq!(posted.count(), 1, "not one message: {calls:#?}");
        assert!(answer.contains(r#""outcome":"posted""#) && answer.contains(r#""degraded":[]"#), "{answer}");
    }
}
