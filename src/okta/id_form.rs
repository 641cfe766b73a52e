//! [`IdForm`]: the kind of thing that an id belongs to, by its first letters. Pure: nothing is looked up.

use super::looked_up::IdKind;

/// The length of Okta's ids, but for those of v1.
const LENGTH: usize = 20;
/// The length of v1's ids, in hexadecimal digits.
const V1_LENGTH: usize = 24;

/// What an id belongs to. Okta begins the ids of each kind with letters of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// An app.
    App,
    /// A group.
    Group,
    /// An entitlement bundle.
    Bundle,
    /// A collection of resources.
    Collection,
    /// A v1 request type: 24 hexadecimal digits, as v1 requests and approval sequences have, too.
    RequestType,
    /// A request condition.
    Condition,
    /// A user.
    User,
    /// A v2 access request.
    Request,
    /// An entry of the access catalog.
    CatalogEntry,
    /// An org.
    Org,
}

/// The first letters of each kind but v1's (Okta API reference, the examples of each resource).
const BEGINNINGS: [(&str, IdForm); 9] = [
    ("0oa", IdForm::App),
    ("00g", IdForm::Group),
    ("enb", IdForm::Bundle),
    ("col", IdForm::Collection),
    ("rco", IdForm::Condition),
    ("00u", IdForm::User),
    ("req", IdForm::Request),
    ("cen", IdForm::CatalogEntry),
    ("00o", IdForm::Org),
];

impl IdForm {
    /// The form of a text that must be an id, whatever its length; `None` if no kind has such ids.
    #[must_use]
    pub fn of(id: &str) -> Option<IdForm> {
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        if id.len() == V1_LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(IdForm::RequestType);
        }
        BEGINNINGS.iter().find(|(beginning, _)| id.starts_with(beginning)).map(|(_, form)| *form)
    }

    /// The form of a text that may be a name or a glob instead; `None` if it is none of Okta's ids.
    #[must_use]
    pub fn of_id_or_name(text: &str) -> Option<IdForm> {
        let form = IdForm::of(text)?;
        // A name may begin with letters, but hardly with `00g`. An id that lost a character must not pass for
        // a name.
        let is_id = match form {
            IdForm::RequestType => true,
            _ if text.starts_with('0') => (LENGTH - 4..=LENGTH + 4).contains(&text.len()),
            _ => text.len() == LENGTH && text.bytes().any(|byte| byte.is_ascii_digit()),
        };
        is_id.then_some(form)
    }

    /// Whether a text has the length of an id: then Okta may have it, whatever its first letters are.
    #[must_use]
    pub fn has_length(id: &str) -> bool {
        id.len() == LENGTH || IdForm::of(id) == Some(IdForm::RequestType)
    }

    /// The first letters of its ids; empty for v1's, which have none.
    #[must_use]
    pub fn beginning(self) -> &'static str {
        BEGINNINGS.iter().find(|(_, form)| *form == self).map_or("", |(beginning, _)| beginning)
    }

    /// "an app", for a sentence.
    #[must_use]
    pub fn a_noun(self) -> &'static str {
        match self {
            IdForm::App => "an app",
            IdForm::Group => "a group",
            IdForm::Bundle => "a bundle",
            IdForm::Collection => "a collection",
            IdForm::RequestType => "a request type",
            IdForm::Condition => "a request condition",
            IdForm::User => "a user",
            IdForm::Request => "an access request",
            IdForm::CatalogEntry => "a catalog entry",
            IdForm::Org => "an org",
        }
    }

    /// The same without its article.
    #[must_use]
    pub fn noun(self) -> &'static str {
        self.a_noun().split_once(' ').map_or("", |(_, noun)| noun)
    }

    /// What can be looked up by the id alone; `None` if Okta has no call for that, or nobody needs it.
    #[must_use]
    pub fn kind(self) -> Option<IdKind> {
        match self {
            IdForm::App => Some(IdKind::App),
            IdForm::Group => Some(IdKind::Group),
            IdForm::Bundle => Some(IdKind::Bundle),
            IdForm::Collection => Some(IdKind::Collection),
            IdForm::RequestType => Some(IdKind::RequestType),
            IdForm::Condition | IdForm::User | IdForm::Request | IdForm::CatalogEntry | IdForm::Org => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_first_letters() {
        for (id, form) in [
            ("0oa1SW2Sj9VkwOqXfkYc", Some(IdForm::App)),
            ("00g1XwVn88aqlttdqHPU", Some(IdForm::Group)),
            ("68df878eddd64307621e77c3", Some(IdForm::RequestType)),
            ("0oa1a2b3", Some(IdForm::App)),
            ("xyz1a2b3c4d5e6f7g8h9", None),
            ("GitHub Enterprise", None),
        ] {
            assert_eq!(IdForm::of(id), form, "{id}");
        }
    }

    #[test]
    fn a_name_is_not_taken_for_an_id() {
        for name in
            ["Finance *", "0oa", "enbridge", "collectioncontractor", "00g", "required", "*", "deadbeef"]
        {
            assert_eq!(IdForm::of_id_or_name(name), None, "{name}");
        }
        for id in
            ["00g1XwVn88aqlttdqHPU", "00g1XwVn88aqlttdqHP", "enb1MQzd2QRprQCjXYLW", "0oa1SW2Sj9VkwOqXfkYc9"]
        {
            assert!(IdForm::of_id_or_name(id).is_some(), "{id}");
        }
    }
}
