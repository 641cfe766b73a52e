//! The shapes of Okta's ids. A name in place of an id matches nothing, and nobody would notice.

use std::ops::Range;

use toml::Spanned;

use super::Checker;

/// How an id begins, and what it is the id of. Okta's examples and recorded answers have these.
const KINDS: [(&str, &str); 6] = [
    ("00g", "a group"),
    ("0oa", "an app"),
    ("enb", "an entitlement bundle"),
    ("rco", "a request condition"),
    ("req", "a request"),
    ("00u", "a user"),
];

/// Whether a text has the shape of an id: 24 hexadecimal digits, or a prefix of three and 17 letters and
/// digits.
pub(super) fn is_id(text: &str) -> bool {
    is_hex(text)
        || text.len() == 20
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().take(3).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What a text is the id of, if it is an id with a known beginning.
fn kind(text: &str) -> Option<&'static str> {
    let known = KINDS.iter().find(|(prefix, _)| text.starts_with(prefix));
    known.filter(|_| is_id(text) && !is_hex(text)).map(|(_, kind)| *kind)
}

/// A list of ids in a `match`.
pub(super) struct Ids {
    pub(super) key: &'static str,
    /// What they are ids of, with their form.
    what: &'static str,
    /// How they may begin; empty: in any way.
    prefixes: &'static [&'static str],
    /// Where to find one.
    remedy: &'static str,
}

/// The lists of ids in a `match`.
pub(super) const IDS: [Ids; 4] = [
    Ids {
        key: "request_types",
        what: "the id of a request type (24 hexadecimal digits)",
        prefixes: &[],
        remedy: "write its id, which is in the address of its page in Okta's Access Requests",
    },
    Ids {
        key: "conditions",
        what: "the id of a request condition (`rco…`)",
        prefixes: &["rco"],
        remedy: "write its id, which Okta's API gives (GET /governance/api/v2/resources/{app}/request-conditions)",
    },
    Ids {
        key: "resources",
        what: "the id of an app (`0oa…`)",
        prefixes: &["0oa"],
        remedy: "write its id, which is in the address of the app's page in the Admin Console",
    },
    Ids {
        key: "scopes",
        what: "the id of a bundle or group (`enb…`, `00g…`)",
        prefixes: &["enb", "00g", "0oa"],
        remedy: "write its id: a group's is in the address of its page in the Admin Console, a bundle's in \
                 Okta's API (GET /governance/api/v1/entitlement-bundles)",
    },
];

impl Ids {
    /// The id in a text that holds more, such as an address.
    fn within<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.split(|c: char| !c.is_ascii_alphanumeric()).find(|part| self.allows(part))
    }

    fn allows(&self, id: &str) -> bool {
        match self.key {
            "request_types" => is_hex(id),
            "conditions" => is_id(id) && id.starts_with("rco"),
            // There are kinds of things that no list here has, such as collections.
            _ => is_id(id) && (kind(id).is_none() || self.prefixes.iter().any(|it| id.starts_with(it))),
        }
    }
}

impl Checker<'_> {
    /// Reports what is no id of a list of ids.
    pub(super) fn ids(&mut self, ids: &Ids, entries: &[Spanned<String>]) {
        for entry in entries.iter().filter(|entry| !entry.get_ref().trim().is_empty()) {
            let id = entry.get_ref();
            if ids.allows(id) {
                continue;
            }
            let cause = format!("`match.{}`: `{id}` is not {}", ids.key, ids.what);
            match kind(id) {
                Some(kind) => {
                    let cause = format!("{cause}, but of {kind}");
                    let other = IDS.iter().find(|other| other.prefixes.iter().any(|it| id.starts_with(it)));
                    let remedy = other.map(|other| format!("`match.{}` takes it", other.key));
                    self.fault(entry.span(), &cause, remedy.as_deref().unwrap_or(ids.remedy));
                }
                None => match ids.within(id) {
                    Some(inner) => {
                        let remedy = format!("write the id alone, `{inner}`");
                        self.reader.replace(entry.span(), &cause, &remedy, format!("\"{inner}\""));
                    }
                    None => self.fault(entry.span(), &cause, ids.remedy),
                },
            }
        }
    }

    /// Reports the id of something else in a list of ids and names.
    pub(super) fn id_or_name(&mut self, place: Range<usize>, list: &str, prefix: &str, entry: &str) {
        if let Some(kind) = kind(entry).filter(|_| !entry.starts_with(prefix)) {
            let own = KINDS.iter().find(|(other, _)| *other == prefix).map_or("", |(_, kind)| *kind);
            let cause = format!("`{list}`: `{entry}` is the id of {kind}, not of {own} (`{prefix}…`)");
            self.fault(place, &cause, &format!("write the id or the name of {own}"));
        }
    }
}
