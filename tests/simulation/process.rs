//! [`Process`]: one sandbox of Lambda with the real program in it, or the command line of an operator. Its clock is a
//! little wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use jiff::{SignedDuration, Timestamp};
use okta_request_enricher::aws::{http_client, retries};
use okta_request_enricher::clock::Clock;
use okta_request_enricher::config::Config;
use okta_request_enricher::handler::{AsOf, Enricher, Log};
use okta_request_enricher::http::Http;
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::luck::Luck;
use okta_request_enricher::secret::Secret;
use okta_request_enricher::surroundings::Surroundings;
use okta_simulator::doubles::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN};

use super::invocation::Number;
use super::network::Network;
use super::scene::Scene;

pub(crate) struct Process {
    pub(crate) number: usize,
    pub(crate) enricher: Enricher,
    pub(crate) clock: Clock,
    /// How many milliseconds its clock is ahead.
    pub(crate) ahead: i64,
    current: Arc<AtomicUsize>,
}

/// Regions that no process had yet.
static REGIONS: AtomicU64 = AtomicU64::new(0);

impl Process {
    /// Starts a process: INIT. Its clock is ahead of the true time by so many milliseconds.
    pub(crate) async fn start(
        scene: &Arc<Scene>,
        config: Config,
        number: usize,
        ahead: i64,
        luck: u64,
    ) -> Process {
        let (surroundings, aws, current) = surroundings(scene, number, ahead, luck, retries());
        let (of_log, told) = (Arc::clone(&current), Arc::clone(scene));
        let log: Log = Arc::new(move |line: String| told.logs(of_log.load(Ordering::Relaxed), number, &line));
        let clock = surroundings.clock;
        let enricher = Enricher::connect_in(surroundings, &aws, config, log).await;
        Process { number, enricher, clock, ahead, current }
    }

    /// The command line of an operator who reconciles: made as `enricher reconcile` makes it.
    pub(crate) fn by_hand(
        scene: &Arc<Scene>,
        config: Config,
        number: usize,
        ahead: i64,
        luck: u64,
    ) -> Process {
        let (surroundings, aws, current) = surroundings(scene, number, ahead, luck, RetryConfig::standard());
        let secrets_manager = aws_sdk_secretsmanager::Client::new(&aws);
        let secret = Secret::in_secrets_manager(secrets_manager, config.secret_id.clone());
        let ledger = Ledger::of(config.ledger_table.as_deref(), &aws);
        let clock = surroundings.clock;
        let enricher = Enricher::for_operator_in(surroundings, config, secret, ledger, AsOf::Now);
        Process { number, enricher, clock, ahead, current }
    }

    /// From now on its calls belong to this invocation.
    pub(crate) fn works_on(&self, invocation: Number) {
        self.current.store(invocation, Ordering::Relaxed);
    }

    /// Lambda's word for the end of an invocation that may last so long from now, by this process's clock.
    pub(crate) fn deadline_ms(&self, limit: Duration) -> u64 {
        let end: Timestamp = self.clock.now().checked_add(limit).unwrap();
        u64::try_from(end.as_millisecond()).unwrap()
    }
}

/// What a process gets from outside, with the number of the invocation at work: its calls belong to that one.
fn surroundings(
    scene: &Arc<Scene>,
    number: usize,
    ahead: i64,
    luck: u64,
    retries: RetryConfig,
) -> (Surroundings, SdkConfig, Arc<AtomicUsize>) {
    scene.story.tell(format!("process {number}"), || format!("starts, its clock {ahead} ms ahead"));
    let current = Arc::new(AtomicUsize::new(0));
    let region = format!("sim-{}", REGIONS.fetch_add(1, Ordering::Relaxed));
    let network = Network {
        process: number,
        current: Arc::clone(&current),
        scene: Arc::clone(scene),
        region: region.clone(),
    };
    let clock = Clock::given(scene.now().checked_add(SignedDuration::from_millis(ahead)).unwrap());
    let surroundings =
        Surroundings { http: Http::in_process(network.service()), clock, luck: Luck::seeded(luck) };
    let aws = aws(&surroundings, region, retries);
    (surroundings, aws, current)
}

fn aws(surroundings: &Surroundings, region: String, retries: RetryConfig) -> SdkConfig {
    let keys = Credentials::new(
        ACCESS_KEY_ID,
        SECRET_ACCESS_KEY,
        Some(SESSION_TOKEN.to_owned()),
        None,
        "simulation",
    );
    SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .retry_config(retries)
        .time_source(surroundings.clock)
        .sleep_impl(TokioSleep::new())
        .http_client(http_client(surroundings.http.clone()))
        .build()
}
