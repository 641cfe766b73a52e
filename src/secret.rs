//! The [`Secret`] is where the Okta credential comes from: a Secrets Manager secret, read once, kept with an age
//! and read again when Okta refuses what it held (it was rotated). It knows the two forms of the secret and
//! nothing of Okta.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::aws::AwsError;
use crate::deadline::Deadline;
use crate::jws::SigningKey;

/// How long a secret is used before it is read again: a rotation that leaves the old token valid is taken up
/// within this time, at the price of one read.
const MAX_AGE: Duration = Duration::from_mins(15);

/// How long a credential is used on when it can't be read again.
const AFTER_FAILURE: Duration = Duration::from_mins(1);

/// How long a credential that was read anew, and refused again, is taken for what the secret holds: the other calls of
/// the same invocation need not ask again.
const REFUSAL_MEMORY: Duration = Duration::from_secs(10);

/// Secrets Manager answers in milliseconds; what takes longer is tried again by the SDK, then given up.
const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// What Okta is shown.
#[derive(Debug)]
pub enum Credential {
    /// An API token (SSWS), which has the rights of the admin who made it.
    ApiToken(SecretString),
    /// An OAuth service app, which has the scopes and roles granted to it.
    ServiceApp(Box<ServiceApp>),
}

/// A service app's identity and private key.
#[derive(Debug)]
pub struct ServiceApp {
    /// The app's client id.
    pub client_id: String,
    /// The id under which Okta knows the public key.
    pub key_id: String,
    pub(crate) key: SigningKey,
}

impl ServiceApp {
    /// The algorithm that its key signs with, such as `ES256`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.key.algorithm()
    }
}

const FORMS: &str = r#"store an API token alone or as {"api_token":"…"}, or a service app as {"client_id":"…","private_key":"…","key_id":"…"}"#;

impl Credential {
    /// Reads a secret's text in any of its forms. The error continues a sentence that begins with the secret's name,
    /// and never quotes the text.
    pub fn parse(text: &str) -> Result<Credential, String> {
        #[derive(Deserialize)]
        struct Form {
            api_token: Option<String>,
            client_id: Option<String>,
            private_key: Option<Value>,
            key_id: Option<String>,
        }
        let text = text.trim();
        if !text.starts_with(['{', '[', '"']) {
            return Credential::api_token(text);
        }
        let form: Form =
            serde_json::from_str(text).map_err(|_| format!("is not the expected JSON; {FORMS}"))?;
        match form {
            Form { api_token: Some(token), client_id: None, .. } => Credential::api_token(&token),
            Form { api_token: None, client_id: Some(client_id), private_key: Some(key), key_id } => {
                Credential::service_app(client_id, &key, key_id)
            }
            Form { api_token: None, client_id: Some(_), private_key: None, .. } => {
                Err(format!("has a `client_id` and no `private_key`; {FORMS}"))
            }
            Form { api_token: Some(_), client_id: Some(_), .. } => {
                Err(format!("has both `api_token` and `client_id`; {FORMS}"))
            }
            Form { api_token: None, client_id: None, .. } => {
                Err(format!("has neither `api_token` nor `client_id`; {FORMS}"))
            }
        }
    }

    fn api_token(token: &str) -> Result<Credential, String> {
        // People paste the whole header value.
        let token = token.trim();
        let token = token.strip_prefix("SSWS ").unwrap_or(token).trim();
        if token.is_empty() {
            return Err(format!("holds an empty token; {FORMS}"));
        }
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(format!("holds a token with spaces or characters that no API token has; {FORMS}"));
        }
        Ok(Credential::ApiToken(token.into()))
    }

    fn service_app(client_id: String, key: &Value, key_id: Option<String>) -> Result<Credential, String> {
        let fault = |cause: String| format!("holds a service app whose private key {cause}");
        let jwk = match key {
            Value::String(text) if text.trim_start().starts_with('{') => {
                serde_json::from_str(text).map_err(|_| fault("is neither a PEM nor a JWK".to_owned()))?
            }
            other => other.clone(),
        };
        let (key, kid) = match &jwk {
            // A PEM pasted into JSON by hand often has its line breaks escaped twice.
            Value::String(pem) => (SigningKey::from_pem(&pem.replace("\\n", "\n")).map_err(fault)?, None),
            Value::Object(_) => SigningKey::from_jwk(&jwk).map_err(fault)?,
            _ => return Err(fault("is neither a PEM nor a JWK".to_owned())),
        };
        let key_id = key_id.filter(|id| !id.is_empty()).or(kid).ok_or_else(|| {
            "holds a service app without `key_id`; give the key id that Okta shows beside the public key (KID)".to_owned()
        })?;
        Ok(Credential::ServiceApp(Box::new(ServiceApp { client_id, key_id, key })))
    }
}

