//! The [`Questions`] of one invocation to Okta: whoever asks one first sends the call, everyone else gets the
//! same answer. So no question is sent twice.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::answers::{Answer, Answers};
use crate::deadline::Deadline;
use crate::okta::{
    AccessRequest, AppLink, Asked, AskedKind, CatalogEntry, CatalogPlace, Contents, Earlier, EmailAddress,
    EntitlementGrant, EntryId, GrantTarget, Group, Held, Label, ManagerText, OktaClient, OktaError, Task,
    Thing, User, UserKey,
};
use crate::request::{RequestId, UserId};

/// How long a young request that Okta does not know yet is asked for. Okta publishes the event before every one of its
/// servers knows the request. It is asked for again only while more than two steps remain: at most twice.
const GRACE: Duration = Duration::from_secs(2);
const GRACE_STEP: Duration = Duration::from_millis(500);

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
    things: Answers<Asked, Thing>,
    entries: Answers<EntryId, CatalogEntry>,
    earlier: Answers<(UserId, Asking, Timestamp), Earlier>,
    grants: Answers<(UserId, GrantTarget), Vec<EntitlementGrant>>,
    people_of_managers: Answers<ManagerText, Option<Vec<UserId>>>,
    holders: Answers<Held, Option<Vec<UserId>>>,
    labels: Answers<Asked, Option<Vec<Label>>>,
    tasks: Answers<(), Option<Vec<Task>>>,
}

