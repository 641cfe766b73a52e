//! Names of what is asked for: apps, groups, bundles, request types. They hardly ever change, so they are kept across
//! invocations.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::{Call, OktaClient, OktaError};
use crate::deadline::Deadline;

/// How long a name is kept.
const MAX_AGE: Duration = Duration::from_hours(1);

/// How many names are kept; an org has some thousands of apps and groups, of which few are asked for.
const CAPACITY: usize = 1000;

/// What kind of thing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AskedKind {
    /// An app.
    App,
    /// A group.
    Group,
    /// An entitlement bundle.
    Bundle,
    /// A v1 request type, where what it leads to is not known.
    RequestType,
    /// Something that this program has no name for.
    Other,
}

impl AskedKind {
    /// By Okta's word for it, in either generation.
    #[must_use]
    pub fn of(text: Option<&str>) -> AskedKind {
        match text {
            Some("APPLICATION" | "APP") => AskedKind::App,
            Some("GROUP") => AskedKind::Group,
            Some("ENTITLEMENT_BUNDLE") => AskedKind::Bundle,
            Some("REQUEST_TYPE") => AskedKind::RequestType,
            _ => AskedKind::Other,
        }
    }

    /// What stands before its name in a message.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            AskedKind::App => "App",
            AskedKind::Group => "Group",
            AskedKind::Bundle => "Bundle",
            AskedKind::RequestType => "Request type",
            AskedKind::Other => "Scope",
        }
    }
}

/// A thing that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What kind of thing.
    pub kind: AskedKind,
    /// Its id.
    pub id: String,
    /// Its name, where the request tells.
    pub name: Option<String>,
}

/// Names and when they were read.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<HashMap<(AskedKind, String), (String, Instant)>>);

impl OktaClient {
    /// The name of an app (`okta.apps.read`), group (`okta.groups.read`), bundle (`okta.governance.entitlements.read`)
    /// or request type; the id of anything else.
    pub async fn name(&self, asked: &Asked, deadline: Deadline) -> Result<String, OktaError> {
        #[derive(Deserialize)]
        struct Profile {
            name: Option<String>,
        }
        #[derive(Deserialize)]
        struct Wire {
            label: Option<String>,
            name: Option<String>,
            profile: Option<Profile>,
        }
        let endpoint = match asked.kind {
            AskedKind::App => Endpoint::App,
            AskedKind::Group => Endpoint::Group,
            AskedKind::Bundle => Endpoint::Bundle,
            AskedKind::RequestType => Endpoint::RequestType,
            AskedKind::Other => return Ok(asked.id.clone()),
        };
        // The id comes from an event or an answer: only one that is nothing but an id may stand in a path.
        if !(1..=64).contains(&asked.id.len()) || !asked.id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(asked.id.clone());
        }
        let key = (asked.kind, asked.id.clone());
        let known = self.names.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some((name, read)) = known
            && read.elapsed() < MAX_AGE
        {
            return Ok(name);
        }
        let wire: Wire = self.json(Call::on(endpoint, &asked.id), deadline).await?;
        let name = match asked.kind {
            AskedKind::Group => wire.profile.and_then(|profile| profile.name),
            _ => wire.label.or(wire.name),
        };
        let name = name.unwrap_or_else(|| asked.id.clone());
        let mut names = self.names.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= CAPACITY {
            names.clear();
        }
        names.insert(key, (name.clone(), Instant::now()));
        Ok(name)
    }
}
