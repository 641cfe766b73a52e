//! Text files as editors and shells write them: UTF-8, with or without a byte order mark. Windows PowerShell
//! writes UTF-16 by default; that is reported by its name, instead of as broken content.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The byte order mark in UTF-8 (RFC 3629, section 6).
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// Every second byte of ASCII text would be zero.
    #[error("it is UTF-16 text, as PowerShell writes it; save it as UTF-8")]
    Utf16,
    /// Some other encoding, or no text.
    #[error("it is not UTF-8 text (line {line}); save it as UTF-8")]
    NotUtf8 {
        /// The line of the first wrong byte, from 1.
        line: usize,
    },
}

impl From<EncodingError> for io::Error {
    fn from(error: EncodingError) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

/// The content of a file without its byte order mark.
///
/// # Errors
///
/// The file can't be read, or is not UTF-8.
pub fn read_to_string(path: &Path) -> io::Result<String> {
    Ok(decode(&std::fs::read(path)?)?.to_owned())
}

/// The bytes of a file; `None` if it has more than `limit`. No more than these are held in memory.
///
/// # Errors
///
/// The file can't be read.
pub fn read_at_most(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(u64::try_from(bytes.len()).is_ok_and(|length| length <= limit).then_some(bytes))
}

/// The text in a file's bytes, without its byte order mark.
///
/// # Errors
///
/// It is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, EncodingError> {
    let bytes = without_mark(bytes)?;
    std::str::from_utf8(bytes).map_err(|error| {
        let right = bytes.iter().take(error.valid_up_to());
        EncodingError::NotUtf8 { line: right.filter(|byte| **byte == b'\n').count() + 1 }
    })
}

/// A file's bytes without their byte order mark, whatever else they are.
///
/// # Errors
///
/// They are UTF-16.
pub fn without_mark(bytes: &[u8]) -> Result<&[u8], EncodingError> {
    match bytes {
        // Without a mark, the zero byte of the first character shows UTF-16.
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 1..=0xFF, ..] | [1..=0xFF, 0, ..] => {
            Err(EncodingError::Utf16)
        }
        _ => Ok(bytes.strip_prefix(MARK).unwrap_or(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_skipped_and_utf_16_is_called_so() {
        let utf16 = |text: &str, swap: bool| -> Vec<u8> {
            let bytes = |unit: u16| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        assert_eq!(decode("\u{FEFF}{\"é\": 1}\r\n".as_bytes()), Ok("{\"é\": 1}\r\n"));
        assert_eq!(decode(b""), Ok(""));
        assert_eq!(decode(b"{"), Ok("{"));
        for text in ["\u{FEFF}{}", "{}", "[[rule]]"] {
            assert_eq!(decode(&utf16(text, false)), Err(EncodingError::Utf16), "{text}");
            assert_eq!(decode(&utf16(text, true)), Err(EncodingError::Utf16), "{text}");
        }
        assert_eq!(decode(b"tea\n\ncaf\xE9"), Err(EncodingError::NotUtf8 { line: 3 }));
        assert_eq!(without_mark(b"\xEF\xBB\xBFcaf\xE9"), Ok(&b"caf\xE9"[..]));
    }
}
