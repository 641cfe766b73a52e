//! Grants are what the authorization server remembers: the access tokens it gave out, the nonce that proofs to it must
//! carry, and every JWT id it has seen, each good for one use. It forgets nothing but what a test revokes.

use std::collections::{HashMap, HashSet};

use super::reply::serial;

/// Tokens, nonce, used ids.
#[derive(Clone, Debug)]
pub(super) struct Grants {
    tokens: HashMap<String, AccessToken>,
    nonce: String,
    assertions: HashSet<String>,
    proofs: HashSet<String>,
}

/// What an access token stands for.
#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) client_id: String,
    pub(super) scopes: Vec<String>,
    /// The thumbprint of the key it is bound to; `None` for a bearer token.
    pub(super) thumbprint: Option<String>,
    /// UTC epoch seconds.
    pub(super) expires: i64,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            tokens: HashMap::new(),
            nonce: serial("nonce-"),
            assertions: HashSet::new(),
            proofs: HashSet::new(),
        }
    }
}

impl Grants {
    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(super) fn rotate_nonce(&mut self) {
        self.nonce = serial("nonce-");
    }

    /// Gives out a token.
    pub(super) fn issue(&mut self, token: AccessToken) -> String {
        let text = serial("eyJraWQiOiJzaW11bGF0ZWQifQ.");
        self.tokens.insert(text.clone(), token);
        text
    }

    /// What the token stands for, unless it is unknown, revoked or expired.
    pub(super) fn token(&self, text: &str, now: i64) -> Option<&AccessToken> {
        self.tokens.get(text).filter(|token| now < token.expires)
    }

    pub(super) fn revoke_all(&mut self) {
        self.tokens.clear();
    }

    /// Notes the id of a client's assertion; false when it was used before.
    pub(super) fn use_assertion(&mut self, client_id: &str, jti: &str) -> bool {
        self.assertions.insert(format!("{client_id} {jti}"))
    }

    /// Notes the id of a proof; false when it was used before.
    pub(super) fn use_proof(&mut self, thumbprint: &str, jti: &str) -> bool {
        self.proofs.insert(format!("{thumbprint} {jti}"))
    }
}
