//! docs/policy.md: every key of the policy, section and template variable.

use okta_request_enricher::section::Source;
use okta_simulator::doubles::root;
use serde_json::Value;

use crate::page::page;
use crate::{Names, assert_same, names};

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
    let sections: Names = Source::ALL.iter().map(ToString::to_string).collect();
    assert_same("Sections", &names(policy.rows_of("section")), &sections);
    let facts = Source::ALL
        .iter()
        .flat_map(|source| source.facts().iter().map(move |name| format!("{source}.{name}")));
    let others =
        ["warnings", "sections", "as_of", "request.answers", "profile.attributes"].map(str::to_owned);
    assert_same("Templates", &names(policy.rows_of("variable")), &facts.chain(others).collect());
    let built_in = policy.blocks.iter().find(|block| block.language == "jinja").unwrap();
    let message = std::fs::read_to_string(root().join("src/message.rs")).unwrap();
    assert!(message.contains(built_in.text.trim()), "the built-in template is another");
}
