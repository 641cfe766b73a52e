//! The section `request`: what is requested, for how long, by whom and why. Both generations of Okta's API
//! lead to the same facts.

use futures_util::future::join_all;

use super::inquiry::{Inquiry, Matter};
use super::manager::{self, Matched};
use super::people::{People, Standing};
use crate::event::RequestEvent;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, Asked, AskedKind, FormAnswer, OktaError, User};
use crate::request::{Asker, RequestSource, ServiceId, UserId};
use crate::section::{Fact, Lack, Section, Source, Value};
use crate::text;

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::RequestV1,
    Endpoint::RequestV2,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::CatalogEntry,
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
    /// Who asked.
    pub asked_by: AskedBy<'a>,
    /// The names of people whom answers name by their ids.
    pub people: Vec<(UserId, String)>,
}

/// Who asked, as the message says it.
#[derive(Clone, Copy, Debug)]
pub enum AskedBy<'a> {
    /// The person who gets the access, or someone of whom the message does not speak.
    Unsaid,
    /// Perhaps the person who gets the access: event and request differ.
    PerhapsThePerson,
    /// Another person.
    Other {
        /// That person's account.
        account: &'a Result<User, OktaError>,
        /// Event and request differ.
        doubtful: bool,
    },
    /// A service.
    Service(&'a ServiceId),
    /// Nobody says who asked.
    Unknown,
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
    let Inquiry { matter, people, standing } = inquiry;
    let (_, requester) = tokio::join!(matter.request(), inquiry.other_requester());
    let mut section = of_request(matter, asked_by(people, requester.as_deref()), names_people(inquiry)).await;
    let sections = |by_stranger| &matter.rule.view(by_stranger).shows.sections;
    let hidden = sections(false).contains(&Source::Manager) && !sections(true).contains(&Source::Manager);
    if *standing == Standing::ManagerByEmail && hidden {
        section.warnings.push(manager::raised_by_manager(Matched::ByEmail).to_owned());
    }
    section
}

/// The section, from the request alone. `names_people`: answers that are ids of people get their names.
pub(super) async fn of_request(matter: &Matter<'_>, asked_by: AskedBy<'_>, names_people: bool) -> Section {
    let request = matter.request().await;
    let (asked, part) = asked(matter.event, request.as_ref().as_ref().ok());
    let answers = request.iter().flat_map(|request| &request.answers).filter(|_| names_people);
    let (resource, scope, people) =
        tokio::join!(named(matter, asked), named(matter, part), people(matter, answers));
    evaluate(matter.event, &RequestAnswers { request: &request, resource, scope, asked_by, people })
}

fn asked_by<'a>(people: &'a People, requester: Option<&'a Result<User, OktaError>>) -> AskedBy<'a> {
    match (&people.asker, requester) {
        (Asker::Person(_), Some(account)) => AskedBy::Other { account, doubtful: people.doubtful },
        (Asker::Person(_), None) if people.doubtful => AskedBy::PerhapsThePerson,
        (Asker::Person(_), None) => AskedBy::Unsaid,
        (Asker::Service(id), _) => AskedBy::Service(id),
        (Asker::Unknown, _) => AskedBy::Unknown,
    }
}

/// Whether answers that are ids of people get their names: only if the requester is the person or the person's
/// manager. A stranger could put any id into an answer to learn whose it is.
fn names_people(Inquiry { matter, people, standing }: &Inquiry<'_>) -> bool {
    let own = people.asker.person() == Some(&people.subject);
    // A rule that shows strangers the same as everyone does not look for the manager.
    own || (matter.rule.strangers.is_some() && !standing.is_stranger())
}

/// The names of the people whom the answers name by their ids, as far as they can be read. They are without
/// logins, which the requester need not know.
async fn people<'a>(
    matter: &Matter<'_>,
    answers: impl Iterator<Item = &'a FormAnswer>,
) -> Vec<(UserId, String)> {
    let mut ids: Vec<&UserId> = Vec::new();
    for id in answers.take(ANSWERS).flat_map(|answer| &answer.people) {
        if ids.len() < PEOPLE && !ids.contains(&id) {
            ids.push(id);
        }
    }
    let named = ids.into_iter().map(async |id| {
        let user = matter.questions.user(id, matter.brief).await;
        Some((id.clone(), user.as_ref().as_ref().ok()?.display_name()?))
    });
    join_all(named).await.into_iter().flatten().collect()
}

/// The requested resource and its part. The request is preferred to the event, because it is newer.
pub(super) fn asked(event: &RequestEvent, request: Option<&AccessRequest>) -> (Option<Asked>, Option<Asked>) {
    let of_event = |id: &Option<String>, kind: &Option<String>| {
        let kind = AskedKind::of(kind.as_deref());
        id.as_ref().map(|id| Asked { kind, id: id.clone(), name: None, place: None })
    };
    let resource = request.and_then(|request| request.resource.clone()).or_else(|| {
        of_event(&event.resource_id, &event.resource_type).or_else(|| {
            let id = event.request_type_id.clone()?;
            Some(Asked { kind: AskedKind::RequestType, id, name: None, place: None })
        })
    });
    let scope = request
        .and_then(|request| request.scope.clone())
        .or_else(|| of_event(&event.scope_id, &event.scope_type));
    // Okta repeats a resource without parts as its own scope.
    let scope = scope.filter(|scope| resource.as_ref().is_none_or(|resource| resource.id != scope.id));
    (resource, scope)
}

pub(super) async fn named(matter: &Matter<'_>, asked: Option<Asked>) -> Option<Named> {
    let asked = asked?;
    let name = match &asked.name {
        Some(name) => Ok(name.clone()),
        None => Result::clone(&*matter.thing(&asked).await).map(|thing| thing.name),
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
        Fact::named("asked_by", "Asked by", answers.asked_by.value()),
        Fact::named("raised_in", "Raised in", Value::if_any(raised_in.map(str::to_owned))),
    ];
    if let Ok(request) = request {
        facts.extend(request.answers.iter().take(ANSWERS).map(|answer| {
            let prompt = answer.prompt.trim().trim_end_matches(':');
            Fact::answer(prompt, Value::Known(said(answer, &answers.people)))
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

impl AskedBy<'_> {
    fn value(self) -> Value {
        const DOUBT: &str = "not certain: event and request differ";
        match self {
            AskedBy::Unsaid => Value::NotApplicable,
            AskedBy::PerhapsThePerson => Value::Known(format!("this person ({DOUBT})")),
            AskedBy::Other { account: Ok(user), doubtful } => {
                let name = user.name().unwrap_or_else(|| "someone without a name in Okta".to_owned());
                let doubt = if doubtful { format!(" ({DOUBT})") } else { String::new() };
                Value::Known(format!("{name}, on this person's behalf{doubt}"))
            }
            AskedBy::Other { account: Err(error), .. } => {
                let reason = format!("someone else, on this person's behalf; {}", error.brief());
                Value::NotAvailable(Lack { reason, ..error.into() })
            }
            AskedBy::Service(id) => Value::Known(format!("a service (client {id}), not a person")),
            AskedBy::Unknown => Value::Known("not known".to_owned()),
        }
    }
}
