//! An [`Inquiry`] is what the sources of one message ask Okta about one person; its [`Matter`] is the part
//! that is about the request alone. The [`Questions`] are shared by the whole invocation: whoever asks a
//! question first sends the call, everyone else gets the same answer. So no question is sent twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::people::{People, Standing};
use crate::deadline::Deadline;
use crate::event::RequestEvent;
use crate::okta::{
    AccessRequest, AppLink, Asked, CatalogEntry, CatalogPlace, EmailAddress, EntryId, Group, OktaClient,
    OktaError, User, UserKey,
};
use crate::policy::{Rule, RuleView, ToxicCombination};
use crate::request::{RequestId, UserId};

/// How long a young request that Okta does not know yet is asked for again, and how often. Okta publishes the
/// event before every one of its servers knows the request.
const GRACE: Duration = Duration::from_secs(2);
const GRACE_STEP: Duration = Duration::from_millis(500);

/// An answer of Okta that several askers share.
pub type Answer<A> = Arc<Result<A, OktaError>>;

/// The place of an answer: the first asker fills it, the others wait.
type Place<A> = Arc<OnceCell<Answer<A>>>;

/// The answers to questions of one kind, by what was asked about.
#[derive(Debug)]
struct Answers<Q, A>(Mutex<Vec<(Q, Place<A>)>>);

impl<Q: PartialEq, A> Answers<Q, A> {
    const fn new() -> Answers<Q, A> {
        Answers(Mutex::new(Vec::new()))
    }

    /// The answer to `question`. Only the first asker's `call` is sent.
    async fn get(&self, question: Q, call: impl Future<Output = Result<A, OktaError>>) -> Answer<A> {
        let place = self.place_of(&question).unwrap_or_else(|| {
            let place = Arc::default();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push((question, Arc::clone(&place)));
            place
        });
        // Boxed, or the compiler copies this future into every caller.
        let answer =
            Box::pin(async move { Arc::clone(place.get_or_init(|| async { Arc::new(call.await) }).await) });
        answer.await
    }

    /// Keeps only answers that are a success.
    fn forget_failures(&self) {
        let failed = |place: &Place<A>| place.get().is_some_and(|answer| answer.is_err());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, place)| !failed(place));
    }

    /// The place of the answer; `None` if nobody asked this question.
    fn place_of(&self, question: &Q) -> Option<Place<A>> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().find(|(known, _)| known == question).map(|(_, place)| Arc::clone(place))
    }
}

/// The questions of one invocation to Okta. Each call has the deadline of whoever asks first.
#[derive(Debug)]
pub struct Questions<'a> {
    okta: &'a OktaClient,
    id: &'a RequestId,
    /// The request is so new that Okta may not know it everywhere.
    young: bool,
    request: OnceCell<Answer<AccessRequest>>,
    users: Answers<UserId, User>,
    logins: Answers<UserKey, User>,
    emails: Answers<EmailAddress, Option<User>>,
    groups: Answers<UserId, Vec<Group>>,
    apps: Answers<UserId, Vec<AppLink>>,
    names: Answers<Asked, String>,
    entries: Answers<EntryId, CatalogEntry>,
}

