//! The nouns of an access request that every other file shares: its id, the ids of people, the generation of
//! Okta's API, and a separation-of-duties conflict. Each id has one parser, and only a parsed id reaches a
//! URL path.

use std::fmt;

use serde::Serialize;

/// The id of an access request. Its form says which generation of Okta's API knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequestId {
    /// Request types: `^[a-fA-F\d]{24}$` (Okta API reference, "Access Requests - V1").
    V1(HexId),
    /// Request conditions: `^req[0-9a-zA-Z]{17}$` (Okta API reference, "Access Requests - V2").
    V2(ReqId),
}

/// 24 hexadecimal digits: safe in a URL path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HexId(String);

/// `req` and 17 letters or digits: safe in a URL path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReqId(String);

impl RequestId {
    /// Reads an id of either form; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<RequestId> {
        if text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            // Upper and lower case name the same request; Okta itself writes lower case.
            return Some(RequestId::V1(HexId(text.to_ascii_lowercase())));
        }
        let rest = text.strip_prefix("req")?;
        (rest.len() == 17 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
            .then(|| RequestId::V2(ReqId(text.to_owned())))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            RequestId::V1(HexId(id)) | RequestId::V2(ReqId(id)) => id,
        }
    }

    /// The generation of Okta's API that knows this id.
    #[must_use]
    pub fn api(&self) -> Api {
        match self {
            RequestId::V1(_) => Api::V1,
            RequestId::V2(_) => Api::V2,
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of an Okta user: `00u` and letters or digits. It is safe in a URL path, and no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserId(String);

impl UserId {
    /// Reads a user's id. `None` for logins, and for ids of other principals (`pca…`, `0oa…`).
    #[must_use]
    pub fn parse(text: &str) -> Option<UserId> {
        let plausible = (10..=40).contains(&text.len()) && text.starts_with("00u");
        (plausible && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| UserId(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a service that calls Okta with a credential of its own: `pca…` (a client-credentials principal;
/// Okta API reference, "Access Requests - V2", `requestedBy`) or `0oa…` (a client id). It is no personal
/// data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceId(String);

impl ServiceId {
    /// Reads a service's id. `None` for ids of people, and for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<ServiceId> {
        let plausible =
            (10..=40).contains(&text.len()) && (text.starts_with("pca") || text.starts_with("0oa"));
        (plausible && text.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| ServiceId(text.to_owned()))
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who asked for access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A person.
    Person(UserId),
    /// A program with a credential of its own.
    Service(ServiceId),
    /// Nobody says who asked, or the id has an unknown format.
    Unknown,
}

impl Asker {
    /// Reads the id of whoever asked.
    #[must_use]
    pub fn parse(text: &str) -> Asker {
        let service = || ServiceId::parse(text).map(Asker::Service);
        UserId::parse(text).map(Asker::Person).or_else(service).unwrap_or(Asker::Unknown)
    }

    /// The person who asked; `None` if it was no person, or is unknown.
    #[must_use]
    pub fn person(&self) -> Option<&UserId> {
        match self {
            Asker::Person(id) => Some(id),
            Asker::Service(_) | Asker::Unknown => None,
        }
    }

    /// Whether both are known, and differ.
    #[must_use]
    pub fn contradicts(&self, other: &Asker) -> bool {
        ![self, other].contains(&&Asker::Unknown) && self != other
    }
}

/// The program in which a person raised a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "lowercase"))]
pub enum RequestSource {
    /// Okta's web pages.
    Web,
    /// Slack.
    Slack,
}

/// A generation of Okta's access requests API. Okta creates new requests in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Api {
    /// Requests of request types (Okta API reference, "Access Requests - V1").
    V1,
    /// Requests of request conditions (Okta API reference, "Access Requests - V2").
    V2,
}

impl Api {
    /// `v1` or `v2`, as in paths, answers and log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Api::V1 => "v1",
            Api::V2 => "v2",
        }
    }
}

/// A conflict with one of Okta's separation-of-duties rules. Admins of the org wrote its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The rule's name; `None` if Okta leaves it out.
    pub rule: Option<String>,
    /// What the rule is about.
    pub description: Option<String>,
    /// The app that the rule belongs to.
    pub resource: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_their_exact_form() {
        for (text, api) in [
            ("618ad20a5ccefb000985fd15", Some("v1")),
            ("618AD20A5CCEFB000985FD15", Some("v1")),
            ("req42kjDgk1EubTwo0g4", Some("v2")),
            ("req42kjDgk1EubTwo0g", None),
            ("req42kjDgk1EubTwo0g4/", None),
            ("618ad20a5ccefb000985fd1g", None),
            ("../../api/v1/users/00u", None),
            ("", None),
        ] {
            assert_eq!(RequestId::parse(text).map(|id| id.api().as_str()), api, "{text}");
        }
        assert!(UserId::parse("00u1ubyAhm6SVvcvk0g4").is_some());
        assert!(UserId::parse("00u/../admin00000000").is_none());
        assert!(UserId::parse("pca1ubyAhm6SVvcvk0g4").is_none());
    }

    #[test]
    fn whoever_asks_is_a_person_a_service_or_unknown() {
        assert!(matches!(Asker::parse("00u1ubyAhm6SVvcvk0g4"), Asker::Person(_)));
        for service in ["pca1ubyAhm6SVvcvk0g4", "0oa1ubyAhm6SVvcvk0g4"] {
            assert!(matches!(Asker::parse(service), Asker::Service(_)), "{service}");
        }
        for unknown in ["", "pca", "pca/../admin00000000", "zoe@example.com", "00g1ubyAhm6SVvcvk0g4"] {
            assert_eq!(Asker::parse(unknown), Asker::Unknown, "{unknown}");
        }
        let (person, service) = (Asker::parse("00u1ubyAhm6SVvcvk0g4"), Asker::parse("pca1ubyAhm6SVvcvk0g4"));
        assert!(person.contradicts(&service) && !person.contradicts(&person));
        assert!(!person.contradicts(&Asker::Unknown) && !Asker::Unknown.contradicts(&Asker::Unknown));
    }
}
