//! [`NameCache`]: what this process has learnt about names: the names themselves, entries of the access
//! catalog, and which calls for names Okta forbids.

use super::asked::AskedKind;
use super::catalog::{CatalogEntry, EntryId};
use super::endpoint::Endpoint;
use super::error::OktaError;
use super::hour_cache::HourCache;

/// The kind and id of the thing that has a name.
pub(super) type NameKey = (AskedKind, String);

/// A call that Okta answered with 403.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ForbiddenCall {
    pub(super) endpoint: Endpoint,
    /// The id in its path; `None` stands for any. A role may cover some apps and not others.
    pub(super) id: Option<String>,
    /// The version of the secret: another credential may have other rights.
    pub(super) credential: u64,
}

/// Names and refusals, each kept for an hour.
#[derive(Debug, Default)]
pub(super) struct NameCache {
    pub(super) names: HourCache<NameKey, String>,
    pub(super) entries: HourCache<EntryId, CatalogEntry>,
    pub(super) forbidden: HourCache<ForbiddenCall, OktaError>,
}
