//! Odd documents for tests: what a sender could write instead of each single member.

use serde_json::{Value, json};

/// The document with one place changed, for each place in it: left out, null, or of each other kind. With
/// each stands the place, as a JSON pointer.
pub(crate) fn odd_members(document: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    collect(document, String::new(), &mut places);
    let mut odd = Vec::new();
    for place in places {
        let (parent, name) = place.rsplit_once('/').unwrap_or_default();
        let mut without = document.clone();
        if let Some(members) = without.pointer_mut(parent).and_then(Value::as_object_mut) {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
            odd.push((place.clone(), without));
        }
        for other in [
            Value::Null,
            json!(true),
            json!(-7),
            json!(1.5),
            json!(u64::MAX),
            json!(""),
            json!("odd"),
            json!([]),
            json!([null, 7, "odd", {}]),
            json!({}),
            json!({"odd": [1]}),
        ] {
            let mut changed = document.clone();
            if let Some(value) = changed.pointer_mut(&place) {
                *value = other;
            }
            odd.push((place.clone(), changed));
        }
    }
    odd
}

/// The JSON pointers of everything within a document, itself excepted.
fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(entries) => {
            entries.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (name, value) in inner {
        collect(value, format!("{at}/{name}"), places);
    }
    if !at.is_empty() {
        places.push(at);
    }
}
