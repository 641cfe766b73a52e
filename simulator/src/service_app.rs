//! A service app is a program's own account at Okta: a client id, public keys, the scopes that an admin granted it, and its
//! admin roles. It proves itself with a signed JWT and never has a password. The sample world holds one, whose key pair is
//! below for everyone to use: it opens nothing but a simulator.

use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

use super::jwt;

/// The client id of the sample's service app.
pub const CLIENT_ID: &str = "0oaSimulatorService01";
/// The id (`kid`) of the sample's key.
const KEY_ID: &str = "simulator-key-1";
/// A throwaway key, P-256, made with `openssl ecparam -name prime256v1 -genkey | openssl pkcs8 -topk8 -nocrypt`.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdQtp+SNvR/7zW012
/Jr+xpPT7Zif7ZZa+J6FkXrBHAKhRANCAAQerQJBVuW7jfkWKLYsvMT8G2g/IT7d
rFwsxoa1t3l56Wm2fHooLtG0Qpk2YjiqEMUmDBVyryPV2AiCgfqbJuBo
-----END PRIVATE KEY-----
";
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHq0CQVblu435Fii2LLzE/BtoPyE+
3axcLMaGtbd5eelptnx6KC7RtEKZNmI4qhDFJgwVcq8j1dgIgoH6mybgaA==
-----END PUBLIC KEY-----
";
/// Every scope that a call of this Okta asks for.
const SCOPES: [&str; 9] = [
    "okta.users.read",
    "okta.groups.read",
    "okta.apps.read",
    "okta.logStreams.read",
    "okta.governance.accessRequests.read",
    "okta.governance.accessRequests.manage",
    "okta.governance.entitlements.read",
    "okta.accessRequests.request.read",
    "okta.accessRequests.request.manage",
];

/// The credential of the sample's service app, as the secret holds one:
/// `{"client_id":…,"private_key":"<PKCS#8 PEM>","key_id":…}`.
#[must_use]
pub fn service_app_secret() -> String {
    json!({ "client_id": CLIENT_ID, "private_key": PRIVATE_KEY, "key_id": KEY_ID }).to_string()
}

/// One service app, and how Okta is set up for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceApp {
    /// Scopes an admin granted; asking for another is answered with `invalid_scope`.
    pub scopes: Vec<String>,
    /// Silently grants no others than these, whatever is asked for: what a client sees only in the reply's `scope`.
    pub narrow_to: Option<Vec<String>>,
    /// Admin roles. Without `ACCESS_REQUESTS_ADMIN` or `SUPER_ADMIN`, governance calls answer 403 whatever the scopes.
    pub roles: Vec<String>,
    /// Whether a token call must bring a `DPoP` proof, as with every service app made since 2024. When false, one that
    /// brings a proof still gets a bound token.
    pub dpop_required: bool,
    /// How long its access tokens live, in seconds.
    pub expires_in: u32,
    keys: Vec<(String, DecodingKey)>,
}

impl ServiceApp {
    /// An app without keys; everything granted, `DPoP` required, tokens for an hour.
    #[must_use]
    pub fn new() -> Self {
        Self {
            scopes: SCOPES.map(str::to_owned).to_vec(),
            narrow_to: None,
            roles: vec!["ACCESS_REQUESTS_ADMIN".to_owned()],
            dpop_required: true,
            expires_in: 3600,
            keys: Vec::new(),
        }
    }

    /// The sample's app, whose secret is [`service_app_secret`].
    #[must_use]
    pub(super) fn sample() -> Self {
        let mut app = Self::new();
        app.add_client_key(KEY_ID, PUBLIC_KEY);
        app
    }

    /// Makes these the app's only keys, each an id (`kid`) and a public key, as after an admin rolled them.
    ///
    /// # Panics
    ///
    /// As [`ServiceApp::add_client_key`].
    pub fn set_client_keys<'a>(&mut self, keys: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.keys.clear();
        keys.into_iter().for_each(|(id, key)| self.add_client_key(id, key));
    }

    /// Registers one more public key, RSA or EC: a JWK as JSON, or PEM (`BEGIN PUBLIC KEY`).
    ///
    /// # Panics
    ///
    /// When it is no such key: the test that gives it is wrong.
    #[expect(clippy::panic, reason = "a wrong key is a fault of the test that gives it")]
    pub fn add_client_key(&mut self, id: &str, key: &str) {
        let read = read_key(key).unwrap_or_else(|| panic!("not a public key, RSA or EC, JWK or PEM: {key}"));
        self.keys.retain(|(known, _)| known != id);
        self.keys.push((id.to_owned(), read));
    }

    pub(super) fn key(&self, id: &str) -> Option<&DecodingKey> {
        self.keys.iter().find(|(known, _)| known == id).map(|(_, key)| key)
    }

    /// What is granted of the scopes asked for; `None` where one is not the app's to ask for.
    pub(super) fn grant(&self, asked: &[&str]) -> Option<Vec<String>> {
        let has = |list: &[String], scope: &str| list.iter().any(|granted| granted == scope);
        asked.iter().all(|scope| has(&self.scopes, scope)).then(|| {
            let narrow = self.narrow_to.as_deref();
            let left = asked.iter().filter(|scope| narrow.is_none_or(|list| has(list, scope)));
            left.map(|scope| (*scope).to_owned()).collect()
        })
    }

    /// Whether its admin roles reach the Identity Governance API.
    pub(super) fn may_govern(&self) -> bool {
        self.roles.iter().any(|role| matches!(role.as_str(), "ACCESS_REQUESTS_ADMIN" | "SUPER_ADMIN"))
    }
}

impl Default for ServiceApp {
    fn default() -> Self {
        Self::new()
    }
}

fn read_key(text: &str) -> Option<DecodingKey> {
    if text.trim_start().starts_with('{') {
        let jwk: Value = serde_json::from_str(text).ok()?;
        return jwt::public_key(&jwk).map(|(key, _)| key);
    }
    let pem = text.as_bytes();
    DecodingKey::from_ec_pem(pem).or_else(|_| DecodingKey::from_rsa_pem(pem)).ok()
}
