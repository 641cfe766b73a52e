//! `enricher init`: writes a deployment kit, a folder that `sam deploy` or the AWS CLI deploys without Rust. With
//! `--upgrade` it renews what this program made in the kit, and leaves what is the user's.

mod architecture;
mod bootstrap;
mod edited;
mod elf;
mod files;
mod folder;
mod manifest;
mod policy;
mod runbook;
mod samconfig;
mod shell;
mod stage;
mod template;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::terminal;
use architecture::Architecture;
use bootstrap::Bootstrap;
use files::KitFile;
use folder::Folder;
use manifest::Manifest;

/// Write a deployment kit: template, settings, binary and policy; needs no Rust
///
/// Writes a folder that `sam deploy`, or the AWS CLI alone, deploys as it is:
///
///   template.yaml             everything in AWS
///   samconfig.toml            the settings, with the values to fill in
///   function/bootstrap        the Lambda's binary
///   function/enrichment.toml  the policy: which requests get which message
///   enrichment.schema.json    for editors, which then know the policy's fields
///   events/                   sample events for `enricher replay`
///   runbook.md                for the people whom alarms notify
///   kit.json                  version, and checksums of what --upgrade replaces
///
/// --upgrade renews a kit for this version of enricher, newer or older. It keeps
/// function/enrichment.toml, samconfig.toml and .gitignore. If someone edited a
/// file that it would replace, it says so and writes nothing.
#[derive(Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  A new kit in the folder `kit`; or one for another processor than arm64:
    enricher init kit
    enricher init --architecture x86_64 kit-x86
  Check its policy, and show the messages of its policy:
    enricher check kit/function/enrichment.toml
    ENRICHMENT_FILE=kit/function/enrichment.toml enricher replay kit/events
  Renew it for this version:
    enricher init --upgrade kit

Exit status: 0 all well, 1 the kit was renewed, but its policy has errors for
this version: correct it before you deploy; 2 wrong usage, or the kit could not
be written."
)]
pub(crate) struct Init {
    /// The folder: new or empty, unless --upgrade is given
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Renew an existing kit: binary, template, schema, runbook and sample events
    #[arg(long)]
    upgrade: bool,
    /// Replace files that someone edited, too, and keep theirs in DIR/edited
    #[arg(long, requires = "upgrade")]
    overwrite: bool,
    /// The function's processor [default: that of the kit; for a new kit arm64, if its binary is installed]
    #[arg(long, value_name = "PROCESSOR")]
    architecture: Option<Architecture>,
    /// The Lambda's binary [default: the one that was installed with this program]
    #[arg(long, value_name = "FILE")]
    bootstrap: Option<PathBuf>,
}

impl Init {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.upgrade { self.upgrade() } else { self.create() }
    }

    fn create(&self) -> Result<ExitCode, Failure> {
        let folder = Folder::new(&self.folder);
        folder.require_empty()?;
        let bootstrap = self.bootstrap(self.architecture)?;
        let architecture = bootstrap.architecture;
        let mut files = files::all(bootstrap)?;
        files.push(Manifest::of(architecture, &files).file()?);
        folder.fill(&files)?;
        self.print_written(files.iter());
        self.print_next_steps(architecture);
        Ok(ExitCode::SUCCESS)
    }

    fn upgrade(&self) -> Result<ExitCode, Failure> {
        let folder = Folder::new(&self.folder);
        let _lock = folder.lock()?;
        let former = Manifest::read(&self.folder)?;
        let bootstrap = self.bootstrap(self.architecture.or(Some(former.architecture)))?;
        let architecture = bootstrap.architecture;
        let mut files = files::all(bootstrap)?;
        files.retain(|file| file.is_renewed);
        let manifest = Manifest::of(architecture, &files).file()?;
        let mut renewal = folder.compare(&files, &former)?;
        if !renewal.edited.is_empty() && !self.overwrite {
            return Err(self.edited(&renewal.edited));
        }
        if !folder.has(&manifest)? {
            renewal.stale.push(&manifest);
        }
        folder.renew(&renewal)?;
        self.print_written(renewal.stale.iter().chain(&renewal.edited).copied());
        for file in &renewal.edited {
            terminal::println!("{}", self.folder.join(folder::EDITED).join(file.path).display());
        }
        print_renewal(&former, architecture, renewal.edited.len() + renewal.stale.len());
        // The function fails every request with a wrong policy, so nobody shall deploy one unawares.
        let checked = policy::check(&self.folder);
        if checked == ExitCode::SUCCESS {
            samconfig::note_missing(&self.folder);
            terminal::eprintln!("Next: cd {} && sam deploy", shell::word(&self.folder));
        }
        Ok(checked)
    }

    /// The binary for this processor; without one, for any.
    fn bootstrap(&self, architecture: Option<Architecture>) -> Result<Bootstrap, Failure> {
        let Some(file) = &self.bootstrap else { return Bootstrap::installed(architecture) };
        let bootstrap = Bootstrap::read(file)?;
        bootstrap.require(architecture)?;
        if !bootstrap.serves_lambda() {
            terminal::eprintln!(
                "warning: `{}` does not look like a Lambda's binary: it never asks Lambda for events",
                file.display()
            );
        }
        Ok(bootstrap)
    }

    fn edited(&self, files: &[&KitFile]) -> Failure {
        let names: Vec<_> =
            files.iter().map(|file| format!("`{}`", self.folder.join(file.path).display())).collect();
        format!(
            "someone edited {}, and nothing was renewed; undo the changes, or add --overwrite, which keeps a copy of each in `{}`",
            names.join(", "),
            self.folder.join(folder::EDITED).display()
        )
        .into()
    }

    fn print_written<'a>(&self, files: impl Iterator<Item = &'a KitFile>) {
        for file in files {
            terminal::println!("{}", self.folder.join(file.path).display());
        }
    }

    fn print_next_steps(&self, architecture: Architecture) {
        let path = |name| shell::word(&self.folder.join(name));
        let (folder, policy, events) = (shell::word(&self.folder), path(policy::PATH), path("events"));
        terminal::eprintln!("A kit of version {}, for {architecture}. Next:", env!("CARGO_PKG_VERSION"));
        terminal::eprintln!("  1. fill in the values in {}", path(samconfig::PATH));
        terminal::eprintln!("  2. after each change of the policy: enricher check {policy}");
        terminal::eprintln!("     its messages: ENRICHMENT_FILE={policy} enricher replay {events}");
        terminal::eprintln!("  3. deploy: cd {folder} && sam deploy");
    }
}

fn print_renewal(former: &Manifest, architecture: Architecture, written: usize) {
    let version = env!("CARGO_PKG_VERSION");
    if written == 0 {
        terminal::eprintln!("Nothing to renew: the kit is of version {version}, for {architecture}.");
        return;
    }
    let (was, processor) = (former.version(), former.architecture);
    terminal::eprintln!("Renewed for version {version}, {architecture} (it was {was}, {processor}).");
}
