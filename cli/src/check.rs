//! `enricher check`: reports every error in a policy file, and warns of rules that are legal but probably not
//! meant.

mod answers;
mod failure;
mod mention;
mod org;
mod org_report;
mod refusal;
mod suggestion;
mod verdict;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::policy::{self, Policy, PolicyFault};
use okta_request_enricher::policy_file::{LIMIT, PolicyFile};
use okta_request_enricher::text::{count, system_error};
use serde_json::{Value, json};

use self::org::{Org, OrgOptions};
use self::org_report::OrgReport;
use crate::excerpt::{Excerpt, columns};
use crate::failure::Failure;
use crate::terminal::{self, style};

/// What stands in place of a file name for standard input.
const STANDARD_INPUT: &str = "-";

/// Check policy files
///
/// Shows each error with its line and what to write instead, then warnings about rules that are legal but
/// probably not meant. Exit status 1 if there is an error, or if Okta does not answer; warnings alone leave it at 0;
/// 2 if a file can't be read.
///
/// With --org or --function, it also looks up each id and each attribute in that org. Errors are: an app, group,
/// bundle, request type or condition that the org does not have; an id of the wrong kind; an attribute that no user
/// has. What is not active in Okta is a warning. So is what the credential may not look up: the warning names the
/// missing scope or admin role. Names and globs are not looked up.
///
/// It reads only, one call for an id, and uses half of each of Okta's rate limits. --function takes
/// lambda:GetFunctionConfiguration, lambda:InvokeFunction and secretsmanager:GetSecretValue.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Check the built-in policy, or files:
    enricher check
    enricher check enrichment.toml
    enricher check *.toml
  Look up each id and attribute in your org, too:
    OKTA_API_TOKEN=00… enricher check --org https://acme.okta.com \\
      enrichment.toml
  Check the policy that is deployed, and what it names in its org:
    enricher check --function okta-request-enricher
  Check what another program writes:
    git show HEAD:enrichment.toml | enricher check -
  For editors that know JSON Schema:
    enricher check --schema > enrichment.schema.json

Exit status: 0 all well, 1 for faults, and if Okta did not answer, 2 for a file
that can't be read, and for wrong usage.")]
pub(crate) struct CheckPolicy {
    /// The policy files; `-` for standard input [default: the built-in policy; with --function that of the function]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object for each file, on a line of its own
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of policy files, and check nothing
    #[arg(long, conflicts_with_all = ["files", "json", "org", "function"])]
    schema: bool,
    #[command(flatten)]
    org: OrgOptions,
}

impl CheckPolicy {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        if self.schema {
            terminal::print_pretty_json(&policy::schema::schema());
            return Ok(ExitCode::SUCCESS);
        }
        if self.files.iter().filter(|file| is_standard_input(file)).count() > 1 {
            return Err("`-` stands twice, and standard input can be read once; write it once".into());
        }
        let mut org = self.org.org().await?;
        if self.files.is_empty() {
            let checked = Checked::without_file(org.as_ref())?;
            return Ok(ExitCode::from(checked.against(org.as_mut()).await.print(self.json, &mut Vec::new())));
        }
        let (mut status, mut said) = (0, Vec::new());
        for file in &self.files {
            status = status.max(match Checked::read(file) {
                Ok(checked) => checked.against(org.as_mut()).await.print(self.json, &mut said),
                Err(failure) => {
                    terminal::print_error(&failure.to_string());
                    2
                }
            });
        }
        Ok(ExitCode::from(status))
    }
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == STANDARD_INPUT
}

/// A policy file, and what is to be said about it.
struct Checked {
    name: String,
    fingerprint: Option<String>,
    text: String,
    rules: usize,
    faults: Vec<PolicyFault>,
    warnings: Vec<PolicyFault>,
    /// What the org says about it; `None` without an org.
    of_org: Option<OrgReport>,
}

impl Checked {
    fn read(path: &Path) -> Result<Checked, Failure> {
        if !is_standard_input(path) {
            let name = path.display().to_string();
            if path.is_dir() {
                return Err(format!("failed to read `{name}`: it is a directory; name a file in it").into());
            }
            return Checked::of(&name, &format!("`{name}`"), &PolicyFile::at(path));
        }
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(LIMIT + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("failed to read standard input: {}", system_error(&error)))?;
        let name = "standard input";
        Checked::of(name, name, &PolicyFile::given(name, &bytes))
    }

