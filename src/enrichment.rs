//! Gathering: from a request event and its rule to the [`Section`]s of a message. Each source is a file below with
//! one shape: `fetch` asks Okta, `evaluate` makes facts and warnings of the answers and is pure. They run at the same
//! time; a call that two of them need is made once ([`Inquiry`]). This file is the one that decides to degrade: what
//! could not be had is said in its place.

pub mod access;
pub mod manager;
pub mod profile;
pub mod request;
pub mod sod;

use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::deadline::Deadline;
use crate::event::RequestEvent;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, AppLink, Group, OktaClient, OktaError, User};
use crate::policy::{Attribute, Policy, Rule, Shows, ToxicCombination};
use crate::request::{RequestId, UserId};
use crate::section::{Content, Section, Source, sources};

/// How long a source may take that the message can do without.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How long a read of a young request that Okta does not know yet is tried again, and how often.
const GRACE: Duration = Duration::from_secs(2);
const GRACE_STEP: Duration = Duration::from_millis(500);

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

/// Why no message can be made: without knowing whom it is about there is nothing true to say.
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
    /// The request, which should have told the person or whether it is still open, can't be read.
    #[error("failed to read the access request: {0}")]
    Request(OktaError),
    /// The person's account can't be read.
    #[error("failed to read the person's account: {0}")]
    Subject(OktaError),
    /// A section that the rule requires is not available.
    #[error(
        "failed to gather the section `{section}`, which the rule `{rule}` requires: not available ({reason})"
    )]
    Required {
        /// Which.
        section: Source,
        /// By which rule.
        rule: String,
        /// Why.
        reason: String,
    },
}

/// What gathering led to.
#[derive(Debug)]
pub enum Gathered {
    /// The request is closed; nobody needs a message any more.
    Closed(String),
    /// What the message is made of, and the name of each section in which something is missing.
    Content {
        /// The sections.
        content: Content,
        /// Of which something is missing.
        degraded: Vec<&'static str>,
        /// Only what the rule shows on someone's behalf is in it.
        on_behalf: bool,
    },
}

/// What is to be gathered, and how.
#[derive(Clone, Copy)]
pub struct Gathering<'a> {
    /// Whom to ask.
    pub okta: &'a OktaClient,
    /// The request event.
    pub event: &'a RequestEvent,
    /// Whose toxic combinations are looked for.
    pub policy: &'a Policy,
    /// What is wanted.
    pub rule: &'a Rule,
    /// What is taken for now.
    pub now: Timestamp,
    /// Of the invocation.
    pub deadline: Deadline,
    /// How long a source may take that the message can do without; [`PATIENCE`] where an approver waits.
    pub patience: Duration,
}

/// One invocation's questions to Okta; each is asked at most once, whoever needs the answer.
pub struct Inquiry<'a> {
    okta: &'a OktaClient,
    event: &'a RequestEvent,
    rule: &'a Rule,
    combinations: &'a [ToxicCombination],
    /// Of the invocation.
    deadline: Deadline,
    /// Of what the message can do without.
    brief: Deadline,
    now: Timestamp,
    subject: UserId,
    /// Who asked, where the event or the request tells.
    requester: Option<UserId>,
    /// Only what may be shown to strangers is.
    on_behalf: bool,
    user: OnceCell<Result<User, OktaError>>,
    request: OnceCell<Result<AccessRequest, OktaError>>,
    groups: OnceCell<Result<Vec<Group>, OktaError>>,
    apps: OnceCell<Result<Vec<AppLink>, OktaError>>,
    manager: OnceCell<manager::Found>,
    attributes: &'a [Attribute],
}

