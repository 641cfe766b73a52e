//! What a developer reads: which tests there are, and which Rust is needed.

use okta_simulator::doubles::root;

use crate::page::page;
use crate::{Names, assert_same, names};

/// What several tests share.
const SHARED: [&str; 2] = ["keys", "support"];

#[test]
fn every_folder_of_tests_is_in_the_table() {
    let contributing = page("CONTRIBUTING.md");
    let table = contributing.tables.iter().find(|table| table.header == "folder").unwrap();
    let last = |path: &String| path.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
    let documented: Names = names(&table.rows).iter().map(last).collect();
    let entries =
        ["tests", "cli/tests", "simulator/tests"].map(|folder| root().join(folder).read_dir().unwrap());
    let there = entries.into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_same(
        "CONTRIBUTING.md, folder",
        &documented,
        &there.filter(|name| !SHARED.contains(&&**name)).collect(),
    );
}

#[test]
fn the_guide_names_the_oldest_rust_that_will_do() {
    let guide = &page("docs/deploy.md").text;
    let version = env!("CARGO_PKG_RUST_VERSION");
    for said in [format!("Rust {version} or later"), format!("(https://rustup.rs), {version} or later")] {
        assert!(guide.contains(&said), "docs/deploy.md does not say `{said}`");
    }
}