/// Why there is no credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No answer, or one that says to try later.
    #[error("failed to read the secret `{id}` from Secrets Manager: {cause}")]
    Unreachable {
        /// As configured.
        id: String,
        /// What happened.
        cause: String,
    },
    /// Secrets Manager said no.
    #[error("failed to read the secret `{id}` from Secrets Manager: {cause}; {remedy}")]
    Refused {
        /// As configured.
        id: String,
        /// AWS's error code and request id.
        cause: String,
        /// What to change.
        remedy: &'static str,
    },
    /// The secret is there, its text is not what is needed.
    #[error("failed to use the secret `{id}`: it {cause}")]
    Malformed {
        /// As configured.
        id: String,
        /// What is wrong, and the right form.
        cause: String,
    },
}

/// A credential in use, with the read that it came from.
#[derive(Clone, Debug)]
pub struct HeldCredential {
    /// The credential.
    pub credential: Arc<Credential>,
    read: Instant,
    /// When it is read again, without being refused.
    renew_at: Instant,
    /// It was read because Okta had refused the one before.
    after_refusal: bool,
    /// Okta has taken it.
    accepted: Arc<AtomicBool>,
}

impl HeldCredential {
    fn new(credential: Credential, read: Instant) -> HeldCredential {
        let renew_at = read + MAX_AGE;
        HeldCredential {
            credential: Arc::new(credential),
            read,
            renew_at,
            after_refusal: false,
            accepted: Arc::default(),
        }
    }

    /// Notes that Okta has taken it: if it is refused later, it has changed in the meantime.
    pub(crate) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }
}

/// Where the credential is read.
#[derive(Debug)]
enum Source {
    SecretsManager {
        client: aws_sdk_secretsmanager::Client,
        id: String,
    },
    /// Given by an operator's own means; it can't change.
    Given(HeldCredential),
}

/// The credential's source and what it last gave.
#[derive(Debug)]
pub struct Secret {
    source: Source,
    held: Mutex<Option<HeldCredential>>,
}

impl Secret {
    /// The secret `id` (name or ARN) in Secrets Manager.
    #[must_use]
    pub fn in_secrets_manager(client: aws_sdk_secretsmanager::Client, id: String) -> Secret {
        Secret { source: Source::SecretsManager { client, id }, held: Mutex::default() }
    }

    /// A credential that is already known.
    #[must_use]
    pub fn given(credential: Credential) -> Secret {
        let held = HeldCredential::new(credential, Instant::now());
        Secret { source: Source::Given(held), held: Mutex::default() }
    }

