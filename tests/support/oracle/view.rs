//! What a message of a world must say: its people, the checks that were possible, and whom it may show what.

use super::asked::Lack;
use super::case::Case;
use super::checks::{self, Check, Grave, OKTA_RULES, OUR_RULES, Warning};
use super::failures::Call;
use super::labels;
use super::matching::Match;
use super::rules::Shows;
use super::whom::{Asker, Standing, Whom};

/// A message, as far as the world decides it.
pub(crate) struct View {
    pub(crate) whom: Whom,
    pub(crate) standing: Standing,
    pub(crate) shows: Shows,
    pub(crate) checks: Vec<Check>,
}

/// How an attempt must end.
pub(crate) enum Verdict {
    /// Too little is known.
    Fails,
    /// The policy posts nothing.
    Withheld,
    Message(View),
}

impl Verdict {
    pub(crate) fn of(case: &Case) -> Verdict {
        match case.rule.exempt.as_ref().map(|exempt| exempt.of(case)) {
            Some(Match::Unread) => return Verdict::Fails,
            Some(Match::Yes) => return Verdict::Withheld,
            Some(Match::No) | None => {}
        }
        let is_quiet = |view: &View| {
            let is_unread = || case.failures.of(Call::Request).is_some_and(|how| !how.is_of_rights());
            let may_show_too_little = match view.standing {
                Standing::PerhapsManager => true,
                Standing::Uncertain => is_unread(),
                _ => false,
            };
            view.warnings().is_empty() && view.undone().is_empty() && !may_show_too_little
        };
        match (case.rule.posting, View::of(case)) {
            ("none", _) => Verdict::Withheld,
            (_, None) => Verdict::Fails,
            ("warnings", Some(view)) if is_quiet(&view) => Verdict::Withheld,
            (_, Some(view)) => Verdict::Message(view),
        }
    }
}

impl View {
    /// `None` if there must be no message.
    fn of(case: &Case) -> Option<View> {
        match Whom::of(case) {
            Whom::Unknown => None,
            Whom::Several(people) => View::of_several(case, people),
            Whom::One { subject, asker, doubtful } => View::of_one(case, subject, asker, doubtful),
        }
    }

    fn of_one(case: &Case, subject: &'static str, asker: Asker, doubtful: bool) -> Option<View> {
        if case.people.by_id(subject).is_none() || case.failures.of(Call::Person(subject)).is_some() {
            return None;
        }
        let standing = Standing::of(case, subject, asker, doubtful);
        let own = &case.rule.own;
        let strict = case.rule.strangers().filter(|_| standing != Standing::Entitled);
        let shows = strict.clone().unwrap_or_else(|| own.clone());
        let section = |section: &'static str| checks::of_section(case, section, subject, asker);
        let seen: Vec<Check> = shows.sections.iter().flat_map(|name| section(name)).collect();
        let unseen: Vec<Check> = own
            .sections
            .iter()
            .filter(|name| !shows.shows(name) && (**name == "sod" || case.rule.required.contains(name)))
            .flat_map(|name| section(name))
            .collect();
        if is_required_undone(case, seen.iter().chain(&unseen)) {
            return None;
        }
        let mut checks = seen;
        if strict.is_some() {
            // What the person holds is nobody else's business, whatever the policy shows.
            let is_private =
                |check: &Check| matches!(check.section, "access" | "history") || check.name == "end date";
            checks.retain(|check| !is_private(check));
            let sod = unseen.into_iter().filter(|check| check.section == "sod").collect();
            checks.extend(without_details(sod, standing_words(standing)));
        }
        if standing == Standing::ManagerByEmail && !shows.shows("manager") && own.shows("manager") {
            checks.push(Check::of("manager", vec![checks::manager_asked(true)], None));
        }
        Some(View { whom: Whom::of(case), standing, shows, checks })
    }

