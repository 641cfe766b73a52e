//! The kit's samconfig.toml: the project's own, without what is for building.

use super::edited::Edited;
use crate::failure::Failure;

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
