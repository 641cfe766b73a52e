//! The access request of a world, and the event about it. They may differ.

use serde_json::{Value, json};

use super::conflicts::{self, Conflicts};
use super::dice::Dice;
use super::form::{Answer, answers};
use super::people::{GONE, MANAGER, OTHER, STRANGER, SUBJECT, now};
use super::texts::perhaps;
use super::things::{ENTRY, Kind, REQUEST_TYPE, Thing, Things};

pub(crate) const SERVICE: &str = "pcaService0000000001";
pub(crate) const V1: &str = "69a97622417fb5da41baf7b4";
pub(crate) const V2: &str = "req16zRXf4PBGnr7o18A";

/// The request and its event.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) is_v2: bool,
    /// From Okta's partner event source, to the deployed function.
    pub(crate) from_okta: bool,
    /// Who asked and who gets it, as the event says.
    pub(crate) event_by: Option<&'static str>,
    pub(crate) event_for: Option<&'static str>,
    /// v2: the same, as the request says.
    pub(crate) by: Option<&'static str>,
    pub(crate) gets: Option<&'static str>,
    /// v1: the people of the request.
    pub(crate) people: Vec<&'static str>,
    pub(crate) resource: Option<Thing>,
    pub(crate) scope: Option<Thing>,
    /// v1: more things.
    pub(crate) more: Vec<Thing>,
    /// v2: the request names the catalog's entry.
    pub(crate) has_entry: bool,
    /// As Okta writes it, and in words.
    pub(crate) duration: Option<(&'static str, &'static str)>,
    pub(crate) subject_line: Option<String>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) event_conflicts: Conflicts,
    pub(crate) conflicts: Conflicts,
}

const DURATIONS: [(&str, &str); 6] = [
    ("P90D", "90 days"),
    ("PT65H", "65 hours"),
    ("P1Y2M", "1 year 2 months"),
    ("P1D", "1 day"),
    ("P2W", "2 weeks"),
    ("forever and ever", "forever and ever"),
];

impl Ask {
    pub(crate) fn of_dice(things: &Things, dice: &mut Dice) -> Ask {
        let is_v2 = dice.chance(75);
        let by = match dice.below(20) {
            0..8 => SUBJECT,
            8..12 => MANAGER,
            12..16 => STRANGER,
            16 => OTHER,
            17 => GONE,
            _ => SERVICE,
        };
        let mut ask = Ask {
            is_v2,
            from_okta: dice.chance(85),
            event_by: Some(by),
            event_for: Some(SUBJECT),
            by: Some(by),
            gets: Some(SUBJECT),
            people: if by == SERVICE { vec![SUBJECT] } else { vec![by] },
            resource: None,
            scope: None,
            more: Vec::new(),
            has_entry: is_v2 && dice.chance(60),
            duration: (is_v2 && dice.chance(70)).then(|| dice.of(&DURATIONS)),
            subject_line: perhaps(dice, 85),
            answers: answers(dice),
            event_conflicts: Conflicts::in_event(is_v2, dice),
            conflicts: if is_v2 { Conflicts::of_dice(dice) } else { Conflicts::NotSaid },
        };
        ask.choose_things(things, dice);
        if dice.chance(20) {
            ask.differ(dice);
        }
        ask
    }

    fn choose_things(&mut self, things: &Things, dice: &mut Dice) {
        let one = |kind, dice: &mut Dice| Some(dice.of(&things.of_kind(kind)));
        if self.is_v2 {
            self.resource = one(Kind::App, dice);
            self.scope = match dice.below(10) {
                0..4 => one(Kind::Group, dice),
                4..8 => one(Kind::Bundle, dice),
                8 => self.resource.clone(),
                _ => Some(Thing { kind: Kind::Other, id: "x y/z".to_owned(), name: None }),
            };
            return;
        }
        let named = |thing: Option<Thing>, dice: &mut Dice| {
            let thing = thing?;
            Some(Thing { name: perhaps(dice, 70).or_else(|| thing.name.clone()), ..thing })
        };
        if dice.chance(50) {
            self.resource = named(one(Kind::App, dice), dice);
        }
        if dice.chance(40) {
            self.scope = named(one(Kind::Group, dice), dice);
        }
        if self.scope.is_some() && dice.chance(15) {
            let first = self.scope.as_ref().map(|thing| thing.id.clone());
            let other =
                things.of_kind(Kind::Group).into_iter().find(|group| Some(&group.id) != first.as_ref());
            self.more.extend(named(other, dice));
        }
        if self.resource.is_some() && dice.chance(20) {
            let first = self.resource.as_ref().map(|thing| thing.id.clone());
            let other = things.of_kind(Kind::App).into_iter().find(|app| Some(&app.id) != first.as_ref());
            self.more.extend(named(other, dice));
        }
    }