    /// Of several people nobody says who gets the access: nothing is said of any of them. Such a request is of
    /// the older generation, which has no earlier requests and no tasks.
    fn of_several(case: &Case, people: usize) -> Option<View> {
        let own = &case.rule.own;
        let shows = case.rule.strangers().unwrap_or_else(|| own.clone());
        let lack = Lack::because(&format!("the request names {people} people"));
        let person = Check::of("person", Vec::new(), Some(lack.clone()));
        let ours = Check::of(OUR_RULES, Vec::new(), Some(lack));
        let ours = (!case.rule.toxic.is_empty()).then_some(ours);
        let sod = checks::okta_rules(case).into_iter().chain(ours).collect();
        let request = checks::request(case);
        let sections = [
            ("request", request),
            ("sod", without_details(sod, "it is not certain who gets the access")),
            ("labels", labels::told(case).1.into_iter().collect()),
        ];
        let in_view = |name: &str| shows.shows(name) || own.shows(name) && name == "sod";
        let about = |name: &str| in_view(name) || own.shows(name) && case.rule.required.contains(&name);
        let unknown = ["profile", "manager", "access"];
        if unknown.iter().any(|name| about(name) && case.rule.required.contains(name)) {
            return None;
        }
        if is_required_undone(case, sections.iter().filter(|(name, _)| about(name)).flat_map(|(_, it)| it)) {
            return None;
        }
        let seen = sections.into_iter().filter(|(name, _)| in_view(name)).flat_map(|(_, checks)| checks);
        let checks = [person].into_iter().chain(seen).collect();
        Some(View { whom: Whom::of(case), standing: Standing::Uncertain, shows, checks })
    }

    pub(crate) fn warnings(&self) -> Vec<&Warning> {
        let mut warnings: Vec<_> = self.checks.iter().flat_map(|check| &check.warnings).collect();
        warnings.sort_by_key(|warning| warning.grave);
        warnings
    }

    /// The line of the checks that were made.
    pub(crate) fn checked(&self) -> Option<String> {
        let mut made: Vec<_> = self.checks.iter().filter(|check| check.is_said_made()).collect();
        made.sort_by_key(|check| check.place);
        let has = |name: &str| made.iter().any(|check| check.name == name);
        let both = has(OKTA_RULES) && has(OUR_RULES);
        let names = made.iter().filter_map(|check| match check.name {
            OKTA_RULES if both => Some("separation of duties (Okta's and our rules)"),
            OUR_RULES if both => None,
            name => Some(name),
        });
        let names: Vec<_> = names.collect();
        (!names.is_empty()).then(|| format!("Checked: {}", names.join(", ")))
    }

    /// The checks that the message calls not made, each with the reason.
    pub(crate) fn undone(&self) -> Vec<String> {
        let mut undone: Vec<_> = self.checks.iter().filter(|check| check.is_said_undone()).collect();
        undone.sort_by_key(|check| check.place);
        let says = |check: &&Check| {
            let reason = &check.lack.as_ref()?.reason;
            Some(match check.name.strip_suffix(')') {
                Some(name) => format!("{name}; {reason})"),
                None => format!("{} ({reason})", check.name),
            })
        };
        undone.iter().filter_map(says).collect()
    }
}

fn standing_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Uncertain => "it is not certain who asked",
        _ => "someone else asked",
    }
}

fn is_required_undone<'a>(case: &Case, mut checks: impl Iterator<Item = &'a Check>) -> bool {
    checks.any(|check| case.rule.required.contains(&check.section) && check.lack.is_some())
}

/// The checks with one warning that there are conflicts.
fn without_details(checks: Vec<Check>, since: &str) -> Vec<Check> {
    let says = format!(
        "separation-of-duties conflicts exist; details are not shown, since {since}: see the request in Okta"
    );
    let mut exist = checks.iter().any(|check| !check.warnings.is_empty());
    let hidden = checks.into_iter().map(|check| {
        let first = !check.warnings.is_empty() && std::mem::take(&mut exist);
        let warnings = first.then(|| Warning::new(Grave::Conflict, &*says)).into_iter().collect();
        Check { warnings, ..check }
    });
    hidden.collect()
}
