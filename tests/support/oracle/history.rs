//! The earlier requests of a world, and what they tell about this one.

use jiff::{SignedDuration, Timestamp};
use okta_simulator::World;
use serde_json::json;

use super::asked::Lack;
use super::asks::{Ask, V2};
use super::case::Case;
use super::checks::{Check, Grave, Warning};
use super::dice::Dice;
use super::failures::Call;
use super::people::{OTHER, SUBJECT, now};
use super::things::{Kind, Things};

const DAY: i64 = 24;
/// Since when requests count: the same day a year before, in hours.
const YEAR: i64 = 365 * DAY;
/// The most pages that are read.
const PAGES: usize = 3;

/// A request of the newer generation.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    id: String,
    pub(crate) gets: &'static str,
    resource: String,
    scope: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) created: Timestamp,
    resolved: Option<Timestamp>,
}

/// All of them, and how many a page of Okta's list has.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) requests: Vec<Request>,
    pub(crate) page: usize,
}

impl Earlier {
    pub(crate) fn of_dice(ask: &Ask, things: &Things, dice: &mut Dice) -> Earlier {
        let number = dice.of(&[0, 0, 1, 1, 2, 3, 4, 8]);
        let requests = (0..number).filter_map(|n| Request::of_dice(n, ask, things, dice)).collect();
        Earlier { requests, page: dice.of(&[200, 200, 200, 1, 2]) }
    }

    pub(crate) fn put_into(&self, world: &mut World) {
        world.requests_page = self.page;
        for request in &self.requests {
            let requested = json!({"resourceId": request.resource, "resourceType": "APPLICATION",
                "accessScopeId": request.scope, "accessScopeType": "GROUP"});
            world.insert_request(json!({
                "id": request.id, "status": request.status, "created": request.created.to_string(),
                "resolved": request.resolved.map(|at| at.to_string()),
                "requestedFor": {"type": "OKTA_USER", "externalId": request.gets},
                "requestedBy": {"type": "OKTA_USER", "externalId": request.gets}, "requested": requested,
            }));
        }
    }

    /// Those for this person and access, the newest first, and whether Okta's list was read far enough.
    fn of_same(&self, ask: &Ask, subject: &str) -> (Vec<&Request>, bool) {
        let resource = ask.resource.as_ref().map(|thing| thing.id.as_str()).unwrap_or_default();
        let scope = ask.scope.as_ref().map(|thing| thing.id.as_str());
        let listed = |request: &&Request| {
            request.gets == subject
                && request.resource == resource
                && scope.is_none_or(|scope| request.scope.as_deref() == Some(scope))
        };
        let mut all: Vec<Option<&Request>> = self.requests.iter().filter(listed).map(Some).collect();
        // The request itself is in the list, too.
        if ask.gets == Some(subject) {
            all.push(None);
        }
        all.sort_by_key(|request| std::cmp::Reverse(request.map_or(now(), |request| request.created)));
        let read = all.len().min(PAGES * self.page);
        let is_old = |request: &&Request| now().duration_since(request.created).as_hours() > YEAR;
        let is_whole = read == all.len() || all[..read].iter().flatten().any(is_old);
        let same = all[..read].iter().flatten().copied();
        (same.filter(|request| !is_old(request) && request.created <= now()).collect(), is_whole)
    }
}

impl Request {
    fn of_dice(number: usize, ask: &Ask, things: &Things, dice: &mut Dice) -> Option<Request> {
        let of_kind = |kind, dice: &mut Dice| dice.of(&things.of_kind(kind)).id;
        let resource = ask.resource.as_ref()?.id.clone();
        let scope = ask.scope.as_ref().map(|scope| scope.id.clone());
        let hours = dice.of(&[1, 20, 3 * DAY, 52 * DAY, 200 * DAY, 364 * DAY, 366 * DAY, 800 * DAY, -1]);
        let number = i64::try_from(number).unwrap();
        let before = SignedDuration::from_mins(hours * 60 + number);
        let created = now().checked_sub(before).unwrap();
        let status = dice.of(&["APPROVED", "APPROVED", "DENIED", "DENIED", "DENIED", "CANCELED", "PENDING"]);
        let is_resolved = status != "PENDING" && dice.chance(85);
        let later = SignedDuration::from_hours(dice.of(&[0, 5, 30]));
        Some(Request {
            id: format!("reqEarlier{number:010}"),
            gets: if dice.chance(90) { SUBJECT } else { OTHER },
            resource: if dice.chance(90) { resource } else { of_kind(Kind::App, dice) },
            scope: if dice.chance(80) { scope } else { Some(of_kind(Kind::Group, dice)) },
            status,
            created,
            resolved: is_resolved.then(|| created.checked_add(later).unwrap()),
        })
    }
}

/// What the earlier requests say: the count, and the check.
pub(crate) fn told(case: &Case, subject: &str) -> (Option<String>, Option<Check>) {
    let not_done = |lack| (None, Some(Check::of("earlier requests", Vec::new(), Some(lack))));
    let ask = &case.ask;
    if !ask.is_v2 {
        return (None, None);
    }
    let is_unfit = ask.scope.as_ref().is_some_and(|scope| scope.kind == Kind::Other);
    let calls: &[Call] = if is_unfit { &[Call::Request] } else { &[Call::Request, Call::Requests] };
    for call in calls {
        if let Some(how) = case.failures.of(*call) {
            return not_done(Lack::of_call(*call, how));
        }
    }
    let (same, is_whole) = case.earlier.of_same(ask, subject);
    if is_unfit || !is_whole {
        return not_done(Lack::because("Okta's list could not be read to its end"));
    }
    let with = |status: &str| same.iter().filter(|request| request.status == status).count();
    let (approved, denied) = (with("APPROVED"), with("DENIED"));
    let latest = same.iter().find(|request| matches!(request.status, "APPROVED" | "DENIED"));
    let warning = latest.filter(|request| request.status == "DENIED").map(|request| match request.resolved {
        Some(at) => format!("the same access was denied on {}", at.strftime("%Y-%m-%d")),
        None => "the same access was denied before".to_owned(),
    });
    let results: Vec<String> = [(approved, "approved"), (denied, "denied")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let results = if results.is_empty() { String::new() } else { format!(" ({})", results.join(", ")) };
    let times = if same.len() == 1 { "time" } else { "times" };
    // The warning alone tells of a single one.
    let is_told = same.is_empty() || same.len() == 1 && warning.is_some();
    let count = format!("Asked for before, last 12 months: {} {times}{results}", same.len());
    let warnings = warning.map(|says| Warning::new(Grave::DeniedBefore, says)).into_iter().collect();
    debug_assert!(same.iter().all(|request| request.id != V2));
    ((!is_told).then_some(count), Some(Check::of("earlier requests", warnings, None)))
}
