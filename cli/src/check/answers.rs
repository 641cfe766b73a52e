//! [`Answers`]: what the org says about the ids and attributes of policies. Each is asked about once.

use std::collections::HashMap;
use std::time::Duration;

use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::okta::endpoint::Endpoint;
use okta_request_enricher::okta::{
    Condition, IdForm, IdKind, LookedUp, OktaClient, OktaError, Organization, PolicyId, SchemaId, UserSchema,
};
use okta_request_enricher::surroundings::Surroundings;

use super::failure;
use super::mention::{Mentions, What};
use super::refusal::Refusal;
use crate::terminal;

/// The time for one call. Okta's limits open again after a minute, and half of each is left to the function.
const PATIENCE: Duration = Duration::from_mins(3);

/// What the org says about one of them.
#[derive(Clone, Debug)]
pub(super) enum Answer<T> {
    Found(T),
    /// The org does not have it, or the credential may not see it.
    Unknown,
    /// Okta refused the call.
    Refused(Refusal),
    /// There is no answer: the call failed, or an earlier failure ended the asking.
    Failed,
}

/// The attributes that users have.
#[derive(Debug)]
pub(super) struct Attributes {
    pub(super) of_default_type: UserSchema,
    /// The attributes of the org's other user types; `None` while the default type has all that are named.
    pub(super) of_other_types: Option<Answer<Vec<UserSchema>>>,
}

/// All answers so far.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) things: HashMap<(IdKind, PolicyId), Answer<LookedUp>>,
    /// The request conditions, by app.
    pub(super) conditions: HashMap<PolicyId, Answer<Vec<Condition>>>,
    pub(super) attributes: Option<Answer<Attributes>>,
    /// Why calls failed, with the remedy.
    failures: Vec<String>,
    /// The failure that ended the asking: every further call would fail, too.
    ending: Option<String>,
    /// Whether an Okta org is known to answer at the address.
    knows_org: bool,
}

/// What is asked by one call, or by a few that belong together.
enum Question {
    Thing(IdKind, PolicyId),
    ConditionsOf(PolicyId),
    Attributes,
}

/// The calls that the mentions of a policy need.
pub(super) fn endpoints(mentions: &Mentions) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for mention in &mentions.all {
        match &mention.what {
            What::Id { form, .. } => endpoints.extend(form.and_then(IdForm::kind).map(IdKind::endpoint)),
            What::Condition { .. } => endpoints.push(Endpoint::Conditions),
            What::Attribute { .. } => endpoints.extend([Endpoint::UserSchema, Endpoint::UserTypes]),
        }
    }
    endpoints
}

