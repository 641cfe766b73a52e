//! The section `peers`: how many colleagues of the same manager have what is asked for. It never names them.

use super::inquiry::Inquiry;
use super::request;
use crate::okta::endpoint::Endpoint;
use crate::okta::{Held, ManagerText, OktaError};
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
    let matter = &inquiry.matter;
    let people = async {
        let person = inquiry.user().await;
        let manager = ManagerText::parse(&person.as_ref().as_ref().ok()?.attribute("managerId")?)?;
        Some(matter.people_of_manager(&manager).await)
    };
    let holders = async {
        let request = matter.request().await;
        let (resource, scope) = request::asked(matter.event, request.as_ref().as_ref().ok());
        let held = Held::of(&scope.or(resource)?)?;
        Some(matter.holders(&held).await)
    };
    let (people, holders) = tokio::join!(people, holders);
    let value = match (people.as_deref(), holders.as_deref()) {
        (Some(Ok(Some(people))), Some(Ok(Some(holders)))) => {
            evaluate(people, holders, &inquiry.people.subject)
        }
        (Some(Err(error)), _) | (_, Some(Err(error))) => Value::lacking(error as &OktaError),
        _ => Value::NotApplicable,
    };
    let facts = vec![Fact::named("same_manager", Term::SameManager, value)];
    Section { source: Source::Peers, facts, checks: Vec::new() }
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
