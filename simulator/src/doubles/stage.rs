//! A [`Stage`] is everything around the deployed binary: an Okta, an AWS, and the variables by which the
//! binary finds both.

use std::collections::BTreeMap;
use std::time::Duration;

use super::aws::Aws;
use super::dynamodb::LEDGER_TABLE;
use super::lambda::Lambda;
use super::secrets_manager::SECRET_NAME;
use crate::{Simulator, service_app_secret};

/// A `MAX_EVENT_AGE` in seconds under which the sample events, which have fixed dates, are never too old.
pub const ANY_AGE: &str = "4000000000";

/// The running doubles, and the variables of each process that [`spawn`](Self::spawn) starts.
pub struct Stage {
    /// Okta, with the sample world.
    pub okta: Simulator,
    /// AWS.
    pub aws: Aws,
    variables: BTreeMap<&'static str, String>,
    /// Requests raised by [`raise`](Self::raise) so far.
    pub(super) raised: usize,
}

impl Stage {
    /// The sample world, and an API token in the secret. Needs a tokio runtime.
    pub async fn new() -> Self {
        let okta = Simulator::start().await.expect("a free port on 127.0.0.1");
        let aws = Aws::start();
        aws.set_secret(okta.token());
        let variables = BTreeMap::from([
            ("OKTA_ORG_URL", okta.url()),
            ("OKTA_SECRET_ID", SECRET_NAME.to_owned()),
            ("MAX_EVENT_AGE", ANY_AGE.to_owned()),
        ]);
        Self { okta, aws, variables, raised: 0 }
    }

    /// The same with a service app's credential in the secret.
    pub async fn with_service_app() -> Self {
        let stage = Self::new().await;
        stage.aws.set_secret(service_app_secret());
        stage
    }

    /// The same with a ledger table.
    pub async fn with_ledger() -> Self {
        Self::new().await.with("LEDGER_TABLE", LEDGER_TABLE)
    }

    /// Sets a variable of every process that is started from now on.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(name, value.into());
        self
    }

    /// Removes a variable.
    #[must_use]
    pub(super) fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Starts the deployed binary.
    #[track_caller]
    pub fn spawn(&self) -> Lambda {
        self.spawn_with(&[])
    }

    /// Starts the deployed binary with more variables.
    #[track_caller]
    pub fn spawn_with(&self, more: &[(&str, &str)]) -> Lambda {
        let variables = self.variables.iter().map(|(name, value)| (*name, value.as_str()));
        Lambda::spawn(variables.chain(more.iter().copied()), &self.aws)
    }

    /// Arms a fault of Okta, written as `enricher simulate --fault` takes it.
    #[track_caller]
    pub fn fault(&self, fault: &str) {
        self.okta.fault(fault.parse().unwrap_or_else(|e| panic!("`{fault}` is no fault: {e}")));
    }

    /// Ends all faults of Okta, of the ledger table and of the outcome bus.
    pub fn heal(&self) {
        self.okta.clear_faults();
        self.aws.heal_ledger();
        self.aws.heal_events();
        self.aws.delay_events(Duration::ZERO);
    }

    /// How many messages each request has. Panics if Okta had a complaint.
    #[track_caller]
    pub fn messages(&self) -> BTreeMap<String, usize> {
        assert_eq!(self.okta.complaints(), Vec::<String>::new());
        let mut messages = BTreeMap::new();
        for posted in self.okta.messages() {
            *messages.entry(posted.request_id).or_default() += 1;
        }
        messages
    }
}
