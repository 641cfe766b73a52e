//! A [`Setting`] is what is measured: what the function is set to do, and how far away and how slow its
//! servers are. With that, the [`Least`] time it can take is a sum of round trips, counted here.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;

use crate::front::Delays;
use crate::report::milliseconds;

/// What Okta's side speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    /// HTTP/1.1: calls at the same time need connections of their own.
    H1,
    /// HTTP/2, as Okta does.
    H2,
}

/// What the message shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sources {
    /// The profile: one read.
    Profile,
    /// Everything that `enrichment.toml` shows as it stands in the repository: eight reads.
    All,
}

/// What the secret holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Credential {
    /// An API token.
    Ssws,
    /// A service app, with DPoP.
    Oauth,
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) protocol: Protocol,
    pub(crate) sources: Sources,
    pub(crate) credential: Credential,
    pub(crate) ledger: bool,
    pub(crate) bus: bool,
    /// With round-trip and service times.
    pub(crate) delay: bool,
    /// In percent of one CPU, after INIT.
    pub(crate) cpu_quota: Option<f64>,
}

/// The least that a setting can take, in milliseconds: every call in its turn, nothing computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Least {
    /// From the start of the process to its first answer.
    pub(crate) cold: f64,
    /// From an event to its answer, all connections open.
    pub(crate) warm: f64,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            protocol: Protocol::H2,
            sources: Sources::Profile,
            credential: Credential::Ssws,
            ledger: false,
            bus: false,
            delay: true,
            cpu_quota: None,
        }
    }
}

impl Setting {
    /// Those of `docs/performance.md`.
    pub(crate) fn all() -> Vec<Setting> {
        let profile = Setting::default();
        let all = Setting { sources: Sources::All, ..profile };
        vec![
            Setting { delay: false, ..profile },
            profile,
            all,
            Setting { credential: Credential::Oauth, ledger: true, bus: true, ..all },
            Setting { cpu_quota: Some(7.0), ..profile },
        ]
    }

    /// The first and the last of these that have all of a CPU: the fewest calls, and all.
    pub(crate) fn least_and_most() -> [Setting; 2] {
        let mut settings = Setting::all();
        settings.retain(|setting| setting.delay && setting.cpu_quota.is_none());
        [settings[0], settings[settings.len() - 1]]
    }

    /// The way to Okta.
    pub(crate) fn to_okta(self) -> Delays {
        self.delays(10, 80, 120)
    }

    /// The way to Secrets Manager.
    pub(crate) fn to_secrets_manager(self) -> Delays {
        self.delays(3, 10, 10)
    }

    /// The way to DynamoDB.
    pub(crate) fn to_dynamodb(self) -> Delays {
        self.delays(3, 5, 5)
    }

    /// The way to EventBridge.
    pub(crate) fn to_event_bridge(self) -> Delays {
        self.delays(3, 10, 10)
    }

    fn delays(self, rtt: u64, get: u64, post: u64) -> Delays {
        if !self.delay {
            return Delays::default();
        }
        let [rtt, get, post] = [rtt, get, post].map(Duration::from_millis);
        Delays { rtt, get, post }
    }

    /// Counts the round trips. TCP and TLS 1.3 take one each.
    pub(crate) fn least(self) -> Least {
        let (okta, secret) = (self.to_okta(), self.to_secrets_manager());
        let (table, bus) = (self.to_dynamodb(), self.to_event_bridge());
        let (read, post) = (okta.rtt + okta.get, okta.rtt + okta.post);
        let (write, put) = (table.rtt + table.post, bus.rtt + bus.post);
        // The secret and Okta's connection at the same time.
        let init = (2 * secret.rtt + secret.rtt + secret.post).max(2 * okta.rtt);
        // Refused for want of a nonce, then granted.
        let token = if self.credential == Credential::Oauth { 2 * post } else { Duration::ZERO };
        // The manager's login is in the profile, the names' ids are in the request: two reads after one
        // another.
        let reads = if self.sources == Sources::All { 2 * read } else { read };
        // Over HTTP/1.1 the message goes over a connection of its own.
        let opening = if self.protocol == Protocol::H1 { 2 * okta.rtt } else { Duration::ZERO };
        // The claim is written while Okta is read; that the message stands, after it does.
        let ledger = if self.ledger { write } else { Duration::ZERO };
        // The outcome event is sent beside that.
        let told = ledger.max(if self.bus { put } else { Duration::ZERO });
        // The names are known from the invocation before; the manager is not.
        let warm = reads + opening + post + told;
        Least { cold: milliseconds(init + token + warm), warm: milliseconds(warm) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = match self.sources {
            Sources::Profile => "profile only",
            Sources::All => "all sources",
        };
        let credential = match self.credential {
            Credential::Ssws => "API token",
            Credential::Oauth => "OAuth with DPoP",
        };
        let protocol = if self.protocol == Protocol::H1 { ", HTTP/1.1" } else { "" };
        let ledger = if self.ledger { ", ledger" } else { "" };
        let bus = if self.bus { ", outcome bus" } else { "" };
        let delay = if self.delay { "" } else { ", no delays" };
        write!(f, "{sources}, {credential}{ledger}{bus}{protocol}{delay}")?;
        if let Some(percent) = self.cpu_quota {
            write!(f, ", {percent} % of a CPU after INIT")?;
        }
        Ok(())
    }
}
