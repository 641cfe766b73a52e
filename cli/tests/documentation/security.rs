//! SECURITY.md: every call to Okta and permission of the role. docs/deploy.md: every scope and admin role, what
//! each is for, and which are optional.

use okta_request_enricher::enrichment;
use okta_request_enricher::okta::endpoint::{self, Endpoint};
use okta_request_enricher::policy::Policy;
use okta_request_enricher::section::Source;
use okta_simulator::doubles::root;

use crate::page::{files_below, page};
use crate::program::TEMPLATE;
use crate::{Names, assert_same, names, owned};

#[test]
fn every_call_and_permission_is_documented() {
    let scope = |endpoint: &Endpoint| endpoint.scope().unwrap_or_default();
    let calls =
        Endpoint::ALL.iter().map(|call| format!("{} {} {}", call.method(), call.template(), scope(call)));
    let security = page("SECURITY.md");
    let documented =
        security.rows_of("call").iter().map(|row| format!("{} {}", row[0].text, row[1].text)).collect();
    assert_same("SECURITY.md, calls", &documented, &calls.collect());

    let statements = TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("- PolicyName: "));
    let statements: Names = statements
        .chain(TEMPLATE.lines().filter_map(|line| line.trim().strip_prefix("PolicyName: ")))
        .map(str::to_owned)
        .collect();
    assert_same("SECURITY.md, statements", &names(security.rows_of("statement")), &statements);
    for row in security.rows_of("statement") {
        let actions = row[1].codes.iter().chain(&row[2].codes).filter(|code| code.contains(':'));
        for action in actions {
            assert!(TEMPLATE.contains(action.as_str()), "the role has no `{action}`");
        }
    }
}

/// The whole code that is deployed: a path of Okta's API stands in the table of calls alone, and the question
/// about the org beside it.
#[test]
fn a_path_is_made_in_one_place() {
    const PLACES: [&str; 2] = ["src/okta/endpoint.rs", "src/okta/organization.rs"];
    const PATHS: [&str; 5] = ["\"/api/", "\"/governance/", "\"/oauth2/", "\"/.well-known/", "\"/v1/"];
    let with_paths = files_below(&root().join("src"), "rs").into_iter().filter(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        PATHS.iter().any(|path| text.contains(path))
    });
    let with_paths: Names =
        with_paths.map(|file| file.strip_prefix(root()).unwrap().display().to_string()).collect();
    assert_same("where a path begins", &owned(PLACES), &with_paths);
}

/// Whether a call belongs into a table of rights.
type Has = fn(Endpoint) -> bool;

/// The tables of rights: the calls of a message, the optional ones, and those of `enricher check` alone. Each row
/// has the scope and the role of its call, and the sections that make it.
#[test]
fn every_right_is_documented_with_what_it_is_for() {
    let deploy = page("docs/deploy.md");
    let tables: [(&str, Has); 3] = [
        ("call", |call| !call.is_optional()),
        ("optional call", |call| call.is_optional() && !call.is_of_check()),
        ("call of check", Endpoint::is_of_check),
    ];
    for (header, has) in tables {
        let documented: Names = deploy
            .rows_of(header)
            .iter()
            .map(|row| {
                let cells = [&row[0].text, &row[1].text, &row[2].text].map(String::as_str);
                format!("{}: {}", cells.join(" | "), row[3].codes.join(" "))
            })
            .collect();
        let calls = Endpoint::ALL.iter().filter(|call| has(**call));
        let there = calls.filter_map(|call| {
            let (scope, role) = (call.scope()?, call.role()?.name());
            Some(format!("{} {} | {scope} | {role}: {}", call.method(), call.template(), sections_of(*call)))
        });
        assert_same(&format!("docs/deploy.md, {header}"), &documented, &there.collect());
    }
    let every_message =
        deploy.rows_of("call").into_iter().filter(|row| row[3].text.starts_with("every message"));
    let always = Endpoint::ALL.iter().filter(|call| Source::ALL.iter().all(|source| makes(*source, **call)));
    let always = always.map(|call| format!("{} {}", call.method(), call.template()));
    assert_same("docs/deploy.md, every message", &names(every_message), &always.collect());
}

/// The steps of docs/deploy.md ask for the least scopes, no more and no less, and the README says how many.
#[test]
fn no_more_scopes_are_asked_for_than_a_deployment_needs() {
    const NUMBERS: [&str; 9] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];
    let needed: Vec<_> = Endpoint::ALL.iter().copied().filter(|call| !call.is_optional()).collect();
    let scopes: Names = endpoint::scopes(&needed).into_iter().map(str::to_owned).collect();
    // The step lists the scopes without a break; later ones belong to a table.
    let codes = page("docs/deploy.md").codes.iter().map(|(_, code)| code);
    let step = codes.skip_while(|code| !code.starts_with("okta."));
    let step = step.take_while(|code| code.starts_with("okta."));
    assert_same("docs/deploy.md", &step.cloned().collect(), &scopes);

    let readme = page("README.md");
    assert!(!readme.codes.iter().any(|(_, code)| scopes.contains(code)), "docs/deploy.md lists the scopes");
    let mut numbers = readme.text.split(" scopes").map(|before| before.rsplit(' ').next().unwrap());
    let told = numbers.clone().filter(|word| NUMBERS.contains(word)).count();
    assert!(told > 0 && numbers.all(|word| !NUMBERS.contains(&word) || word == NUMBERS[scopes.len()]));
}

/// Whether a message that shows this section takes this call.
fn makes(source: Source, call: Endpoint) -> bool {
    let policy = format!(
        "[[rule]]\nname = \"r\"\nsections = [\"{source}\"]\ngrants = true\non_behalf = {{ sections = [\"{source}\"] }}\n\
         [[toxic_combination]]\nname = \"x\"\nseverity = \"low\"\none = {{ groups = [\"a\"] }}\nother = {{ apps = [\"b\"] }}\n"
    );
    let policy = Policy::parse("policy", &policy).unwrap_or_else(|error| panic!("{error}"));
    enrichment::endpoints(&policy, false).contains(&call)
}

/// The sections that take this call, in the order of the program; empty if every message takes it.
fn sections_of(call: Endpoint) -> String {
    let sections: Vec<_> =
        Source::ALL.iter().filter(|source| makes(**source, call)).map(Source::to_string).collect();
    if sections.len() == Source::ALL.len() { String::new() } else { sections.join(" ") }
}
