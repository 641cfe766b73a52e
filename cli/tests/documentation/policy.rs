//! docs/policy.md: every key of the policy, section, warning, check and template variable.

use okta_request_enricher::policy::Policy;
use okta_request_enricher::section::{CheckKind, Source, WarningKind};
use okta_request_enricher::words::Term;
use okta_simulator::doubles::root;
use serde_json::Value;

use crate::page::page;
use crate::{Names, assert_same, names, owned};

#[test]
fn every_key_of_the_policy_is_documented() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("enrichment.schema.json")).unwrap())
            .unwrap();
    let keys = |of: &str| -> Names {
        schema["$defs"][of]["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let policy = page("docs/policy.md");
    for (header, of) in [
        ("key of a rule", "Rule"),
        ("key of match", "Match"),
        ("key of on_behalf", "OnBehalf"),
        ("key of a toxic combination", "ToxicCombination"),
        ("key of a side, and of relevant", "Items"),
    ] {
        assert_same(header, &names(policy.rows_of(header)), &keys(of));
    }
}

/// The first tables say what each section shows and checks, the last one what it calls.
#[test]
fn every_section_is_documented() {
    let sections = owned(Source::ALL.iter().map(|source| source.name()));
    let tables = page("docs/policy.md").tables.iter().filter(|table| table.header == "section");
    let tables: Vec<_> = tables.map(|table| names(&table.rows)).collect();
    let (calls, facts) = tables.split_last().unwrap();
    assert_same("Calls of sections", calls, &sections);
    assert_same("Sections", &facts.iter().flatten().cloned().collect(), &sections);
}

/// Each kind in the order of a message, by its name in log lines.
#[test]
fn every_kind_of_warning_is_documented_in_order() {
    let rows = page("docs/policy.md").rows_of("the message says");
    let mut documented: Vec<_> = rows.iter().flat_map(|row| row[1].codes.clone()).collect();
    documented.dedup();
    let there: Vec<_> = WarningKind::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    assert_eq!(documented, there);
}

#[test]
fn every_check_is_documented_with_its_name_in_messages() {
    let rows = page("docs/policy.md").rows_of("check");
    let there = owned(CheckKind::ALL.iter().map(|kind| kind.name()));
    assert_same("Checks", &names(rows.clone()), &there);
    for row in rows {
        for name in &row[1].codes {
            let said = Term::ALL.iter().any(|term| term.english().contains(&name.as_str()));
            assert!(said, "no message calls a check `{name}`");
        }
    }
}

/// One row for each word, in the program's order: key, English texts, places.
#[test]
fn every_word_that_a_policy_may_replace_is_documented() {
    let documented: Vec<[Vec<String>; 3]> = page("docs/policy.md")
        .rows_of("word")
        .into_iter()
        .map(|row| [0, 1, 2].map(|at| row[at].codes.clone()))
        .collect();
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let there: Vec<[Vec<String>; 3]> = Term::ALL
        .iter()
        .map(|word| [owned(&[word.key()]), owned(word.english()), owned(word.places())])
        .collect();
    let cell = |texts: &[&str]| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" ");
    let table = Term::ALL
        .iter()
        .map(|word| format!("| `{}` | {} | {} |\n", word.key(), cell(word.english()), cell(word.places())))
        .collect::<Vec<_>>()
        .concat();
    assert!(documented == there, "docs/policy.md, \"Words\" needs these rows:\n{table}");
}

fn variables() -> Names {
    names(page("docs/policy.md").rows_of("variable"))
}

#[test]
fn every_variable_of_a_template_is_documented() {
    let facts = Source::ALL
        .iter()
        .flat_map(|source| source.facts().iter().map(move |name| format!("{source}.{name}")));
    let others = [
        "headline",
        "warnings",
        "warning_lines",
        "more_warnings",
        "words.warning",
        "people",
        "sections",
        "answers_note",
        "checks",
        "provenance",
        "as_of",
        "request.asked_by",
        "request.answers",
        "profile.name",
        "profile.attributes",
    ];
    let others = others.map(str::to_owned);
    assert_same("Templates", &variables(), &facts.chain(others).collect());
}

/// `check` tries the template on requests of every kind, with each fact missing.
#[test]
fn a_template_may_name_every_documented_variable() {
    let sections: Vec<_> = Source::ALL.iter().map(|source| format!("\"{source}\"")).collect();
    let lines: Vec<_> = variables().iter().map(|name| format!("{{{{ {name} }}}}")).collect();
    let template = lines.join("\n");
    let policy =
        format!("[[rule]]\nname = \"a\"\nsections = [{}]\ntemplate = {template:?}\n", sections.join(", "));
    Policy::check(&policy).unwrap_or_else(|faults| panic!("{faults:?}\n{policy}"));
}

#[test]
fn the_built_in_template_is_quoted_as_it_is() {
    let policy = page("docs/policy.md");
    let built_in = policy.blocks.iter().find(|block| block.language == "jinja").unwrap().text.trim();
    let message = std::fs::read_to_string(root().join("src/message.rs")).unwrap();
    assert!(message.contains(&format!("\"\\\n{built_in}\";")), "the built-in template is another");

    let file = std::fs::read_to_string(root().join("enrichment.toml")).unwrap();
    let comment: Vec<_> = file.lines().filter_map(|line| line.strip_prefix('#').map(str::trim)).collect();
    assert!(comment.join("\n").contains(built_in), "enrichment.toml quotes another template");
}
