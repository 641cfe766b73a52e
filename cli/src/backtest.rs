//! `enricher backtest`: applies the policy to the org's past requests and posts nothing. An admin shows its
//! result to whoever decides whether to switch the function on.

mod attributes;
mod calls;
mod causes;
mod findings;
mod kinds;
mod past;
mod posting;
mod samples;
mod summary;
mod trials;
mod verdict;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, value_parser};
use jiff::Timestamp;
use okta_request_enricher::handler::{AsOf, Enricher};
use okta_request_enricher::housekeeping::Unread;
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::okta::OktaClient;
use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_request_enricher::policy::Policy;
use okta_request_enricher::request::Api;

use self::calls::Calls;
use self::findings::Findings;
use self::past::{PastRequests, past_requests};
use self::trials::Trials;
use crate::environment::SettingsFrom;
use crate::environment::policy_note::note_policy;
use crate::failure::Failure;
use crate::interrupt::{self, Interrupt};
use crate::policy_option::PolicyOption;
use crate::{credential, terminal, time_span};

/// Percent of each of Okta's rate limits that is left to other programs.
const SPARED: u64 = 50;

/// Try the policy on past access requests, and post nothing
///
/// Reads the org's recent requests, makes the message of each, and posts none. Shows which rules match, and which
/// match nothing. Shows which messages would fail, be empty or be cut, and which requests get none, with the
/// reasons. Shows which warnings are so frequent that approvers stop reading them, the conflicts of each request,
/// and which checks are not done. Shows which attributes of people would be seen by whom, which nobody has, and how
/// many calls to Okta it takes. --show prints messages.
///
/// Uses half of each of Okta's rate limits, so many requests take a while; Ctrl-C ends it with what it found so far.
/// Groups, apps and entitlements are those of today, not of the time of the request.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, ENRICHMENT_FILE, REQUEST_TYPES)
/// or from the deployed function. Then the policy is the deployed one, which takes lambda:InvokeFunction, unless
/// --policy names another. The credential is that of OKTA_API_TOKEN or of the file that OKTA_SECRET_FILE names, or
/// else the one in Secrets Manager. It must be able to list requests: Okta allows
/// that to a service app with the scope, and to some API tokens. A list that Okta refuses is named and left
/// out. To find out whether messages could be posted, it sends one to a request that can't exist, as doctor
/// does.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  Try this shell's settings on the last 30 days, and see five of the messages:
    enricher backtest --since 30d --show 5
  Try a changed policy with the settings of the deployed function:
    enricher backtest --function okta-request-enricher --policy draft.toml
  Keep the result for a program:
    enricher backtest --since 7d --limit 500 --json > backtest.json

Exit status: 0 all well, 1 a message would fail, or the function may not post,
or the lists of requests could not be used, 2 wrong usage, 130 interrupted by
Ctrl-C, after the result so far.")]
pub(crate) struct Backtest {
    /// How far back: 24h, 30d
    #[arg(long, value_name = "TIME", value_parser = time_span::parse, default_value = "30d")]
    since: Duration,
    /// Try the newest N requests at most
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
    limit: u32,
    /// Print N of the messages: of each rule the newest with a warning, or else the newest; then more
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    show: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: SettingsFrom,
    #[command(flatten)]
    policy: PolicyOption,
}

impl Backtest {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let (enricher, policy) = self.enricher().await?;
        let okta = match enricher.okta() {
            Ok(okta) => okta,
            Err(error) => return Ok(terminal::failed(&error.to_string())),
        };
        let since = Timestamp::now().checked_sub(self.since)?;
        let lists = okta.for_endpoints(&[Endpoint::RequestsV1, Endpoint::RequestsV2, Endpoint::RequestV2]);
        // The lists keep to the same rate limits as all other calls.
        okta.spare(SPARED);
        let mut interrupt = Interrupt::listen(|| ());
        let found = tokio::select! {
            found = past_requests(&lists, since, usize::try_from(self.limit)?) => found,
            () = interrupt.wait() => {
                terminal::eprintln!("interrupted while the lists were read: nothing was tried");
                return Ok(ExitCode::from(interrupt::EXIT_STATUS));
            }
        };
        let PastRequests { found, tried, unread } = found;
        if unread.len() == 2 || unread.iter().any(|list| !list.error.refuses_list()) {
            return Ok(without_lists(&unread));
        }
        for list in &unread {
            let (failure, api) = (list.failure(), list.api.as_str());
            terminal::eprintln!("{}; {api} requests are left out{}", failure.cause(), list.needs());
        }
        let before = okta.usage();
        let mut findings = Findings::new(&policy, since, found);
        let mut trials = Trials { enricher: &enricher, keeps_messages: self.show > 0, interrupt };
        let tally = trials.run(&mut findings, &tried).await;
        if !findings.interrupted {
            check_rights(okta, &mut findings, &tally.messages).await;
        }
        findings.calls = Calls::of(&okta.usage(), &before, findings.made_or_failed());
        if findings.interrupted {
            terminal::eprintln!("interrupted after {} of {} requests", findings.tried, tried.len());
        } else {
            trials.explain(&mut findings, tally.unruled.iter().map(|place| &tried[*place])).await;
        }
        findings.sum_up();
        findings.to_settle = verdict::to_settle(&findings);
        self.print(&mut findings)?;
        // An operator's own credential need not be able to post.
        let cannot_post = !findings.cannot_post.is_empty() && credential::variable().is_none();
        Ok(if findings.interrupted {
            ExitCode::from(interrupt::EXIT_STATUS)
        } else {
            ExitCode::from(u8::from(cannot_post || findings.would_fail.requests() > 0))
        })
    }

    async fn enricher(&self) -> Result<(Enricher, Policy), Failure> {
        let environment = self.from.read_with(&self.policy).await?;
        let changes = [("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", "true".to_owned())];
        let config = environment.config(&changes)?;
        let secret = environment.secret(&config).await?;
        note_policy(&config.deployment.policy_file, &environment);
        let policy = config.policy.clone();
        Ok((Enricher::for_operator(config, secret, Ledger::in_memory(), AsOf::Event)?, policy))
    }

    fn print(&self, findings: &mut Findings) -> Result<(), Failure> {
        let samples = findings.messages.take().map(|samples| samples.chosen(self.show));
        if self.json {
            findings.messages = samples;
            terminal::print_pretty_json(&serde_json::to_value(findings)?);
            return Ok(());
        }
        if let Some(samples) = samples {
            samples.print(findings.messages());
        }
        summary::print(findings);
        Ok(())
    }
}

/// Says why nothing can be tried, each cause once.
fn without_lists(unread: &[Unread]) -> ExitCode {
    let mut said = Vec::new();
    for list in unread {
        let failure = list.failure();
        let why = if list.error.refuses_list() {
            format!("{}{}", failure.cause(), list.needs())
        } else {
            failure.to_string()
        };
        if !said.contains(&why) {
            terminal::eprintln!("{why}");
            said.push(why);
        }
    }
    terminal::failed(match unread {
        [_] => "one of the two lists could not be read, so nothing was tried",
        _ => "no list of requests could be read",
    })
}

/// Finds out what the credential lacks.
async fn check_rights(okta: &OktaClient, findings: &mut Findings, messages: &[(Api, usize)]) {
    let lacking = okta.lacking_scopes();
    findings.lacking_scopes = endpoint::needed(&lacking).into_iter().map(str::to_owned).collect();
    findings.cannot_post = posting::refused(okta, messages).await;
}
