//! [`Credential`]: what Okta is shown, and how the text of a secret becomes one. It does not know where the
//! text comes from, and sends nothing.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::jws::{KeyError, SigningKey};

/// What Okta is shown.
#[derive(Debug)]
pub enum Credential {
    /// An API token (SSWS). It has the rights of the admin who made it.
    ApiToken(SecretString),
    /// An OAuth service app. It has the scopes and roles that were granted to it.
    ServiceApp(Box<ServiceApp>),
}

/// A service app's identity and private key.
#[derive(Debug)]
pub struct ServiceApp {
    /// The app's client id.
    pub client_id: String,
    /// The id (KID) of the public key that is registered in Okta.
    pub key_id: String,
    pub(crate) key: SigningKey,
}

impl ServiceApp {
    /// The algorithm that its key signs with, such as `ES256` (RFC 7518, section 3.1).
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.key.algorithm()
    }
}

/// Why a text is no credential. Neither part quotes the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct CredentialError {
    /// Continues a sentence that begins with the name of the secret.
    cause: String,
    remedy: &'static str,
}

impl CredentialError {
    /// What to store instead.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.remedy
    }

    fn of_form(cause: &str) -> CredentialError {
        CredentialError { cause: cause.to_owned(), remedy: FORMS }
    }

    fn of_key(error: &KeyError) -> CredentialError {
        CredentialError {
            cause: format!("holds a service app whose private key {error}"),
            remedy: error.remedy(),
        }
    }
}

const FORMS: &str = concat!(
    r#"store an API token alone or as {"api_token":"…"}, "#,
    r#"or a service app as {"client_id":"…","private_key":"…","key_id":"…"}"#,
);

impl Credential {
    /// Reads the text of a secret in any of its forms. The error never quotes the text.
    pub fn parse(text: &str) -> Result<Credential, CredentialError> {
        #[derive(Deserialize)]
        struct Form {
            api_token: Option<String>,
            client_id: Option<String>,
            private_key: Option<Value>,
            key_id: Option<String>,
        }
        let wrong = |cause| Err(CredentialError::of_form(cause));
        let text = text.trim();
        if !text.starts_with(['{', '[', '"']) {
            return Credential::api_token(text);
        }
        let form: Form =
            serde_json::from_str(text).map_err(|_| CredentialError::of_form("is not the expected JSON"))?;
        match form {
            Form { api_token: Some(token), client_id: None, .. } => Credential::api_token(&token),
            Form { api_token: None, client_id: Some(client_id), private_key: Some(key), key_id } => {
                Credential::service_app(client_id, &key, key_id)
            }
            Form { api_token: None, client_id: Some(_), private_key: None, .. } => {
                wrong("has a `client_id` and no `private_key`")
            }
            Form { api_token: Some(_), client_id: Some(_), .. } => {
                wrong("has both `api_token` and `client_id`")
            }
            Form { api_token: None, client_id: None, .. } => wrong("has neither `api_token` nor `client_id`"),
        }
    }

    fn api_token(token: &str) -> Result<Credential, CredentialError> {
        // People paste the whole header value.
        let token = token.trim();
        let token = token.strip_prefix("SSWS ").unwrap_or(token).trim();
        if token.is_empty() {
            return Err(CredentialError::of_form("holds an empty token"));
        }
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            let cause = "holds a token with spaces or characters that no API token has";
            return Err(CredentialError::of_form(cause));
        }
        Ok(Credential::ApiToken(token.into()))
    }

    fn service_app(
        client_id: String,
        key: &Value,
        key_id: Option<String>,
    ) -> Result<Credential, CredentialError> {
        let neither = || CredentialError::of_key(&KeyError::neither_pem_nor_jwk());
        let jwk = match key {
            Value::String(text) if text.trim_start().starts_with('{') => {
                serde_json::from_str(text).map_err(|_| neither())?
            }
            other => other.clone(),
        };
        let fault = |error: KeyError| CredentialError::of_key(&error);
        let (key, kid) = match &jwk {
            // A PEM pasted into JSON by hand often has its line breaks escaped twice.
            Value::String(pem) => (SigningKey::from_pem(&pem.replace("\\n", "\n")).map_err(fault)?, None),
            Value::Object(_) => SigningKey::from_jwk(&jwk).map_err(fault)?,
            _ => return Err(neither()),
        };
        let key_id = key_id.filter(|id| !id.is_empty()).or(kid).ok_or_else(|| CredentialError {
            cause: "holds a service app without `key_id`".to_owned(),
            remedy: "give the key id that Okta shows beside the public key (KID)",
        })?;
        Ok(Credential::ServiceApp(Box::new(ServiceApp { client_id, key_id, key })))
    }
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
            let error = format!("{error}; {}", error.remedy());
            assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        }
    }
}