/// The ids of the resource that was asked for, and of its part if there is one.
type Asking = (String, Option<String>);

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
            things: Answers::new(),
            entries: Answers::new(),
            earlier: Answers::new(),
            grants: Answers::new(),
            people_of_managers: Answers::new(),
            holders: Answers::new(),
            labels: Answers::new(),
            tasks: Answers::new(),
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

    /// Whether the access request was asked for, and another attempt may read it. A missing right lasts.
    #[must_use]
    pub fn is_request_unread_for_the_moment(&self) -> bool {
        matches!(self.request_so_far().as_deref(), Some(Err(error)) if !error.is_of_rights())
    }

    /// Lets everything that failed be asked again. A question about someone whom the message can do without
    /// had little time; if the message turns out to be about that person, it gets all of it.
    pub fn forget_failures(&self) {
        self.users.forget_failures();
        self.logins.forget_failures();
        self.emails.forget_failures();
        self.groups.forget_failures();
        self.apps.forget_failures();
        self.things.forget_failures();
        self.entries.forget_failures();
        self.earlier.forget_failures();
        self.grants.forget_failures();
        self.people_of_managers.forget_failures();
        self.holders.forget_failures();
        self.labels.forget_failures();
        self.tasks.forget_failures();
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

    pub(super) async fn groups(&self, id: &UserId, deadline: Deadline) -> Answer<Vec<Group>> {
        self.groups.get(id.clone(), self.okta.groups(id, deadline)).await
    }

    pub(super) async fn apps(&self, id: &UserId, deadline: Deadline) -> Answer<Vec<AppLink>> {
        self.apps.get(id.clone(), self.okta.app_links(id, deadline)).await
    }

    pub(super) async fn thing(&self, asked: &Asked, deadline: Deadline) -> Answer<Thing> {
        // Boxed for the same reason as in `Answers::get`.
        self.things.get(asked.clone(), Box::pin(self.read_thing(asked, deadline))).await
    }

    /// Reads a thing by its own call. If Okta forbids that, reads its name from the access catalog, which
    /// takes fewer rights.
    async fn read_thing(&self, asked: &Asked, deadline: Deadline) -> Result<Thing, OktaError> {
        let (refused, place) = match (self.okta.thing(asked, deadline).await, &asked.place) {
            (Err(refused), Some(place)) if refused.is_of_rights() => (refused, place),
            (read, _) => return read,
        };
        match self.name_in_catalog(place, deadline).await {
            Ok(Some(name)) => Ok(Thing::named(name)),
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

    pub(super) async fn earlier(
        &self,
        person: &UserId,
        (resource, scope): &Asking,
        since: Timestamp,
        deadline: Deadline,
    ) -> Answer<Earlier> {
        let question = (person.clone(), (resource.clone(), scope.clone()), since);
        let call = self.okta.earlier_requests(person, resource, scope.as_deref(), since, deadline);
        self.earlier.get(question, Box::pin(call)).await
    }

    pub(super) async fn grants(
        &self,
        person: &UserId,
        target: &GrantTarget,
        deadline: Deadline,
    ) -> Answer<Vec<EntitlementGrant>> {
        let call = self.okta.grants(person, target, deadline);
        self.grants.get((person.clone(), target.clone()), Box::pin(call)).await
    }

    pub(super) async fn people_of_manager(
        &self,
        manager: &ManagerText,
        deadline: Deadline,
    ) -> Answer<Option<Vec<UserId>>> {
        let call = self.okta.people_of_manager(manager, deadline);
        self.people_of_managers.get(manager.clone(), Box::pin(call)).await
    }

    pub(super) async fn holders(&self, held: &Held, deadline: Deadline) -> Answer<Option<Vec<UserId>>> {
        self.holders.get(held.clone(), Box::pin(self.okta.holders(held, deadline))).await
    }

    pub(super) async fn labels(&self, asked: &Asked, deadline: Deadline) -> Answer<Option<Vec<Label>>> {
        self.labels.get(asked.clone(), Box::pin(self.read_labels(asked, deadline))).await
    }

    /// Reads the labels by the resource's ORN. A group's ORN needs only its id. If a bundle can't be read, its ORN is
    /// guessed from its id.
    async fn read_labels(&self, asked: &Asked, deadline: Deadline) -> Result<Option<Vec<Label>>, OktaError> {
        let thing = async {
            match asked.kind {
                AskedKind::App => match Result::clone(&*self.thing(asked, deadline).await)? {
                    thing @ Thing { contents: Contents::App { .. }, .. } => Ok(Some(thing)),
                    // The catalog gave the name, and it has no more: what is said is why the app's own call failed.
                    _ => Box::pin(self.okta.thing(asked, deadline)).await.map(Some),
                },
                AskedKind::Bundle => Ok(Result::clone(&*self.thing(asked, deadline).await).ok()),
                AskedKind::Group | AskedKind::RequestType | AskedKind::Other => Ok(None),
            }
        };
        self.okta.labels(asked, thing, deadline).await
    }

    pub(super) async fn tasks(&self, deadline: Deadline) -> Answer<Option<Vec<Task>>> {
        self.tasks.get((), Box::pin(self.okta.tasks(self.id, deadline))).await
    }

    async fn entry(&self, id: &EntryId, deadline: Deadline) -> Result<CatalogEntry, OktaError> {
        Result::clone(&*self.entries.get(id.clone(), self.okta.catalog_entry(id, deadline)).await)
    }
}

#[cfg(test)]
mod tests {
    use okta_simulator::Simulator;

    use super::*;
    use crate::credential::Credential;
    use crate::okta::OrgUrl;
    use crate::secret::Secret;
    use crate::surroundings::Surroundings;

    /// Asks a question twice at the same time and once later. Returns how many calls were sent.
    macro_rules! calls_of {
        ($okta:ident, $question:expr) => {{
            let before = $okta.calls().len();
            let (one, other) = tokio::join!($question, $question);
            let later = $question.await;
            assert!(one.is_ok() && Arc::ptr_eq(&one, &other) && Arc::ptr_eq(&one, &later), "{one:?}");
            $okta.calls().len() - before
        }};
    }

    #[tokio::test]
    async fn each_question_sends_its_call_once() {
        let okta = Simulator::start().await.unwrap();
        let secret = Arc::new(Secret::given(Credential::parse(&okta.token()).unwrap()));
        let org = OrgUrl::parse(&okta.url()).unwrap();
        let client = OktaClient::new(Surroundings::real(None, true).unwrap(), org, secret, &[]);
        let id = RequestId::parse("req16zRXf4PBGnr7o18A").unwrap();
        let asked = Questions::new(&client, &id, false, None);
        let (person, soon) =
            (UserId::parse("00u1F5GHSf7bLpPyKNqn").unwrap(), Deadline::after(Duration::from_secs(20)));
        let thing = |kind, id: &str| Asked { kind, id: id.to_owned(), name: None, place: None };
        let (app, bundle) =
            (thing(AskedKind::App, "0oa1RX7XhyMSUUjaac5U"), thing(AskedKind::Bundle, "enb12VIzDBB0s8pKxUAm"));
        let asking = (app.id.clone(), Some(bundle.id.clone()));
        let target = GrantTarget::of(&bundle).unwrap();
        let manager = ManagerText::parse("rosa.delgado@example.com").unwrap();
        let held = Held::of(&app).unwrap();
        let since = Timestamp::UNIX_EPOCH;
        assert_eq!(calls_of!(okta, asked.earlier(&person, &asking, since, soon)), 1);
        assert_eq!(calls_of!(okta, asked.grants(&person, &target, soon)), 1);
        assert_eq!(calls_of!(okta, asked.people_of_manager(&manager, soon)), 1);
        assert_eq!(calls_of!(okta, asked.holders(&held, soon)), 1);
        assert_eq!(calls_of!(okta, asked.tasks(soon)), 1);
        assert_eq!(calls_of!(okta, asked.thing(&bundle, soon)), 1);
        // The app gives its resource name, the org its id.
        assert_eq!(calls_of!(okta, asked.labels(&app, soon)), 3);
        assert_eq!(calls_of!(okta, asked.labels(&bundle, soon)), 1);
        assert_eq!(okta.complaints(), Vec::<String>::new());
    }
}
