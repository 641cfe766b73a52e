//! Gathering: from a request event and its rule to the [`Section`]s of a message. Each source is a file below
//! with the same shape: `section` asks Okta, `evaluate` is pure and makes facts and checks of the answers.
//! All sources ask at the same time, through one [`Inquiry`]. This file alone decides when there is no
//! message. A check that can't be made is said to be not done. Without the person, or without a check that the
//! rule requires, the attempt fails. If the request turns out to be about another person than its event says, its
//! rule is chosen again: rule and facts are about the same person.

pub mod access;
mod account_state;
mod answers;
pub mod approval;
mod asker;
mod asker_role;
mod choosing;
pub mod combinations;
mod contents;
mod end_date;
mod endpoints;
pub mod history;
pub mod inquiry;
pub mod labels;
pub mod manager;
mod naming;
pub mod peers;
pub mod people;
pub mod profile;
mod questions;
pub mod request;
mod setting;
pub mod sod;
mod thing;
mod withheld;
mod written;

use futures_util::future::{LocalBoxFuture, join_all};
use jiff::Timestamp;

pub use self::choosing::{choose, misses};
use self::choosing::{choose_for, named_so_far};
pub use self::endpoints::{endpoints, required_endpoints};
use self::inquiry::{Inquiry, Matter};
use self::people::{AskerRole, Named, People};
pub use self::setting::{GatherError, PATIENCE, Setting};
use self::withheld::Why;
use crate::policy::{Policy, Posting, Rule, RuleView, Unruled};
use crate::section::{AskedFor, Check, CheckKind, Content, FOR, Fact, Lack, Section, Source, Value, sources};
use crate::words::{Piece, Term};

macro_rules! ask_modules {
    ($($(#[$doc:meta])* $variant:ident $module:ident [$($fact:literal),*],)*) => {
        impl Source {
            /// Asks for the section. Boxed by source: in one piece, all sources together would be as large as
            /// the largest of them, many times over.
            fn ask<'a>(self, inquiry: &'a Inquiry<'a>) -> LocalBoxFuture<'a, Section> {
                match self {
                    $(Source::$variant => Box::pin($module::section(inquiry)),)*
                }
            }
        }
    };
}
sources!(ask_modules);

/// What gathering led to.
#[derive(Debug)]
pub enum Gathered {
    /// The request is closed, with this status: nobody needs a message any more.
    Closed(String),
    /// The rule posts no messages.
    Nothing,
    /// The facts for a message.
    Facts(Facts),
}

/// The facts for a message.
#[derive(Debug)]
pub struct Facts {
    /// The sections.
    pub content: Content,
    /// A stranger raised the request. [`Rule::view`] has the template for it.
    pub by_stranger: bool,
    /// The message may show too little: who asked, or who the manager is, could not be read for the moment.
    pub may_show_too_little: bool,
}

impl Facts {
    /// Whether there is nothing to look at, for certain.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.content.is_quiet() && !self.may_show_too_little
    }
}

/// What is to be gathered, and by which rule.
#[derive(Clone, Copy)]
struct Gathering<'a> {
    setting: Setting<'a>,
    /// Has the toxic combinations.
    policy: &'a Policy,
    /// Says what the message shows.
    rule: &'a Rule,
}

/// Gathers the content of the message by this rule, or by the rule for the people whom the request names, if
/// they are others than the event names. Gathers nothing by a rule that posts no messages.
///
/// # Errors
///
/// Fails without the person, without the request if only it names the person, and without a section that the
/// rule requires.
pub async fn gather<'p>(
    setting: Setting<'_>,
    policy: &'p Policy,
    rule: &'p Rule,
) -> Result<Result<(&'p Rule, Gathered), Unruled>, GatherError> {
    if rule.message == Posting::None {
        return Ok(Ok((rule, Gathered::Nothing)));
    }
    let named = match named_so_far(setting) {
        Some(named) => named,
        None => named_by_request(setting).await?,
    };
    let first = named.clone();
    if let Some(gathered) = gather_about_named(Gathering { setting, policy, rule }, named).await? {
        return Ok(Ok((rule, gathered)));
    }
    // If the event and the request name different people, the request is right.
    let named = named_by_request(setting).await?;
    if named.subject() != first.subject() {
        setting.questions.forget_failures();
    }
    let rule = match choose_for(setting, policy, &named).await? {
        Ok(rule) if rule.message == Posting::None => return Ok(Ok((rule, Gathered::Nothing))),
        Ok(rule) => rule,
        Err(unruled) => return Ok(Err(unruled)),
    };
    gather_about_named(Gathering { setting, policy, rule }, named)
        .await?
        .map(|gathered| Ok((rule, gathered)))
        .ok_or_else(|| GatherError::NoSubject { id: setting.id.clone() })
}

