//! Which texts may be shown. A secret or an answer may hold anything in place of an id: a private key, a
//! token, an e-mail. So errors and logs show such a text only if it has the shape of an id.

/// The longest id that is shown. The longest ones at Okta are key ids: a SHA-256 hash in base64url has 43
/// characters (RFC 7638). A client secret is longer.
const LONGEST_ID: usize = 50;

/// What stands in place of a text that is not shown.
const NOT_SHOWN: &str = "(not shown: it does not look like an id)";

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

/// Whether a text is a credential rather than the name of something: a PEM, a JSON document, an API token.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    text.contains("PRIVATE KEY") || text.contains("-----BEGIN") || text.contains('{') || is_api_token(text)
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
        for text in ["app.json", "/etc/okta/app.json", "0oa1gjh63g214q0Hq0g4"] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
