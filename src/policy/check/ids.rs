//! The shapes of Okta's ids. A name in place of an id matches nothing, and nobody would notice.

use std::ops::Range;

use toml::Spanned;

use super::Checker;
use crate::okta::IdForm;

/// The kinds whose ids are faults in a list of other kinds. Ids of all other kinds may be right: there are kinds
/// of things that no list here has, such as collections.
const TOLD_APART: [IdForm; 6] =
    [IdForm::Group, IdForm::App, IdForm::Bundle, IdForm::Condition, IdForm::Request, IdForm::User];

/// Whether a text has the shape of an id: 24 hexadecimal digits, or a prefix of three and 17 letters and
/// digits.
pub(super) fn is_id(text: &str) -> bool {
    is_hex(text)
        || text.len() == 20
            && text.bytes().all(|b| b.is_ascii_alphanumeric())
            && text.bytes().take(3).all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    IdForm::of(text) == Some(IdForm::RequestType)
}

/// What a text is the id of, if it is an id of a kind that is told apart.
fn kind(text: &str) -> Option<IdForm> {
    IdForm::of(text).filter(|form| is_id(text) && TOLD_APART.contains(form))
}

/// A list of ids in a `match`.
pub(super) struct Ids {
    pub(super) key: &'static str,
    /// What they are ids of, with their form.
    what: &'static str,
    /// The kinds of things that they may be ids of.
    kinds: &'static [IdForm],
    /// Where to find one.
    remedy: &'static str,
}

/// The lists of ids in a `match`.
pub(super) const IDS: [Ids; 4] = [
    Ids {
        key: "request_types",
        what: "the id of a request type (24 hexadecimal digits)",
        kinds: &[IdForm::RequestType],
        remedy: "write its id, which is in the address of its page in Okta's Access Requests",
    },
    Ids {
        key: "conditions",
        what: "the id of a request condition (`rco…`)",
        kinds: &[IdForm::Condition],
        remedy: "write its id, which Okta's API gives (GET /governance/api/v2/resources/{app}/request-conditions)",
    },
    Ids {
        key: "resources",
        what: "the id of an app (`0oa…`)",
        kinds: &[IdForm::App],
        remedy: "write its id, which is in the address of the app's page in the Admin Console",
    },
    Ids {
        key: "scopes",
        what: "the id of a bundle or group (`enb…`, `00g…`)",
        kinds: &[IdForm::Bundle, IdForm::Group, IdForm::App],
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
            "conditions" => is_id(id) && kind(id) == Some(IdForm::Condition),
            _ => is_id(id) && kind(id).is_none_or(|kind| self.kinds.contains(&kind)),
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
                    let cause = format!("{cause}, but of {}", kind.a_noun());
                    let other = IDS.iter().find(|other| other.kinds.contains(&kind));
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

    /// Reports the id of something else in a list of ids and names of things of the kind `own`.
    pub(super) fn id_or_name(&mut self, place: Range<usize>, list: &str, own: IdForm, entry: &str) {
        if let Some(kind) = kind(entry).filter(|kind| *kind != own) {
            let (kind, beginning, own) = (kind.a_noun(), own.beginning(), own.a_noun());
            let cause = format!("`{list}`: `{entry}` is the id of {kind}, not of {own} (`{beginning}…`)");
            self.fault(place, &cause, &format!("write the id or the name of {own}"));
        }
    }
}
