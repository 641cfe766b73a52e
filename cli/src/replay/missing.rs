//! [`missing`]: a request or a person of an event that the simulator does not have. They are in another org,
//! probably the reader's own.

use okta_request_enricher::outcome::Attempt;
use okta_simulator::{RecordedCall, Simulator, World};

/// What the attempt needed and the simulator does not have, as `request req…` and `person 00u…`. `calls` are
/// those of the attempt. A 404 that a fault brought about does not count.
pub(super) fn missing(simulator: &Simulator, calls: &[RecordedCall], attempt: &Attempt) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for call in calls.iter().filter(|call| call.status == Some(404)) {
        let path = call.path.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let (kind, id) = match segments[..] {
            ["governance", "api", "v1" | "v2", "requests", id, ..] => ("request", id),
            // The person's manager may be unknown: that fails nothing.
            ["api", "v1", "users", id] if attempt.result.is_err() => ("person", id),
            _ => continue,
        };
        // An event may also name the request by an id of the older generation.
        let is_needed = kind == "person" || attempt.request_id().is_some_and(|own| own.as_str() == id);
        let name = format!("{kind} {id}");
        if is_needed && !simulator.with_world(|world| has(world, kind, id)) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn has(world: &World, kind: &str, id: &str) -> bool {
    match kind {
        "request" => world.v1_requests.contains_key(id) || world.v2_requests.contains_key(id),
        _ => !id.starts_with("00u") || world.users.contains_key(id),
    }
}
