//! The program under test: its real client, gathering and message, against the simulator over real HTTP. Each
//! case has a client of its own, so nothing is remembered; the connections are shared.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use okta_request_enricher::credential::Credential;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::enrichment::inquiry::Questions;
use okta_request_enricher::enrichment::{self, Gathered, Setting};
use okta_request_enricher::event::{self, Channel, Incoming};
use okta_request_enricher::okta::{OktaClient, OrgUrl};
use okta_request_enricher::policy::{Policy, Posting};
use okta_request_enricher::secret::Secret;
use okta_request_enricher::surroundings::Surroundings;
use okta_simulator::Simulator;

use crate::oracle::case::Case;
use crate::oracle::people::now;

/// Nothing is late: what is judged must not depend on the machine's load.
const PATIENCE: Duration = Duration::from_mins(1);

/// The policies so far, by their text: to check one takes longer than everything else.
static POLICIES: LazyLock<Mutex<HashMap<String, Arc<Policy>>>> = LazyLock::new(Mutex::default);

/// One Okta, and the connections to it.
pub(crate) struct Product {
    okta: Simulator,
    surroundings: Surroundings,
}

impl Product {
    pub(crate) async fn start() -> Product {
        let surroundings = Surroundings::real(None, true).unwrap();
        Product { okta: Simulator::start().await.unwrap(), surroundings }
    }

    /// The message, `None` if the policy posts none, or why there is none.
    pub(crate) async fn message(&self, case: &Case) -> Result<Option<String>, String> {
        self.okta.clear_faults();
        self.okta.with_world(|world| *world = case.world());
        case.failures.arm(&self.okta);
        let policy = policy(&case.rule.toml());
        let Ok(Incoming::Created(event)) = event::parse(case.ask.event().to_string().as_bytes()) else {
            panic!("the event is not one of a request");
        };
        let secret = Secret::given(Credential::parse(&self.okta.token()).unwrap());
        let org = OrgUrl::parse(&self.okta.url()).unwrap();
        let endpoints = enrichment::endpoints(&policy, true);
        let client = OktaClient::new(self.surroundings.clone(), org, Arc::new(secret), &endpoints);
        let questions = Questions::new(&client, &event.request_id, false, None);
        let setting = Setting {
            questions: &questions,
            event: &event,
            word: event.word(Channel::Function),
            id: &event.request_id,
            now: now(),
            deadline: Deadline::after(PATIENCE),
            patience: None,
            even_closed: false,
        };
        let rule = match enrichment::choose(setting, &policy).await.map_err(|error| error.to_string())? {
            Ok(rule) => rule,
            Err(unruled) => return Err(format!("no rule: {unruled:?}")),
        };
        let gathered = enrichment::gather(setting, &policy, rule).await.map_err(|error| error.to_string())?;
        let (rule, gathered) = gathered.map_err(|unruled| format!("no rule: {unruled:?}"))?;
        let facts = match gathered {
            Gathered::Closed(status) => return Err(format!("closed: {status}")),
            Gathered::Nothing => return Ok(None),
            Gathered::Facts(facts) => facts,
        };
        if rule.message == Posting::Warnings && facts.is_quiet() {
            return Ok(None);
        }
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        let message = rule.view(facts.by_stranger).template.render(&facts.content, &policy.words);
        message.map(|message| Some(message.as_str().to_owned())).map_err(|error| error.to_string())
    }
}

fn policy(toml: &str) -> Arc<Policy> {
    if let Some(known) = POLICIES.lock().unwrap().get(toml) {
        return Arc::clone(known);
    }
    let policy =
        Arc::new(Policy::parse("policy.toml", toml).unwrap_or_else(|error| panic!("{error}\n{toml}")));
    POLICIES.lock().unwrap().insert(toml.to_owned(), Arc::clone(&policy));
    policy
}
