//! Lenient reading of JSON that other programs wrote. A byte order mark is skipped. Half of a surrogate pair
//! becomes U+FFFD: a text has one if it was cut within an emoji. Bytes that are not UTF-8 become U+FFFD, too.
//! Everything else in the document is read as usual.
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
