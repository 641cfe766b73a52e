//! Makes the message of a request, or says why there is none.

use super::stop::Stop;
use crate::degradation::Degradation;
use crate::enrichment::{self, Facts, Gathered, Setting};
use crate::error::Error;
use crate::event::Delivery;
use crate::outcome::{Prepared, Reached, SkipReason};
use crate::policy::{Policy, Posting, Rule, Unruled};

/// The message of a request, or why there is none.
pub(super) struct Preparation<'p> {
    /// The rule that applied at last.
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
    // An operator who insists gets the message, quiet as it may be.
    let even_quiet = setting.event.delivery == Delivery::Repost;
    let (rule, Facts { content, by_stranger }) = match facts(setting, policy, rule, even_quiet).await {
        Ok(gathered) => gathered,
        Err(Stop::Skipped(SkipReason::NoRule)) => return ended(None, SkipReason::NoRule.into()),
        Err(stop) => return ended(Some(rule), stop),
    };
    let degraded = Degradation::of(&content.sections);
    match rule.view(by_stranger).template.render(&content) {
        Ok(message) => {
            Preparation { rule: Some(rule), result: Ok(Prepared { message, degraded }), reached: None }
        }
        Err(error) => {
            let reached = Some(Reached::Gathered(degraded));
            Preparation { rule: Some(rule), result: Err(error.into()), reached }
        }
    }
}

/// The facts of a request, and the rule for the person whom they are about.
pub(super) async fn facts<'p>(
    setting: Setting<'_>,
    policy: &'p Policy,
    rule: &'p Rule,
    even_quiet: bool,
) -> Result<(&'p Rule, Facts), Stop> {
    let young = !setting.even_closed && setting.event.is_young(setting.now);
    let gathered = enrichment::gather(setting, policy, rule).await;
    let gathered = gathered.map_err(|error| Error::of_gathering(error, young))?;
    match gathered.map_err(SkipReason::from)? {
        (_, Gathered::Closed(status)) => Err(SkipReason::Closed(status).into()),
        (_, Gathered::Nothing) => Err(SkipReason::RuleSaysNone.into()),
        (rule, Gathered::Facts(facts))
            if rule.message == Posting::Warnings && facts.content.is_quiet() && !even_quiet =>
        {
            Err(SkipReason::NothingToLookAt.into())
        }
        (rule, Gathered::Facts(facts)) => Ok((rule, facts)),
    }
}
