//! What stands in the files of a kit: the project's own texts, true for a folder without the project.
//! `tests/template/test_kit.py` compares the template and the settings with the project's, member by member.

use std::collections::BTreeSet;
use std::fs;

use okta_simulator::doubles::root;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::support::{self, Ran};
use crate::{FILES, Place, checksum};

#[test]
fn nothing_in_a_kit_speaks_of_building_it() {
    let place = Place::new();
    place.kit();
    for (file, words) in [
        ("template.yaml", vec!["BuildMethod", "!Ref Architecture", "docs/runbook", "cargo", "rust"]),
        ("samconfig.toml", vec!["sam build &&", "Architecture", "build.parameters", "docs/runbook", "cargo"]),
        ("function/enrichment.toml", vec!["cargo"]),
    ] {
        let text = place.read(&format!("kit/{file}"));
        for word in words {
            assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{file} has `{word}`");
        }
    }
}

#[test]
fn sam_build_has_nothing_to_do_and_sam_deploy_never_takes_what_it_leaves() {
    let place = Place::new();
    place.kit();
    assert!(place.read("kit/template.yaml").contains("\n      SkipBuild: true "));
    let global = place.read("kit/samconfig.toml");
    let global = global.split("[default.global.parameters]").nth(1).unwrap().split("\n[").next().unwrap();
    assert!(global.contains("\ntemplate_file = \"template.yaml\"\n"), "{global}");
}

#[test]
fn the_policy_is_the_built_in_one_and_names_its_schema() {
    let place = Place::new();
    place.kit();
    let policy = place.read("kit/function/enrichment.toml");
    let (schema, rest) = policy.split_once('\n').unwrap();
    assert_eq!(rest, okta_request_enricher::policy::EMBEDDED.split_once('\n').unwrap().1);
    let named = schema.strip_prefix("#:schema ").unwrap();
    let schema = fs::read_to_string(place.path("kit/function").join(named)).unwrap();
    assert_eq!(schema, fs::read_to_string(root().join("enrichment.schema.json")).unwrap());
}

fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

#[test]
fn every_link_of_the_runbook_leads_to_a_heading_of_its_own() {
    let place = Place::new();
    place.kit();
    let (text, project) =
        (place.read("kit/runbook.md"), fs::read_to_string(root().join("docs/runbook.md")).unwrap());
    let parts = |text: &str| -> (Vec<String>, BTreeSet<String>) {
        let (mut links, mut headings, mut heading) = (Vec::new(), BTreeSet::new(), None);
        for event in Parser::new(text) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.to_string()),
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => headings.extend(heading.take().map(|text| slug(&text))),
                Event::Text(part) | Event::Code(part) => heading.iter_mut().for_each(|text| *text += &part),
                _ => {}
            }
        }
        (links, headings)
    };
    let ((links, headings), (all, theirs)) = (parts(&text), parts(&project));
    assert_eq!(headings, theirs);
    let own = |link: &&String| link.starts_with('#') || link.contains("://");
    assert_eq!(links, all.iter().filter(own).cloned().collect::<Vec<_>>());
    for link in links.iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(headings.contains(link), "#{link}");
    }
    // The alarms' texts lead there.
    for part in place.read("kit/template.yaml").split("${RunbookUrl}#").skip(1) {
        let anchor = part.split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap();
        assert!(headings.contains(anchor), "#{anchor}");
    }
    assert!(place.read("kit/template.yaml").contains("\n    Default: runbook.md\n"));
}

/// From the kit alone: the repository is not the working folder, and nothing is set but the policy's file.
#[test]
fn the_policy_is_checked_and_tried_from_the_kit_alone() {
    let place = Place::new();
    place.kit();
    let enricher = |arguments: &[&str]| -> Ran {
        let mut command = support::enricher();
        command.current_dir(place.path("kit")).env("ENRICHMENT_FILE", "function/enrichment.toml");
        command.args(arguments).output().unwrap().into()
    };
    let checked = enricher(&["check", "function/enrichment.toml"]);
    assert_eq!(checked.status, 0, "{}", checked.stdout);
    assert!(checked.stdout.starts_with("function/enrichment.toml: ok, 1 rule"), "{}", checked.stdout);
    let shown = enricher(&["replay", "events"]);
    assert_eq!(shown.status, 0, "{}", shown.stderr);
    assert_eq!(shown.stdout.matches("message posted to the simulator on").count(), 4, "{}", shown.stdout);

    let policy = place.read("kit/function/enrichment.toml");
    let changed = policy.replace(
        "\n  { name = \"title\", label = \"Title\" }",
        "\n  { name = \"title\", label = \"Position\" }",
    );
    assert_ne!(policy, changed, "the policy shows the title");
    place.write("kit/function/enrichment.toml", changed);
    let shown = enricher(&["replay", "events/access.request.create--v2.json"]);
    assert!(shown.stdout.contains("  | Position: "), "{}", shown.stdout);
}

#[test]
fn kit_json_has_the_checksum_of_each_file_that_an_upgrade_replaces() {
    let place = Place::new();
    place.kit();
    let manifest: serde_json::Value = serde_json::from_str(&place.read("kit/kit.json")).unwrap();
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["architecture"], "arm64");
    let files = manifest["files"].as_object().unwrap();
    let kept = [".gitignore", "function/enrichment.toml", "kit.json", "samconfig.toml"];
    let renewed: Vec<_> = FILES.into_iter().filter(|file| !kept.contains(file)).collect();
    assert_eq!(files.keys().collect::<Vec<_>>(), renewed);
    for (file, sum) in files {
        let content = fs::read(place.path("kit").join(file)).unwrap();
        assert_eq!(sum, &checksum(&content), "{file}");
    }
}

#[test]
fn what_is_secret_or_personal_and_what_deployments_leave_are_never_committed() {
    let place = Place::new();
    place.kit();
    let ignored = place.read("kit/.gitignore");
    for file in ["secret.json", ".aws-sam/", "packaged.yaml", "function.zip", "letters.json"] {
        assert!(ignored.lines().any(|line| line == file), "{file}");
    }
}

#[test]
fn the_documentation_lists_each_file_of_a_kit() {
    let page = fs::read_to_string(root().join("docs/commands.md")).unwrap();
    let table = page.split_once("| file of the kit |").unwrap().1;
    let rows = table.lines().skip(2).map_while(|line| line.strip_prefix("| `"));
    let documented: Vec<&str> = rows.map(|row| row.split('`').next().unwrap()).collect();
    let is_listed = |file: &str| documented.iter().any(|listed| file == *listed || is_below(listed, file));
    assert_eq!(FILES.into_iter().filter(|file| !is_listed(file)).collect::<Vec<_>>(), Vec::<&str>::new());
    let is_there = |listed: &&str| FILES.iter().any(|file| file == listed || is_below(listed, file));
    assert!(documented.iter().all(is_there), "{documented:?}");
}

fn is_below(folder: &str, file: &str) -> bool {
    folder.ends_with('/') && file.starts_with(folder)
}
