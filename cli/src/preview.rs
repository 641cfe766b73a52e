//! `enricher preview`: the message that a request of a real org would get now. It posts nothing.

use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::degradation::Degradation;
use okta_request_enricher::error::Error;
use okta_request_enricher::handler::{AsOf, Enricher, Lead, Stop, Trial, Tried};
use okta_request_enricher::ledger::Ledger;
use okta_request_enricher::okta::OktaError;
use okta_request_enricher::outcome::SkipReason;
use okta_request_enricher::request::{Api, RequestId};
use okta_request_enricher::secret::Secret;
use serde_json::{Value, json};

use crate::environment::SettingsFrom;
use crate::environment::policy_note::note_policy;
use crate::failure::Failure;
use crate::policy_option::PolicyOption;
use crate::terminal::{self, style};
use crate::time_limit::TIME_LIMIT;
use crate::{credential, local_org, message_lines, misses, policy_note, request_id};

/// Show the message that a request of your org would get now, and post nothing
///
/// Reads the request from the org, and all that its message would show, as the deployed function would do now.
/// It posts nothing and changes nothing, whatever the options. A request that is closed is shown, too, although
/// the function would post nothing on it. What only an event says is missing: where the request was raised, the
/// subject line of a v2 request, and the conflicts of a v1 request. For those, see enricher replay --org.
///
/// Takes the Lambda's settings from this shell (OKTA_ORG_URL, OKTA_SECRET_ID, ENRICHMENT_FILE, REQUEST_TYPES)
/// or from the deployed function. The credential is that of OKTA_API_TOKEN or of the file that OKTA_SECRET_FILE
/// names, or else the one in Secrets Manager. It needs no right to post. With a credential of this shell and
/// without --function, AWS is not needed.
#[derive(Args)]
#[expect(clippy::doc_markdown, reason = "`--help` shows the text as it stands here")]
#[command(after_help = "\
Examples:
  With your own credential; needs no AWS:
    OKTA_API_TOKEN=00… enricher preview --org https://acme.okta.com \\
      req42kjDgk1EubTwo0g4
  With the settings and the policy of the deployed function:
    enricher preview --function okta-request-enricher \\
      req42kjDgk1EubTwo0g4 618ad20a5ccefb000985fd15
  With a policy that is not deployed yet:
    enricher preview --function okta-request-enricher --policy draft.toml \\
      req42kjDgk1EubTwo0g4

Exit status: 0 all well, 1 a request could not be read, or its message could not
be made, 2 wrong usage.")]
pub(crate) struct Preview {
    /// Ids of access requests: req and 17 letters or digits, or 24 hexadecimal digits (request types)
    #[arg(required = true, value_name = "REQUEST_ID", value_parser = request_id::parse)]
    ids: Vec<RequestId>,
    /// Read from this org, instead of that of `OKTA_ORG_URL`
    #[arg(long, value_name = "URL", conflicts_with = "function")]
    org: Option<String>,
    /// Print a line of JSON for each request
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    from: SettingsFrom,
    #[command(flatten)]
    policy: PolicyOption,
}

/// What became of one request.
struct Shown<'a> {
    id: &'a RequestId,
    rule: Option<&'a str>,
    message: Option<&'a str>,
    lacks: Option<Degradation>,
    end: End,
}

/// What the function would do with it.
enum End {
    Posts,
    PostsNothing { reason: String, code: &'static str },
    Fails(Error),
}

impl Preview {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let enricher = Box::pin(self.enricher()).await?;
        let mut well = true;
        for id in &self.ids {
            well &= Box::pin(self.preview(&enricher, id)).await;
        }
        Ok(ExitCode::from(u8::from(!well)))
    }

    /// Shows one request. Returns whether that succeeded.
    async fn preview(&self, enricher: &Enricher, id: &RequestId) -> bool {
        let failed = |error| Shown { id, rule: None, message: None, lacks: None, end: End::Fails(error) };
        let okta = match enricher.okta() {
            Ok(okta) => okta,
            Err(error) => return self.show(&failed(error)),
        };
        let (listed, read) = match Box::pin(okta.listed_request(id, Deadline::after(TIME_LIMIT))).await {
            Ok(found) => found,
            Err(error) => {
                let is_older = matches!(error, OktaError::NotFound { .. }) && id.api() == Api::V1;
                self.show(&failed(Error::of_call("failed to read the access request", error)));
                if is_older {
                    terminal::eprintln!(
                        "note: a request of a request condition is found by its other id, which begins with req"
                    );
                }
                return false;
            }
        };
        let event = listed.event();
        let lead = Lead { event: &event, aliases: &[], read: Some(&read) };
        let Trial { rule, result } = Box::pin(enricher.try_out(lead, Deadline::after(TIME_LIMIT))).await;
        let rule = rule.map(|rule| rule.name.as_str());
        let shown = Shown { rule, ..failed(Error::panicked()) };
        match result {
            Ok(Tried { facts, message, .. }) => {
                let end = match read.closed.clone().map(SkipReason::Closed) {
                    Some(closed) => End::PostsNothing { reason: closed.to_string(), code: closed.code() },
                    None => End::Posts,
                };
                let lacks = Some(Degradation::of(&facts.content.sections));
                self.show(&Shown { message: Some(message.as_str()), lacks, end, ..shown })
            }
            Err(Stop::Failed(error)) => self.show(&Shown { end: End::Fails(error), ..shown }),
            Err(Stop::Skipped(reason)) => {
                let end = End::PostsNothing { reason: reason.to_string(), code: reason.code() };
                let well = self.show(&Shown { end, ..shown });
                if reason == SkipReason::NoRule {
                    let misses = Box::pin(enricher.misses(lead, Deadline::after(TIME_LIMIT))).await;
                    misses::print(id.as_str(), &misses);
                }
                well
            }
            // A trial claims nothing, so it meets no duplicate.
            Err(Stop::Duplicate) => true,
        }
    }

