//! `enricher check`: reports every error in a policy file, and warns of rules that are legal but probably not
//! meant.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::AnsiColor;
use clap::Args;
use okta_request_enricher::policy::{self, Policy, PolicyFault};
use okta_request_enricher::policy_file::{LIMIT, PolicyFile};
use okta_request_enricher::text::count;
use serde_json::{Value, json};

use crate::excerpt::{Excerpt, columns};
use crate::failure::Failure;
use crate::terminal::{self, style};

/// What stands in place of a file name for standard input.
const STANDARD_INPUT: &str = "-";

/// Check policy files
///
/// Shows each error with its line and what to write instead, then warnings about rules that are legal but
/// probably not meant. Exit status 1 if there is an error; warnings alone leave it at 0; 2 if a file can't be
/// read.
#[derive(Args)]
#[command(after_help = "\
Examples:
  Check the built-in policy, or files:
    enricher check
    enricher check enrichment.toml
    enricher check *.toml
  Check what another program writes:
    git show HEAD:enrichment.toml | enricher check -
  For editors that know JSON Schema:
    enricher check --schema > enrichment.schema.json")]
pub(crate) struct CheckPolicy {
    /// The policy files; `-` for standard input [default: the built-in policy]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object for each file, on a line of its own
    #[arg(long)]
    json: bool,
    /// Print the JSON Schema of policy files, and check nothing
    #[arg(long, conflicts_with_all = ["files", "json"])]
    schema: bool,
}

impl CheckPolicy {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.schema {
            terminal::print_pretty_json(&policy::schema());
            return Ok(ExitCode::SUCCESS);
        }
        if self.files.iter().filter(|file| is_standard_input(file)).count() > 1 {
            return Err("`-` stands twice, and standard input can be read once; write it once".into());
        }
        if self.files.is_empty() {
            let name = "the built-in policy";
            let checked = Checked::of(name, name, &PolicyFile::built_in())?;
            return Ok(ExitCode::from(checked.print(self.json)));
        }
        let mut status = 0;
        for file in &self.files {
            status = status.max(match Checked::read(file) {
                Ok(checked) => checked.print(self.json),
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
        read.map_err(|error| format!("failed to read standard input: {error}"))?;
        let name = "standard input";
        Checked::of(name, name, &PolicyFile::given(name, &bytes))
    }

    /// `quoted` is the name in an error.
    fn of(name: &str, quoted: &str, file: &PolicyFile) -> Result<Checked, Failure> {
        let text = file.text().map_err(|error| format!("failed to read {quoted}: {}", error.cause))?;
        let (name, text) = (name.to_owned(), text.to_owned());
        let fingerprint = file.fingerprint().map(|it| it.to_string());
        let (rules, faults, warnings) = match Policy::check(&text) {
            Ok((policy, warnings)) => (policy.rules.len(), Vec::new(), warnings),
            Err(faults) => (0, faults, Vec::new()),
        };
        Ok(Checked { name, fingerprint, text, rules, faults, warnings })
    }

    /// Prints what was found; returns the exit status.
    fn print(&self, json: bool) -> u8 {
        if json {
            terminal::print_json(&self.document());
        } else {
            self.print_excerpts();
        }
        u8::from(!self.faults.is_empty())
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
        json!({
            "file": self.name,
            "policy": self.fingerprint,
            "ok": self.faults.is_empty(),
            "faults": listed(&self.faults),
            "warnings": listed(&self.warnings),
        })
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