/// The calls that messages by this policy take, for the scopes to ask for.
#[must_use]
pub fn endpoints(policy: &Policy, dry_run: bool) -> Vec<Endpoint> {
    let posts = [Endpoint::MessageV1, Endpoint::MessageV2];
    let always = [Endpoint::User, Endpoint::RequestV1, Endpoint::RequestV2, Endpoint::RequestsV2];
    let sections =
        policy.rules.iter().flat_map(|rule| rule.shows.sections.iter().chain(&rule.on_behalf.sections));
    let of_sections = sections.flat_map(|source| source.endpoints()).copied();
    always.into_iter().chain(of_sections).chain(posts.into_iter().filter(|_| !dry_run)).collect()
}

/// Those among them without which a rule posts nothing, since it requires a section that is made of them.
#[must_use]
pub fn required_endpoints(policy: &Policy) -> Vec<Endpoint> {
    let required = policy.rules.iter().flat_map(|rule| &rule.required);
    let always = [Endpoint::User, Endpoint::MessageV1, Endpoint::MessageV2];
    always.into_iter().chain(required.flat_map(|source| source.endpoints()).copied()).collect()
}

/// The content of the message.
pub async fn gather(gathering: Gathering<'_>) -> Result<Gathered, GatherError> {
    let Gathering { okta, event, now, deadline, .. } = gathering;
    let mut read = None;
    let people = match event.subject() {
        Some(subject) => (subject.clone(), event.requester.clone()),
        None => people(
            event,
            read.insert(read_request(okta, event, now, deadline).await.map_err(GatherError::Request)?),
        )?,
    };
    match gather_about(gathering, people, read).await? {
        About::Right(gathered) => Ok(gathered),
        // The request knows better than its event whom it is for.
        About::Another(request) => {
            let people = self::people(event, &request)?;
            match gather_about(gathering, people, Some(*request)).await? {
                About::Right(gathered) => Ok(gathered),
                About::Another(_) => Err(GatherError::NoSubject { id: event.request_id.clone() }),
            }
        }
    }
}

/// The request; a new one may take Okta a moment to know.
async fn read_request(
    okta: &OktaClient,
    event: &RequestEvent,
    now: Timestamp,
    deadline: Deadline,
) -> Result<AccessRequest, OktaError> {
    let grace = deadline.at_most(GRACE);
    loop {
        match okta.request(&event.request_id, deadline).await {
            Err(OktaError::NotFound { .. }) if event.is_young(now) && grace.remaining() > 2 * GRACE_STEP => {
                tokio::time::sleep(GRACE_STEP).await;
            }
            read => return read,
        }
    }
}

/// Who gets the access and who asked, by the request.
fn people(event: &RequestEvent, request: &AccessRequest) -> Result<(UserId, Option<UserId>), GatherError> {
    let requester = request.requesters.first().cloned().or_else(|| event.requester.clone());
    let subject = match (&request.requested_for, &event.request_id) {
        (Some(subject), _) => Some(subject.clone()),
        (None, RequestId::V1(_)) => requester.clone(),
        (None, RequestId::V2(_)) => None,
    };
    Ok((subject.ok_or_else(|| GatherError::NoSubject { id: event.request_id.clone() })?, requester))
}

enum About {
    Right(Gathered),
    /// The request, once read, names another person.
    Another(Box<AccessRequest>),
}

