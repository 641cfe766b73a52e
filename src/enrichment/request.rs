//! The section `request`: what is requested, for how long, by whom and why. Both generations of Okta's API
//! lead to the same facts.

use futures_util::future::join_all;

use super::inquiry::Inquiry;
use crate::event::RequestEvent;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, Asked, AskedKind, FormAnswer, OktaError, User};
use crate::request::{RequestSource, UserId};
use crate::section::{Fact, Key, Lack, Section, Source, Value};
use crate::text;

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::RequestV1,
    Endpoint::RequestV2,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::RequestType,
    Endpoint::User,
];

/// The most answers of the request form that a message shows; forms are short.
const ANSWERS: usize = 10;

/// The most people in answers whose names are read; each costs a call.
const PEOPLE: usize = 3;

/// Okta's answers to the calls of this source.
pub struct RequestAnswers<'a> {
    /// The access request.
    pub request: &'a Result<AccessRequest, OktaError>,
    /// The requested app or other resource.
    pub resource: Option<Named>,
    /// The requested bundle, group or other part of the resource.
    pub scope: Option<Named>,
    /// The requester's account; `None` if the requester gets the access.
    pub requester: Option<&'a Result<User, OktaError>>,
    /// The names of people whom answers name by their ids.
    pub people: Vec<(UserId, String)>,
}

/// A requested thing with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// The requested thing.
    pub asked: Asked,
    /// Its name, or why it is unknown.
    pub name: Result<String, OktaError>,
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    let (request, requester) = tokio::join!(inquiry.request(), inquiry.other_requester());
    let (asked, part) = asked(inquiry.event, request.as_ref().as_ref().ok());
    let answers = request.iter().flat_map(|request| &request.answers);
    let (resource, scope, people) =
        tokio::join!(named(inquiry, asked), named(inquiry, part), people(inquiry, answers));
    evaluate(
        inquiry.event,
        &RequestAnswers { request: &request, resource, scope, requester: requester.as_deref(), people },
    )
}

