//! Choosing the rule of a request. Most rules are decided by the event alone. A rule that matches on the
//! person makes the calls that decide it, and no others. [`Questions`](super::inquiry::Questions) are shared
//! with the sections, so the message makes none of these calls again.

use super::people::{Named, People};
use super::setting::{GatherError, Setting};
use crate::policy::unmet::Miss;
use crate::policy::{Choice, Match, Needed, Person, Policy, Rule, Unruled};

/// The first rule that matches the request.
///
/// # Errors
///
/// Fails if a rule matches on the person, and the person or what decides the rule can't be read.
pub async fn choose<'p>(
    setting: Setting<'_>,
    policy: &'p Policy,
) -> Result<Result<&'p Rule, Unruled>, GatherError> {
    match policy.rule_for(setting.event, Person::UNREAD) {
        Ok(Choice::Rule(rule)) => Ok(Ok(rule)),
        Ok(Choice::Needs(_)) => choose_for(setting, policy, &named(setting).await?).await,
        Err(unruled) => Ok(Err(unruled)),
    }
}

/// The same for a request of which event and request name these people.
pub(super) async fn choose_for<'p>(
    Setting { questions, event, deadline, .. }: Setting<'_>,
    policy: &'p Policy,
    named: &Named,
) -> Result<Result<&'p Rule, Unruled>, GatherError> {
    let (mut user, mut groups) = (None, None);
    loop {
        let (user_read, groups_read) = (user.as_deref(), groups.as_deref());
        let (user_so_far, groups_so_far) = (user_read.and_then(ok), groups_read.and_then(ok));
        let person = match named {
            Named::One(_) => Person::Read { user: user_so_far, groups: groups_so_far.map(Vec::as_slice) },
            Named::Several(_) | Named::Nobody => Person::Unknown,
        };
        let needed = match policy.rule_for(event, person) {
            Ok(Choice::Rule(rule)) => return Ok(Ok(rule)),
            Err(unruled) => return Ok(Err(unruled)),
            Ok(Choice::Needs(needed)) => needed,
        };
        let Named::One(People { subject, .. }) = named else { return Ok(Err(Unruled::NoRule)) };
        match needed {
            Needed::User => {
                let answer = questions.user(subject, deadline).await;
                if let Err(error) = answer.as_ref() {
                    return Err(GatherError::Subject(error.clone()));
                }
                user = Some(answer);
            }
            Needed::Groups => {
                let answer = questions.groups(subject, deadline).await;
                if let Err(error) = answer.as_ref() {
                    return Err(GatherError::Groups(error.clone()));
                }
                groups = Some(answer);
            }
        }
    }
}

/// Why the rules do not match, up to the first one that does. Reads what any rule needs of the person. A failed read
/// is no error: the reason then says that it was not read.
///
/// # Errors
///
/// Fails if the people of the request can't be found.
pub async fn misses(setting: Setting<'_>, policy: &Policy) -> Result<Vec<Miss>, GatherError> {
    let Setting { questions, event, deadline, .. } = setting;
    let asks = |about: fn(&Match) -> bool| policy.rules.iter().any(|rule| about(&rule.matches));
    let (attributes, in_groups) = (asks(Match::asks_for_attributes), asks(Match::asks_for_groups));
    if !attributes && !in_groups {
        return Ok(policy.misses(event, Person::Unknown));
    }
    let named = named(setting).await?;
    let Some(subject) = named.subject() else { return Ok(policy.misses(event, Person::Unknown)) };
    let user = if attributes { Some(questions.user(subject, deadline).await) } else { None };
    let groups = if in_groups { Some(questions.groups(subject, deadline).await) } else { None };
    let person = Person::Read {
        user: user.as_deref().and_then(ok),
        groups: groups.as_deref().and_then(ok).map(Vec::as_slice),
    };
    Ok(policy.misses(event, person))
}

fn ok<T, E>(answer: &Result<T, E>) -> Option<&T> {
    answer.as_ref().ok()
}

/// The people of the request, for its rule. A request that can't be read for the moment may name someone
/// else, for whom another rule is right. So only a lack of rights leaves the event's word.
async fn named(setting: Setting<'_>) -> Result<Named, GatherError> {
    let Setting { questions, event, word, id, deadline, .. } = setting;
    if let Some(named) = named_so_far(setting) {
        return Ok(named);
    }
    match questions.request(deadline).await.as_ref() {
        Ok(request) => Ok(Named::by(event, word, id, request)),
        Err(error) => match People::without_request(event, word) {
            Some(people) if error.is_of_rights() => Ok(Named::One(people)),
            _ => Err(GatherError::Request(error.clone())),
        },
    }
}

/// The people of the request, as far as no call is needed to know them.
pub(super) fn named_so_far(Setting { questions, event, word, id, .. }: Setting<'_>) -> Option<Named> {
    match questions.request_so_far().as_deref() {
        Some(Ok(request)) => Some(Named::by(event, word, id, request)),
        _ => People::of_event(event, word).map(Named::One),
    }
}