async fn gather_about(
    Gathering { okta, event, policy, rule, now, deadline, patience }: Gathering<'_>,
    (subject, requester): (UserId, Option<UserId>),
    read: Option<AccessRequest>,
) -> Result<About, GatherError> {
    let request = read.map_or_else(OnceCell::new, |read| OnceCell::new_with(Some(Ok(read))));
    let mut inquiry = Inquiry {
        okta,
        event,
        rule,
        combinations: &policy.toxic_combinations,
        deadline,
        brief: deadline.at_most(patience),
        now,
        subject,
        requester,
        on_behalf: false,
        user: OnceCell::new(),
        request,
        groups: OnceCell::new(),
        apps: OnceCell::new(),
        manager: OnceCell::new(),
        attributes: &[],
    };
    let on_behalf = inquiry.is_on_strangers_behalf().await?;
    inquiry.on_behalf = on_behalf;
    inquiry.brief = deadline.at_most(patience);
    let Shows { sections, attributes } = if on_behalf { &rule.on_behalf } else { &rule.shows };
    inquiry.attributes = attributes;

    // All at once. What the message can't do without is asked beside the sections, which share the answers.
    let late = !event.is_young(now);
    let (person, closed, sections) = tokio::join!(
        inquiry.person(),
        async { if late || inquiry.request.initialized() { inquiry.closed().await } else { None } },
        join_all(sections.iter().map(|source| source.ask(&inquiry))),
    );
    person?;
    if let Some(status) = closed {
        return Ok(About::Right(Gathered::Closed(status)));
    }
    if let Some(Ok(request)) = inquiry.request.get()
        && !inquiry.is_of(request)
    {
        return Ok(About::Another(Box::new(request.clone())));
    }
    for section in &sections {
        if let Some(reason) = section.lack()
            && rule.required.contains(&section.source)
        {
            let (section, rule) = (section.source, rule.name.clone());
            return Err(GatherError::Required { section, rule, reason: reason.to_owned() });
        }
    }
    let degraded =
        sections.iter().filter(|section| section.lack().is_some()).map(|section| section.source.name());
    let degraded = degraded.collect();
    Ok(About::Right(Gathered::Content { degraded, content: Content { sections, as_of: now }, on_behalf }))
}

impl Inquiry<'_> {
    async fn user(&self) -> &Result<User, OktaError> {
        self.user.get_or_init(|| self.okta.user(&self.subject, self.deadline)).await
    }

    /// The same, for what can't do without.
    async fn person(&self) -> Result<&User, GatherError> {
        self.user().await.as_ref().map_err(|error| GatherError::Subject(error.clone()))
    }

    async fn request(&self) -> &Result<AccessRequest, OktaError> {
        self.request.get_or_init(|| read_request(self.okta, self.event, self.now, self.brief)).await
    }

    async fn groups(&self) -> &Result<Vec<Group>, OktaError> {
        self.groups.get_or_init(|| self.okta.groups(&self.subject, self.brief)).await
    }

    async fn apps(&self) -> &Result<Vec<AppLink>, OktaError> {
        self.apps.get_or_init(|| self.okta.app_links(&self.subject, self.brief)).await
    }

    async fn manager(&self, user: &User) -> &manager::Found {
        self.manager.get_or_init(|| manager::find(self.okta, &self.subject, user, self.brief)).await
    }

    /// The status of a request that was closed in the meantime. Where it can't be read, Okta itself is left to refuse
    /// a message that comes too late.
    async fn closed(&self) -> Option<String> {
        self.request().await.as_ref().ok()?.closed.clone()
    }

    /// Whether the requester is neither the subject nor the subject's manager. Only what the rule shows `on_behalf`
    /// may stand in the message then.
    async fn is_on_strangers_behalf(&self) -> Result<bool, GatherError> {
        if self.rule.shows_all_on_behalf || self.requester.as_ref() == Some(&self.subject) {
            return Ok(false);
        }
        // Whoever it was, it was not proven to be the person or the manager.
        let Some(requester) = &self.requester else { return Ok(true) };
        Ok(self.manager(self.person().await?).await.id() != Some(requester))
    }

    /// Whether a request can be about this person. The older generation does not tell who of its people is who.
    fn is_of(&self, request: &AccessRequest) -> bool {
        match (&request.requested_for, &self.event.request_id) {
            (Some(requested_for), _) => *requested_for == self.subject,
            (None, RequestId::V2(_)) => true,
            (None, RequestId::V1(_)) => {
                let known = |id: &UserId| *id == self.subject || Some(id) == self.requester.as_ref();
                request.requesters.is_empty() || request.requesters.iter().any(known)
            }
        }
    }
}
