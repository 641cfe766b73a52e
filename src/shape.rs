//! Which texts may be shown. A secret or an answer may hold anything in place of an id: a private key, a
//! token, an e-mail. So errors and logs show such a text only if it has the shape of an id.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The longest id that is shown. The longest ones at Okta are key ids: a SHA-256 hash in base64url has 43
/// characters (RFC 7638). Most client secrets are longer.
const LONGEST_ID: usize = 50;

/// What stands in place of a text that is not shown.
const NOT_SHOWN: &str = "(not shown: it does not look like an id)";

/// What stands in place of a credential.
pub const NO_CREDENTIAL_SHOWN: &str = "(not shown: it looks like a credential)";

/// The names of members whose values are credentials, in lower case and without `_`: of the secret, of a JWK,
/// of AWS's own files and variables. Not with `-`: people write `private-key: in the secret` into comments.
const CREDENTIALS: [&str; 6] =
    ["apitoken", "privatekey", "clientsecret", "kty", "secretaccesskey", "sessiontoken"];

/// The length of one of Okta's API tokens.
const API_TOKEN: usize = 42;

/// Other tools cut the padding off, or keep it.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

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
/// contains an API token. Base64 around it changes nothing.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    contains_pem(text) || text.contains('{') || contains_api_token(text) || wraps_credential(text)
}

/// Whether the text of a file contains a credential: a private key, an API token, or a member that has one,
/// in JSON, TOML or a list of variables. Base64 around it changes nothing.
#[must_use]
pub fn holds_credential(text: &str) -> bool {
    contains_private_key(text) || contains_api_token(text) || sets_credential(text) || wraps_credential(text)
}

fn contains_pem(text: &str) -> bool {
    text.contains("PRIVATE KEY") || text.contains("-----BEGIN") || contains_private_key(text)
}

/// Whether a text contains the first or the last line of a private key's PEM. `pem` reads labels with other
/// spaces, too.
fn contains_private_key(text: &str) -> bool {
    let letters: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.contains("PRIVATE KEY-----")
        || letters
            .split("-----BEGIN")
            .skip(1)
            .any(|block| block.split_once("-----").is_some_and(|(label, _)| label.ends_with("PRIVATEKEY")))
}

/// Whether a text gives a value to one of the [`CREDENTIALS`].
fn sets_credential(text: &str) -> bool {
    let lower = text.to_ascii_lowercase().replace('_', "");
    CREDENTIALS.iter().any(|name| {
        lower.match_indices(name).any(|(at, name)| {
            // JSON in a string of TOML or JSON has escaped quotes.
            let rest = lower[at + name.len()..].trim_start_matches(['\\', '"', '\'', ' ', '\t']);
            rest.starts_with([':', '='])
        })
    })
}

/// Whether a word of the text is a credential in base64: `kubectl` and Parameter Store show such words.
fn wraps_credential(text: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/_-=".contains(c);
    // No shorter word holds a token.
    let words = text.split(|c| !is_base64(c)).filter(|word| word.len() * 3 / 4 >= API_TOKEN);
    words.flat_map(|word| [STANDARD, URL_SAFE].map(|alphabet| decoded(word, &alphabet))).flatten().any(
        |bytes| {
            is_key(&bytes)
                || std::str::from_utf8(&bytes)
                    .is_ok_and(|text| contains_pem(text) || contains_api_token(text) || sets_credential(text))
        },
    )
}

fn decoded(word: &str, alphabet: &Alphabet) -> Option<Vec<u8>> {
    GeneralPurpose::new(alphabet, LENIENT).decode(word).ok()
}

/// Whether bytes begin as a private key in DER does: a sequence whose first member is a version of one byte
/// (RFC 5208, RFC 5915, and RFC 8017, appendix A.1.2). Certificates and public keys begin otherwise.
fn is_key(der: &[u8]) -> bool {
    matches!(
        der,
        [0x30, 0..=0x7F, 2, 1, 0 | 1, ..]
            | [0x30, 0x81, _, 2, 1, 0 | 1, ..]
            | [0x30, 0x82, _, _, 2, 1, 0 | 1, ..]
    )
}

fn contains_api_token(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c)).any(is_api_token)
}

/// Okta's API tokens are `00` and 40 more characters.
fn is_api_token(text: &str) -> bool {
    text.len() == API_TOKEN && text.starts_with("00")
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
    fn base64_hides_no_credential() {
        use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
        let pem = include_str!("../tests/keys/ec-p256.pem");
        let der: String = pem.lines().filter(|line| !line.contains('-')).collect();
        let json = format!(r#"{{"client_secret":"{}"}}"#, "a?>".repeat(20));
        for text in [TOKEN, &format!("SSWS {TOKEN}"), pem, &json] {
            for wrapped in [
                BASE64_STANDARD.encode(text),
                BASE64_STANDARD_NO_PAD.encode(text),
                BASE64_URL_SAFE.encode(text),
            ] {
                assert!(is_secret(&wrapped) && is_secret(&format!("token {wrapped}")), "{text}");
                assert!(holds_credential(&format!("# \"{wrapped}\"\n[[rule]]")), "{text}");
            }
        }
        assert!(is_secret(&der) && holds_credential(&der));
        let checksum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:okta/enricher-AbCdEf";
        let path = "/var/task/a/long/path/of/many/folders/that/ends/in/a/file/enrichment/toml";
        for text in
            [checksum, arn, path, &BASE64_STANDARD.encode("[[rule]]\nname = \"every-request\"\n".repeat(3))]
        {
            assert!(!is_secret(text) && !holds_credential(text), "{text}");
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
            "-----BEGIN  PRIVATE   KEY -----\nMII",
            "-----BEGIN\nRSA PRIVATE\tKEY-----\\nMII",
            r#"key = "{\"kty\":\"EC\",\"d\":\"a\"}""#,
            r#"key = "{\\\"kty\\\": 1}""#,
            "clientSecret: a",
            &format!("# {TOKEN}\n[[rule]]"),
        ] {
            assert!(holds_credential(text), "{text}");
        }
        for text in [
            "",
            "# private-key: the secret has it\n",
            "# the api_token is in the secret\n[[rule]]\nname = \"{{ private_key }}\"",
            "-----BEGIN",
        ] {
            assert!(!holds_credential(text), "{text}");
        }
    }
}
