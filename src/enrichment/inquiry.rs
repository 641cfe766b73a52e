//! An [`Inquiry`] is what the sources of one message ask Okta about one person; its [`Matter`] is the part
//! that is about the request alone. Both ask through the [`Questions`] that the whole invocation shares.

use jiff::Timestamp;

pub use super::answers::Answer;
use super::people::{AskerRole, People};
pub use super::questions::Questions;
use crate::deadline::Deadline;
use crate::event::RequestEvent;
use crate::okta::{
    AccessRequest, AppLink, Asked, Earlier, EntitlementGrant, GrantTarget, Group, Held, Label, ManagerText,
    Task, Thing, User,
};
use crate::policy::{Rule, RuleView, ToxicCombination};
use crate::request::{RequestId, UserId};

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

    /// Something that is asked for: its name and what it gives.
    pub async fn thing(&self, asked: &Asked) -> Answer<Thing> {
        self.questions.thing(asked, self.brief).await
    }

    /// The labels of something that is asked for; `None` if it is of a kind that has none, or if its resource
    /// name is unknown.
    pub async fn labels(&self, asked: &Asked) -> Answer<Option<Vec<Label>>> {
        self.questions.labels(asked, self.brief).await
    }

    /// The tasks of the request; `None` on the older generation, whose tasks Okta does not list.
    pub async fn tasks(&self) -> Answer<Option<Vec<Task>>> {
        self.questions.tasks(self.brief).await
    }

    /// The people who have a group or an app; `None` if they are too many.
    pub async fn holders(&self, held: &Held) -> Answer<Option<Vec<UserId>>> {
        self.questions.holders(held, self.brief).await
    }

    /// The active people with this manager; `None` if they are too many.
    pub async fn people_of_manager(&self, manager: &ManagerText) -> Answer<Option<Vec<UserId>>> {
        self.questions.people_of_manager(manager, self.brief).await
    }
}

/// What the sources of one message ask about its person.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    /// What the message is about besides its people.
    pub matter: Matter<'a>,
    /// Whom the message is about.
    pub people: &'a People,
    /// How the one who asked is related to that person.
    pub role: AskerRole,
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

    /// What was asked for before for this person: the same resource, and the same part of it if `scope` names
    /// one. This request is among it.
    pub async fn earlier(&self, resource: &str, scope: Option<&str>, since: Timestamp) -> Answer<Earlier> {
        let asking = (resource.to_owned(), scope.map(str::to_owned));
        self.matter.questions.earlier(&self.people.subject, &asking, since, self.matter.brief).await
    }

    /// The person's active grants of an app or bundle.
    pub async fn grants(&self, target: &GrantTarget) -> Answer<Vec<EntitlementGrant>> {
        self.matter.questions.grants(&self.people.subject, target, self.matter.brief).await
    }
}
