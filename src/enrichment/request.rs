//! The section `request`: what is requested, for how long and why. Both generations of Okta's API lead to the
//! same facts. This file also finds what the headline names.

use futures_util::future::join_all;

use super::contents;
use super::inquiry::{Inquiry, Matter};
pub use super::thing::Named;
use super::written;
use crate::event::RequestEvent;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, Asked, AskedKind, FormAnswer, OktaError, Question, Thing};
use crate::request::{Api, RequestSource, UserId};
use crate::section::{AskedFor, Check, CheckKind, Fact, Lack, Section, Source, Value};
use crate::text;
use crate::words::{NAME_LIMIT, Piece, Term};

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

/// The calls for the names of what is asked for. The headline has them wherever a section reads the request.
pub(super) const NAMES: &[Endpoint] =
    &[Endpoint::App, Endpoint::Group, Endpoint::Bundle, Endpoint::CatalogEntry, Endpoint::RequestType];

/// The longest name of what is asked for, in UTF-16 units. Two names may differ only at the end, so it is longer
/// than any name that people read.
const THING_LIMIT: usize = 250;
/// The longest duration of an unknown form, in UTF-16 units.
const UNKNOWN_DURATION_LIMIT: usize = 20;

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
    /// The part, or else the resource, with what it gives, which no request contains.
    pub contents: Option<Named>,
    /// The names of people whom answers name by their ids.
    pub people: Vec<(UserId, String)>,
}

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    of_request(&inquiry.matter, names_people(inquiry)).await
}

/// The section, from the request alone. `names_people`: answers that are ids of people get their names.
pub(super) async fn of_request(matter: &Matter<'_>, names_people: bool) -> Section {
    let request = matter.request().await;
    let (asked, part) = asked(matter.event, request.as_ref().as_ref().ok());
    let answers = request.iter().flat_map(|request| &request.answers).filter(|_| names_people);
    let of_contents = part.clone().or(asked.clone());
    let (resource, scope, contents, people) = tokio::join!(
        named(matter, asked),
        named(matter, part),
        with_contents(matter, of_contents),
        people(matter, answers)
    );
    evaluate(matter.event, &RequestAnswers { request: &request, resource, scope, contents, people })
}

/// What the headline names. If no section reads the request, the event's subject line says it.
pub(super) async fn asked_for(matter: &Matter<'_>) -> AskedFor {
    if !is_read(matter) {
        return AskedFor { subject: subject(matter.event, None), ..AskedFor::default() };
    }
    let request = matter.request().await;
    let read = request.as_ref().as_ref().ok();
    let (resource, scope) = asked(matter.event, read);
    let (resource, scope) = tokio::join!(named(matter, resource), named(matter, scope));
    headline(matter.event, read, resource.as_ref(), scope.as_ref())
}

/// Whether a section reads the request anyway.
fn is_read(matter: &Matter<'_>) -> bool {
    let is_v2 = matter.id.api() == Api::V2;
    matter.view.shows.sections.iter().any(|source| match source {
        Source::Request | Source::Access | Source::Peers | Source::Labels => true,
        Source::Sod => is_v2 || !matter.combinations.is_empty(),
        Source::History => is_v2,
        Source::Profile => matter.rule.end_date.is_some(),
        Source::Manager | Source::Approval => false,
    })
}

/// What the headline names: scope, resource and duration. Without all of their names, the subject line.
#[must_use]
pub fn headline(
    event: &RequestEvent,
    request: Option<&AccessRequest>,
    resource: Option<&Named>,
    scope: Option<&Named>,
) -> AskedFor {
    let things: Vec<&Named> = scope.into_iter().chain(resource).collect();
    let subject = subject(event, request);
    let all_named = things.iter().all(|named| named.is_named());
    // A request type does not say which access it grants.
    let is_request_type = things.iter().all(|named| named.asked.kind == AskedKind::RequestType);
    let names = if all_named && !(is_request_type && subject.is_some()) || subject.is_none() {
        things.iter().map(|named| named.name().unwrap_or(&named.asked.id).to_owned()).collect()
    } else {
        Vec::new()
    };
    AskedFor {
        names,
        more: request.map_or(0, |request| request.more.len()),
        duration: request.and_then(|request| request.duration.as_deref()).map(duration),
        subject,
    }
}

fn duration(iso: &str) -> Piece {
    written::duration(iso, UNKNOWN_DURATION_LIMIT)
}

fn subject(event: &RequestEvent, request: Option<&AccessRequest>) -> Option<String> {
    let subject = request.and_then(|request| request.subject_line.clone());
    Some(subject.unwrap_or_else(|| event.request_subject.clone())).filter(|text| text::is_visible(text))
}

/// Whether answers that are ids of people get their names: only if the requester is the person or the person's
/// manager. A stranger could put any id into an answer to learn whose it is.
fn names_people(Inquiry { matter, people, role }: &Inquiry<'_>) -> bool {
    let own = people.asker.person() == Some(&people.subject) && !people.doubtful;
    // A rule that shows strangers the same as everyone does not look for the manager.
    own || (matter.rule.strangers.is_some() && !role.is_stranger())
}

