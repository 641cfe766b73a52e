//! [`Knowledge`]: what this process has learnt and invocations share: things with their names and contents,
//! entries of the access catalog, the org itself, and which calls Okta forbids.

use super::asked::AskedKind;
use super::catalog::{CatalogEntry, EntryId};
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::hour_cache::HourCache;
use super::organization::Organization;
use super::thing::Thing;

/// The kind and id of a thing.
pub(super) type ThingKey = (AskedKind, String);

/// A call that Okta answered with 403.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ForbiddenCall {
    pub(super) endpoint: Endpoint,
    /// The id in its path; `None` stands for any. A role may cover some apps and not others.
    pub(super) id: Option<String>,
    /// The version of the secret: another credential may have other rights.
    pub(super) credential: u64,
}

/// Answers and refusals, each kept for an hour.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    pub(super) things: HourCache<ThingKey, Thing>,
    pub(super) entries: HourCache<EntryId, CatalogEntry>,
    pub(super) organization: HourCache<(), Organization>,
    pub(super) forbidden: HourCache<ForbiddenCall, OktaError>,
}
