//! The private key of a PEM (RFC 7468), whatever became of its line breaks. Secrets pass through forms,
//! shells and JSON, and arrive with spaces, `\n` or nothing in place of line breaks. Base64 needs none.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A key in DER, by the label of its block.
pub(crate) enum Key {
    /// `PRIVATE KEY` (RFC 5208).
    Pkcs8(Vec<u8>),
    /// `RSA PRIVATE KEY` (RFC 8017, appendix A.1.2).
    Pkcs1(Vec<u8>),
    /// `EC PRIVATE KEY` (RFC 5915).
    Sec1,
}

/// Why a text holds no key that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No block with a private key.
    NoKey,
    /// A block without its end.
    CutOff,
    /// The block is not base64.
    NotBase64,
    /// A passphrase protects the key.
    Encrypted,
}

/// Some tools cut the padding off together with the last line break.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The first private key of a text. Certificates, parameters and text around it are left out.
pub(crate) fn private_key(text: &str) -> Result<Key, Fault> {
    let mut rest = text;
    while let Some((_, block)) = rest.split_once("-----BEGIN") {
        let (label, after) = block.split_once("-----").ok_or(Fault::CutOff)?;
        rest = after;
        let make: fn(Vec<u8>) -> Key = match letters(label).as_str() {
            "PRIVATEKEY" => Key::Pkcs8,
            "RSAPRIVATEKEY" => Key::Pkcs1,
            "ECPRIVATEKEY" => |_| Key::Sec1,
            "ENCRYPTEDPRIVATEKEY" => return Err(Fault::Encrypted),
            _ => continue,
        };
        let (body, _) = after.split_once("-----END").ok_or(Fault::CutOff)?;
        // RFC 1421, section 4.6.1.1: the header of an encrypted key.
        if body.contains("ENCRYPTED") {
            return Err(Fault::Encrypted);
        }
        return BASE64.decode(letters(body)).map(make).map_err(|_| Fault::NotBase64);
    }
    Err(Fault::NoKey)
}

/// The text without white space, byte order marks, and line breaks that are written as escapes.
fn letters(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    let mut escape = false;
    for c in text.chars() {
        match c {
            '\\' => escape = true,
            'n' | 'r' | 't' if escape => escape = false,
            '\u{FEFF}' => {}
            c if c.is_whitespace() => escape = false,
            c => {
                escape = false;
                letters.push(c);
            }
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = include_str!("../tests/keys/ec-p256.pem");

    fn der(pem: &str) -> Vec<u8> {
        match private_key(pem) {
            Ok(Key::Pkcs8(der)) => der,
            Ok(_) => panic!("another kind of key: {pem}"),
            Err(fault) => panic!("{fault:?}: {pem}"),
        }
    }

    #[test]
    fn line_breaks_may_become_anything_or_nothing() {
        let sound = der(PEM);
        for breaks in
            ["\r\n", "\r", " ", "  \t ", "", r"\n", r"\\n", r"\r\n", r"\\\n", "\\\n", "\n\n", "\u{FEFF}\n"]
        {
            assert_eq!(der(&PEM.replace('\n', breaks)), sound, "{breaks:?}");
        }
        let without_any_space: String = PEM.split_whitespace().collect();
        for pem in [
            without_any_space,
            PEM.replace('=', ""),
            format!("\u{FEFF} \n\t{PEM} \n "),
            format!("\"{PEM}\""),
            format!(
                "Bag Attributes: key\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n{PEM}"
            ),
        ] {
            assert_eq!(der(&pem), sound, "{pem}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        let fault = |pem: &str| private_key(pem).err();
        assert_eq!(fault("hunter2"), Some(Fault::NoKey));
        assert_eq!(fault(&PEM.replace("PRIVATE", "PUBLIC")), Some(Fault::NoKey));
        assert_eq!(fault(PEM.split_once("-----END").unwrap().0), Some(Fault::CutOff));
        assert_eq!(fault("-----BEGIN PRIVATE KEY"), Some(Fault::CutOff));
        assert_eq!(
            fault("-----BEGIN PRIVATE KEY-----hunter2!-----END PRIVATE KEY-----"),
            Some(Fault::NotBase64)
        );
        assert_eq!(fault(&PEM.replace("PRIVATE", "ENCRYPTED PRIVATE")), Some(Fault::Encrypted));
        let old =
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----";
        assert_eq!(fault(old), Some(Fault::Encrypted));
        assert!(matches!(private_key(include_str!("../tests/keys/ec-sec1.pem")), Ok(Key::Sec1)));
    }
}
