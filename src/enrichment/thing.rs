//! [`Named`]: a thing that is asked for, with what Okta says about it.

use crate::okta::{Asked, OktaError, Thing};

/// A requested thing with what Okta says about it.
#[derive(Clone, Debug)]
pub struct Named {
    /// The requested thing.
    pub asked: Asked,
    /// Its name and what it gives, or why that is unknown.
    pub thing: Result<Thing, OktaError>,
}

impl Named {
    /// Whether its name is known. Okta's answer may have none: then the id stands for it.
    pub(super) fn is_named(&self) -> bool {
        self.name().is_some_and(|name| name != self.asked.id)
    }

    /// Its name, untrusted; the id if Okta has none, `None` if it could not be read.
    pub(super) fn name(&self) -> Option<&str> {
        self.thing.as_ref().ok().map(|thing| thing.name.as_str())
    }
}
