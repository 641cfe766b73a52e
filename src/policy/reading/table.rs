//! [`Table`]: a table of a policy file, with its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value in the file.
pub(in crate::policy) type Value<'a> = Spanned<DeValue<'a>>;

/// A table in the file: its keys, and its place.
#[derive(Clone)]
pub(in crate::policy) struct Table<'t> {
    pub(in crate::policy) keys: &'t DeTable<'t>,
    /// Its heading, its braces, or its first key.
    pub(in crate::policy) place: Range<usize>,
}

impl<'t> Table<'t> {
    /// The value of a key.
    pub(in crate::policy) fn get(&self, key: &str) -> Option<&'t Value<'t>> {
        self.keys.get(key)
    }

    /// Where a key stands; else where the table stands.
    pub(in crate::policy) fn place_of(&self, key: &str) -> Range<usize> {
        self.keys.get_key_value(key).map_or_else(|| self.place.clone(), |(key, _)| key.span())
    }
}
