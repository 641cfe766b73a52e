//! Untrusted text that stands within the program's own words.

use super::neutral::neutralise;
use super::words::utf16_len;

/// Neutralises a text, and shortens it to at most `limit` UTF-16 units; `…` marks a cut.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> String {
    let mut chars = limit;
    loop {
        let safe = neutralise(text, chars);
        let excess = utf16_len(&safe).saturating_sub(limit);
        if excess == 0 || chars == 0 {
            return safe;
        }
        chars = chars.saturating_sub(excess.div_ceil(2));
    }
}

/// The same in quotation marks. Those in the text can't end it.
#[must_use]
pub fn quoted(text: &str, limit: usize) -> String {
    in_quotes(&shortened(text, limit))
}

/// A neutralised text in quotation marks; those in the text become apostrophes.
pub(super) fn in_quotes(safe: &str) -> String {
    let is_quote = |c: char| {
        matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '〝' | '〞' | '〟' | '＂' | '❝' | '❞')
    };
    format!("“{}”", safe.replace(is_quote, "'"))
}
