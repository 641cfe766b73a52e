//! Asks the deployed function what it is: its version beside this enricher's.

use super::check::Check;
use crate::deployed::{Description, Undescribed};

/// The name of this check.
pub(super) const CHECK: &str = "version";

/// Compares the function's version with this program's, or says why the function did not tell it.
pub(super) fn check(description: &Result<Description, Undescribed>) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    match description {
        Ok(description) if description.version == own => {
            Check::ok(CHECK, format!("{own}, the same as this enricher"))
        }
        Ok(description) => Check::warn(
            CHECK,
            format!(
                "the function is {}, this enricher is {own}: their rules may differ",
                description.version
            ),
            "use the enricher of the function's version, or deploy this one (kit: enricher init --upgrade; from source: sam \
             build; then sam deploy)",
        ),
        Err(why) => {
            let check = Check::warn(CHECK, why.to_string(), why.remedy());
            if why.is_fault() { check.failed() } else { check }
        }
    }
}
