//! What is asked for in a world, under which names, and whether the person holds it already.

use super::case::Case;
use super::failures::{Call, How};
use super::people::SUBJECT;
use super::texts::visible;
use super::things::{Kind, REQUEST_TYPE, Thing};

/// Why something is not known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lack {
    pub(crate) reason: String,
    pub(crate) of_rights: bool,
}

impl Lack {
    pub(crate) fn of_call(call: Call, how: How) -> Lack {
        Lack { reason: call.reason(how), of_rights: how.is_of_rights() }
    }

    pub(crate) fn because(reason: &str) -> Lack {
        Lack { reason: reason.to_owned(), of_rights: false }
    }
}

/// A thing that is asked for, and its name.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) name: Result<String, Lack>,
}

impl Asked {
    /// Okta has a name for it.
    pub(crate) fn is_named(&self) -> bool {
        self.name.as_ref().is_ok_and(|name| *name != self.id)
    }
}

/// The app or other whole, its part, and more.
#[derive(Clone, Debug)]
pub(crate) struct AskedFor {
    pub(crate) resource: Option<Asked>,
    pub(crate) scope: Option<Asked>,
    pub(crate) more: Vec<Asked>,
}

impl AskedFor {
    pub(crate) fn of(case: &Case) -> AskedFor {
        let ask = &case.ask;
        let is_read = case.failures.of(Call::Request).is_none();
        if ask.is_v2 {
            let resource = ask.resource.as_ref();
            let scope = ask.scope.as_ref().filter(|scope| Some(&scope.id) != resource.map(|it| &it.id));
            let entry = is_read && ask.has_entry;
            let (part, whole) = &case.things.catalog;
            let of_whole = if scope.is_some() { whole } else { part };
            let named = |thing: &Thing, in_catalog: &Option<String>| {
                by_call(case, thing, entry.then(|| in_catalog.clone()))
            };
            return AskedFor {
                resource: resource.map(|thing| named(thing, of_whole)),
                scope: scope.map(|thing| named(thing, part)),
                more: Vec::new(),
            };
        }
        let named = |thing: &Thing| match visible(thing.name.clone()) {
            Some(name) => Asked { kind: thing.kind, id: thing.id.clone(), name: Ok(name) },
            None => by_call(case, thing, None),
        };
        let request_type = Thing { kind: Kind::RequestType, id: REQUEST_TYPE.to_owned(), name: None };
        let things = |thing: &Option<Thing>| thing.as_ref().filter(|_| is_read).map(named);
        AskedFor {
            resource: things(&ask.resource).or_else(|| Some(by_call(case, &request_type, None))),
            scope: things(&ask.scope),
            more: if is_read { ask.more.iter().map(named).collect() } else { Vec::new() },
        }
    }

    /// Why nobody knows it: the event names a request type at most, and the request could not be read.
    pub(crate) fn unnamed(&self, case: &Case) -> Option<Lack> {
        let unread = case.failures.of(Call::Request)?;
        let is_named = self.all().any(|asked| asked.kind != Kind::RequestType);
        (!is_named).then(|| Lack::of_call(Call::Request, unread))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Asked> {
        self.resource.iter().chain(&self.scope).chain(&self.more)
    }

    /// What exactly is asked for: the part, if there is one.
    pub(crate) fn exactly(&self) -> Option<&Asked> {
        self.scope.as_ref().or(self.resource.as_ref())
    }
}

fn call_of(kind: Kind) -> Option<Call> {
    match kind {
        Kind::App => Some(Call::App),
        Kind::Group => Some(Call::Group),
        Kind::Bundle => Some(Call::Bundle),
        Kind::RequestType => Some(Call::RequestType),
        Kind::Other => None,
    }
}

/// The thing with the name that Okta gives by its own call or, where that is forbidden, by the catalog.
#[expect(clippy::option_option, reason = "the catalog has an entry or not, and the entry a name or not")]
fn by_call(case: &Case, thing: &Thing, in_catalog: Option<Option<String>>) -> Asked {
    let Some(call) = call_of(thing.kind) else {
        return Asked { kind: thing.kind, id: thing.id.clone(), name: Ok(thing.id.clone()) };
    };
    let name = match (case.failures.of(call), in_catalog.map(visible)) {
        (None, _) => Ok(case.things.name_of(&thing.id).unwrap_or_else(|| thing.id.clone())),
        (Some(how), Some(in_catalog)) if how.is_of_rights() => {
            match (case.failures.of(Call::Catalog), in_catalog) {
                (None, Some(name)) => Ok(name),
                (None | Some(How::NotFound), _) => Err(Lack::of_call(call, how)),
                (Some(how), _) => Err(Lack::of_call(Call::Catalog, how)),
            }
        }
        (Some(how), _) => Err(Lack::of_call(call, how)),
    };
    Asked { kind: thing.kind, id: thing.id.clone(), name }
}

/// Whether Okta gives the thing by its own call; also if it may not, and the catalog has the name.
pub(crate) fn by_own_call(case: &Case, asked: &Asked) -> Result<(), Lack> {
    let thing = Thing { kind: asked.kind, id: asked.id.clone(), name: None };
    by_call(case, &thing, in_catalog(case, asked)).name.map(drop)
}

/// Whether only the catalog tells of it.
pub(crate) fn is_from_catalog(case: &Case, asked: &Asked) -> bool {
    call_of(asked.kind).is_some_and(|call| case.failures.of(call).is_some())
}

/// The name of the thing in the catalog's entries, if the request names one.
#[expect(clippy::option_option, reason = "the catalog has an entry or not, and the entry a name or not")]
fn in_catalog(case: &Case, asked: &Asked) -> Option<Option<String>> {
    let ask = &case.ask;
    let names_entry = ask.is_v2 && ask.has_entry && case.failures.of(Call::Request).is_none();
    let has_part =
        ask.scope.as_ref().is_some_and(|scope| Some(&scope.id) != ask.resource.as_ref().map(|it| &it.id));
    let is_part = ask.scope.as_ref().is_some_and(|scope| scope.id == asked.id);
    let (part, whole) = &case.things.catalog;
    names_entry.then(|| if has_part && !is_part { whole.clone() } else { part.clone() })
}

/// The groups that a person holds, or why that is not known.
pub(crate) fn groups_of(case: &Case, subject: &str) -> Result<Vec<Thing>, Lack> {
    held(case, subject, Call::Groups, Kind::Group)
}

/// The same with apps.
pub(crate) fn apps_of(case: &Case, subject: &str) -> Result<Vec<Thing>, Lack> {
    held(case, subject, Call::Links, Kind::App)
}

fn held(case: &Case, subject: &str, call: Call, kind: Kind) -> Result<Vec<Thing>, Lack> {
    match case.failures.of(call) {
        Some(how) => Err(Lack::of_call(call, how)),
        None if subject != SUBJECT => Ok(Vec::new()),
        None => Ok(case.things.held.iter().filter(|thing| thing.kind == kind).cloned().collect()),
    }
}
