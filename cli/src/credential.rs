//! The Okta credential that an operator gives in this shell. It goes before the one in Secrets Manager.

use okta_request_enricher::credential::Credential;
use okta_request_enricher::shape;

use crate::failure::Problem;

/// Holds an API token.
const TOKEN: &str = "OKTA_API_TOKEN";
/// Names a file with either form of the secret.
const FILE: &str = "OKTA_SECRET_FILE";

/// The variable that gives the credential; `None` if neither is set.
pub(crate) fn variable() -> Option<&'static str> {
    [TOKEN, FILE].into_iter().find(|name| std::env::var_os(name).is_some())
}

/// The credential of `OKTA_API_TOKEN`, or of the file that `OKTA_SECRET_FILE` names; `None` if neither is
/// set.
pub(crate) fn local() -> Result<Option<Credential>, Problem> {
    let text = match (std::env::var(TOKEN), std::env::var(FILE)) {
        (Ok(token), _) => token,
        (_, Ok(file)) => read(&file)?,
        _ => return Ok(None),
    };
    let credential = Credential::parse(&text).map_err(|error| Problem {
        cause: format!("failed to use the credential: it {error}"),
        remedy: Some(error.remedy()),
    })?;
    Ok(Some(credential))
}

fn read(file: &str) -> Result<String, Problem> {
    let problem = |cause| Problem {
        cause,
        remedy: Some("set OKTA_SECRET_FILE to the name of a readable file with the credential"),
    };
    // Who mistakes the variable for the credential's own does not want to read it in a log.
    if shape::is_secret(file) {
        return Err(problem(format!("{FILE} holds a credential, not the name of a file")));
    }
    let bytes = std::fs::read(file);
    let bytes = bytes.map_err(|error| problem(format!("failed to read `{file}` ({FILE}): {error}")))?;
    text(&bytes).ok_or_else(|| problem(format!("failed to read `{file}` ({FILE}): it is not text")))
}

/// The bytes as text: UTF-8, or UTF-16 with a byte order mark, as Windows PowerShell writes it.
fn text(bytes: &[u8]) -> Option<String> {
    let utf16 = |of: fn([u8; 2]) -> u16| {
        let (pairs, []) = bytes.as_chunks::<2>() else { return None };
        String::from_utf16(&pairs.iter().copied().map(of).collect::<Vec<_>>()).ok()
    };
    match bytes {
        [0xFF, 0xFE, ..] => utf16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf16(u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_from_windows_is_text() {
        let utf16 =
            |of: fn(u16) -> [u8; 2]| -> Vec<u8> { "\u{FEFF}00a".encode_utf16().flat_map(of).collect() };
        for bytes in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes), b"\xEF\xBB\xBF00a".to_vec()] {
            assert_eq!(text(&bytes).as_deref(), Some("\u{FEFF}00a"));
        }
        assert_eq!(text(b"00a\xFF"), None);
        assert_eq!(text(&[0xFF, 0xFE, 0x41]), None);
    }
}
