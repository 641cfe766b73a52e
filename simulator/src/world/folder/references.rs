//! The ids by which records name one another. Each must lead to a record of the folder.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{fault::Faults, kind::Kind, record::Record};

/// The JSON pointers of a kind's references; `*` stands for every element of a list.
fn references(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::User => &["/profile/managerId"],
        Kind::Bundle | Kind::Grant => {
            &["/target/externalId", "/entitlementBundleId", "/targetPrincipal/externalId"]
        }
        Kind::Request => &[
            "/requestedFor/externalId",
            "/requestedBy/externalId",
            "/requesterUserIds/*",
            "/requested/resourceId",
            "/requested/accessScopeId",
            "/requested/entryId",
            "/requestTypeId",
            "/actions/*/resourceId",
        ],
        Kind::CatalogEntry => &["/parent"],
        Kind::Task => &["/requestId", "/assignees/*/externalId"],
        _ => &[],
    }
}

/// Reports each id that leads nowhere.
pub(super) fn check(records: &BTreeMap<Kind, BTreeMap<String, Record>>, faults: &mut Faults) {
    for (kind, of_kind) in records {
        for record in of_kind.values() {
            for pointer in references(*kind) {
                for id in texts(&record.value, pointer) {
                    let Some(target) = target(pointer, id) else { continue };
                    let known = records.get(&target);
                    // The program reads it only where it lacks the rights to read the thing itself.
                    let is_optional = target == Kind::CatalogEntry;
                    if known.is_some_and(|known| known.contains_key(id)) || is_optional && known.is_none() {
                        continue;
                    }
                    let path = pointer[1..].replace('/', ".");
                    faults.add(record, record.line_of(pointer, id), missing(&path, target, id));
                }
            }
        }
    }
}

/// Reports labels of a resource that the world does not have, or that belongs to another org. The program
/// asks for labels by a name that contains the id of the org.
pub(super) fn check_labels(
    records: &BTreeMap<Kind, BTreeMap<String, Record>>,
    organization: &str,
    faults: &mut Faults,
) {
    for (orn, record) in records.get(&Kind::Label).into_iter().flatten() {
        // orn:<partition>:<service>:<org>:<kind>:…:<id>
        let (org, id) =
            (orn.split(':').nth(3).unwrap_or_default(), orn.rsplit(':').next().unwrap_or_default());
        if org != organization {
            let text = format!(
                "`orn` names another org than `{organization}`; save GET /.well-known/okta-organization as \
                 organization.json, or write that id"
            );
            faults.add(record, record.line_of("/orn", orn), text);
        }
        if let Some(target) = Kind::of_id(id)
            && !records.get(&target).is_some_and(|known| known.contains_key(id))
        {
            faults.add(record, record.line_of("/orn", orn), missing("orn", target, id));
        }
    }
}

/// That something names a record that is not there, and what to do.
pub(super) fn missing(path: &str, target: Kind, id: &str) -> String {
    let (noun, file, call) = (target.noun(), target.file(), target.call(id));
    format!(
        "`{path}` names {noun} `{id}`, which this world does not have; add it to {file}.json ({call}), or leave it out here"
    )
}

/// The kind of record that an id at this place leads to; `None` if no file holds it.
fn target(pointer: &str, id: &str) -> Option<Kind> {
    match pointer {
        "/requestTypeId" => Some(Kind::RequestType),
        "/requestId" => Some(Kind::Request),
        _ => Kind::of_id(id),
    }
}

/// The texts at a pointer.
fn texts<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    let Some((list, rest)) = pointer.split_once("/*") else {
        return value.pointer(pointer).and_then(Value::as_str).into_iter().collect();
    };
    let elements = value.pointer(list).and_then(Value::as_array).into_iter().flatten();
    elements.filter_map(|element| element.pointer(rest).and_then(Value::as_str)).collect()
}
