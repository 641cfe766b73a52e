//! Lenient reading of JSON that other programs wrote. A byte order mark is skipped. Half of a surrogate pair,
//! as a text has that was cut within an emoji, becomes U+FFFD, and so do bytes that are not UTF-8. Everything
//! else in the document is read as ever.
//!
//! RFC 8259, sections 8.1 and 8.2, lets a reader skip the mark, and leaves unpaired surrogates open.

mod object;
#[cfg(test)]
mod odd;
mod reading;

pub use self::object::{Lenient, Object};
#[cfg(test)]
pub(crate) use self::odd::odd_members;
pub use self::reading::{from_slice, from_str, readable};
