//! The section `peers`: how many colleagues of the same manager have what is asked for. It never names them.

use super::inquiry::Inquiry;
use super::request;
use crate::okta::endpoint::Endpoint;
use crate::okta::{Held, ManagerText};
use crate::request::UserId;
use crate::section::{Fact, Section, Source, Value};
use crate::words::{Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::User,
    Endpoint::Users,
    Endpoint::RequestV1,
    Endpoint::RequestV2,
    Endpoint::GroupUsers,
    Endpoint::AppUsers,
];

/// With fewer or more colleagues, their number says nothing, or would name them.
const COMPARED: std::ops::RangeInclusive<usize> = 5..=25;

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    // No stranger reads of colleagues, and the section has no check that a rule could require.
    let value = if inquiry.role.is_stranger() { Value::NotApplicable } else { compared(inquiry).await };
    let facts = vec![Fact::named("same_manager", Term::SameManager, value)];
    Section { source: Source::Peers, facts, checks: Vec::new() }
}

/// Nothing is listed unless the person has a manager, and a group or an app is asked for.
async fn compared(inquiry: &Inquiry<'_>) -> Value {
    let matter = &inquiry.matter;
    let (person, request) = tokio::join!(inquiry.user(), matter.request());
    let manager = person.as_ref().as_ref().ok().and_then(|person| person.attribute("managerId"));
    let manager = manager.and_then(|text| ManagerText::parse(&text));
    let (resource, scope) = request::asked(matter.event, request.as_ref().as_ref().ok());
    let held = scope.or(resource).and_then(|asked| Held::of(&asked));
    let Some(manager) = manager else { return Value::NotApplicable };
    let Some(held) = held else {
        return request::unnamed(matter.event, &request).map_or(Value::NotApplicable, Value::NotAvailable);
    };
    let (people, holders) = tokio::join!(matter.people_of_manager(&manager), matter.holders(&held));
    match (people.as_ref(), holders.as_ref()) {
        (Ok(Some(people)), Ok(Some(holders))) => evaluate(people, holders, &inquiry.people.subject),
        (Err(error), _) | (_, Err(error)) => Value::lacking(error),
        _ => Value::NotApplicable,
    }
}

/// "6 of 8 others have this". `people` have the same manager, the person among them.
#[must_use]
pub fn evaluate(people: &[UserId], holders: &[UserId], person: &UserId) -> Value {
    let others: Vec<&UserId> = people.iter().filter(|id| *id != person).collect();
    let with = others.iter().filter(|id| holders.contains(id)).count();
    let shown = COMPARED.contains(&others.len());
    let text = || Piece::said(Term::PeersWith, [Piece::number(with), Piece::number(others.len())]);
    Value::if_any(shown.then(text))
}
