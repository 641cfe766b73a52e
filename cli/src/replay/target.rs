//! The [`Target`] is the Okta that a replay calls: the simulator inside this process, or a real org.

use std::path::Path;

use okta_request_enricher::config::Config;
use okta_request_enricher::credential::Credential;
use okta_request_enricher::deployment::Deployment;
use okta_request_enricher::handler::{AsOf, Enricher};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::outcome::{Attempt, Outcome};
use okta_request_enricher::request::RequestId;
use okta_request_enricher::secret::Secret;
use okta_simulator::{Fault, Simulator};

use super::missing::missing;
use crate::failure::Failure;
use crate::policy_option::PolicyOption;
use crate::{local_org, world};

/// The Lambda's code, and the Okta that it calls.
pub(super) struct Target {
    pub(super) enricher: Enricher,
    pub(super) place: Place,
    /// The simulator, and how many of its calls belong to earlier events.
    simulator: Option<(Simulator, usize)>,
}

/// Where messages are posted.
pub(super) enum Place {
    /// `world`: the folder of its own, if there is one.
    Simulator {
        world: Option<String>,
    },
    Org(String),
}

impl Target {
    /// The simulator with its sample world, or with the world of a folder. There the time of the event counts
    /// as the current time, so that each event leads to the same message for ever.
    pub(super) async fn simulated(
        folder: Option<&Path>,
        faults: &[Fault],
        dry_run: bool,
        policy: &PolicyOption,
    ) -> Result<Target, Failure> {
        let simulator = world::start(folder).await?;
        for fault in faults {
            simulator.fault(fault.clone());
        }
        let config = config(&simulator.url(), dry_run, policy)?;
        let secret = Secret::given(Credential::parse(&simulator.token())?);
        let enricher = Enricher::for_operator(config, secret, Ledger::in_memory(), AsOf::Event)?;
        let place = Place::Simulator { world: folder.map(|folder| folder.display().to_string()) };
        Ok(Target { enricher, place, simulator: Some((simulator, 0)) })
    }

    /// A real org, with the credential of this shell.
    pub(super) fn org(
        url: &str,
        dry_run: bool,
        policy: &PolicyOption,
        as_of: AsOf,
    ) -> Result<Target, Failure> {
        local_org::url(url)?;
        let config = config(url, dry_run, policy)?;
        let secret = Secret::given(local_org::credential()?);
        let enricher = Enricher::for_operator(config, secret, Ledger::in_memory(), as_of)?;
        Ok(Target { enricher, place: Place::Org(url.to_owned()), simulator: None })
    }

    pub(super) fn deployment(&self) -> &Deployment {
        self.enricher.deployment()
    }

    /// What to do about an attempt whose event names what the simulator does not have.
    pub(super) fn note(&mut self, attempt: &Attempt) -> Option<String> {
        let (simulator, seen) = self.simulator.as_mut()?;
        let calls = simulator.calls();
        let unknown = missing(simulator, &calls[*seen..], attempt);
        *seen = calls.len();
        if unknown.is_empty() {
            return None;
        }
        let unknown = unknown.join(" and no ");
        Some(match &self.place {
            Place::Simulator { world: Some(folder) } => format!(
                "the simulator has no {unknown}; add it to the world in {folder} (docs/world.md), or use --org URL to see \
                 the message of your org"
            ),
            _ => format!(
                "the simulator has no {unknown}; use --org URL to see the message of your org (it posts nothing without \
                 --post), or --world DIR to give the simulator your people"
            ),
        })
    }
}

impl Place {
    pub(super) fn is_simulator(&self) -> bool {
        matches!(self, Place::Simulator { .. })
    }

    /// How the attempt ended, in words that call the simulator by its name.
    pub(super) fn sentence(&self, attempt: &Attempt) -> String {
        let id = attempt.request_id().map_or("the request", RequestId::as_str);
        match &attempt.result {
            Ok(Outcome::Posted { .. }) if self.is_simulator() => {
                format!("message posted to the simulator on {id}")
            }
            Ok(Outcome::Duplicate) if self.is_simulator() => {
                format!("duplicate: the simulator has a message on {id} already")
            }
            Ok(Outcome::Reconciled(_)) if self.is_simulator() => {
                format!("{} (in the simulator)", attempt.sentence())
            }
            _ => attempt.sentence(),
        }
    }
}

/// The settings of this shell. Events have no age limit unless `MAX_EVENT_AGE` sets one.
fn config(org: &str, dry_run: bool, policy: &PolicyOption) -> Result<Config, Failure> {
    local_org::config(Some(org), policy, |name| match name {
        "DRY_RUN" => Some(dry_run.to_string()),
        "MAX_EVENT_AGE" => {
            let set = std::env::var(name).ok().filter(|value| !value.trim().is_empty());
            set.or_else(|| Some(u32::MAX.to_string()))
        }
        _ => None,
    })
}
