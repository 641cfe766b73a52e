//! [`Credential`]: what Okta is shown, and how the text of a secret becomes one. It does not know where the
//! text comes from, and sends nothing.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::jws::{KeyError, SigningKey};
use crate::{json, shape};

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

const KEY_ID: &str = "give the key id that Okta shows beside the public key (KID)";

/// The longest client id or key id, in characters: a SHA-512 hash in hexadecimal digits.
const LONGEST_ID: usize = 128;

/// The longest API token that is taken. Okta's have 42 characters.
const LONGEST_TOKEN: usize = 128;

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
        let text = bare(text);
        if !text.starts_with(['{', '[', '"']) {
            return Credential::api_token(text);
        }
        // A PEM that was pasted into the JSON by hand has line breaks, which a JSON text must not have. A
        // space is harmless in their place, in JSON and in base64.
        let form: Form = json::from_str(text)
            .or_else(|_| json::from_str(&text.replace(['\n', '\r', '\t'], " ")))
            .map_err(|_| CredentialError::of_form("is not the expected JSON"))?;
        match form {
            Form { api_token: Some(token), client_id: None, .. } => Credential::api_token(&token),
            Form { api_token: None, client_id: Some(client_id), private_key: Some(key), key_id } => {
                Credential::service_app(&client_id, &key, key_id.as_deref())
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
        let token = bare(token);
        let token = bare(token.strip_prefix("SSWS ").unwrap_or(token));
        if token.is_empty() {
            return Err(CredentialError::of_form("holds an empty token"));
        }
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            let cause = "holds a token with spaces or characters that no API token has";
            return Err(CredentialError::of_form(cause));
        }
        // It may be a private key, and every call would send it.
        if token.len() > LONGEST_TOKEN {
            return Err(CredentialError::of_form("holds a text that is too long for an API token"));
        }
        Ok(Credential::ApiToken(token.into()))
    }

    fn service_app(
        client_id: &str,
        key: &Value,
        key_id: Option<&str>,
    ) -> Result<Credential, CredentialError> {
        let neither = || CredentialError::of_key(&KeyError::neither_pem_nor_jwk());
        let client_id = id("client_id", client_id, "give the client id that Okta shows on the app's page")?;
        let client_id = client_id.ok_or_else(|| CredentialError::of_form("has an empty `client_id`"))?;
        let jwk = match key {
            Value::String(text) if bare(text).starts_with('{') => {
                json::from_str(bare(text)).map_err(|_| neither())?
            }
            other => other.clone(),
        };
        let fault = |error: KeyError| CredentialError::of_key(&error);
        let (key, kid) = match &jwk {
            Value::String(pem) => (SigningKey::from_pem(pem).map_err(fault)?, None),
            Value::Object(_) => SigningKey::from_jwk(&jwk).map_err(fault)?,
            _ => return Err(neither()),
        };
        let given = |text: Option<&str>| id("key_id", text.unwrap_or_default(), KEY_ID);
        let key_id = match given(key_id)? {
            Some(key_id) => key_id,
            None => given(kid.as_deref())?.ok_or_else(|| CredentialError {
                cause: "holds a service app without `key_id`".to_owned(),
                remedy: KEY_ID,
            })?,
        };
        Ok(Credential::ServiceApp(Box::new(ServiceApp { client_id, key_id, key })))
    }
}

/// The text without white space and byte order marks around it.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}')
}

/// An id of a service app; `None` if the text is empty. A text without the shape of an id is an error: it may
/// be the private key, and every assertion would send it.
fn id(name: &str, text: &str, remedy: &'static str) -> Result<Option<String>, CredentialError> {
    let text = bare(text);
    if text.len() > LONGEST_ID || text.contains(char::is_control) || shape::is_secret(text) {
        let cause = format!("holds a service app whose `{name}` is no id");
        return Err(CredentialError { cause, remedy });
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn both_forms_of_the_secret_hold_the_token() {
        for text in [
            "00abc-DEF_1",
            " 00abc-DEF_1\n",
            "SSWS 00abc-DEF_1",
            "\u{FEFF}00abc-DEF_1\r\n",
            r#"{"api_token":"00abc-DEF_1"}"#,
            "\u{FEFF}\r\n{\"api_token\":\"\u{FEFF}00abc-DEF_1\"}",
        ] {
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
            (r#"{"client_id":" ","private_key":"hunter2"}"#, "empty `client_id`"),
            ("hunter2 hunter2", "spaces"),
            ("hunter2\u{1}", "spaces or characters"),
        ] {
            let error = Credential::parse(text).unwrap_err();
            let error = format!("{error}; {}", error.remedy());
            assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        }
    }

    fn app(text: &str) -> Box<ServiceApp> {
        match Credential::parse(text) {
            Ok(Credential::ServiceApp(app)) => app,
            other => panic!("{other:?}"),
        }
    }

    const PEM: &str = include_str!("../tests/keys/ec-p256.pem");
    const JWK: &str = include_str!("../tests/keys/ec-p256.jwk.json");

    #[test]
    fn a_service_app_is_read_from_what_copying_made_of_it() {
        for key in [
            PEM.to_owned(),
            PEM.replace('\n', " "),
            PEM.replace('\n', ""),
            JWK.to_owned(),
            format!("\u{FEFF}{JWK}"),
        ] {
            let secret =
                serde_json::json!({"client_id": " 0oa1\n", "key_id": "\u{FEFF}kid-1 ", "private_key": key});
            for text in [secret.to_string(), format!("\u{FEFF}{secret:#}\r\n")] {
                let app = app(&text);
                assert_eq!(
                    (app.client_id.as_str(), app.key_id.as_str(), app.algorithm()),
                    ("0oa1", "kid-1", "ES256")
                );
            }
        }
        // The PEM was pasted between the quotes as it is.
        app(&format!("{{\n\"client_id\": \"0oa1\",\r\n\t\"key_id\": \"k\",\n\"private_key\": \"{PEM}\"\n}}"));
    }

    #[test]
    fn an_id_that_can_be_none_is_a_fault_and_is_not_quoted() {
        let base64: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        for other in [PEM, &PEM.replace('\n', ""), JWK, &base64, "two\nlines", &"a".repeat(129)] {
            for name in ["client_id", "key_id"] {
                let mut secret =
                    serde_json::json!({"client_id": "0oa1", "key_id": "kid-1", "private_key": PEM});
                secret[name] = other.into();
                let error = Credential::parse(&secret.to_string()).unwrap_err();
                assert!(error.to_string().contains(&format!("`{name}` is no id")), "{error}");
                assert!(!error.to_string().contains(other.trim()) && error.remedy().starts_with("give the "));
            }
        }
        let jwk = JWK.replace("ec-256-1", &"a".repeat(129));
        let secret = serde_json::json!({"client_id": "0oa1", "private_key": jwk});
        assert!(
            Credential::parse(&secret.to_string()).unwrap_err().to_string().contains("`key_id` is no id")
        );
    }
}
