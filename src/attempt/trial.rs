//! A [`Trial`] is a message that an operator wants to see before it is posted: of a past request, or of one
//! that is still open. It claims and posts nothing, and has time: nobody waits. The function makes none.

use super::Pipeline;
use super::lead::Lead;
use super::prepare::{NoFacts, facts};
use super::stop::Stop;
use crate::deadline::Deadline;
use crate::enrichment::inquiry::Questions;
use crate::enrichment::{self, Facts, Setting};
use crate::error::Error;
use crate::event::RequestEvent;
use crate::message::{Fit, Message};
use crate::outcome::SkipReason;
use crate::policy::unmet::Miss;
use crate::policy::{Choice, Rule};

/// What a request would get.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The rule that applied in the end; `None` if no rule matches, or if none could be chosen.
    pub rule: Option<&'a Rule>,
    /// Its message, or why it gets none.
    pub result: Result<Tried, Stop>,
}

/// A message that would be posted.
#[derive(Debug)]
pub struct Tried {
    /// What it is made of.
    pub facts: Facts,
    /// Its text.
    pub message: Message,
    /// How much of what the template writes is in it.
    pub fit: Fit,
}

impl Pipeline {
    /// The message of a request, even if the request is closed now.
    pub(crate) async fn try_out(&self, lead: Lead<'_>, deadline: Deadline) -> Trial<'_> {
        let stopped = |rule, stop| Trial { rule, result: Err(stop) };
        let event = lead.event;
        let first = match self.rule_for(event, self.as_of.moment(event, self.clock.now())) {
            Ok(first) => first,
            Err(reason) => return stopped(None, reason.into()),
        };
        let questions = self.questions(lead);
        let setting = self.unhurried(event, &questions, deadline);
        let policy = &self.config.policy;
        let ruled = match first {
            Choice::Rule(rule) => Ok(rule),
            Choice::Needs(_) => match enrichment::choose(setting, policy).await {
                Ok(ruled) => ruled,
                Err(error) => return stopped(None, Stop::Failed(Error::of_gathering(error, false))),
            },
        };
        let rule = match ruled {
            Ok(rule) => rule,
            Err(unruled) => return stopped(None, SkipReason::from(unruled).into()),
        };
        let (rule, facts) = match facts(setting, policy, rule, false).await {
            Ok(found) => found,
            Err(NoFacts { rule, stop, .. }) => return stopped(rule, stop),
        };
        let rendered = rule.view(facts.by_stranger).template.render_to_fit(&facts.content, &policy.words);
        match rendered {
            Ok((message, fit)) => Trial { rule: Some(rule), result: Ok(Tried { facts, message, fit }) },
            Err(error) => stopped(Some(rule), error.into()),
        }
    }

    /// Why the rules of the policy do not match a request, up to the first one that does.
    pub(crate) async fn misses(&self, lead: Lead<'_>, deadline: Deadline) -> Result<Vec<Miss>, Error> {
        let questions = self.questions(lead);
        let setting = self.unhurried(lead.event, &questions, deadline);
        let misses = enrichment::misses(setting, &self.config.policy).await;
        misses.map_err(|error| Error::of_gathering(error, false))
    }

    fn questions<'a>(&'a self, Lead { event, read, .. }: Lead<'a>) -> Questions<'a> {
        let now = self.as_of.moment(event, self.clock.now());
        Questions::new(&self.okta, &event.request_id, event.is_young(now), read.cloned())
    }

    /// Sources may take all of the time, and a closed request is as good as an open one.
    fn unhurried<'a>(
        &self,
        event: &'a RequestEvent,
        questions: &'a Questions<'a>,
        deadline: Deadline,
    ) -> Setting<'a> {
        let now = self.as_of.moment(event, self.clock.now());
        let (word, id) = (event.word(self.channel), &event.request_id);
        Setting { questions, event, word, id, now, deadline, patience: None, even_closed: true }
    }
}
