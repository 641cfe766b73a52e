//! The [`Reader`] takes values out of a policy file's TOML, and reports each that has the wrong kind or name, with
//! its place and what to write instead. It knows what a key is called and looks like, not what it means.

mod heading;
mod keys;
mod kind;
mod kinds;
mod mended;
mod syntax;
mod table;
mod unknown;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

pub(super) use self::keys::Keys;
pub(super) use self::kind::attribute_named;
pub(super) use self::mended::Mended;
use self::syntax::{SyntaxErrors, SyntaxFaults};
pub(super) use self::table::{Table, Value};
use super::fault::{MOST_FAULTS, PolicyFault};

/// A file being read.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    mended: &'a Mended<'a>,
    faults: Vec<PolicyFault>,
    /// The lines with faults of the TOML.
    broken: Vec<usize>,
    /// Whether the TOML has faults of its own, so that something may be missing from what was read.
    is_incomplete: bool,
    /// From here on nothing was read, since something before it is not closed.
    end: usize,
}

impl<'a> Reader<'a> {
    /// Reads the TOML of a file. What can't be read is reported and left out.
    pub(super) fn parse(mended: &'a Mended<'a>) -> (Spanned<DeTable<'a>>, Reader<'a>) {
        let (table, errors) = match syntax::other_language(&mended.text) {
            Some(fault) => {
                let faults = SyntaxFaults { faults: vec![fault], end: 0 };
                return (Spanned::new(0..0, DeTable::new()), Reader::behind(mended, faults));
            }
            None => DeTable::parse_recoverable(&mended.text),
        };
        let faults = SyntaxErrors::of(&mended.text, table.get_ref(), &errors).faults();
        (table, Reader::behind(mended, faults))
    }