/// The names of the people whom the answers name by their ids, as far as they can be read. None unless the
/// requester is the person or the person's manager: a stranger could put any id into an answer to learn whose
/// it is. For the same reason the name is without the login.
async fn people<'a>(
    inquiry: &Inquiry<'_>,
    answers: impl Iterator<Item = &'a FormAnswer>,
) -> Vec<(UserId, String)> {
    let mut ids: Vec<&UserId> = Vec::new();
    let own = inquiry.people.other_requester().is_none() && inquiry.people.requester.is_some();
    // A rule that shows strangers the same as everyone does not look for the manager.
    if own || (inquiry.rule.strangers.is_some() && !inquiry.by_stranger) {
        for id in answers.take(ANSWERS).flat_map(|answer| &answer.people) {
            if ids.len() < PEOPLE && !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let named = ids.into_iter().map(async |id| {
        let user = inquiry.questions.user(id, inquiry.brief).await;
        Some((id.clone(), user.as_ref().as_ref().ok()?.display_name()?))
    });
    join_all(named).await.into_iter().flatten().collect()
}

/// The requested resource and its part. The request is preferred to the event, because it is newer.
pub(super) fn asked(event: &RequestEvent, request: Option<&AccessRequest>) -> (Option<Asked>, Option<Asked>) {
    let of_event = |id: &Option<String>, kind: &Option<String>| {
        id.as_ref().map(|id| Asked { kind: AskedKind::of(kind.as_deref()), id: id.clone(), name: None })
    };
    let resource = request.and_then(|request| request.resource.clone()).or_else(|| {
        of_event(&event.resource_id, &event.resource_type).or_else(|| {
            let id = event.request_type_id.clone()?;
            Some(Asked { kind: AskedKind::RequestType, id, name: None })
        })
    });
    let scope = request
        .and_then(|request| request.scope.clone())
        .or_else(|| of_event(&event.scope_id, &event.scope_type));
    // Okta repeats a resource without parts as its own scope.
    let scope = scope.filter(|scope| resource.as_ref().is_none_or(|resource| resource.id != scope.id));
    (resource, scope)
}

pub(super) async fn named(inquiry: &Inquiry<'_>, asked: Option<Asked>) -> Option<Named> {
    let asked = asked?;
    let name = match &asked.name {
        Some(name) => Ok(name.clone()),
        None => Result::clone(&*inquiry.name(&asked).await),
    };
    Some(Named { asked, name })
}

/// Adds how many more things a request asks for; only requests of the older generation ask for several.
fn and_more(first: Value, request: Result<&AccessRequest, &OktaError>) -> Value {
    match (first, request.map_or(0, |request| request.more.len())) {
        (Value::Known(name), more @ 1..) => {
            Value::Known(format!("{name}, and {more} more; see the request in Okta"))
        }
        (first, _) => first,
    }
}

/// The facts of the request. Facts that only the request contains are not available without it.
#[must_use]
pub fn evaluate(event: &RequestEvent, answers: &RequestAnswers<'_>) -> Section {
    let request = answers.request.as_ref();
    let name = |named: &Option<Named>| match named {
        Some(Named { name: Ok(name), .. }) => Value::Known(name.clone()),
        Some(Named { name: Err(error), .. }) => Value::lacking(error),
        None => Value::NotApplicable,
    };
    let subject = request
        .ok()
        .and_then(|request| request.subject_line.clone())
        .unwrap_or(event.request_subject.clone());
    let duration = match request.map(|request| (&request.duration, request.has_duration)) {
        Ok((Some(iso), _)) => Value::Known(text::duration(iso).unwrap_or_else(|| iso.clone())),
        Ok((None, true)) => Value::Known("not stated".to_owned()),
        Ok((None, false)) => Value::NotApplicable,
        Err(error) => Value::lacking(error),
    };
    let asked_by = match answers.requester {
        Some(Ok(user)) => {
            let name = user.name().unwrap_or_else(|| "someone without a name in Okta".to_owned());
            Value::Known(format!("{name}, on this person's behalf"))
        }
        Some(Err(error)) => {
            let reason = format!("someone else, on this person's behalf; {}", error.brief());
            Value::NotAvailable(Lack { reason, ..error.into() })
        }
        None => Value::NotApplicable,
    };
    let raised_in = event.source.map(|source| match source {
        RequestSource::Web => "Okta",
        RequestSource::Slack => "Slack",
    });
    let access_label = match &answers.resource {
        // Okta does not show which access a request type grants, so its name is not the name of an access.
        Some(resource) if resource.asked.kind == AskedKind::RequestType => "Request type",
        _ => "Access to",
    };
    let scope_label = answers.scope.as_ref().map_or("Scope", |scope| scope.asked.kind.label());
    let mut facts = vec![
        Fact::named(
            "subject",
            "Request",
            Value::if_any(Some(subject).filter(|text| !text.trim().is_empty())),
        ),
        Fact::named("access", access_label, and_more(name(&answers.resource), request)),
        Fact::named("scope", scope_label, name(&answers.scope)),
        Fact::named("duration", "Duration", duration),
        Fact::named("asked_by", "Asked by", asked_by),
        Fact::named("raised_in", "Raised in", Value::if_any(raised_in.map(str::to_owned))),
    ];
    if let Ok(request) = request {
        facts.extend(request.answers.iter().take(ANSWERS).map(|answer| Fact {
            key: Key::Answer,
            label: answer.prompt.trim().trim_end_matches(':').to_owned(),
            value: Value::Known(said(answer, &answers.people)),
        }));
    }
    Section { source: Source::Request, facts, warnings: Vec::new() }
}

/// An answer in words. A person has the name before the id, which stays: names are not unique.
fn said(answer: &FormAnswer, people: &[(UserId, String)]) -> String {
    let named = |id: &UserId| match people.iter().find(|(known, _)| known == id) {
        Some((_, name)) => format!("{name} ({id})"),
        None => id.to_string(),
    };
    match &answer.value {
        None => "no answer".to_owned(),
        Some(value) if answer.people.is_empty() => value.clone(),
        Some(_) => answer.people.iter().map(named).collect::<Vec<_>>().join(", "),
    }
}