    /// `quoted` is the name in an error.
    fn of(name: &str, quoted: &str, file: &PolicyFile) -> Result<Checked, Failure> {
        let text = file.text().map_err(|error| format!("failed to read {quoted}: {}", error.cause))?;
        let fingerprint = file.fingerprint().map(|it| it.to_string());
        Ok(Checked::text(name.to_owned(), fingerprint, text.to_owned()))
    }

    /// The policy of the deployed function, or else the built-in one.
    fn without_file(org: Option<&Org>) -> Result<Checked, Failure> {
        if let Some(policy) = org.and_then(|org| org.deployed.as_ref()) {
            let (text, fingerprint) = policy.text()?;
            return Ok(Checked::text(policy.name(), fingerprint.map(str::to_owned), text.to_owned()));
        }
        let name = "the built-in policy";
        Checked::of(name, name, &PolicyFile::built_in())
    }

    fn text(name: String, fingerprint: Option<String>, text: String) -> Checked {
        let (rules, faults, warnings) = match Policy::check(&text) {
            Ok((policy, warnings)) => (policy.rules.len(), Vec::new(), warnings),
            Err(faults) => (0, faults, Vec::new()),
        };
        Checked { name, fingerprint, text, rules, faults, warnings, of_org: None }
    }

    /// The same, with what the org says about it.
    async fn against(mut self, org: Option<&mut Org>) -> Checked {
        if let Some(org) = org {
            let mut report = org.check(&self.text).await;
            report.merge_into(&mut self.faults, &mut self.warnings);
            self.of_org = Some(report);
        }
        self
    }

    /// Why calls to the org failed.
    fn failures(&self) -> &[String] {
        self.of_org.as_ref().map(|report| report.failures.as_slice()).unwrap_or_default()
    }

    /// Prints what was found; returns the exit status. `said` are the failures that were printed before.
    fn print(&self, json: bool, said: &mut Vec<String>) -> u8 {
        if json {
            terminal::print_json(&self.document());
        } else {
            self.print_excerpts();
            if let Some(sum) = self.of_org.as_ref().and_then(OrgReport::sum) {
                terminal::println!("{sum}");
            }
        }
        for failure in self.failures() {
            if !said.contains(failure) {
                terminal::print_error(failure);
                said.push(failure.clone());
            }
        }
        u8::from(!self.faults.is_empty() || !self.failures().is_empty())
    }

    fn print_excerpts(&self) {
        let Checked { name, text, faults, warnings, .. } = self;
        for fault in faults {
            terminal::to_stdout(&Excerpt::error(name, text, fault).lines());
        }
        for warning in warnings {
            terminal::to_stdout(&Excerpt::warning(name, text, warning).lines());
        }
        if !faults.is_empty() {
            let red = style(AnsiColor::Red);
            terminal::println!("{name}: {red}{}{red:#}", count(faults.len(), "error"));
            return;
        }
        // Then it is not known whether all is well.
        if !self.failures().is_empty() {
            return;
        }
        let green = style(AnsiColor::Green);
        let rules = count(self.rules, "rule");
        let policy = self.fingerprint.as_ref().map(|it| format!(", policy {it}")).unwrap_or_default();
        let warned = match warnings.len() {
            0 => String::new(),
            number => format!(", {}", count(number, "warning")),
        };
        terminal::println!("{name}: {green}ok{green:#}, {rules}{policy}{warned}");
    }

    fn document(&self) -> Value {
        let listed =
            |faults: &[PolicyFault]| -> Vec<_> { faults.iter().map(|fault| self.listed(fault)).collect() };
        let mut document = json!({
            "file": self.name,
            "policy": self.fingerprint,
            "ok": self.faults.is_empty() && self.failures().is_empty(),
            "faults": listed(&self.faults),
            "warnings": listed(&self.warnings),
        });
        if let Some(report) = &self.of_org {
            document["org"] = report.json();
        }
        document
    }

    fn listed(&self, fault: &PolicyFault) -> Value {
        let (column, end) = columns(&self.text, fault);
        let mut listed = json!({"line": fault.line, "column": column, "end": end, "text": fault.text()});
        if let Some(instead) = &fault.instead {
            listed["instead"] = instead.clone().into();
        }
        listed
    }
}