    fn show(&self, shown: &Shown<'_>) -> bool {
        if self.json {
            shown.print_json();
        } else {
            shown.print();
        }
        !matches!(shown.end, End::Fails(_))
    }

    async fn enricher(&self) -> Result<Enricher, Failure> {
        let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
        let is_local = self.from.function.is_none();
        if is_local && self.org.is_none() && !is_set("OKTA_ORG_URL") {
            return Err("the org is unknown; give --org URL or --function NAME, or set OKTA_ORG_URL".into());
        }
        let has_credential = credential::variable().is_some();
        if is_local && !has_credential && !is_set("OKTA_SECRET_ID") {
            return Err(
                "there is no credential; set OKTA_API_TOKEN or OKTA_SECRET_FILE, or give --function NAME"
                    .into(),
            );
        }
        let mut changes = vec![("MAX_EVENT_AGE", u32::MAX.to_string()), ("DRY_RUN", "true".to_owned())];
        if let Some(org) = &self.org {
            local_org::url(org)?;
            changes.push(("OKTA_ORG_URL", org.clone()));
        }
        let change = |name: &str| changes.iter().find(|(other, _)| *other == name).map(|it| it.1.clone());
        let (config, secret) = if is_local && has_credential {
            let config = local_org::config(self.org.as_deref(), &self.policy, change)?;
            let secret = Secret::given(local_org::credential()?);
            terminal::eprintln!("okta: {}", config.org);
            policy_note::note(&config.deployment.policy_file);
            (config, secret)
        } else {
            let environment = self.from.read_with(&self.policy).await?;
            let config = environment.config(&changes)?;
            let secret = environment.secret(&config).await?;
            terminal::eprintln!("okta: {}", config.org);
            note_policy(&config.deployment.policy_file, &environment);
            (config, secret)
        };
        Ok(Enricher::for_operator(config, secret, Ledger::in_memory(), AsOf::Now)?)
    }
}

impl Shown<'_> {
    fn print(&self) {
        let bold = terminal::bold();
        terminal::println!("{bold}{}{bold:#}", self.id);
        if let Some(message) = self.message {
            message_lines::print(message);
        }
        let rule = self.rule.map(|rule| format!(" [rule {rule}]")).unwrap_or_default();
        let (color, sentence) = match &self.end {
            End::Posts => (AnsiColor::Green, "not posted: the function would post this message".to_owned()),
            End::PostsNothing { reason, .. } => {
                (AnsiColor::Yellow, format!("the function would post nothing: {reason}"))
            }
            End::Fails(error) => (AnsiColor::Red, error.to_string()),
        };
        let color = style(color);
        terminal::println!("  {color}{sentence}{color:#}{rule}");
        if let Some(warning) = self.lacks.as_ref().and_then(Degradation::warning) {
            let yellow = style(AnsiColor::Yellow);
            terminal::println!("  {yellow}warning:{yellow:#} {warning}");
        }
    }

    fn print_json(&self) {
        let mut line = json!({
            "request_id": self.id.as_str(), "api": self.id.api(), "outcome": self.end.name(), "rule": self.rule,
        });
        match &self.end {
            End::Posts => {}
            End::PostsNothing { reason, code } => {
                line["reason"] = reason.as_str().into();
                line["code"] = (*code).into();
            }
            End::Fails(error) => {
                line["code"] = error.code().as_str().into();
                line["errorType"] = error.class().as_str().into();
                line["errorMessage"] = Value::from(error.message());
            }
        }
        if let (Some(message), Some(lacks)) = (self.message, &self.lacks) {
            line["degraded"] = json!(lacks.sections());
            line["message"] = message.into();
        }
        terminal::print_json(&line);
    }
}

impl End {
    /// The `outcome` of `--json`.
    fn name(&self) -> &'static str {
        match self {
            End::Posts => "would_post",
            End::PostsNothing { .. } => "would_post_nothing",
            End::Fails(_) => "failed",
        }
    }
}
