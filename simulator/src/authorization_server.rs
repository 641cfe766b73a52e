//! The memory of the authorization server: the access tokens that it gave out, the nonce for
//! proofs, and the ids of used JWTs. It forgets a token only when a test revokes all tokens.

use std::collections::{HashMap, HashSet};

use super::serial::Serial;

/// How long a nonce stays good after a new one is given out, in seconds: three days (Okta's guide "Configure
/// OAuth 2.0 Demonstrating Proof-of-Possession").
const OLD_NONCE_LIFE: i64 = 3 * 24 * 3600;

/// The memory of the authorization server.
#[derive(Clone, Debug)]
pub(super) struct AuthorizationServer {
    /// Numbers tokens and nonces.
    serial: Serial,
    tokens: HashMap<String, AccessToken>,
    nonce: String,
    /// The nonces before it, and the end of each one's life in UTC epoch seconds.
    old_nonces: Vec<(String, i64)>,
    /// Client id and JWT id of each assertion used.
    assertions: HashSet<String>,
    /// Key thumbprint and JWT id of each proof used.
    proofs: HashSet<String>,
}

/// The rights behind one access token.
#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    /// The thumbprint of the key to which the token is bound; `None` for a bearer token.
    pub(super) thumbprint: Option<String>,
    /// The end of its life, in UTC epoch seconds.
    pub(super) expires: i64,
}

impl Default for AuthorizationServer {
    fn default() -> Self {
        let mut serial = Serial::default();
        Self {
            nonce: serial.next("nonce-"),
            serial,
            tokens: HashMap::new(),
            old_nonces: Vec::new(),
            assertions: HashSet::new(),
            proofs: HashSet::new(),
        }
    }
}

impl AuthorizationServer {
    /// The newest nonce for proofs at the token endpoint.
    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Whether proofs may carry this nonce. `now` is in UTC epoch seconds, here and below.
    pub(super) fn accepts_nonce(&self, nonce: &str, now: i64) -> bool {
        let is_old = |(old, ends): &(String, i64)| old == nonce && now < *ends;
        nonce == self.nonce || self.old_nonces.iter().any(is_old)
    }

    pub(super) fn rotate_nonce(&mut self, now: i64) {
        let old = std::mem::replace(&mut self.nonce, self.serial.next("nonce-"));
        self.old_nonces.push((old, now.saturating_add(OLD_NONCE_LIFE)));
    }

    pub(super) fn expire_nonces(&mut self) {
        self.nonce = self.serial.next("nonce-");
        self.old_nonces.clear();
    }

    /// Gives out a token: remembers its rights and returns its text.
    pub(super) fn issue(&mut self, token: AccessToken) -> String {
        let text = self.serial.next("eyJraWQiOiJzaW11bGF0ZWQifQ.");
        self.tokens.insert(text.clone(), token);
        text
    }

    /// The rights behind a token's text; `None` if the token is unknown, revoked or expired.
    pub(super) fn token(&self, text: &str, now: i64) -> Option<&AccessToken> {
        self.tokens.get(text).filter(|token| now < token.expires)
    }

    pub(super) fn revoke_all(&mut self) {
        self.tokens.clear();
    }

    /// Remembers the id of a client's assertion; false if it was used before.
    pub(super) fn use_assertion(&mut self, client_id: &str, jti: &str) -> bool {
        self.assertions.insert(format!("{client_id} {jti}"))
    }

    /// Remembers the id of a proof made with this key; false if it was used before.
    pub(super) fn use_proof(&mut self, thumbprint: &str, jti: &str) -> bool {
        self.proofs.insert(format!("{thumbprint} {jti}"))
    }
}
