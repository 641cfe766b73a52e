//! [`ClientFault`]: what is wrong with a service app, its key or its assertion.

use std::fmt;

/// What is wrong with a service app, as the token endpoint says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientFault {
    /// This machine's clock and Okta's differ too much.
    Clock,
    /// Okta has seen the assertion already, twice in a row.
    UsedBefore,
    /// Okta does not know the key id, or the signature is another key's.
    Key,
    /// Okta does not know the client id, or the app is inactive.
    App,
    /// The assertion names another address than the one that the call went to.
    Address,
    /// Okta does not say.
    Unsaid,
}

impl ClientFault {
    /// Whether another version of the secret may help.
    pub(crate) fn is_of_the_secret(self) -> bool {
        matches!(self, ClientFault::Key | ClientFault::App | ClientFault::Unsaid)
    }

    /// What an operator can do about it.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            ClientFault::Clock => {
                "set this machine's clock from the network (NTP): Okta takes what is signed for a few minutes only; \
                 Lambda's own clock is set by AWS"
            }
            ClientFault::UsedBefore => {
                "see that no proxy sends calls twice; a later attempt signs a new assertion"
            }
            ClientFault::Key => {
                "see in the Admin Console (Applications > the app > General) that the public key of this id is \
                 registered and active, and that the secret holds its private key"
            }
            ClientFault::App => {
                "see in the Admin Console (Applications) that the app is active and of the type API Services, and \
                 that the secret holds its client id, and OKTA_ORG_URL its org"
            }
            ClientFault::Address => {
                "set OKTA_ORG_URL to the address at which the org itself answers, with no proxy that changes it"
            }
            ClientFault::Unsaid => {
                "see in the Admin Console (Applications > the app > General) that the app is active and that \
                 the public key of this id is registered and active, and that the secret holds its private key"
            }
        }
    }
}

/// Continues a sentence that says that Okta refuses the app.
impl fmt::Display for ClientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClientFault::Clock => ": by Okta's clock, what it signed is not valid now",
            ClientFault::UsedBefore => ": Okta has seen its assertion before",
            ClientFault::Key => ": Okta does not know this key, or the signature is another key's",
            ClientFault::App => ": Okta does not know this app, or the app is inactive",
            ClientFault::Address => ": the assertion is for another address",
            ClientFault::Unsaid => "",
        })
    }
}