impl<'a> Questions<'a> {
    /// Sends no call. `read` is the request, if it was read before.
    #[must_use]
    pub fn new(
        okta: &'a OktaClient,
        id: &'a RequestId,
        young: bool,
        read: Option<AccessRequest>,
    ) -> Questions<'a> {
        Questions {
            okta,
            id,
            young,
            request: OnceCell::new_with(read.map(|request| Arc::new(Ok(request)))),
            users: Answers::new(),
            logins: Answers::new(),
            emails: Answers::new(),
            groups: Answers::new(),
            apps: Answers::new(),
            names: Answers::new(),
            entries: Answers::new(),
        }
    }

    /// The access request.
    pub async fn request(&self, deadline: Deadline) -> Answer<AccessRequest> {
        // Boxed for the same reason as in `Answers::get`.
        let answer = Box::pin(async {
            Arc::clone(
                self.request.get_or_init(|| async { Arc::new(self.read_request(deadline).await) }).await,
            )
        });
        answer.await
    }

    async fn read_request(&self, deadline: Deadline) -> Result<AccessRequest, OktaError> {
        let grace = deadline.at_most(GRACE);
        loop {
            match self.okta.request(self.id, deadline).await {
                Err(OktaError::NotFound { .. }) if self.young && grace.remaining() > 2 * GRACE_STEP => {
                    tokio::time::sleep(GRACE_STEP).await;
                }
                read => return read,
            }
        }
    }

    /// The access request, if it was read already.
    #[must_use]
    pub fn request_so_far(&self) -> Option<Answer<AccessRequest>> {
        self.request.get().cloned()
    }

    /// Lets everything that failed be asked again. A question about someone whom the message can do without had
    /// little time; if the message turns out to be about that person, it gets all of it.
    pub fn forget_failures(&self) {
        self.users.forget_failures();
        self.logins.forget_failures();
        self.emails.forget_failures();
        self.groups.forget_failures();
        self.apps.forget_failures();
        self.names.forget_failures();
        self.entries.forget_failures();
    }

    /// A person, by id.
    pub async fn user(&self, id: &UserId, deadline: Deadline) -> Answer<User> {
        self.users.get(id.clone(), self.okta.user(id, deadline)).await
    }

    /// A person, by id, if someone asked for that person already.
    pub async fn user_if_asked(&self, id: &UserId, deadline: Deadline) -> Option<Answer<User>> {
        self.users.place_of(id)?;
        Some(self.user(id, deadline).await)
    }

    /// A person, by login or by anything else that Okta finds people by.
    pub async fn find_user(&self, key: &UserKey, deadline: Deadline) -> Answer<User> {
        self.logins.get(key.clone(), self.okta.find_user(key, deadline)).await
    }

    /// The only person with an e-mail address; `None` if there is none, or more than one.
    pub async fn only_user_with_email(
        &self,
        email: &EmailAddress,
        deadline: Deadline,
    ) -> Answer<Option<User>> {
        self.emails.get(email.clone(), self.okta.only_user_with_email(email, deadline)).await
    }

    /// The groups that a person is in.
    pub async fn groups(&self, id: &UserId, deadline: Deadline) -> Answer<Vec<Group>> {
        self.groups.get(id.clone(), self.okta.groups(id, deadline)).await
    }

    async fn apps(&self, id: &UserId, deadline: Deadline) -> Answer<Vec<AppLink>> {
        self.apps.get(id.clone(), self.okta.app_links(id, deadline)).await
    }

    async fn name(&self, asked: &Asked, deadline: Deadline) -> Answer<String> {
        self.names.get(asked.clone(), self.read_name(asked, deadline)).await
    }

    /// Reads a name by the thing's own call. If Okta forbids that, reads it from the access catalog, which
    /// takes fewer rights.
    async fn read_name(&self, asked: &Asked, deadline: Deadline) -> Result<String, OktaError> {
        let (refused, place) = match (self.okta.name(asked, deadline).await, &asked.place) {
            (Err(refused), Some(place)) if refused.is_of_rights() => (refused, place),
            (named, _) => return named,
        };
        match self.name_in_catalog(place, deadline).await {
            Ok(Some(name)) => Ok(name),
            // The catalog lacks the name, so the operator needs the right to the thing's own call.
            Ok(None) | Err(OktaError::NotFound { .. }) => Err(refused),
            Err(error) => Err(error),
        }
    }

    async fn name_in_catalog(
        &self,
        place: &CatalogPlace,
        deadline: Deadline,
    ) -> Result<Option<String>, OktaError> {
        let (CatalogPlace::Entry(id) | CatalogPlace::Above(id)) = place;
        let mut entry = self.entry(id, deadline).await?;
        if matches!(place, CatalogPlace::Above(_)) {
            let Some(parent) = entry.parent().cloned() else { return Ok(None) };
            entry = self.entry(&parent, deadline).await?;
        }
        Ok(entry.name().map(str::to_owned))
    }

    async fn entry(&self, id: &EntryId, deadline: Deadline) -> Result<CatalogEntry, OktaError> {
        Result::clone(&*self.entries.get(id.clone(), self.okta.catalog_entry(id, deadline)).await)
    }
}

/// What a message is about besides its people. Everything in it is decided before the first source asks.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// Shared with the rest of the invocation.
    pub questions: &'a Questions<'a>,
    /// The request's id, resolved.
    pub id: &'a RequestId,
    /// The request event.
    pub event: &'a RequestEvent,
    /// What the message shows.
    pub view: &'a RuleView,
    /// The rule that matches.
    pub rule: &'a Rule,
    /// The policy's toxic combinations.
    pub combinations: &'a [ToxicCombination],
    /// What counts as now.
    pub now: Timestamp,
    /// The invocation's deadline: for the person, without whom there is no message.
    pub deadline: Deadline,
    /// The deadline of everything that the message can do without.
    pub brief: Deadline,
}

impl Matter<'_> {
    /// The access request.
    pub async fn request(&self) -> Answer<AccessRequest> {
        self.questions.request(self.brief).await
    }

    /// The name of something that is asked for.
    pub async fn name(&self, asked: &Asked) -> Answer<String> {
        self.questions.name(asked, self.brief).await
    }
}

/// What the sources of one message ask about its person.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    /// What the message is about besides its people.
    pub matter: Matter<'a>,
    /// Whom the message is about.
    pub people: &'a People,
    /// What the one who asked is to that person.
    pub standing: Standing,
}

impl Inquiry<'_> {
    /// The person who gets the access.
    pub async fn user(&self) -> Answer<User> {
        self.matter.questions.user(&self.people.subject, self.matter.deadline).await
    }

    /// The account of the person who asked, if that is someone else.
    pub async fn other_requester(&self) -> Option<Answer<User>> {
        let requester = self.people.other_requester()?;
        Some(self.matter.questions.user(requester, self.matter.brief).await)
    }

    /// The groups that the person holds.
    pub async fn groups(&self) -> Answer<Vec<Group>> {
        self.matter.questions.groups(&self.people.subject, self.matter.brief).await
    }

    /// The apps that the person holds.
    pub async fn apps(&self) -> Answer<Vec<AppLink>> {
        self.matter.questions.apps(&self.people.subject, self.matter.brief).await
    }
}