/// Reads the request, and returns the people whom it and the event name. If it can't be read, the event alone
/// names them.
async fn named_by_request(setting: Setting<'_>) -> Result<Named, GatherError> {
    let Setting { questions, event, word, id, deadline, .. } = setting;
    let of_event = People::without_request(event, word);
    let limit = if of_event.is_some() { setting.brief() } else { deadline };
    match questions.request(limit).await.as_ref() {
        Ok(request) => Ok(Named::by(event, word, id, request)),
        Err(error) => of_event.map(Named::One).ok_or_else(|| GatherError::Request(error.clone())),
    }
}

/// Gathers facts about the people who are named. `None` if the request, once read, names others.
async fn gather_about_named(gathering: Gathering<'_>, named: Named) -> Result<Option<Gathered>, GatherError> {
    if let Some(status) = closed(gathering.setting) {
        return Ok(Some(Gathered::Closed(status)));
    }
    match named {
        // Boxed: in one piece, the future would be nested more deeply than the compiler allows.
        Named::One(people) => Box::pin(gather_about(gathering, &people)).await,
        Named::Several(people) => Box::pin(gather_about_nobody(gathering, people)).await.map(Some),
        Named::Nobody => Err(GatherError::NoSubject { id: gathering.setting.id.clone() }),
    }
}

