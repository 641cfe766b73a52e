//! [`Match`]: which requests a rule matches. Pure.

use serde::Deserialize;

use super::items::any_glob;
use crate::event::{Delivery, RequestEvent};
use crate::request::{Api, RequestSource};

/// Which requests a rule matches. All members that are given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Match {
    /// Ids of v1 request types.
    pub request_types: Vec<String>,
    /// Ids of v2 request conditions.
    pub conditions: Vec<String>,
    /// Ids of the apps or other resources asked for (v2).
    pub resources: Vec<String>,
    /// Ids of the bundles, groups or other scopes asked for (v2).
    pub scopes: Vec<String>,
    /// Case-insensitive globs over the request's subject line: `*` is any text, `?` one character. On v2 the
    /// subject contains the requester's own name, so prefer ids.
    pub subjects: Vec<String>,
    /// Where the request was raised.
    pub source: Option<RequestSource>,
    /// The generation of Okta's API that the request belongs to.
    pub api: Option<Api>,
    /// Whether the requester asked for another person.
    pub on_behalf: Option<bool>,
}

/// A rule that may match or not: the request lacks what one member of its match compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownMember {
    /// The name of the rule.
    pub rule: String,
    /// The member of its `match`.
    pub member: &'static str,
}

impl UnknownMember {
    /// Whether the request's condition is what is unknown.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        self.member == CONDITIONS
    }
}

/// The member of a match that lists request conditions.
const CONDITIONS: &str = "conditions";

/// Whether a request fulfils one member of a match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Unknown,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Holds {
        if holds { Holds::Yes } else { Holds::No }
    }
}

impl Match {
    /// Whether all members hold. The error is the first unknown member, if no other member excludes the
    /// request.
    pub(super) fn holds(&self, event: &RequestEvent) -> Result<bool, &'static str> {
        let members = [
            ("request_types", one_of(&self.request_types, event.request_type_id.as_ref(), Holds::No)),
            (CONDITIONS, self.holds_condition(event)),
            ("resources", one_of(&self.resources, event.resource_id.as_ref(), Holds::No)),
            ("scopes", one_of(&self.scopes, event.scope_id.as_ref(), Holds::No)),
            ("subjects", self.holds_subject(event)),
            ("source", self.holds_source(event)),
            ("api", self.api.is_none_or(|api| api == event.api).into()),
            ("on_behalf", self.holds_on_behalf(event)),
        ];
        let first = |wanted: Holds| members.iter().find(|(_, holds)| *holds == wanted);
        match (first(Holds::No), first(Holds::Unknown)) {
            (Some(_), _) => Ok(false),
            (None, Some((member, _))) => Err(member),
            (None, None) => Ok(true),
        }
    }

    fn holds_condition(&self, event: &RequestEvent) -> Holds {
        let absent = if event.delivery == Delivery::List { Holds::Unknown } else { Holds::No };
        one_of(&self.conditions, event.condition_id.as_ref(), absent)
    }

    fn holds_subject(&self, event: &RequestEvent) -> Holds {
        match event.known_subject_line() {
            _ if self.subjects.is_empty() => Holds::Yes,
            Some(subject) => any_glob(&self.subjects, subject).into(),
            None => Holds::Unknown,
        }
    }

    fn holds_source(&self, event: &RequestEvent) -> Holds {
        match self.source {
            None => Holds::Yes,
            Some(_) if event.delivery == Delivery::List => Holds::Unknown,
            Some(source) => (event.source == Some(source)).into(),
        }
    }

    fn holds_on_behalf(&self, event: &RequestEvent) -> Holds {
        match self.on_behalf {
            None => Holds::Yes,
            Some(_) if event.delivery == Delivery::List && event.requested_for.is_none() => Holds::Unknown,
            Some(on_behalf) => (event.is_on_behalf() == on_behalf).into(),
        }
    }
}

/// Whether an id is one of the wanted; every id is if none is wanted. `absent` is the result without an id.
fn one_of(wanted: &[String], id: Option<&String>, absent: Holds) -> Holds {
    match id {
        _ if wanted.is_empty() => Holds::Yes,
        Some(id) => wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(id)).into(),
        None => absent,
    }
}
