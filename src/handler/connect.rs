//! Connects the [`Enricher`] of the Lambda to AWS and to Okta: all that INIT can do before the first event.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;

use super::{Enricher, Ready, Unready};
use crate::attempt::{AsOf, Log, Pipeline};
use crate::aws;
use crate::bus::OutcomeBus;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::event::Channel;
use crate::http::HttpError;
use crate::ledger::Ledger;
use crate::secret::Secret;
use crate::surroundings::Surroundings;

/// What INIT may take of the ten seconds that Lambda gives it.
const INIT_TIMEOUT: Duration = Duration::from_secs(3);

impl From<ConfigError> for Unready {
    fn from(error: ConfigError) -> Unready {
        let outcome_bus = error.outcome_bus.clone().and_then(|name| {
            let surroundings = Surroundings::real(error.ssl_cert_file.as_deref(), false).ok()?;
            Some(OutcomeBus::new(aws_sdk_eventbridge::Client::new(&aws::config(surroundings)), name))
        });
        Unready { faults: error.texts(), error: error.into(), outcome_bus }
    }
}

impl From<HttpError> for Unready {
    fn from(error: HttpError) -> Unready {
        let error = Error::from(error);
        Unready { faults: vec![error.to_string()], error, outcome_bus: None }
    }
}

impl Enricher {
    /// For the Lambda: with the credential from Secrets Manager. The credential and the connections to Okta,
    /// to the ledger and to the outcome bus are made ready now, as far as the configuration uses them.
    pub async fn connect(config: Result<Config, ConfigError>, log: Log) -> Enricher {
        let deployment = Arc::clone(match &config {
            Ok(config) => &config.deployment,
            Err(error) => &error.deployment,
        });
        let connected = async {
            let config = config?;
            let surroundings = Surroundings::real(config.ssl_cert_file.as_deref(), false)?;
            let aws = aws::config(surroundings.apart()?);
            Ok(connect(config, surroundings, &aws, Arc::clone(&log)).await)
        };
        // Boxed: the SDK's futures are large.
        let pipeline: Result<Pipeline, Unready> = Box::pin(connected).await;
        Enricher { ready: pipeline.map(Ready::new), deployment, clock: Clock::System, log }
    }

    /// The same with given surroundings. Calls to AWS go by the configuration `aws`.
    pub async fn connect_in(
        surroundings: Surroundings,
        aws: &SdkConfig,
        config: Config,
        log: Log,
    ) -> Enricher {
        let (clock, deployment) = (surroundings.clock, Arc::clone(&config.deployment));
        let pipeline = Box::pin(connect(config, surroundings, aws, Arc::clone(&log))).await;
        Enricher { ready: Ok(Ready::new(pipeline)), deployment, clock, log }
    }
}

async fn connect(config: Config, surroundings: Surroundings, aws: &SdkConfig, log: Log) -> Pipeline {
    let secrets_manager = aws_sdk_secretsmanager::Client::new(aws);
    let secret = Secret::in_secrets_manager(secrets_manager, config.secret_id.clone());
    let outcome_bus = config.outcome_bus.clone();
    let outcome_bus = outcome_bus.map(|name| OutcomeBus::new(aws_sdk_eventbridge::Client::new(aws), name));
    let ledger = Ledger::of(config.ledger_table.as_deref(), aws);
    let mut pipeline = Pipeline::new(config, surroundings, secret, ledger, outcome_bus, AsOf::Now, log);
    pipeline.channel = Channel::Function;
    if let Some(bus) = &pipeline.outcome_bus {
        bus.warm();
    }
    let limit = Deadline::after(INIT_TIMEOUT);
    let warm = async {
        tokio::join!(pipeline.okta.warm(limit), async {
            if !pipeline.config.dry_run {
                pipeline.ledger.warm(limit).await;
            }
        })
    };
    // A time-out here is no fault: the invocation has its own.
    let _ = tokio::time::timeout(INIT_TIMEOUT, Box::pin(warm)).await;
    pipeline
}
