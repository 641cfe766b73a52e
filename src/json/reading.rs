//! Reads a document, and first repairs what a strict reader would refuse.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Replaces half of a surrogate pair. It has the length of the escape that it replaces, so the line and
/// column of a later error stay right.
const REPLACEMENT: &[u8] = br"\uFFFD";

/// Reads a document.
///
/// # Errors
///
/// serde's error. Its text may quote the document: use only its kind, line and column.
pub fn from_slice<T: DeserializeOwned>(document: &[u8]) -> Result<T, serde_json::Error> {
    let document = document.strip_prefix(BYTE_ORDER_MARK).unwrap_or(document);
    // Repairs take another pass over the document, and hardly any document needs them.
    serde_json::from_slice(document).or_else(|error| match mended(document) {
        Cow::Borrowed(_) => Err(error),
        Cow::Owned(mended) => serde_json::from_slice(&mended),
    })
}

/// Reads a document that stands in a text.
///
/// # Errors
///
/// Those of [`from_slice`].
pub fn from_str<T: DeserializeOwned>(document: &str) -> Result<T, serde_json::Error> {
    from_slice(document.as_bytes())
}

/// The document as text, without a byte order mark and without anything that a strict reader refuses.
#[must_use]
pub fn readable(document: &[u8]) -> Cow<'_, str> {
    let document = document.strip_prefix(BYTE_ORDER_MARK).unwrap_or(document);
    match mended(document) {
        Cow::Borrowed(_) => String::from_utf8_lossy(document),
        Cow::Owned(mended) => Cow::Owned(String::from_utf8_lossy(&mended).into_owned()),
    }
}

/// The document with every unpaired surrogate and every invalid byte replaced.
fn mended(document: &[u8]) -> Cow<'_, [u8]> {
    let document = match String::from_utf8_lossy(document) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    };
    let halves = unpaired(&document);
    if halves.is_empty() {
        return document;
    }
    let mut mended = document.into_owned();
    for at in halves {
        mended[at..at + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
    }
    Cow::Owned(mended)
}

/// Where the escapes of unpaired surrogates begin.
fn unpaired(document: &[u8]) -> Vec<usize> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = document[at..].iter().position(|byte| *byte == b'\\') {
        at += next;
        match surrogate(document, at) {
            Some(Half::First) if surrogate(document, at + 6) == Some(Half::Second) => at += 12,
            Some(_) => {
                found.push(at);
                at += 6;
            }
            // Skips the escaped character too: it may be a backslash.
            None => at = (at + 2).min(document.len()),
        }
    }
    found
}

#[derive(PartialEq)]
enum Half {
    First,
    Second,
}

/// The half of a surrogate pair whose escape, `\uD83D`, begins here.
fn surrogate(document: &[u8], at: usize) -> Option<Half> {
    let digits = document.get(at..at + 6)?.strip_prefix(br"\u")?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::First),
        0xDC00..=0xDFFF => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn half_a_pair_becomes_a_replacement_character_and_costs_nothing_else() {
        for (document, text) in [
            (r#"["a\ud83d"]"#, "a\u{FFFD}"),
            (r#"["\ud83d\u0041"]"#, "\u{FFFD}A"),
            (r#"["\ude00\ud83d"]"#, "\u{FFFD}\u{FFFD}"),
            (r#"["\ud83d\ud83d\ude00"]"#, "\u{FFFD}\u{1F600}"),
            (r#"["\\ud83d \uD83D\uDE00"]"#, "\\ud83d \u{1F600}"),
            (r#"["\\\ud83d\\"]"#, "\\\u{FFFD}\\"),
            (r#"["\ud83d\n\"\ud83d"]"#, "\u{FFFD}\n\"\u{FFFD}"),
        ] {
            assert_eq!(from_str::<Vec<String>>(document).expect(document), [text], "{document}");
        }
        let document = r#"{"\ud83d":1,"odd":"\udfff","kept":[true,null]}"#;
        let value: Value = from_str(document).unwrap();
        assert_eq!(value, serde_json::json!({"\u{FFFD}": 1, "odd": "\u{FFFD}", "kept": [true, null]}));
    }

    #[test]
    fn a_byte_order_mark_and_invalid_bytes_are_no_fault() {
        assert_eq!(from_slice::<Vec<u8>>(b"\xEF\xBB\xBF[1]").unwrap(), [1]);
        assert_eq!(
            from_slice::<Vec<String>>(b"[\"a\xFF\xED\xA0\xBDb\"]").unwrap(),
            ["a\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}b"]
        );
        assert_eq!(readable(b"\xEF\xBB\xBF\"\\ud83d\""), r#""\uFFFD""#);
    }

    #[test]
    fn a_fault_is_reported_where_it_stands() {
        let error = from_str::<Value>("[\"\\ud83d\",\n ?]").unwrap_err();
        assert_eq!((error.line(), error.column()), (2, 2));
        assert!(from_slice::<Value>(b"\xEF\xBB\xBF").unwrap_err().is_eof());
    }

    proptest::proptest! {
        #[test]
        fn a_document_that_a_strict_reader_takes_reads_the_same(document in r#"["\\\[\]{},:u0-9a-fD8 ]{0,40}"#) {
            if let Ok(strict) = serde_json::from_str::<Value>(&document) {
                assert_eq!(from_str::<Value>(&document).unwrap(), strict);
            }
        }
    }
}
