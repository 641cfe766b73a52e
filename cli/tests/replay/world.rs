//! `--world`: the org of a folder in the simulator.

use std::path::Path;

use okta_simulator::doubles::root;

use super::{Command, enricher, stderr, stdout};

const WORLD: &str = "examples/world";

fn replay(world: &Path) -> Command {
    let mut command = enricher();
    command.args(["replay", "--world"]).arg(world).arg("examples/world/events");
    command
}

/// A copy of the example, in which these files are others.
fn changed(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join(WORLD)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn of_example(name: &str) -> String {
    std::fs::read_to_string(root().join(WORLD).join(name)).unwrap()
}

#[test]
fn the_simulator_has_the_people_and_things_of_the_folder() {
    let shown = stdout(&mut replay(Path::new(WORLD)), 0);
    for says in [
        "  | 1 to look at: Ledger Postings, Ledger, 30 days\n",
        "  | WARNING: conflict with “Post and release” (Ledger)",
        "  | For: Inês Costa (ines.costa@example.com)\n",
        "  | Manager: Tomas Berg (tomas.berg@example.com)\n",
        "  | Contains: Role (POST, REVERSE)\n",
        "  | “Why?”: “I stand in for Inês.”\n",
        "message posted to the simulator on req5ledgerpost000001 [rule every-request, 9 calls to Okta]\n",
        "message posted to the simulator on 68b0a1576dd8db837f5e0001 [rule every-request, ",
    ] {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    assert!(!shown.contains("incomplete"), "{shown}");
}

#[test]
fn memberships_and_assignments_are_what_the_access_section_sees() {
    let member = r#"{"00u5tomas0berg000g5": ["00g5payroll0view0g5"]}"#;
    let app = r#"[{"label": "Ledger", "appName": "acme_ledger", "appInstanceId": "0oa5ledgerapp000g5"}]"#;
    let group =
        r#"[{"id": "00g5payroll0view0g5", "type": "OKTA_GROUP", "profile": {"name": "Payroll Viewers"}}]"#;
    let before = stdout(&mut replay(changed(&[]).path()), 0);
    assert!(!before.contains("already"), "{before}");
    let as_map = changed(&[("memberships.json", member)]);
    // Replies saved as they come: one a person, in a folder.
    let as_replies = changed(&[
        ("memberships.json", "{}"),
        ("memberships/00u5tomas0berg000g5.json", group),
        ("assignments/00u5tomas0berg000g5.json", app),
    ]);
    for world in [as_map, as_replies] {
        let shown = stdout(&mut replay(world.path()), 0);
        assert!(shown.contains("WARNING: already a member of this group"), "{shown}");
    }
}

#[test]
fn replies_of_okta_are_taken_as_they_come() {
    let users: Vec<serde_json::Value> = serde_json::from_str(&of_example("users.json")).unwrap();
    let pages = format!("[{}]\n[{}]\n[{}]", users[0], users[1], users[0]);
    let groups = of_example("groups.json").replace("\"type\"", "\"unknown\": {\"x\": [1]}, \"type\"");
    let request = of_example("requests.json");
    let requests: serde_json::Value = serde_json::from_str(&request).unwrap();
    let world = changed(&[
        ("users.json", &format!("\u{feff}{pages}")),
        ("groups.json", &groups),
        ("requests.json", &requests["data"][0].to_string()),
        ("requests/v1.json", &requests["data"][1].to_string()),
        ("README.txt", "no data"),
    ]);
    assert!(stdout(&mut replay(world.path()), 0).contains("For: Inês Costa"));
}

#[test]
fn every_fault_is_named_with_its_line_and_what_to_write() {
    let example = |name: &str, old: &str, new: &str| {
        let text = of_example(name);
        assert!(text.contains(old), "{name}: {old}");
        text.replacen(old, new, 1)
    };
    for (name, text, says) in [
        ("users.json", "[{\n  \"id\": ".to_owned(), ":2: it is not JSON: it ends too early at column 8"),
        ("users.json", "[\n7]".to_owned(), ":2: here must stand the user as a JSON object"),
        ("users.json", r#"{"errorCode": "E0000011", "errorSummary": "Invalid token"}"#.to_owned(), ":1: this is an error of Okta (E0000011), not the user"),
        ("users.json", example("users.json", "\"id\": \"00u5ines0costa0000g5\",", ""), ":2: the user has no `id`"),
        ("users.json", example("users.json", "\"00u5ines0costa0000g5\"", "\"ines\""), ":3: the id of the user is not usable; write 00u and letters or digits"),
        ("users.json", example("users.json", "\"login\": \"ines.costa@example.com\",", ""), ":2: the user has no `profile.login`; write a text"),
        ("users.json", example("users.json", "\"ACTIVE\"", "\"ACTVE\""), ":4: `status` is not usable; write one of ACTIVE, DEPROVISIONED"),
        ("users.json", example("users.json", "2024-05-02T08:00:00.000Z", "yesterday"), ":5: `created` is not usable; write a time, such as"),
        ("users.json", example("users.json", "\"managerId\": \"00u5tomas0berg000g5\"", "\"managerId\": \"00u5nobody00000000g5\""), ":16: `profile.managerId` names the user `00u5nobody00000000g5`, which this world does not have; add it to users.json (GET /api/v1/users/00u5nobody00000000g5)"),
        ("users.json", format!("{}[{{\"id\": \"00u5tomas0berg000g5\", \"profile\": {{\"login\": \"t\"}}}}]", of_example("users.json")), "the user `00u5tomas0berg000g5` is here a second time, with other members; the first is at "),
        ("groups.json", "{\"id\": \"00g5everyone00000g5\", \"profile\": \"x\"}".to_owned(), ":1: `profile` is not usable; write a JSON object"),
        ("apps.json", "[]".to_owned(), "names the app `0oa5ledgerapp000g5`, which this world does not have; add it to apps.json"),
        ("requests.json", example("requests.json", "req5ledgerpost000001", "req5"), ":4: the id of the request is not usable; write 24 hexadecimal digits in lower case, or req and 17"),
        ("requests.json", example("requests.json", "\"PENDING\"", "\"OPEN\""), ":5: `status` is not usable; write one of SUBMITTED"),
        ("requests.json", example("requests.json", "\"requesterUserIds\": [\"00u5tomas0berg000g5\"]", "\"requesterUserIds\": [\"00u5nobody00000000g5\"]"), "`requesterUserIds.*` names the user `00u5nobody00000000g5`"),
        ("requests.json", example("requests.json", "68df878eddd64307621e0001", "68df878eddd64307621e0009"), "`requestTypeId` names the request type `68df878eddd64307621e0009`, which this world does not have; add it to request_types.json"),
        ("memberships.json", "[]".to_owned(), ":1: it is no JSON object; write { \"00u…\": [\"00g…\"] }"),
        ("memberships.json", "{\n\"00u5ines0costa0000g5\": [\n\"00g5nothing00000000\"]}".to_owned(), ":3: `00u5ines0costa0000g5` names the group `00g5nothing00000000`"),
        ("memberships.json", "{\"00u5nobody00000000g5\": []}".to_owned(), ":1: `memberships` names the user `00u5nobody00000000g5`"),
        ("assignments.json", "{\"00u5ines0costa0000g5\": [7]}".to_owned(), "an element is neither an id nor a record of GET /api/v1/users/{id}/appLinks"),
        ("assignments.json", "{\"00u5ines0costa0000g5\": 7}".to_owned(), "here must stand a list, [\"0oa…\"]"),
        ("entitlement_grants.json", "{\"id\": \"gra1\", \"entitlementBundleId\": \"enb5nothing00000\", \"targetPrincipal\": {\"externalId\": \"00u5ines0costa0000g5\"}}".to_owned(), "`entitlementBundleId` names the bundle `enb5nothing00000`"),
        ("resource_labels.json", "{\"data\": [{\"orn\": \"orn:okta:idp:00oOther:apps:x:0oa5ledgerapp000g5\", \"labels\": []}]}".to_owned(), "`orn` names another org than `00o1acmeOrg000000sim`; save GET /.well-known/okta-organization as organization.json"),
        ("user.json", "[]".to_owned(), "user.json: a world has no file of this name; did you mean `users.json`?"),
        ("people.json", "[]".to_owned(), "people.json: a world has no file of this name; it has users.json, groups.json"),
    ] {
        let world = changed(&[(name, &text)]);
        let told = stderr(&mut replay(world.path()), 2);
        let own: Vec<_> = told.lines().filter(|line| line.contains(says)).collect();
        assert!(!own.is_empty() && own[0].starts_with("error: "), "{name}: {says}\n{told}");
        let last = told.lines().last().unwrap();
        assert!(last.starts_with("error: the world in `") && last.contains("fault"), "{told}");
    }
}

#[test]
fn all_faults_come_at_once() {
    let text = of_example("requests.json").replace("00u5ines0costa0000g5", "00u5nobody00000000g5");
    let told = stderr(&mut replay(changed(&[("requests.json", &text), ("user.json", "[]")]).path()), 2);
    assert_eq!(told.matches("names the user `00u5nobody00000000g5`").count(), 2, "{told}");
    assert!(told.contains("requests.json:8: `requestedBy.externalId`"), "{told}");
    assert!(told.contains("requests.json:9: `requestedFor.externalId`"), "{told}");
    assert!(told.ends_with("has 3 faults; docs/world.md describes its files\n"), "{told}");
}

#[test]
fn a_file_that_is_not_json_is_not_blamed_on_the_others() {
    let told = stderr(&mut replay(changed(&[("users.json", "PK")]).path()), 2);
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.contains("users.json:1: it is not JSON: a syntax error at column 1"), "{told}");
}

#[test]
fn a_folder_without_a_world_is_said() {
    let empty = tempfile::tempdir().unwrap();
    let told = stderr(&mut replay(empty.path()), 2);
    assert!(told.contains("it has no file of a world; it needs users.json"), "{told}");
    let told = stderr(&mut replay(Path::new("no-such-folder")), 2);
    assert!(told.contains("failed to read the world `no-such-folder`: "), "{told}");
    let shown =
        stdout(enricher().args(["replay", "--world", WORLD, "events/access.request.create--v2.json"]), 1);
    assert!(shown.contains("note: the simulator has no request req16zRXf4PBGnr7o18A"), "{shown}");
    assert!(shown.contains("add it to the world in examples/world"), "{shown}");
}
