//! A [`Verdict`] is what the org's answers say about one mention of a policy. Pure.

use okta_request_enricher::okta::{Condition, IdForm, LookedUp, PolicyId, UserSchema};
use okta_request_enricher::text;

use super::answers::{Answer, Answers, Attributes};
use super::mention::{Mention, Mentions, What};
use super::refusal::Refusal;
use super::suggestion;
use crate::terminal;

/// The longest name of Okta's that a text shows, in UTF-16 units.
const NAME_LIMIT: usize = 60;

/// What is true of a mention.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Found,
    /// The org does not have it.
    Unknown(Told),
    /// It is of another kind than those that belong there.
    WrongKind(Told),
    /// The org has it, but it is off.
    NotActive(Told),
    /// It could not be looked up.
    NotLookedUp(Told),
    /// The call failed, and the failure is reported.
    Failed,
}

/// A verdict in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What is wrong.
    pub(super) cause: String,
    /// What to do about it.
    pub(super) remedy: String,
    /// What to write in its place, if that is clear.
    pub(super) instead: Option<String>,
}

fn told(cause: impl Into<String>, remedy: impl Into<String>) -> Told {
    Told { cause: cause.into(), remedy: remedy.into(), instead: None }
}

/// The verdict on one of the mentions.
pub(super) fn on(mention: &Mention, all: &Mentions, answers: &Answers) -> Verdict {
    let key = mention.key.as_str();
    match &mention.what {
        What::Id { id, form, belong } => on_id(key, id, *form, belong, answers),
        What::Condition { id, apps } => on_condition(key, id, apps, all, answers),
        What::Attribute { name, is_date } => on_attribute(key, name, *is_date, answers),
    }
}

fn on_id(key: &str, id: &PolicyId, form: Option<IdForm>, belong: &[IdForm], answers: &Answers) -> Verdict {
    let Some(form) = form else {
        return Verdict::NotLookedUp(told(
            "ids of this form belong to no kind that can be looked up",
            "compare it with Okta by hand",
        ));
    };
    let answer = form.kind().and_then(|kind| answers.things.get(&(kind, id.clone())));
    if !belong.contains(&form) {
        return Verdict::WrongKind(Stray { key, id, form, belong }.told(answer));
    }
    match answer {
        Some(Answer::Found(found)) => standing(key, form, id, found.name.as_deref(), found.status.as_deref()),
        Some(Answer::Unknown) => unknown(key, form, id),
        Some(Answer::Refused(refusal)) => refused(refusal),
        Some(Answer::Failed) | None => Verdict::Failed,
    }
}

/// An id in a place where its kind does not belong.
struct Stray<'a> {
    key: &'a str,
    id: &'a PolicyId,
    form: IdForm,
    belong: &'a [IdForm],
}

impl Stray<'_> {
    fn told(&self, answer: Option<&Answer<LookedUp>>) -> Told {
        let Stray { key, id, form, belong } = self;
        let is = match answer {
            Some(Answer::Found(LookedUp { name: Some(name), .. })) => {
                format!("is the {} {}", form.noun(), quoted(name))
            }
            Some(Answer::Found(_)) => format!("is {}", form.a_noun()),
            _ => format!("has the form of {}'s id", form.a_noun()),
        };
        let kinds: Vec<_> = belong.iter().map(|form| format!("{}s", form.noun())).collect();
        let own = belong.first().map_or("", |form| form.a_noun());
        let remedy = match self.better_place() {
            Some(place) => format!("move it to `{place}`, or write the id of {own}"),
            None => format!("write the id of {own}"),
        };
        let id = id.as_str();
        told(format!("`{key}`: `{id}` {is}, but this list takes {}", either(&kinds)), remedy)
    }

    /// The list for this kind that stands beside the wrong one.
    fn better_place(&self) -> Option<String> {
        let (above, list) = self.key.rsplit_once('.')?;
        if above == "match" {
            // Groups are there in two meanings: those that are asked for, and those of the person.
            let place = match self.form {
                IdForm::App | IdForm::Collection => "match.resources",
                IdForm::Bundle => "match.scopes",
                IdForm::Group if list == "resources" => "match.scopes",
                IdForm::RequestType => "match.request_types",
                IdForm::Condition => "match.conditions",
                _ => return None,
            };
            return Some(place.to_owned());
        }
        let list = match self.form {
            IdForm::App => "apps",
            IdForm::Group => "groups",
            IdForm::Bundle if above != "relevant" => "bundles",
            _ => return None,
        };
        Some(format!("{above}.{list}"))
    }
}

/// What the status of something says that the org has.
fn standing(key: &str, form: IdForm, id: &PolicyId, name: Option<&str>, status: Option<&str>) -> Verdict {
    let name = name.map(|name| format!(" {}", quoted(name))).unwrap_or_default();
    let what = format!("`{key}`: the {}{name} (`{}`)", form.noun(), id.as_str());
    match status {
        Some("DELETED") => {
            Verdict::Unknown(told(format!("{what} was deleted in Okta"), "delete the id here"))
        }
        Some(status @ ("INACTIVE" | "INVALID" | "DRAFT" | "DISABLED")) => Verdict::NotActive(told(
            format!("{what} is not active in Okta, its status is {status}"),
            "activate it there, or delete the id here",
        )),
        _ => Verdict::Found,
    }
}

