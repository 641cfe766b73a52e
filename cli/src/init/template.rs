//! The kit's template.yaml: the project's own, for a binary that is there already. So nothing is built, and the
//! processor is that of the binary.

use super::architecture::Architecture;
use super::edited::Edited;
use crate::failure::Failure;

const PROJECT: &str = include_str!("../../../template.yaml");

const HEADER: &str = "\
# Written by `enricher init`. `enricher init --upgrade` replaces this file, so settings belong into samconfig.toml.
# Pages below docs/ are in the project's repository.

";

pub(super) fn template(architecture: Architecture) -> Result<String, Failure> {
    let template = Edited::of("template.yaml", PROJECT)
        // The parameter that chooses the processor, with its place on the console's page.
        .without_block("  Architecture:")?
        .replace("[Architecture, ", "[")?
        .replace("!Ref Architecture", architecture.name())?
        .replace_lines(
            "      BuildMethod: rust-cargolambda",
            "      SkipBuild: true # for `sam build`, which has nothing to do here",
        )?
        .replace_lines("      CodeUri: .", "      CodeUri: function/")?
        .replace_each("docs/runbook.md", "runbook.md")?;
    Ok(format!("{HEADER}{}", template.text()))
}