/// The names of the people whom the answers name by their ids, as far as they can be read. They are without
/// logins, which the requester need not know.
async fn people<'a>(
    matter: &Matter<'_>,
    answers: impl Iterator<Item = &'a FormAnswer>,
) -> Vec<(UserId, String)> {
    let mut ids: Vec<&UserId> = Vec::new();
    for id in answers.flat_map(|answer| &answer.people) {
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

/// Why nobody knows what is asked for: the request could not be read, and the event names a request type at most, as
/// that of a v1 request does.
pub(super) fn unnamed(event: &RequestEvent, request: &Result<AccessRequest, OktaError>) -> Option<Lack> {
    let unread = request.as_ref().err()?;
    let (resource, scope) = asked(event, None);
    let is_named = resource.iter().chain(&scope).any(|asked| asked.kind != AskedKind::RequestType);
    (!is_named).then(|| unread.into())
}

/// Something that is asked for, with its name. An older request may contain the name.
pub(super) async fn named(matter: &Matter<'_>, asked: Option<Asked>) -> Option<Named> {
    let asked = asked?;
    let thing = match &asked.name {
        Some(name) => Ok(Thing::named(name.clone())),
        None => Result::clone(&*matter.thing(&asked).await),
    };
    Some(Named { asked, thing })
}

/// The same with what it gives, even if the name is known. Only groups and bundles give something.
async fn with_contents(matter: &Matter<'_>, asked: Option<Asked>) -> Option<Named> {
    let asked = asked.filter(|asked| matches!(asked.kind, AskedKind::Group | AskedKind::Bundle))?;
    let thing = Result::clone(&*matter.thing(&asked).await);
    Some(Named { asked, thing })
}

/// The facts of the request, and whether it could be read.
#[must_use]
pub fn evaluate(event: &RequestEvent, answers: &RequestAnswers<'_>) -> Section {
    let request = answers.request.as_ref();
    let name = |named: &Option<Named>| match named {
        Some(Named { thing: Ok(thing), .. }) => Value::Known(Piece::text(&thing.name, THING_LIMIT)),
        Some(Named { thing: Err(error), .. }) => Value::lacking(error),
        None => Value::NotApplicable,
    };
    let access = match (name(&answers.resource), request.map_or(0, |request| request.more.len())) {
        (Value::Known(name), more @ 1..) => {
            Value::Known(Piece::said(Term::MoreAsked, [name, Piece::number(more)]))
        }
        (access, _) => access,
    };
    let duration = match request.map(|request| (&request.duration, request.has_duration)) {
        Ok((Some(iso), _)) => Value::Known(duration(iso)),
        Ok((None, true)) => Value::Known(Term::NoEnd.into()),
        Ok((None, false)) => Value::NotApplicable,
        Err(error) => Value::lacking(error),
    };
    let raised_in = event.source.map(|source| match source {
        RequestSource::Web => Piece::Plain("Okta".to_owned()),
        RequestSource::Slack => Piece::Plain("Slack".to_owned()),
    });
    let subject = subject(event, request.ok()).map(|text| Piece::quoted(&text, usize::MAX / 2));
    let mut facts = vec![
        Fact::labelled_by_name("subject", Term::Request, Value::if_any(subject)),
        Fact::labelled_by_name("access", kind(answers.resource.as_ref(), Term::AccessTo), access),
        Fact::labelled_by_name("scope", kind(answers.scope.as_ref(), Term::Scope), name(&answers.scope)),
        Fact::labelled_by_name("duration", Term::Duration, duration),
        Fact::by_name("raised_in", Value::if_any(raised_in)),
        contents::fact(answers.contents.as_ref()),
    ];
    if let Ok(request) = request {
        facts.extend(request.answers.iter().map(|answer| {
            let value = Value::Known(said(answer, &answers.people));
            match &answer.question {
                Question::Asked(question) => Fact::answer(question.trim().trim_end_matches(':'), value),
                Question::Unnamed => Fact::unnamed_answer(Term::Answer, value),
                Question::UnnamedOf(n) => Fact::unnamed_answer(Piece::counted(Term::AnswerNumber, *n), value),
            }
        }));
    }
    let gives = |asked: &Asked| matches!(asked.kind, AskedKind::Group | AskedKind::Bundle);
    let is_all = !request.is_ok_and(|request| request.partly_unnamed || request.more.iter().any(gives));
    let administrator = contents::check(answers.contents.as_ref())
        // What else is asked for was not read: nothing is clear then.
        .filter(|check| is_all || !check.warnings.is_empty() || check.not_done.is_some());
    let checks = unread(answers).into_iter().chain(administrator);
    Section { source: Source::Request, facts, checks: checks.collect() }
}

/// The label of a thing that is asked for: its kind, or `other`.
fn kind(named: Option<&Named>, other: Term) -> Term {
    match named.map(|named| named.asked.kind) {
        Some(AskedKind::Group) => Term::Group,
        Some(AskedKind::Bundle) => Term::Bundle,
        Some(AskedKind::RequestType) => Term::RequestType,
        Some(AskedKind::App | AskedKind::Other) | None => other,
    }
}

/// What of the request could not be read.
fn unread(answers: &RequestAnswers<'_>) -> Option<Check> {
    let names = answers.resource.iter().chain(&answers.scope).filter_map(|named| named.thing.as_ref().err());
    let why = Lack::of_calls(answers.request.as_ref().err().into_iter().chain(names))?;
    Some(Check::not_done(CheckKind::Request, Term::CheckRequest, why))
}

/// An answer in words. A person has the name before the id, which stays: names are not unique.
fn said(answer: &FormAnswer, people: &[(UserId, String)]) -> Piece {
    let named = |id: &UserId| {
        let plain = Piece::Plain(id.to_string());
        match people.iter().find(|(known, _)| known == id) {
            Some((_, name)) => Piece::said(Term::NamedId, [Piece::text(name, NAME_LIMIT), plain]),
            None => plain,
        }
    };
    let whole = |piece| Piece::whole(piece, usize::MAX / 2, true);
    match &answer.value {
        None => Term::NoAnswer.into(),
        Some(value) if answer.people.is_empty() => whole(written::piece(value)),
        Some(_) => whole(Piece::all(answer.people.iter().map(named).collect())),
    }
}
