//! Gathering: from a request event and its rule to the [`Section`]s of a message. Each source is a file below
//! with the same shape: `section` asks Okta, `evaluate` is pure and makes facts and warnings of the answers.
//! All sources ask at the same time, through one [`Inquiry`]. This file alone decides when a message is
//! degraded, and when there is none: a fact that can't be read is shown as not available; without the person,
//! or a section that the rule requires, the attempt fails.

pub mod access;
pub mod inquiry;
pub mod manager;
pub mod profile;
pub mod request;
pub mod sod;

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use self::inquiry::{Inquiry, People, Questions};
use crate::deadline::Deadline;
use crate::degradation::Degradation;
use crate::event::RequestEvent;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, OktaClient, OktaError};
use crate::policy::{Policy, Rule};
use crate::request::RequestId;
use crate::section::{Content, Lack, Section, Source, sources};

/// How long a source may take that the message can do without.
pub const PATIENCE: Duration = Duration::from_secs(2);

macro_rules! lead_to_modules {
    ($($(#[$doc:meta])* $variant:ident $module:ident [$($fact:literal),*],)*) => {
        impl Source {
            /// The calls that it makes, besides the one for the person.
            fn endpoints(self) -> &'static [Endpoint] {
                match self {
                    $(Source::$variant => $module::ENDPOINTS,)*
                }
            }

            async fn ask(self, inquiry: &Inquiry<'_>) -> Section {
                match self {
                    $(Source::$variant => $module::section(inquiry).await,)*
                }
            }
        }
    };
}
sources!(lead_to_modules);

/// Why no message can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatherError {
    /// Neither the event nor the request names an Okta user.
    #[error(
        "failed to find the person who gets the access: neither the event nor the request `{id}` names an Okta user"
    )]
    NoSubject {
        /// The request.
        id: RequestId,
    },
    /// The request can't be read, and only it names the person.
    #[error("failed to read the access request: {0}")]
    Request(OktaError),
    /// The person's account can't be read.
    #[error("failed to read the person's account: {0}")]
    Subject(OktaError),
    /// A section that the rule requires is not available.
    #[error(
        "failed to gather the section `{section}`, which the rule `{rule}` requires: not available ({})",
        .lack.reason
    )]
    Required {
        /// The section.
        section: Source,
        /// The rule that requires it.
        rule: String,
        /// Why a fact of it is not available.
        lack: Lack,
    },
}

/// What gathering led to.
#[derive(Debug)]
pub enum Gathered {
    /// The request is closed, with this status: nobody needs a message any more.
    Closed(String),
    /// The facts for a message.
    Facts {
        /// The sections.
        content: Content,
        /// What the message lacks.
        degraded: Degradation,
        /// A stranger raised the request. [`Rule::view`] has the template for it.
        by_stranger: bool,
    },
}

/// What is to be gathered, and how.
#[derive(Clone, Copy)]
pub struct Gathering<'a> {
    /// Whom to ask.
    pub okta: &'a OktaClient,
    /// The request event.
    pub event: &'a RequestEvent,
    /// The request's id, resolved.
    pub id: &'a RequestId,
    /// The request, if it was read already: it is not read again.
    pub read: Option<&'a AccessRequest>,
    /// Has the toxic combinations.
    pub policy: &'a Policy,
    /// Says what the message shows.
    pub rule: &'a Rule,
    /// What counts as now.
    pub now: Timestamp,
    /// The invocation's deadline.
    pub deadline: Deadline,
    /// How long a source may take that the message can do without: [`PATIENCE`] if an approver waits.
    pub patience: Duration,
}

/// The calls of messages by this policy, for the scopes to ask for.
#[must_use]
pub fn endpoints(policy: &Policy, dry_run: bool) -> Vec<Endpoint> {
    let posts = [Endpoint::MessageV1, Endpoint::MessageV2];
    let always = [Endpoint::User, Endpoint::RequestV1, Endpoint::RequestV2, Endpoint::RequestsV2];
    let views = policy.rules.iter().flat_map(|rule| [rule.view(false), rule.view(true)]);
    let of_sections =
        views.flat_map(|view| &view.shows.sections).flat_map(|source| source.endpoints()).copied();
    always.into_iter().chain(of_sections).chain(posts.into_iter().filter(|_| !dry_run)).collect()
}

/// The calls without which a rule of this policy posts nothing.
#[must_use]
pub fn required_endpoints(policy: &Policy) -> Vec<Endpoint> {
    let required = policy.rules.iter().flat_map(|rule| &rule.required);
    let always = [Endpoint::User, Endpoint::MessageV1, Endpoint::MessageV2];
    always.into_iter().chain(required.flat_map(|source| source.endpoints()).copied()).collect()
}

