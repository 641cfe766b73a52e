//! Makes the message of a request, or says why there is none.

use super::stop::Stop;
use crate::degradation::Degradation;
use crate::enrichment::{self, Facts, Gathered, Setting};
use crate::error::Error;
use crate::event::Delivery;
use crate::findings::Findings;
use crate::outcome::{Prepared, Reached, SkipReason};
use crate::policy::{Policy, Posting, Rule, Unruled};
use crate::section::Content;

/// The message of a request, or why there is none.
pub(super) struct Preparation<'p> {
    /// The rule that applied in the end.
    pub(super) rule: Option<&'p Rule>,
    pub(super) result: Result<Prepared, Stop>,
    /// What was reached, if there is no message.
    pub(super) reached: Option<Reached>,
}

/// Makes the message. Reads, and changes nothing.
pub(super) async fn prepare<'p>(
    setting: Setting<'_>,
    policy: &'p Policy,
    ruled: Result<&'p Rule, Unruled>,
) -> Preparation<'p> {
    let ended = |rule, stop| Preparation { rule, result: Err(stop), reached: None };
    let rule = match ruled {
        Ok(rule) => rule,
        Err(unruled) => return ended(None, SkipReason::from(unruled).into()),
    };
    // `enricher redrive --repost` has the message posted, even if it has no warning.
    let even_quiet = setting.event.delivery == Delivery::Repost;
    let (rule, Facts { content, by_stranger, .. }) = match facts(setting, policy, rule, even_quiet).await {
        Ok(gathered) => gathered,
        Err(NoFacts { rule, stop, quiet }) => {
            let reached = quiet.map(|content| gathered(&content));
            return Preparation { reached, ..ended(rule, stop) };
        }
    };
    match rule.view(by_stranger).template.render(&content, &policy.words) {
        Ok(message) => {
            let (degraded, findings) = (Degradation::of(&content.sections), Findings::of(&content));
            Preparation {
                rule: Some(rule),
                result: Ok(Prepared { message, degraded, findings }),
                reached: None,
            }
        }
        Err(error) => Preparation { reached: Some(gathered(&content)), ..ended(Some(rule), error.into()) },
    }
}

fn gathered(content: &Content) -> Reached {
    Reached::Gathered { degraded: Degradation::of(&content.sections), findings: Findings::of(content) }
}

/// Why there are no facts to make a message of.
pub(super) struct NoFacts<'p> {
    /// The rule that applied in the end.
    pub(super) rule: Option<&'p Rule>,
    pub(super) stop: Stop,
    /// The content in which there was nothing to look at. A missing right may be the reason, so the log line
    /// has to say what it lacks.
    quiet: Option<Box<Content>>,
}

/// The facts of a request, and the rule for the person whom they are about.
pub(super) async fn facts<'p>(
    setting: Setting<'_>,
    policy: &'p Policy,
    rule: &'p Rule,
    even_quiet: bool,
) -> Result<(&'p Rule, Facts), NoFacts<'p>> {
    let young = !setting.even_closed && setting.event.is_young(setting.now);
    let (rule, gathered) = match enrichment::gather(setting, policy, rule).await {
        Ok(Ok(gathered)) => gathered,
        Ok(Err(unruled)) => {
            return Err(NoFacts { rule: None, stop: SkipReason::from(unruled).into(), quiet: None });
        }
        Err(error) => {
            let stop = Stop::Failed(Error::of_gathering(error, young));
            return Err(NoFacts { rule: Some(rule), stop, quiet: None });
        }
    };
    let (reason, quiet) = match gathered {
        Gathered::Closed(status) => (SkipReason::Closed(status), None),
        Gathered::Nothing => (SkipReason::RuleSaysNone, None),
        Gathered::Facts(facts) if rule.message == Posting::Warnings && facts.is_quiet() && !even_quiet => {
            (SkipReason::NothingToLookAt, Some(Box::new(facts.content)))
        }
        Gathered::Facts(facts) => return Ok((rule, facts)),
    };
    Err(NoFacts { rule: Some(rule), stop: reason.into(), quiet })
}
