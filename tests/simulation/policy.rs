//! The policies that the seeds share: trying out a policy's templates takes longer than a day.

use std::cell::RefCell;
use std::collections::HashMap;

use okta_request_enricher::config::Config;

use super::oracle::dice::Dice;
use super::oracle::rules::Rule;

thread_local! {
    /// A policy with its parsed form, by its number.
    static CONFIGS: RefCell<HashMap<u64, (Rule, Config)>> = RefCell::default();
}

/// The policy of a seed; the first of all is the default one.
pub(super) fn policy(number: u64) -> (Rule, Config) {
    let made = CONFIGS.with_borrow(|known| known.get(&number).cloned());
    made.unwrap_or_else(|| {
        let mut dice = Dice::of_seed(number);
        // A policy that names a group by its id would mean the oracle's group, not a household's.
        let rule = loop {
            let rule = Rule::of_dice(&mut dice, false);
            if !rule.toml().contains("00gGroup") {
                break rule;
            }
        };
        let made = (rule.clone(), config((number > 0).then(|| others(number) + &rule.toml())));
        CONFIGS.with_borrow_mut(|known| known.insert(number, made.clone()));
        made
    })
}

/// Rules before the policy's own that match nobody and nothing: whoever takes one of them posts nothing.
fn others(number: u64) -> String {
    let rule = |what: &str| format!("[[rule]]\nname = \"other\"\nmessage = \"none\"\nmatch = {{ {what} }}\n");
    match number % 4 {
        0 => String::new(),
        1 => rule("request_types = [\"000000000000000000000000\"]"),
        2 => rule("attributes = { costCenter = [\"nowhere\"] }"),
        _ => rule("groups = [\"No such group\"]"),
    }
}

/// What a deployed function has in its environment, with this policy file.
pub(crate) fn config(policy: Option<String>) -> Config {
    let file = policy.map(|toml| okta_simulator::doubles::file(&toml));
    let config = Config::from_lookup(|name| {
        Some(match name {
            "OKTA_ORG_URL" => "https://acme.okta.com".to_owned(),
            "OKTA_SECRET_ID" => okta_simulator::doubles::SECRET_NAME.to_owned(),
            "LEDGER_TABLE" => okta_simulator::doubles::LEDGER_TABLE.to_owned(),
            "OUTCOME_BUS" => "outcomes".to_owned(),
            "AWS_REGION" => "us-east-1".to_owned(),
            "ENRICHMENT_FILE" => file.as_ref()?.path().display().to_string(),
            _ => return None,
        })
    });
    config.unwrap()
}
