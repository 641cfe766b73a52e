//! A [`Verdict`] is what the org's answers say about one mention of a policy. Pure.

use okta_request_enricher::okta::{Condition, LookedUp, PolicyId, UserSchema};
use okta_request_enricher::text;

use super::answers::{Answer, Answers, Attributes};
use super::id_form::IdForm;
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
    /// The org does not have it. The text says what to write instead.
    Unknown(String),
    /// It is of another kind than those that belong there.
    WrongKind(String),
    /// The org has it, but it does not do what the policy expects of it.
    Idle(String),
    /// It could not be looked up: why, and what to do.
    NotLookedUp {
        why: String,
        remedy: String,
    },
    /// The call failed, and the failure is reported.
    Failed,
}

/// The verdict on one of the mentions.
pub(super) fn on(mention: &Mention, all: &Mentions, answers: &Answers) -> Verdict {
    match &mention.what {
        What::Id { id, form, belong } => on_id(&mention.key, id, *form, belong, answers),
        What::Condition { id, apps } => on_condition(&mention.key, id, apps, all, answers),
        What::Attribute { name, is_date } => on_attribute(&mention.key, name, *is_date, answers),
    }
}

fn on_id(key: &str, id: &PolicyId, form: Option<IdForm>, belong: &[IdForm], answers: &Answers) -> Verdict {
    let Some(form) = form else {
        return not_looked_up(
            "the form of the id tells no kind that this program can look up",
            "compare it with Okta by hand",
        );
    };
    let answer = form.kind().and_then(|kind| answers.things.get(&(kind, id.clone())));
    if !belong.contains(&form) {
        return WrongKind { key, id, form, belong }.verdict(answer);
    }
    match answer {
        Some(Answer::Found(found)) => standing(key, form, id, found.name.as_deref(), found.status.as_deref()),
        Some(Answer::Unknown) => unknown(key, form, id),
        Some(Answer::Refused(refusal)) => refused(refusal),
        Some(Answer::Failed) | None => Verdict::Failed,
    }
}

/// An id in a place where its kind does not belong.
struct WrongKind<'a> {
    key: &'a str,
    id: &'a PolicyId,
    form: IdForm,
    belong: &'a [IdForm],
}

impl WrongKind<'_> {
    fn verdict(&self, answer: Option<&Answer<LookedUp>>) -> Verdict {
        let WrongKind { key, id, form, belong } = self;
        let id = id.as_str();
        let is = match answer {
            Some(Answer::Found(LookedUp { name: Some(name), .. })) => {
                format!("is the {} {}", form.noun(), quoted(name))
            }
            Some(Answer::Found(_)) => format!("is {}", form.a_noun()),
            _ => format!("has the form of {}'s id", form.a_noun()),
        };
        let kinds: Vec<_> = belong.iter().map(|form| format!("{}s", form.noun())).collect();
        let remedy = match self.better_place() {
            Some(place) => format!("move it to `{place}`, or write the id of {}", belong[0].a_noun()),
            None => format!("write the id of {}", belong[0].a_noun()),
        };
        Verdict::WrongKind(format!("`{key}`: `{id}` {is}, but this list takes {}; {remedy}", either(&kinds)))
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

/// What the status of something that the org has says.
fn standing(key: &str, form: IdForm, id: &PolicyId, name: Option<&str>, status: Option<&str>) -> Verdict {
    let name = name.map(|name| format!(" {}", quoted(name))).unwrap_or_default();
    let (noun, id) = (form.noun(), id.as_str());
    match status {
        Some("DELETED") => Verdict::Unknown(format!(
            "`{key}`: the {noun}{name} (`{id}`) was deleted in Okta; delete the id here"
        )),
        Some(status @ ("INACTIVE" | "INVALID" | "DRAFT" | "DISABLED")) => Verdict::Idle(format!(
            "`{key}`: the {noun}{name} (`{id}`) is not active in Okta, its status is {status}; activate it there, or \
             delete the id here"
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
                    let (name, status) = (name.as_deref(), status.as_deref());
                    return standing(key, IdForm::Condition, id, name, status);
                }
            }
            Some(Answer::Unknown) => {}
            Some(Answer::Refused(why)) => refusal = Some(why),
            Some(Answer::Failed) | None => failed = true,
        }
    }
    if let Some((app, condition)) = elsewhere(id, apps, answers) {
        let name = condition.name.as_deref().map(|name| format!(" {}", quoted(name)));
        return Verdict::WrongKind(format!(
            "`{key}`: the request condition{} (`{}`) is of the app `{}`, which is not among this rule's `resources`, so \
             the rule never matches; correct one of the two",
            name.unwrap_or_default(),
            id.as_str(),
            app.as_str()
        ));
    }
    match refusal {
        Some(refusal) => refused(refusal),
        None if failed => Verdict::Failed,
        None if own.is_empty() => not_looked_up(
            "Okta lists request conditions by app, and no app that the policy names has it",
            "add the id of its app to the `resources` of the same `match`",
        ),
        None => Verdict::Unknown(format!(
            "`{key}`: none of the apps in this rule's `resources` has the request condition `{}`, or the credential may \
             not see it; copy the id from Okta, or delete it",
            id.as_str()
        )),
    }
}

/// The condition of another app than these, if that app was asked about.
fn elsewhere<'a>(
    id: &PolicyId,
    apps: &[PolicyId],
    answers: &'a Answers,
) -> Option<(&'a PolicyId, &'a Condition)> {
    answers.conditions.iter().filter(|(app, _)| !apps.contains(app)).find_map(|(app, answer)| match answer {
        Answer::Found(conditions) => {
            Some((app, conditions.iter().find(|condition| condition.id == id.as_str())?))
        }
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
            Some("boolean") if is_date => Verdict::WrongKind(format!(
                "`{key}`: the attribute `{name}` is true or false in Okta, and never a date; name the attribute with the last \
                 day of the contract"
            )),
            _ => Verdict::Found,
        };
    }
    let suggested = suggestion::closest(name, &schemas);
    match of_other_types {
        None | Some(Answer::Failed | Answer::Unknown) if suggested.is_none() => Verdict::Failed,
        Some(Answer::Refused(refusal)) if suggested.is_none() => not_looked_up(
            &format!("the default user type lacks it, and other types can't be read: {}", refusal.cause()),
            refusal.remedy(),
        ),
        _ => Verdict::Unknown(no_attribute(key, name, suggested, &schemas)),
    }
}

fn no_attribute(key: &str, name: &str, suggested: Option<&str>, schemas: &[&UserSchema]) -> String {
    let name = text::shortened(name, NAME_LIMIT);
    let remedy = match suggested {
        Some(meant) => format!("write `{meant}`"),
        None => "write the variable name that the Profile Editor shows (Directory > Profile Editor > User)"
            .to_owned(),
    };
    let lacks =
        if schemas.len() > 1 { "no user type of this org has the" } else { "users of this org have no" };
    format!("`{key}`: {lacks} attribute `{name}`; {remedy}")
}

fn unknown(key: &str, form: IdForm, id: &PolicyId) -> Verdict {
    Verdict::Unknown(format!(
        "`{key}`: the org has no {} with the id `{}`, or the credential may not see it; copy the id from Okta, or delete it",
        form.noun(),
        id.as_str()
    ))
}

fn refused(refusal: &Refusal) -> Verdict {
    not_looked_up(&refusal.cause(), refusal.remedy())
}

fn not_looked_up(why: &str, remedy: &str) -> Verdict {
    Verdict::NotLookedUp { why: why.to_owned(), remedy: remedy.to_owned() }
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
