//! [`Match`]: which requests a rule matches. Pure.

use std::collections::BTreeMap;

use super::items::{any_glob, has};
use crate::event::{Delivery, RequestEvent};
use crate::okta::{Group, User};
use crate::request::{Api, RequestSource};

/// Which requests a rule matches. All members that are given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, default))]
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
    /// Profile attributes of the person who gets the access, by their variable names in Okta's Profile
    /// Editor. Each must have one of the values listed for it, in the same case of letters. An attribute that
    /// is not set never matches.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Ids of groups, or case-insensitive globs over their names: the person who gets the access is in one of
    /// them.
    pub groups: Vec<String>,
}

/// What is known of the person who gets the access.
#[derive(Clone, Copy, Debug)]
pub enum Person<'a> {
    /// Nobody knows who it is. Then no rule matches that asks about the person.
    Unknown,
    /// What was read of the person so far.
    Read {
        /// The account.
        user: Option<&'a User>,
        /// The groups that the person is in.
        groups: Option<&'a [Group]>,
    },
}

impl Person<'_> {
    /// Nothing was read yet.
    pub const UNREAD: Person<'static> = Person::Read { user: None, groups: None };
}

/// What must be read of the person to know whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The account, with its profile.
    User,
    /// The groups that the person is in.
    Groups,
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
    /// It depends on something that was not read yet.
    Needs(Needed),
}

/// Whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matches {
    Yes,
    No,
    /// It depends on this member, which the request lacks.
    Unknown(&'static str),
    /// It depends on something that was not read yet.
    Needs(Needed),
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Holds {
        if holds { Holds::Yes } else { Holds::No }
    }
}

impl Match {
    /// Whether all members hold. A member that excludes the request decides, whatever else is unknown.
    /// Nothing is read for a rule with an unknown member. The account is read before the groups.
    pub(super) fn holds(&self, event: &RequestEvent, person: Person<'_>) -> Matches {
        let members = self.members(event, person);
        if members.iter().any(|(_, holds)| *holds == Holds::No) {
            return Matches::No;
        }
        if let Some((member, _)) = members.iter().find(|(_, holds)| *holds == Holds::Unknown) {
            return Matches::Unknown(member);
        }
        let needed = members.iter().find_map(|(_, holds)| match holds {
            Holds::Needs(needed) => Some(*needed),
            Holds::Yes | Holds::No | Holds::Unknown => None,
        });
        needed.map_or(Matches::Yes, Matches::Needs)
    }

    /// The members that do not hold, or of which that is unknown.
    pub(super) fn failing(&self, event: &RequestEvent, person: Person<'_>) -> Vec<&'static str> {
        let members = self.members(event, person).into_iter();
        members.filter(|(_, holds)| *holds != Holds::Yes).map(|(member, _)| member).collect()
    }

    /// Every member by its name.
    fn members(&self, event: &RequestEvent, person: Person<'_>) -> [(&'static str, Holds); 10] {
        [
            ("request_types", one_of(&self.request_types, event.request_type_id.as_ref(), Holds::No)),
            (CONDITIONS, self.holds_condition(event)),
            ("resources", one_of(&self.resources, event.resource_id.as_ref(), Holds::No)),
            ("scopes", one_of(&self.scopes, event.scope_id.as_ref(), Holds::No)),
            ("subjects", self.holds_subject(event)),
            ("source", self.holds_source(event)),
            ("api", self.api.is_none_or(|api| api == event.api).into()),
            ("on_behalf", self.holds_on_behalf(event)),
            ("attributes", self.holds_attributes(person)),
            ("groups", self.holds_groups(person)),
        ]
    }

    /// Whether it asks for attributes of the person.
    #[must_use]
    pub fn asks_for_attributes(&self) -> bool {
        !self.attributes.is_empty()
    }

    /// Whether it asks for the groups that the person is in.
    #[must_use]
    pub fn asks_for_groups(&self) -> bool {
        !self.groups.is_empty()
    }

    fn holds_attributes(&self, person: Person<'_>) -> Holds {
        match person {
            _ if self.attributes.is_empty() => Holds::Yes,
            Person::Unknown => Holds::No,
            Person::Read { user: None, .. } => Holds::Needs(Needed::User),
            Person::Read { user: Some(user), .. } => {
                let is_one_of = |(name, values): (&String, &Vec<String>)| {
                    user.attribute(name).is_some_and(|value| values.contains(&value))
                };
                self.attributes.iter().all(is_one_of).into()
            }
        }
    }

    fn holds_groups(&self, person: Person<'_>) -> Holds {
        match person {
            _ if self.groups.is_empty() => Holds::Yes,
            Person::Unknown => Holds::No,
            Person::Read { groups: None, .. } => Holds::Needs(Needed::Groups),
            Person::Read { groups: Some(groups), .. } => {
                groups.iter().any(|group| has(&self.groups, group.id(), group.name())).into()
            }
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