    /// Event and request say different things about people, or nothing.
    fn differ(&mut self, dice: &mut Dice) {
        if self.is_v2 {
            match dice.below(6) {
                0 => self.event_by = Some(dice.of(&[SUBJECT, STRANGER, MANAGER, SERVICE])),
                1 => self.event_by = None,
                2 => self.event_for = Some(OTHER),
                3 => self.event_for = None,
                4 => self.by = None,
                _ => (self.by, self.event_by) = (None, None),
            }
        } else {
            match dice.below(5) {
                0 => self.people = vec![SUBJECT, STRANGER],
                1 => (self.people, self.event_by, self.event_for) = (vec![SUBJECT, OTHER], None, None),
                2 => (self.people, self.event_by, self.event_for) = (vec![SUBJECT], None, None),
                3 => self.event_by = None,
                _ => self.people = vec![SUBJECT],
            }
        }
    }

    pub(crate) fn id(&self) -> &'static str {
        if self.is_v2 { V2 } else { V1 }
    }

    /// Whether event and request agree on who is who, so that it does not matter which of them is read.
    pub(crate) fn agrees(&self) -> bool {
        let one = self.by.is_some() && self.event_by == self.by;
        one && self.event_for == self.gets && (self.is_v2 || self.people.len() == 1)
    }

    pub(crate) fn request(&self) -> Value {
        let fields: Vec<Value> = self.answers.iter().map(Answer::json).collect();
        if !self.is_v2 {
            let action = |thing: &Thing| {
                json!({"status": "PENDING", "resourceType": kind(thing.kind), "resourceId": thing.id,
                    "resourceName": thing.name})
            };
            let actions = self.resource.iter().chain(&self.scope).chain(&self.more).map(action);
            return json!({
                "id": V1, "requestStatus": "OPEN", "subject": self.subject_line, "requestTypeId": REQUEST_TYPE,
                "requesterUserIds": self.people, "requesterFieldValues": fields,
                "actions": actions.collect::<Vec<_>>(),
            });
        }
        let principal = |id: Option<&str>| id.map(|id| json!({"type": "OKTA_USER", "externalId": id}));
        let (resource, scope) = (self.resource.as_ref(), self.scope.as_ref());
        json!({
            "id": V2, "status": "PENDING", "created": now().to_string(), "requestedBy": principal(self.by),
            "requestedFor": principal(self.gets), "accessDuration": self.duration.map(|(iso, _)| iso),
            "requested": {
                "entryId": self.has_entry.then_some(ENTRY),
                "resourceId": resource.map(|thing| &thing.id),
                "resourceType": resource.map(|thing| kind(thing.kind)),
                "accessScopeId": scope.map(|thing| &thing.id),
                "accessScopeType": scope.map(|thing| kind(thing.kind)),
            },
            "requesterFieldValues": fields,
            "riskAssessment": match &self.conflicts {
                Conflicts::NotSaid => Value::Null,
                Conflicts::Unreadable => json!("unreadable"),
                Conflicts::Said(list) => json!({"riskRules": conflicts::in_json(list, "name")}),
            },
        })
    }

    pub(crate) fn event(&self) -> Value {
        let (resource, scope) = (self.resource.as_ref(), self.scope.as_ref());
        let mut debug_data = json!({
            "accessRequestId": self.id(), "accessRequestSubject": self.subject_line, "accessRequestSource": "WEB",
            "requesterId": self.event_by, "requestedForId": self.event_for,
            "ruleConflictDetails": match &self.event_conflicts {
                Conflicts::NotSaid => Value::Null,
                Conflicts::Unreadable => json!("[{\"ruleName\": \"Bro"),
                Conflicts::Said(list) => json!(conflicts::in_json(list, "ruleName").to_string()),
            },
        });
        if self.is_v2 {
            debug_data["accessRequestMatchedConditionId"] = "rco1dmopiltMMw3Iqpxs".into();
            debug_data["requestedResourceId"] = json!(resource.map(|thing| &thing.id));
            debug_data["requestedResourceType"] = json!(resource.map(|thing| kind(thing.kind)));
            debug_data["accessScopeId"] = json!(scope.map(|thing| &thing.id));
            debug_data["accessScopeType"] = json!(scope.map(|thing| kind(thing.kind)));
        } else {
            debug_data["requestTypeId"] = REQUEST_TYPE.into();
        }
        let source = if self.from_okta { "aws.partner/okta.com/acme/access-requests" } else { "my.bus" };
        json!({
            "source": source, "detail-type": "SystemLog", "time": now().to_string(),
            "detail": {
                "uuid": "6df5abfe-cd2b-5329-a6b1-24ad175e7461", "published": now().to_string(),
                "eventType": "access.request.create", "outcome": {"result": "SUCCESS"},
                "debugContext": {"debugData": debug_data},
            },
        })
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::App => "APPLICATION",
        Kind::Group => "GROUP",
        Kind::Bundle => "ENTITLEMENT_BUNDLE",
        Kind::RequestType => "REQUEST_TYPE",
        Kind::Other => "SOMETHING_NEW",
    }
}