impl Answers {
    /// Asks about everything that the policy names and that was not asked about yet. A progress bar shows how far
    /// it is.
    pub(super) async fn ask(&mut self, surroundings: &Surroundings, okta: &OktaClient, mentions: &Mentions) {
        let questions = self.questions(mentions);
        if !self.knows_org && !questions.is_empty() {
            self.ask_for_org(surroundings, okta).await;
        }
        let progress = terminal::progress(questions.len());
        for question in questions {
            if self.ending.is_some() {
                break;
            }
            match question {
                Question::Thing(kind, id) => {
                    progress.set_message(id.as_str());
                    let call = async |deadline| okta.look_up(kind, &id, deadline).await;
                    let answer = self.call(okta, kind.endpoint(), call).await;
                    if !matches!(answer, Answer::Failed) {
                        self.things.insert((kind, id), answer);
                    }
                }
                Question::ConditionsOf(app) => {
                    progress.set_message(format_args!("request conditions of {}", app.as_str()));
                    let call = async |deadline| okta.conditions(&app, deadline).await;
                    let answer = self.call(okta, Endpoint::Conditions, call).await;
                    if !matches!(answer, Answer::Failed) {
                        self.conditions.insert(app, answer);
                    }
                }
                Question::Attributes => {
                    progress.set_message("attributes");
                    self.ask_for_attributes(okta, mentions).await;
                }
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
    }

    /// Why calls failed since this was asked last, and what has ended the asking.
    pub(super) fn take_failures(&mut self) -> Vec<String> {
        let mut failures = std::mem::take(&mut self.failures);
        failures.extend(self.ending.clone());
        failures
    }

    /// Asks whether an Okta org answers there. Another server would say 404 of everything.
    async fn ask_for_org(&mut self, surroundings: &Surroundings, okta: &OktaClient) {
        match Box::pin(Organization::ask(surroundings, okta.org(), Deadline::after(PATIENCE))).await {
            Ok(_) => self.knows_org = true,
            Err(error) => {
                self.ending = Some(failure::text(&error));
            }
        }
    }

    fn questions(&self, mentions: &Mentions) -> Vec<Question> {
        let (mut questions, mut things, mut apps) = (Vec::new(), Vec::new(), Vec::new());
        let mut names_attributes = false;
        for mention in &mentions.all {
            match &mention.what {
                What::Id { id, form, .. } => {
                    things.extend(form.and_then(IdForm::kind).map(|kind| (kind, id.clone())));
                }
                What::Condition { apps: own, .. } if own.is_empty() => apps.extend(mentions.apps()),
                What::Condition { apps: own, .. } => apps.extend(own.iter().cloned()),
                What::Attribute { .. } => names_attributes = true,
            }
        }
        for (number, thing) in things.iter().enumerate() {
            if !things[..number].contains(thing) && !self.things.contains_key(thing) {
                questions.push(Question::Thing(thing.0, thing.1.clone()));
            }
        }
        for (number, app) in apps.iter().enumerate() {
            if !apps[..number].contains(app) && !self.conditions.contains_key(app) {
                questions.push(Question::ConditionsOf(app.clone()));
            }
        }
        if names_attributes {
            questions.push(Question::Attributes);
        }
        questions
    }

    /// Reads the default user type's schema, and those of other types if it lacks an attribute.
    async fn ask_for_attributes(&mut self, okta: &OktaClient, mentions: &Mentions) {
        if self.attributes.is_none() {
            let default = SchemaId::of_default_type();
            let call = async |deadline| okta.user_schema(&default, deadline).await;
            self.attributes = match self.call(okta, Endpoint::UserSchema, call).await {
                Answer::Found(of_default_type) => {
                    Some(Answer::Found(Attributes { of_default_type, of_other_types: None }))
                }
                Answer::Refused(refusal) => Some(Answer::Refused(refusal)),
                // Every org has this schema. So 404 does not say that users have no attributes.
                Answer::Unknown => {
                    self.lacks_call("the schema of its default user type");
                    None
                }
                Answer::Failed => None,
            };
        }
        let Some(Answer::Found(Attributes { of_default_type, of_other_types: None | Some(Answer::Failed) })) =
            &self.attributes
        else {
            return;
        };
        let lacks = mentions.all.iter().any(|mention| match &mention.what {
            What::Attribute { name, .. } => !of_default_type.0.contains_key(name),
            What::Id { .. } | What::Condition { .. } => false,
        });
        if lacks && self.ending.is_none() {
            let others = self.other_types(okta).await;
            if let Some(Answer::Found(attributes)) = &mut self.attributes {
                attributes.of_other_types = Some(others);
            }
        }
    }

    async fn other_types(&mut self, okta: &OktaClient) -> Answer<Vec<UserSchema>> {
        let call = async |deadline| okta.other_schemas(deadline).await;
        let ids = match self.call(okta, Endpoint::UserTypes, call).await {
            Answer::Found(ids) => ids,
            Answer::Refused(refusal) => return Answer::Refused(refusal),
            Answer::Unknown => {
                self.lacks_call("the list of its user types");
                return Answer::Failed;
            }
            Answer::Failed => return Answer::Failed,
        };
        let mut schemas = Vec::new();
        for id in ids {
            let call = async |deadline| okta.user_schema(&id, deadline).await;
            match self.call(okta, Endpoint::UserSchema, call).await {
                Answer::Found(schema) => schemas.push(schema),
                Answer::Refused(refusal) => return Answer::Refused(refusal),
                // Someone has deleted the type since it was listed.
                Answer::Unknown => {}
                Answer::Failed => return Answer::Failed,
            }
        }
        Answer::Found(schemas)
    }

    /// Makes one call, unless the credential is known to lack its scope.
    async fn call<T>(
        &mut self,
        okta: &OktaClient,
        endpoint: Endpoint,
        call: impl AsyncFnOnce(Deadline) -> Result<T, OktaError>,
    ) -> Answer<T> {
        if self.ending.is_some() {
            return Answer::Failed;
        }
        if let Some(refusal) = Refusal::known(okta, endpoint) {
            return Answer::Refused(refusal);
        }
        let error = match Box::pin(call(Deadline::after(PATIENCE))).await {
            Ok(found) => return Answer::Found(found),
            Err(OktaError::NotFound { .. }) => return Answer::Unknown,
            Err(error) => error,
        };
        if let Some(refusal) = Refusal::of(okta, endpoint, &error) {
            return Answer::Refused(refusal);
        }
        self.fail(&error);
        Answer::Failed
    }

    fn fail(&mut self, error: &OktaError) {
        let text = failure::text(error);
        if failure::ends_all(error) {
            self.ending = Some(text);
        } else {
            self.failures.push(text);
        }
    }

    /// Notes that the org does not have what every org has.
    fn lacks_call(&mut self, what: &str) {
        self.failures.push(format!(
            "the org answers 404 to {what}, so attributes were not looked up; see whether something in front of the org \
             answers in its place"
        ));
    }
}