    fn behind(mended: &'a Mended<'a>, SyntaxFaults { faults, end }: SyntaxFaults) -> Reader<'a> {
        let broken = faults.iter().map(|fault| fault.line).collect();
        let is_incomplete = !(faults.is_empty() && mended.faults.is_empty());
        Reader { text: &mended.text, mended, faults, broken, is_incomplete, end }
    }

    /// The faults, by their places.
    pub(super) fn faults(self) -> Vec<PolicyFault> {
        let restored = self.faults.into_iter().map(|fault| self.mended.restored(fault));
        let mut faults: Vec<_> = self.mended.faults.iter().cloned().chain(restored).collect();
        faults.sort_by_key(|fault| fault.place.start);
        faults.dedup_by(|later, earlier| later.place == earlier.place && later.cause == earlier.cause);
        faults
    }

    /// How many faults there are so far.
    pub(super) fn count(&self) -> usize {
        self.faults.len()
    }

    /// Whether something may be missing from what was read.
    pub(super) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Reports a fault.
    pub(super) fn fault(&mut self, place: Range<usize>, cause: &str, remedy: &str) {
        if self.has_room() {
            let fault = PolicyFault::new(self.text, place, cause, remedy);
            self.add(fault);
        }
    }

    /// Reports a fault with what to write at its place.
    pub(super) fn replace(&mut self, place: Range<usize>, cause: &str, remedy: &str, instead: String) {
        if self.has_room() {
            let fault = PolicyFault::new(self.text, place, cause, remedy).instead(instead);
            self.add(fault);
        }
    }

    fn has_room(&self) -> bool {
        self.faults.len() < MOST_FAULTS
    }

    fn add(&mut self, fault: PolicyFault) {
        // What else is wrong on a line with a fault of the TOML may be its consequence.
        let is_consequence = fault.place.start >= self.end || self.broken.contains(&fault.line);
        if !is_consequence {
            self.faults.push(fault);
        }
    }

    /// Reports what is missing from a table, unless a fault of the TOML may have hidden it.
    pub(super) fn missing(&mut self, place: Range<usize>, cause: &str, remedy: &str) {
        if !self.is_incomplete {
            self.fault(place, cause, remedy);
        }
    }

    /// The value of a key, also if the key is misspelt: its own faults are reported all the same.
    pub(super) fn value<'t>(&self, table: &Table<'t>, keys: &Keys, key: &str) -> Option<&'t Value<'t>> {
        // The parser gives a value without a place where it could read none.
        keys.find(table, key).filter(|value| !(self.is_incomplete && value.span() == (0..0)))
    }

    /// The text of the file at a place.
    pub(super) fn source(&self, place: Range<usize>) -> &'a str {
        self.text.get(place).unwrap_or_default()
    }

    /// A text; `None` if the key is absent or wrong.
    pub(super) fn text<'t>(
        &mut self,
        table: &Table<'t>,
        keys: &Keys,
        key: &str,
    ) -> Option<Spanned<&'t DeString<'t>>> {
        let value = self.value(table, keys, key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(Spanned::new(value.span(), text));
        }
        self.report_no_text(value, &quoted(key), keys.example(key));
        None
    }

    /// Reports a key that is not there, unless it is there with another spelling.
    pub(super) fn required(&mut self, table: &Table<'_>, keys: &Keys, key: &str) {
        if keys.find(table, key).is_none() {
            let cause = format!("{} has no `{key}`", keys.whose);
            self.missing(table.place.clone(), &cause, &format!("add `{key} = {}`", keys.example(key)));
        }
    }

    /// A text that must be there. If it is not, its table's kind stands for it.
    pub(super) fn required_text(&mut self, table: &Table<'_>, keys: &Keys, key: &str) -> Spanned<String> {
        self.required(table, keys, key);
        let text = self.text(table, keys, key);
        text.map_or_else(
            || Spanned::new(table.place_of(key), keys.whose.trim_start_matches("the ").to_owned()),
            |text| Spanned::new(text.span(), text.get_ref().to_string()),
        )
    }

    /// A list of texts; empty if the key is absent.
    pub(super) fn texts(&mut self, table: &Table<'_>, keys: &Keys, key: &str) -> Vec<Spanned<String>> {
        let Some(list) = self.list(table, keys, key) else { return Vec::new() };
        self.texts_of(list, key, keys.example_entry(key))
    }

    /// The texts of a list.
    pub(super) fn texts_of(&mut self, list: &DeArray<'_>, key: &str, example: &str) -> Vec<Spanned<String>> {
        let mut texts = Vec::new();
        for entry in list {
            match entry.get_ref() {
                DeValue::String(text) => texts.push(Spanned::new(entry.span(), text.to_string())),
                _ => self.report_no_text(entry, &entry_of(key), example),
            }
        }
        texts
    }

    /// A list; `None` if the key is absent or wrong.
    pub(super) fn list<'t>(&mut self, table: &Table<'t>, keys: &Keys, key: &str) -> Option<&'t DeArray<'t>> {
        let value = self.value(table, keys, key)?;
        if let DeValue::Array(list) = value.get_ref() {
            return Some(list);
        }
        self.report_no_list(value, &quoted(key), keys.example(key));
        None
    }

    /// `true` or `false`; `None` if the key is absent or wrong.
    pub(super) fn flag(&mut self, table: &Table<'_>, keys: &Keys, key: &str) -> Option<bool> {
        let value = self.value(table, keys, key)?;
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Some(*flag);
        }
        self.report_no_flag(value, &quoted(key));
        None
    }

    /// One of some values; `None` if the key is absent or wrong.
    pub(super) fn choice<T: Copy>(
        &mut self,
        table: &Table<'_>,
        keys: &Keys,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.value(table, keys, key)?;
        match value.get_ref() {
            DeValue::String(text) => self.choose(&Spanned::new(value.span(), text.to_string()), key, choices),
            other => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                self.report_no_choice(value.span(), kind::kind(other), key, &names);
                None
            }
        }
    }

    /// The value that a text names.
    pub(super) fn choose<T: Copy>(
        &mut self,
        text: &Spanned<String>,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        if let Some((_, choice)) = choices.iter().find(|(name, _)| name == text.get_ref()) {
            return Some(*choice);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.report_no_choice(text.span(), &format!("\"{}\"", text.get_ref()), key, &names);
        None
    }

    /// A table; `None` if the key is absent or wrong.
    pub(super) fn table<'t>(&mut self, table: &Table<'t>, keys: &Keys, key: &str) -> Option<Table<'t>> {
        let value = self.value(table, keys, key)?;
        if let DeValue::Table(keys) = value.get_ref() {
            return Some(Table { keys, place: value.span() });
        }
        self.report_no_table(value, &quoted(key), keys.example(key));
        None
    }

    /// The tables of a list; empty if the key is absent.
    pub(super) fn tables<'t>(&mut self, table: &Table<'t>, keys: &Keys, key: &str) -> Vec<Table<'t>> {
        let Some(value) = self.value(table, keys, key) else { return Vec::new() };
        let list = match value.get_ref() {
            DeValue::Array(list) => list,
            // What is in it is read all the same, to report all its faults.
            DeValue::Table(table) => {
                self.report_one_table(value, key, keys.example(key));
                let is_one = self.source(value.span()).starts_with(['[', '{']);
                return is_one.then(|| Table { keys: table, place: value.span() }).into_iter().collect();
            }
            _ => {
                self.report_no_list(value, &quoted(key), keys.example(key));
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for entry in list {
            match entry.get_ref() {
                DeValue::Table(keys) => tables.push(Table { keys, place: entry.span() }),
                _ => self.report_no_table(entry, &entry_of(key), keys.example_entry(key)),
            }
        }
        tables
    }
}

/// A key, for the reader of an error.
fn quoted(key: &str) -> String {
    format!("`{key}`")
}

fn entry_of(key: &str) -> String {
    format!("an entry of `{key}`")
}