impl<'a> Gathering<'a> {
    fn matter(self, view: &'a RuleView) -> Matter<'a> {
        let Gathering { setting, policy, rule } = self;
        let Setting { questions, event, id, now, deadline, .. } = setting;
        let (combinations, brief) = (&policy.toxic_combinations, setting.brief());
        Matter { questions, id, event, view, rule, combinations, now, deadline, brief }
    }
}

/// Gathers facts about these people. `None` if the request, once read, names others.
async fn gather_about(gathering: Gathering<'_>, people: &People) -> Result<Option<Gathered>, GatherError> {
    let Gathering { setting, rule, .. } = gathering;
    let Setting { questions, event, word, id, now, deadline, even_closed, .. } = setting;
    let role = asker_role::of(questions, people, rule, deadline, setting.brief()).await;
    let view = rule.view(role.is_stranger());
    let matter = gathering.matter(view);
    let inquiry = Inquiry { matter, people, role };
    // Everything at once. The people, and for a late event the status, are asked beside the sections, which
    // share the answers.
    let sources = view.shows.sections.iter().copied().chain(checked_unseen(rule, view));
    let (person, requester, (), mut shown, asked_for) = tokio::join!(
        inquiry.user(),
        inquiry.other_requester(),
        async {
            if !event.is_young(now) && !even_closed {
                matter.request().await;
            }
        },
        join_all(sources.map(|source| source.ask(&inquiry))),
        request::asked_for(&matter),
    );
    if let Some(status) = closed(gathering.setting) {
        return Ok(Some(Gathered::Closed(status)));
    }
    if let Some(Ok(request)) = questions.request_so_far().as_deref()
        && Named::by(event, word, id, request) != Named::One(people.clone())
    {
        return Ok(None);
    }
    let person = match person.as_ref() {
        Ok(person) => person,
        Err(error) => return Err(GatherError::Subject(error.clone())),
    };
    for section in &shown {
        require(rule, section)?;
    }
    let name = naming::with_login(person).unwrap_or_else(|| Piece::Plain(people.subject.to_string()));
    let mut facts =
        vec![Fact::named(FOR, Term::For, Value::Known(name)), asker::fact(people, requester.as_deref())];
    let hidden = shown.split_off(view.shows.sections.len());
    let mut sections = shown;
    if let Some(why) = Why::of(role) {
        facts.push(why.fact(rule, view));
        sections = sections.into_iter().map(withheld::without_private_facts).collect();
        let sod = hidden.into_iter().filter(|section| section.source == Source::Sod);
        sections.extend(sod.map(|section| sod::without_details(section, why.conflicts_exist())));
        sections.extend(manager::unseen(role, rule, view));
    }
    asker::note_unread(&mut sections, requester.as_deref());
    let content = content(facts, asked_for, sections, now);
    let may_show_too_little = match role {
        AskerRole::PerhapsManager => true,
        AskerRole::Uncertain => questions.is_request_unread_for_the_moment(),
        AskerRole::Entitled | AskerRole::Stranger | AskerRole::ManagerByEmail => false,
    };
    Ok(Some(Gathered::Facts(Facts { content, by_stranger: role.is_stranger(), may_show_too_little })))
}

/// Gathers the facts of a v1 request that names several `people`, if nothing says who of them gets the
/// access.
async fn gather_about_nobody(gathering: Gathering<'_>, people: usize) -> Result<Gathered, GatherError> {
    let Gathering { setting: Setting { now, .. }, rule, .. } = gathering;
    let view = rule.view(true);
    let matter = gathering.matter(view);
    let lack = Lack::of_answer(Piece::said(Term::NamesPeople, [Piece::number(people)]));
    let mut sections = Vec::new();
    for source in view.shows.sections.iter().copied().chain(checked_unseen(rule, view)) {
        let section = match source {
            Source::Request => request::of_request(&matter, false).await,
            Source::Sod => {
                sod::without_details(sod::of_nobody(&matter, &lack).await, Why::Nobody.conflicts_exist())
            }
            Source::Profile => profile::of_nobody(&view.shows.attributes),
            Source::Labels => labels::of_request(&matter).await,
            // Okta says nothing of earlier requests or tasks of the older generation.
            Source::Manager | Source::Access | Source::History | Source::Peers | Source::Approval => {
                Section::without_facts(source)
            }
        };
        let is_of_person = matches!(source, Source::Profile | Source::Manager | Source::Access);
        if rule.required.contains(&source) && is_of_person {
            return Err(GatherError::Required { section: source, rule: rule.name.clone(), lack });
        }
        require(rule, &section)?;
        if view.shows.sections.contains(&source) || source == Source::Sod {
            sections.push(section);
        }
    }
    let person = Check::not_done(CheckKind::Person, Term::CheckPerson, lack);
    match sections.iter_mut().find(|section| section.source == Source::Profile) {
        Some(section) => section.checks.push(person),
        None => sections.push(Section { checks: vec![person], ..Section::without_facts(Source::Profile) }),
    }
    let several = Piece::said(Term::ForOneOfSeveral, [Piece::number(people)]);
    let facts = vec![Fact::named(FOR, Term::For, Value::Known(several)), Why::Nobody.fact(rule, view)];
    let asked_for = request::asked_for(&matter).await;
    let content = content(facts, asked_for, sections, now);
    Ok(Gathered::Facts(Facts { content, by_stranger: true, may_show_too_little: false }))
}

fn content(people: Vec<Fact>, asked_for: AskedFor, sections: Vec<Section>, as_of: Timestamp) -> Content {
    let people = people.into_iter().filter(|fact| fact.value != Value::NotApplicable).collect();
    Content { people, asked_for, sections, as_of }
}

/// The sections that this view hides, but that are gathered all the same: `sod`, because the message says
/// that conflicts exist, and the sections that the rule requires.
fn checked_unseen(rule: &Rule, view: &RuleView) -> impl Iterator<Item = Source> {
    let checked = |source: &Source| *source == Source::Sod || rule.required.contains(source);
    let hidden = |source: &Source| !view.shows.sections.contains(source);
    rule.own.shows.sections.iter().copied().filter(checked).filter(hidden)
}

/// Fails if the rule requires the section, and one of its checks was not made.
fn require(rule: &Rule, section: &Section) -> Result<(), GatherError> {
    match section.not_done().filter(|_| rule.required.contains(&section.source)) {
        Some(lack) => Err(GatherError::Required {
            section: section.source,
            rule: rule.name.clone(),
            lack: lack.clone(),
        }),
        None => Ok(()),
    }
}

/// The status of a closed request: nobody needs its message. `None` if it is open, or was not read: Okta
/// itself refuses a message on a closed request.
fn closed(setting: Setting<'_>) -> Option<String> {
    let read = setting.questions.request_so_far().filter(|_| !setting.even_closed)?;
    read.as_ref().as_ref().ok()?.closed.clone()
}
