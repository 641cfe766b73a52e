//! A service app is a program's own account at Okta: a client id, public keys, the scopes that an admin
//! granted it, and admin roles. It has no password: it proves itself with a signed JWT. The sample world has
//! one service app. Its key pair is public, below, because it opens nothing but a simulator.

use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

use super::jwt;

/// The client id of the service app in [`World::sample`](crate::World::sample).
pub const CLIENT_ID: &str = "0oaSimulatorService01";
/// The id (`kid`) of that app's key.
const KEY_ID: &str = "simulator-key-1";
/// A P-256 key made for this simulator, with
/// `openssl ecparam -name prime256v1 -genkey | openssl pkcs8 -topk8 -nocrypt`.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdQtp+SNvR/7zW012
/Jr+xpPT7Zif7ZZa+J6FkXrBHAKhRANCAAQerQJBVuW7jfkWKLYsvMT8G2g/IT7d
rFwsxoa1t3l56Wm2fHooLtG0Qpk2YjiqEMUmDBVyryPV2AiCgfqbJuBo
-----END PRIVATE KEY-----
";
/// The public half of [`PRIVATE_KEY`].
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHq0CQVblu435Fii2LLzE/BtoPyE+
3axcLMaGtbd5eelptnx6KC7RtEKZNmI4qhDFJgwVcq8j1dgIgoH6mybgaA==
-----END PUBLIC KEY-----
";
/// Every scope that a call to this Okta can need.
const SCOPES: [&str; 16] = [
    "okta.users.read",
    "okta.groups.read",
    "okta.apps.read",
    "okta.logStreams.read",
    "okta.governance.accessRequests.read",
    "okta.governance.accessRequests.manage",
    "okta.governance.entitlements.read",
    "okta.accessRequests.catalog.read",
    "okta.accessRequests.request.read",
    "okta.accessRequests.request.manage",
    "okta.accessRequests.tasks.read",
    "okta.governance.labels.read",
    "okta.schemas.read",
    "okta.userTypes.read",
    "okta.accessRequests.condition.read",
    "okta.governance.collections.read",
];

/// The credential of the sample's service app, in the JSON format in which the enricher's secret holds one:
/// `{"client_id":…,"private_key":"<PKCS#8 PEM>","key_id":…}`.
#[must_use]
pub fn service_app_secret() -> String {
    json!({ "client_id": CLIENT_ID, "private_key": PRIVATE_KEY, "key_id": KEY_ID }).to_string()
}

/// Why a text is no key that a service app can register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientKeyError {
    /// It holds a private or a symmetric key.
    #[error("it holds a private key, which Okta must not have; use its public half")]
    Private,
    /// It has another format, or holds a key of another kind.
    #[error("it is no public RSA or EC key; use a JWK, or PEM with `BEGIN PUBLIC KEY`")]
    Unreadable,
}

/// One service app, and how an admin has set it up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceApp {
    /// The scopes that an admin granted. A token gets those of them that the app asks for.
    pub scopes: Vec<String>,
    /// If set, asking for one scope that is not granted fails with this OAuth error, for example
    /// `invalid_scope`. Okta's pages disagree about it; by default the token gets the other scopes.
    pub missing_scope_error: Option<&'static str>,
    /// The app's admin roles, for example `ACCESS_REQUESTS_ADMIN`. A call needs a role that allows it, and
    /// its scope.
    pub roles: Vec<String>,
    /// Whether the app calls from outside its network zone. Then it gets no token: 403 `access_denied`.
    pub outside_network_zone: bool,
    /// Whether a call to the token endpoint must carry a `DPoP` proof, as for every service app made since
    /// 2024. If false, a call that carries a proof still gets a token bound to the proof's key.
    pub dpop_required: bool,
    /// The lifetime of the app's access tokens, in seconds.
    pub expires_in: u32,
    keys: Vec<(String, DecodingKey)>,
}

impl ServiceApp {
    /// An app without keys. It has every scope, the role `SUPER_ADMIN`, tokens that live one hour, and `DPoP`
    /// required. Okta gave that role to every service app until 2023; least rights are for a test to set.
    #[must_use]
    pub fn new() -> Self {
        Self {
            scopes: SCOPES.map(str::to_owned).to_vec(),
            missing_scope_error: None,
            roles: vec!["SUPER_ADMIN".to_owned()],
            outside_network_zone: false,
            dpop_required: true,
            expires_in: 3600,
            keys: Vec::new(),
        }
    }

    /// The app whose credential is [`service_app_secret`].
    #[must_use]
    pub(super) fn sample() -> Self {
        let mut app = Self::new();
        app.add_client_key(KEY_ID, PUBLIC_KEY);
        app
    }

    /// Replaces all keys of the app, as an admin does who rolls them. Each key is an id (`kid`) and a public
    /// key as [`ServiceApp::add_client_key`] takes it.
    ///
    /// # Panics
    ///
    /// Panics if one of them is no public RSA or EC key.
    pub fn set_client_keys<'a>(&mut self, keys: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.keys.clear();
        keys.into_iter().for_each(|(id, key)| self.add_client_key(id, key));
    }

    /// Adds a public RSA or EC key, as a JWK in JSON or as PEM (`BEGIN PUBLIC KEY`). A key with the same id
    /// is replaced.
    ///
    /// # Panics
    ///
    /// Panics if `key` is no public RSA or EC key.
    #[expect(clippy::panic, reason = "only a mistake in a test gives a wrong key")]
    pub fn add_client_key(&mut self, id: &str, key: &str) {
        self.try_add_client_key(id, key)
            .unwrap_or_else(|error| panic!("failed to read the public key `{id}`: {error}: {key}"));
    }

    /// Adds a key as [`ServiceApp::add_client_key`] does, for a text that a user gave.
    ///
    /// # Errors
    ///
    /// Fails if `key` is no public RSA or EC key. The error does not quote it.
    pub fn try_add_client_key(&mut self, id: &str, key: &str) -> Result<(), ClientKeyError> {
        let read = read_key(key)?;
        self.keys.retain(|(known, _)| known != id);
        self.keys.push((id.to_owned(), read));
        Ok(())
    }

    /// The public key with this id.
    pub(super) fn key(&self, id: &str) -> Option<&DecodingKey> {
        self.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }

    /// Those of the asked scopes that a token gets.
    pub(super) fn grant(&self, asked: &[&str]) -> Vec<String> {
        let is_granted = |scope: &str| self.scopes.iter().any(|granted| granted == scope);
        asked.iter().filter(|scope| is_granted(scope)).map(|scope| (*scope).to_owned()).collect()
    }
}

impl Default for ServiceApp {
    fn default() -> Self {
        Self::new()
    }
}

fn read_key(text: &str) -> Result<DecodingKey, ClientKeyError> {
    if text.trim_start().starts_with('{') {
        let jwk: Value = serde_json::from_str(text).map_err(|_| ClientKeyError::Unreadable)?;
        if jwt::is_private(&jwk) {
            return Err(ClientKeyError::Private);
        }
        return jwt::public_key(&jwk).map(|(key, _)| key).ok_or(ClientKeyError::Unreadable);
    }
    if text.contains("PRIVATE KEY-----") {
        return Err(ClientKeyError::Private);
    }
    let pem = text.as_bytes();
    let key = DecodingKey::from_ec_pem(pem).or_else(|_| DecodingKey::from_rsa_pem(pem));
    key.map_err(|_| ClientKeyError::Unreadable)
}
