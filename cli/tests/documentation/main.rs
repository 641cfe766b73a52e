//! The documentation, compared with the program. Names are taken from where they are defined: the library,
//! `template.yaml`, the schema and `enricher --help`. A page may say more than these tests check; what it
//! names must exist.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commands;
mod development;
mod language;
mod links;
mod operations;
mod page;
mod picture;
mod policy;
mod program;
mod promises;
mod release;
mod security;
mod sentence;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod tests_there;
mod words;
mod world;

use std::collections::BTreeSet;

use page::Cell;

type Names = BTreeSet<String>;

/// The code in the first cells.
fn names<'a>(rows: impl IntoIterator<Item = &'a Vec<Cell>>) -> Names {
    rows.into_iter().flat_map(|row| row[0].codes.clone()).collect()
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Names {
    names.into_iter().map(str::to_owned).collect()
}

/// Both ways: what is documented is there, and what is there is documented.
fn assert_same(where_: &str, documented: &Names, there: &Names) {
    let missing: Vec<_> = there.difference(documented).collect();
    let stale: Vec<_> = documented.difference(there).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "{where_}: not documented: {missing:?}; not there: {stale:?}"
    );
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
