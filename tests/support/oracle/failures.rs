//! Calls that fail in a world.

use okta_simulator::{Calls, Fault, FaultKind, Simulator};

use super::dice::Dice;
use super::people::{MANAGER, OTHER, STRANGER, SUBJECT};

/// A kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// A person by id.
    Person(&'static str),
    /// The search by an address.
    Search,
    Request,
    Groups,
    Links,
    App,
    Group,
    Bundle,
    Catalog,
    RequestType,
    Requests,
    Grants,
    Labels,
    Tasks,
    GroupUsers,
    AppUsers,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Without a role.
    Forbidden,
    /// Without a scope.
    NotGranted,
    NotFound,
    Unavailable,
    Garbage,
}

const CALLS: [Call; 19] = [
    Call::Person(SUBJECT),
    Call::Person(MANAGER),
    Call::Person(STRANGER),
    Call::Person(OTHER),
    Call::Search,
    Call::Request,
    Call::Groups,
    Call::Links,
    Call::App,
    Call::Group,
    Call::Bundle,
    Call::Catalog,
    Call::RequestType,
    Call::Requests,
    Call::Grants,
    Call::Labels,
    Call::Tasks,
    Call::GroupUsers,
    Call::AppUsers,
];
const SCOPE: &str = "okta.some.read";

/// The calls that fail in a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures(pub(crate) Vec<(Call, How)>);

impl Failures {
    pub(crate) fn of_dice(dice: &mut Dice) -> Failures {
        let number = dice.of(&[0, 0, 0, 1, 2, 5]);
        let mut failures = Failures::default();
        for _ in 0..number {
            let call = dice.of(&CALLS);
            // Okta may not know a request yet: the program waits for it, and a test would, too.
            let slow = call == Call::Request;
            let how = match dice.below(20) {
                0..6 => How::Forbidden,
                6..10 => How::NotGranted,
                10..14 if !slow => How::NotFound,
                14..16 => How::Unavailable,
                _ => How::Garbage,
            };
            if failures.of(call).is_none() && !(call == Call::Person(SUBJECT) && dice.chance(80)) {
                failures.0.push((call, how));
            }
        }
        failures
    }

    pub(crate) fn of(&self, call: Call) -> Option<How> {
        self.0.iter().find(|(failing, _)| *failing == call).map(|(_, how)| *how)
    }

    pub(crate) fn arm(&self, okta: &Simulator) {
        for (call, how) in &self.0 {
            okta.fault(Fault { on: call.calls(), times: None, kind: how.kind() });
        }
    }
}

impl Call {
    fn calls(self) -> Calls {
        Calls::Named(match self {
            Call::Person(id) => {
                return Calls::Like { method: Some("GET".to_owned()), part: format!("/users/{id}$") };
            }
            Call::Search => "users",
            Call::Request => "request",
            Call::Groups => "groups",
            Call::Links => "links",
            Call::App => "app",
            Call::Group => "group",
            Call::Bundle => "bundle",
            Call::Catalog => "catalog",
            Call::RequestType => "type",
            Call::Requests => "list",
            Call::Grants => "grants",
            Call::Labels => "labels",
            Call::Tasks => "tasks",
            Call::GroupUsers => "members",
            Call::AppUsers => "assigned",
        })
    }

    /// The least role for it.
    fn role(self) -> &'static str {
        match self {
            Call::App => "Read-only Administrator",
            Call::Bundle | Call::Grants => "Application Administrator",
            _ => "Access Requests Administrator",
        }
    }

    /// Why it was not made, as a message says it.
    pub(crate) fn reason(self, how: How) -> String {
        match how {
            How::Forbidden => format!("the admin role {} is not given", self.role()),
            How::NotGranted => format!("the OAuth scope {SCOPE} is not granted"),
            How::NotFound => "Okta answered 404".to_owned(),
            How::Unavailable => "Okta answered 503".to_owned(),
            How::Garbage => "Okta's answer could not be read".to_owned(),
        }
    }
}

impl How {
    fn kind(self) -> FaultKind {
        let status = |status| FaultKind::Status { status, after: false };
        match self {
            How::Forbidden => status(403),
            How::NotGranted => FaultKind::InsufficientScope(SCOPE.to_owned()),
            How::NotFound => status(404),
            How::Unavailable => status(503),
            How::Garbage => FaultKind::Garbage,
        }
    }

    /// Whether it is a matter of set-up alone.
    pub(crate) fn is_of_rights(self) -> bool {
        matches!(self, How::Forbidden | How::NotGranted)
    }
}
