//! docs/world.md: the files of a world, and the members that each record must have.

use crate::page::{Cell, page};
use crate::program::enricher;
use crate::{Names, assert_same, names, owned};

fn files() -> Vec<&'static Vec<Cell>> {
    page("docs/world.md").rows_of("file")
}

/// What the program says of a world with this file alone.
fn said_of(file: &str, contents: &str) -> String {
    let world = tempfile::tempdir().unwrap();
    std::fs::write(world.path().join(file), contents).unwrap();
    let world = world.path().to_str().unwrap();
    enricher(&["replay", "--world", world, "events/access.request.create--v2.json"]).stderr
}

#[test]
fn every_file_of_a_world_is_documented() {
    let said = said_of("wrong.json", "[]");
    let listed = said.split_once("; it has ").unwrap().1.lines().next().unwrap();
    assert_same("docs/world.md, files", &names(files()), &owned(listed.split(", ")));
}

#[test]
fn every_member_that_a_record_must_have_is_documented() {
    let rows = files().into_iter().filter(|row| !row[2].codes.is_empty());
    let mut looked_at = 0;
    for row in rows {
        // A request of API v2 is known by its id.
        let records =
            if row[0].text == "requests.json" { r#"[{}, {"id": "req4v8TqYbNc2LmX9dRk"}]"# } else { "[{}]" };
        let said = said_of(&row[0].text, records);
        let missing: Names =
            owned(said.split(" has no `").skip(1).map(|rest| rest.split('`').next().unwrap()));
        let is_inner = |name: &&String| !missing.iter().any(|other| other.starts_with(&format!("{name}.")));
        let there = missing.iter().filter(is_inner).cloned().collect();
        assert_same(&row[0].text, &row[2].codes.iter().cloned().collect(), &there);
        looked_at += 1;
    }
    assert!(looked_at >= 10, "the table lists what records must have");
}