fn on_condition(key: &str, id: &PolicyId, own: &[PolicyId], all: &Mentions, answers: &Answers) -> Verdict {
    let named = all.apps();
    let apps = if own.is_empty() { &named } else { own };
    let (mut refusal, mut failed) = (None, false);
    for app in apps {
        match answers.conditions.get(app) {
            Some(Answer::Found(conditions)) => {
                if let Some(Condition { name, status, .. }) =
                    conditions.iter().find(|condition| condition.id == id.as_str())
                {
                    return standing(key, IdForm::Condition, id, name.as_deref(), status.as_deref());
                }
            }
            Some(Answer::Unknown) => {}
            Some(Answer::Refused(why)) => refusal = Some(why),
            Some(Answer::Failed) | None => failed = true,
        }
    }
    let id = id.as_str();
    if let Some((app, condition)) = elsewhere(id, apps, answers) {
        let name = condition.name.as_deref().map(|name| format!(" {}", quoted(name))).unwrap_or_default();
        return Verdict::WrongKind(told(
            format!(
                "`{key}`: the request condition{name} (`{id}`) is of the app `{}`, which is not among this rule's \
                 `resources`, so the rule never matches",
                app.as_str()
            ),
            "correct one of the two",
        ));
    }
    match refusal {
        Some(refusal) => refused(refusal),
        None if failed => Verdict::Failed,
        None if own.is_empty() => Verdict::NotLookedUp(told(
            "Okta lists request conditions by app, and no app that the policy names has it",
            "add the id of its app to the `resources` of the same `match`",
        )),
        None => Verdict::Unknown(told(
            format!(
                "`{key}`: none of the apps in this rule's `resources` has the request condition `{id}`, or the credential \
                 may not see it"
            ),
            COPY,
        )),
    }
}

/// The condition of another app than these, if that app was asked about.
fn elsewhere<'a>(id: &str, apps: &[PolicyId], answers: &'a Answers) -> Option<(&'a PolicyId, &'a Condition)> {
    answers.conditions.iter().filter(|(app, _)| !apps.contains(app)).find_map(|(app, answer)| match answer {
        Answer::Found(conditions) => Some((app, conditions.iter().find(|condition| condition.id == id)?)),
        _ => None,
    })
}

fn on_attribute(key: &str, name: &str, is_date: bool, answers: &Answers) -> Verdict {
    let Attributes { of_default_type, of_other_types } = match &answers.attributes {
        Some(Answer::Found(attributes)) => attributes,
        Some(Answer::Refused(refusal)) => return refused(refusal),
        Some(Answer::Unknown | Answer::Failed) | None => return Verdict::Failed,
    };
    let mut schemas = vec![of_default_type];
    if let Some(Answer::Found(others)) = of_other_types {
        schemas.extend(others);
    }
    if let Some(attribute) = schemas.iter().find_map(|schema| schema.0.get(name)) {
        return match attribute.kind.as_deref() {
            // Of the other types, all may hold what reads as a date.
            Some("boolean") if is_date => Verdict::WrongKind(told(
                format!("`{key}`: the attribute `{name}` is true or false in Okta, and never a date"),
                "name the attribute with the last day of the contract",
            )),
            _ => Verdict::Found,
        };
    }
    let meant = suggestion::closest(name, &schemas);
    match of_other_types {
        None | Some(Answer::Failed | Answer::Unknown) if meant.is_none() => Verdict::Failed,
        Some(Answer::Refused(refusal)) if meant.is_none() => Verdict::NotLookedUp(told(
            format!("the default user type lacks it, and other types can't be read: {}", refusal.cause()),
            refusal.remedy(),
        )),
        _ => Verdict::Unknown(no_attribute(key, name, meant, &schemas)),
    }
}

fn no_attribute(key: &str, name: &str, meant: Option<&str>, schemas: &[&UserSchema]) -> Told {
    let lacks =
        if schemas.len() > 1 { "no user type of this org has the" } else { "users of this org have no" };
    let cause = format!("`{key}`: {lacks} attribute `{}`", text::shortened(name, NAME_LIMIT));
    match meant {
        Some(meant) => {
            Told { instead: Some(format!("\"{meant}\"")), ..told(cause, format!("write `{meant}`")) }
        }
        None => told(
            cause,
            "write the variable name that the Profile Editor shows (Directory > Profile Editor > User)",
        ),
    }
}

/// What to do about an id that the org does not have.
const COPY: &str = "copy the id from Okta, or delete it";

fn unknown(key: &str, form: IdForm, id: &PolicyId) -> Verdict {
    let (noun, id) = (form.noun(), id.as_str());
    let cause =
        format!("`{key}`: the org has no {noun} with the id `{id}`, or the credential may not see it");
    Verdict::Unknown(told(cause, COPY))
}

fn refused(refusal: &Refusal) -> Verdict {
    Verdict::NotLookedUp(told(refusal.cause(), refusal.remedy()))
}

/// A name that somebody chose in Okta.
fn quoted(name: &str) -> String {
    text::quoted(&terminal::printable(name), NAME_LIMIT)
}

/// "apps, collections or request types".
fn either(kinds: &[String]) -> String {
    match kinds.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
