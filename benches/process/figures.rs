//! What `.ci/figures.toml` holds of a binary: instructions and allocations of a start and of a warm event, and
//! memory. `.ci/figures` compares; docs/performance.md explains.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::instructions::Callgrind;
use crate::setting::Setting;

/// Processes whose memory is measured.
const ROUNDS: usize = 5;

/// Measures `bin`: each process that counts takes one event, or `warm` more. `keep` is the folder for callgrind's
/// files. Needs a tokio runtime.
///
/// # Errors
///
/// As [`Callgrind::prepare`].
pub(crate) async fn measure(
    bin: &Path,
    valgrind: &Path,
    keep: Option<&Path>,
    warm: usize,
) -> Result<Value, String> {
    let callgrind = Callgrind::prepare(valgrind, keep)?;
    let warm = warm.max(1);
    // Delays cost only time here.
    let [least, most] = Setting::least_and_most().map(|setting| Setting { delay: false, ..setting });
    let (mut instructions, mut allocations) = (Map::new(), Map::new());
    for (name, setting) in [("profile_only", least), ("everything", most)] {
        let counts = callgrind.count(bin, &setting, warm as u64, name).await;
        for (what, count) in ["start", "warm_event"].into_iter().zip(counts) {
            instructions.insert(format!("{name}_{what}"), count.instructions.into());
            allocations.insert(format!("{name}_{what}"), count.allocations.into());
        }
    }
    let mut memory = Vec::new();
    for _ in 0..ROUNDS {
        memory.push(crate::measure(bin, &most, warm, None).await.memory);
    }
    memory.sort_unstable();
    let memory = json!({ "kilobytes": memory[ROUNDS / 2] });
    Ok(json!({ "instructions": instructions, "allocations": allocations, "memory": memory }))
}
