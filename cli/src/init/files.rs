//! [`KitFile`]: a file of a deployment kit, and which files a kit has.

use okta_request_enricher::policy as policies;

use super::bootstrap::Bootstrap;
use super::{policy, runbook, samconfig, template};
use crate::failure::Failure;
use crate::terminal;

pub(super) struct KitFile {
    /// Below the kit's folder.
    pub(super) path: &'static str,
    pub(super) content: Vec<u8>,
    pub(super) kind: Kind,
    /// Whether `--upgrade` replaces it. The others are the user's, once they are written.
    pub(super) is_renewed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Program,
}

impl KitFile {
    pub(super) fn renewed(path: &'static str, text: impl Into<String>) -> KitFile {
        KitFile { path, content: text.into().into_bytes(), kind: Kind::Text, is_renewed: true }
    }

    fn kept(path: &'static str, text: impl Into<String>) -> KitFile {
        KitFile { is_renewed: false, ..KitFile::renewed(path, text) }
    }
}

const GITIGNORE: &str = "\
# The Okta credential, between Okta and Secrets Manager.
secret.json
# What deployments leave.
.aws-sam/
packaged.yaml
function.zip
# Dead letters that someone saved: personal data (runbook.md).
letters.json
";

macro_rules! event {
    ($name:literal) => {
        KitFile::renewed(concat!("events/", $name), include_str!(concat!("../../../events/", $name)))
    };
}

/// The files of a new kit but for kit.json, which describes them.
pub(super) fn all(bootstrap: Bootstrap) -> Result<Vec<KitFile>, Failure> {
    Ok(vec![
        KitFile::renewed("template.yaml", template::template(bootstrap.architecture)?),
        KitFile::kept(samconfig::PATH, samconfig::samconfig()?),
        KitFile {
            path: "function/bootstrap",
            content: bootstrap.content,
            kind: Kind::Program,
            is_renewed: true,
        },
        KitFile::kept(policy::PATH, policy::policy()?),
        KitFile::renewed("enrichment.schema.json", terminal::pretty_json(&policies::schema::schema())),
        event!("access.request.create--v1.json"),
        event!("access.request.create--v2.json"),
        event!("access.request.create--on-behalf.json"),
        event!("access.request.create--sod-conflict.json"),
        KitFile::renewed("runbook.md", runbook::runbook()?),
        KitFile::kept(".gitignore", GITIGNORE),
    ])
}
