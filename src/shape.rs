//! Which texts may be shown. A secret or an answer may hold anything in place of an id: a private key, a
//! token, an e-mail. So errors and logs show such a text only if it has the shape of an id.

/// The longest id that is shown. The longest ones at Okta are key ids: a SHA-256 hash in base64url has 43
/// characters (RFC 7638). A client secret is longer.
const LONGEST_ID: usize = 50;

/// What stands in place of a text that is not shown.
const NOT_SHOWN: &str = "(not shown: it does not look like an id)";

/// What stands in place of a credential.
pub const NO_CREDENTIAL_SHOWN: &str = "(not shown: it looks like a credential)";

/// The names of members whose values are credentials: of the secret, of a JWK, of AWS's own files and
/// variables.
const CREDENTIALS: [&str; 6] =
    ["api_token", "private_key", "client_secret", "kty", "secret_access_key", "session_token"];

/// Whether a text has the shape of an id, a code or a scope: short, and only letters, digits, `.`, `_`, `-`.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !is_api_token(text)
}

/// The text, if it has the shape of an id; else a remark in its place.
#[must_use]
pub fn shown(text: &str) -> &str {
    if is_id(text) { text } else { NOT_SHOWN }
}

/// Whether a text has the shape of a host name.
#[must_use]
pub fn is_host(text: &str) -> bool {
    (1..=253).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
}

/// Whether a text is a credential rather than the name of something: a PEM, a JSON document, or a text that
/// contains an API token.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text.contains("PRIVATE KEY")
        || text.contains("-----BEGIN")
        || text.contains('{')
        || contains_api_token(text)
}

/// Whether the text of a file contains a credential: a private key, an API token, or a member that has one,
/// in JSON, TOML or a list of variables.
#[must_use]
pub fn holds_credential(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let sets = |name: &&str| {
        lower.match_indices(*name).any(|(at, name)| {
            lower[at + name.len()..].trim_start_matches(['"', '\'', ' ', '\t']).starts_with([':', '='])
        })
    };
    text.contains("PRIVATE KEY-----") || contains_api_token(text) || CREDENTIALS.iter().any(sets)
}

fn contains_api_token(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c)).any(is_api_token)
}

/// Okta's API tokens are `00` and 40 more characters.
fn is_api_token(text: &str) -> bool {
    text.len() == 42 && text.starts_with("00")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "00aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789_ab";

    #[test]
    fn only_what_looks_like_an_id_is_shown() {
        for id in
            ["0oa1gjh63g214q0Hq0g4", "E0000007", "oaeWO3WUsqNSYqW34do-5HEFw", "okta.users.read", "kid-1"]
        {
            assert_eq!(shown(id), id);
        }
        assert!(is_id("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), "a SHA-256 hash, as key ids often are");
        for text in
            ["", "zoe@example.com", "a b", "a\nb", "-----BEGIN PRIVATE KEY-----", TOKEN, &"a".repeat(51)]
        {
            assert_eq!(shown(text), NOT_SHOWN, "{text}");
        }
    }

    #[test]
    fn a_credential_is_known_as_one() {
        for text in [TOKEN, r#"{"client_id":"0oa"}"#, "-----BEGIN RSA PRIVATE KEY----- MII", "x PRIVATE KEY"]
        {
            assert!(is_secret(text), "{text}");
        }
        for around in ["SSWS ", "https://", "a,"] {
            assert!(is_secret(&format!("{around}{TOKEN}/x")), "{around}");
        }
        for text in ["app.json", "/etc/okta/app.json", "0oa1gjh63g214q0Hq0g4"] {
            assert!(!is_secret(text), "{text}");
        }
    }
    #[test]
    fn a_file_with_a_credential_is_known() {
        for text in [
            TOKEN,
            "\n-----BEGIN EC PRIVATE KEY-----\nMII",
            r#"{"api_token": "a"}"#,
            "private_key = 'a'",
            r#"{"kty" : "RSA", "d": "a"}"#,
            "PATH=/bin\0AWS_SECRET_ACCESS_KEY=a\0",
            &format!("# {TOKEN}\n[[rule]]"),
        ] {
            assert!(holds_credential(text), "{text}");
        }
        for text in
            ["", "# the api_token is in the secret\n[[rule]]\nname = \"{{ private_key }}\"", "-----BEGIN"]
        {
            assert!(!holds_credential(text), "{text}");
        }
    }
}