/// Gathers the content of the message.
///
/// # Errors
///
/// Fails without the person, without the request if only it names the person, and without a section that the
/// rule requires.
pub async fn gather(gathering: Gathering<'_>) -> Result<Gathered, GatherError> {
    let Gathering { okta, event, id, read, now, deadline, .. } = gathering;
    let questions = Questions::new(okta, id, event.is_young(now), read.cloned());
    let people = match People::of_event(event) {
        Some(people) => people,
        None => people_of_request(gathering, &questions, deadline).await?,
    };
    if let Some(gathered) = gather_about(gathering, &questions, &people).await? {
        return Ok(gathered);
    }
    // If the event and the request name different people, the request is right.
    questions.forget_failures();
    let people = people_of_request(gathering, &questions, deadline).await?;
    gather_about(gathering, &questions, &people)
        .await?
        .ok_or_else(|| GatherError::NoSubject { id: id.clone() })
}

/// The people that the request itself names.
async fn people_of_request(
    Gathering { event, id, .. }: Gathering<'_>,
    questions: &Questions<'_>,
    deadline: Deadline,
) -> Result<People, GatherError> {
    let request = questions.request(deadline).await;
    let request = request.as_ref().as_ref().map_err(|error| GatherError::Request(error.clone()))?;
    People::of_request(event, id, request).ok_or_else(|| GatherError::NoSubject { id: id.clone() })
}

/// Gathers facts about these people. `None` if the request, once read, names another person.
async fn gather_about(
    Gathering { event, id, policy, rule, now, deadline, patience, .. }: Gathering<'_>,
    questions: &Questions<'_>,
    people: &People,
) -> Result<Option<Gathered>, GatherError> {
    let by_stranger = is_stranger(questions, people, rule, deadline, deadline.at_most(patience)).await?;
    let view = rule.view(by_stranger);
    let inquiry = Inquiry {
        questions,
        id,
        event,
        people,
        by_stranger,
        view,
        rule,
        combinations: &policy.toxic_combinations,
        now,
        deadline,
        brief: deadline.at_most(patience),
    };
    // Everything at once. The person, and for a late event the status, are asked beside the sections, which
    // share the answers.
    let ask_status = !event.is_young(now) || questions.request_so_far().is_some();
    let (person, closed, sections) = tokio::join!(
        inquiry.user(),
        async { if ask_status { closed(&inquiry).await } else { None } },
        join_all(view.shows.sections.iter().map(|source| source.ask(&inquiry))),
    );
    if let Err(error) = person.as_ref() {
        return Err(GatherError::Subject(error.clone()));
    }
    if let Some(status) = closed {
        return Ok(Some(Gathered::Closed(status)));
    }
    if let Some(Ok(request)) = questions.request_so_far().as_deref()
        && !people.fit(id, request)
    {
        return Ok(None);
    }
    for section in &sections {
        if let Some(lack) = section.lacks().next()
            && rule.required.contains(&section.source)
        {
            let (section, rule) = (section.source, rule.name.clone());
            return Err(GatherError::Required { section, rule, lack: lack.clone() });
        }
    }
    let degraded = Degradation::of(&sections);
    Ok(Some(Gathered::Facts { degraded, content: Content { sections, as_of: now }, by_stranger }))
}

/// The status of a request that was closed in the meantime. `None` if it is open, or can't be read: Okta
/// itself refuses a message on a closed request.
async fn closed(inquiry: &Inquiry<'_>) -> Option<String> {
    inquiry.request().await.as_ref().as_ref().ok()?.closed.clone()
}

/// Whether the requester is neither the person who gets the access nor that person's manager. An unknown
/// requester counts as a stranger. Asks nothing if the rule shows strangers the same as everyone.
async fn is_stranger(
    questions: &Questions<'_>,
    people: &People,
    rule: &Rule,
    deadline: Deadline,
    brief: Deadline,
) -> Result<bool, GatherError> {
    if rule.strangers.is_none() || people.requester.as_ref() == Some(&people.subject) {
        return Ok(false);
    }
    let Some(requester) = &people.requester else { return Ok(true) };
    let manager = async {
        let person = questions.user(&people.subject, deadline).await;
        let person = person.as_ref().as_ref().map_err(|error| GatherError::Subject(error.clone()))?;
        Ok(manager::find(questions, people, person, brief).await.id().cloned())
    };
    // The request section shows the requester by name. Asked beside the person, this needs no round of its own.
    let shows_requester =
        [false, true].iter().all(|stranger| rule.view(*stranger).shows.sections.contains(&Source::Request));
    let (manager, ()) = tokio::try_join!(manager, async {
        if shows_requester {
            questions.user(requester, brief).await;
        }
        Ok(())
    })?;
    Ok(manager.as_ref() != Some(requester))
}