    /// The credential; read when there is none yet, or when it is a quarter of an hour old. Concurrent callers share one
    /// read. When an old one can't be read again it is used on: Okta is the one to refuse it.
    pub async fn get(&self, deadline: Deadline) -> Result<HeldCredential, SecretError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(known) if Instant::now() < known.renew_at => Ok(known.clone()),
            Some(known) => Ok(match self.read(deadline).await {
                Ok(fresh) => held.insert(fresh).clone(),
                Err(error) => {
                    tracing::warn!(%error, "the credential in use is kept");
                    let kept = HeldCredential { renew_at: Instant::now() + AFTER_FAILURE, ..known.clone() };
                    held.insert(kept).clone()
                }
            }),
            None => Ok(held.insert(self.read(deadline).await?).clone()),
        }
    }

    /// The credential to try after Okta refused `refused`: another caller's newer one, else a new read; none where
    /// it can't have changed.
    pub async fn after_refusal(
        &self,
        refused: &HeldCredential,
        deadline: Deadline,
    ) -> Result<Option<HeldCredential>, SecretError> {
        if matches!(self.source, Source::Given(_)) {
            return Ok(None);
        }
        let mut held = self.held.lock().await;
        match &*held {
            Some(newer) if newer.read > refused.read => Ok(Some(newer.clone())),
            Some(known)
                if known.after_refusal
                    && !known.accepted.load(Ordering::Relaxed)
                    && known.read.elapsed() < REFUSAL_MEMORY =>
            {
                Ok(None)
            }
            _ => {
                let fresh = HeldCredential { after_refusal: true, ..self.read(deadline).await? };
                Ok(Some(held.insert(fresh).clone()))
            }
        }
    }

    async fn read(&self, deadline: Deadline) -> Result<HeldCredential, SecretError> {
        let (client, id) = match &self.source {
            Source::Given(held) => return Ok(held.clone()),
            Source::SecretsManager { client, id } => (client, id),
        };
        let read = Instant::now();
        let answer = client.get_secret_value().secret_id(id).version_stage("AWSCURRENT").send();
        let answer = tokio::time::timeout(READ_TIMEOUT.min(deadline.remaining()), answer).await;
        let secret = match answer {
            Err(_) => {
                return Err(SecretError::Unreachable { id: id.clone(), cause: "no answer in time".into() });
            }
            Ok(Err(error)) => {
                return Err(match AwsError::of(&error, remedy) {
                    AwsError::Passing(cause) => SecretError::Unreachable { id: id.clone(), cause },
                    AwsError::Refused { cause, remedy } => {
                        SecretError::Refused { id: id.clone(), cause, remedy }
                    }
                });
            }
            Ok(Ok(secret)) => secret,
        };
        let malformed = |cause: String| SecretError::Malformed { id: id.clone(), cause };
        let text = secret
            .secret_string()
            .ok_or_else(|| malformed("is binary; store the credential as the secret's text".into()))?;
        Ok(HeldCredential::new(Credential::parse(text).map_err(malformed)?, read))
    }
}

/// The error codes of Secrets Manager that mean no, with what to do.
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "ResourceNotFoundException" => {
            "create the secret in this account and region, or correct OKTA_SECRET_ID"
        }
        "AccessDeniedException" => {
            "allow the function's role secretsmanager:GetSecretValue on it (and kms:Decrypt on its key, where that is \
             a customer managed one)"
        }
        "DecryptionFailure" => {
            "allow the function's role kms:Decrypt on the secret's key, and see that it is enabled"
        }
        "InvalidRequestException" => "see whether the secret is scheduled for deletion, and restore it",
        "InvalidParameterException" | "ValidationException" => {
            "correct OKTA_SECRET_ID: a secret's name or ARN"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn both_forms_of_the_secret_hold_the_token() {
        for text in ["00abc-DEF_1", " 00abc-DEF_1\n", r#"{"api_token":"00abc-DEF_1"}"#, "SSWS 00abc-DEF_1"] {
            let Credential::ApiToken(token) = Credential::parse(text).unwrap() else { panic!("{text}") };
            assert_eq!(token.expose_secret(), "00abc-DEF_1", "{text}");
        }
    }

    #[test]
    fn a_wrong_form_is_explained_and_never_quoted() {
        for (text, says) in [
            ("", "empty token"),
            (r#"{"api_token":""}"#, "empty token"),
            (r#"{"token":"hunter2"}"#, "neither `api_token` nor `client_id`"),
            (r#"{"api_token":"hunter2","client_id":"0oa"}"#, "both `api_token` and `client_id`"),
            (r#"{"client_id":"0oa"}"#, "no `private_key`"),
            (r#"{"client_id":"0oa","private_key":"hunter2"}"#, "not a PEM"),
            (r#"{"client_id":"0oa","private_key":{"kty":"RSA","n":"aHVudGVyMg"}}"#, "member `e` is missing"),
            (r#"{"client_id":"0oa","private_key":{"kty":"oct","k":"hunter2"}}"#, "JWK of another kind"),
            (r#"{"api_token": hunter2}"#, "not the expected JSON"),
            ("hunter2 hunter2", "spaces"),
            ("hunter2\u{1}", "spaces or characters"),
        ] {
            let error = Credential::parse(text).unwrap_err();
            assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_credential_is_not_in_its_debug_form() {
        assert!(!format!("{:?}", Secret::given(Credential::parse("hunter2").unwrap())).contains("hunter2"));
    }
}
