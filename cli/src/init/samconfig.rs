//! The kit's samconfig.toml: the project's own, without what is for building.

use std::io;
use std::path::Path;

use super::edited::Edited;
use crate::failure::Failure;
use crate::terminal;

/// In the kit's folder, where SAM looks for it.
pub(super) const PATH: &str = "samconfig.toml";

const PROJECT: &str = include_str!("../../../samconfig.toml");

/// SAM prefers what `sam build` made, unless a template is named; and a former build is of a former version.
const TEMPLATE_FILE: &str = "\
[default.global.parameters]
# Never the copy that a `sam build` has left.
template_file = \"template.yaml\"";

pub(super) fn samconfig() -> Result<String, Failure> {
    let samconfig = Edited::of("samconfig.toml", PROJECT)
        .replace("`sam build && sam deploy` reads", "`sam deploy` reads")?
        .without_lines_with("Architecture")?
        .without_block("[default.build.parameters]")?
        .replace_lines("[default.global.parameters]", TEMPLATE_FILE)?;
    Ok(samconfig.text())
}

/// Says so if a kit has none: it is its user's, so that an upgrade does not restore it.
pub(super) fn note_missing(kit: &Path) {
    let path = kit.join(PATH);
    if path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        terminal::eprintln!(
            "note: there is no `{}`, from which sam deploy takes the settings; copy it from a new kit: enricher init DIR",
            path.display()
        );
    }
}
