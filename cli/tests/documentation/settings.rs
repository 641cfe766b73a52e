//! Variables, template parameters and outputs: all are documented, with their defaults, and examples are
//! right.

use okta_request_enricher::deployment::VARIABLES;
use okta_request_enricher::policy::Policy;
use okta_simulator::doubles::root;

use crate::page::{PAGES, page};
use crate::program::{SOURCE, TEMPLATE, entries};
use crate::{Names, assert_none, assert_same, names, owned};

#[test]
fn every_variable_is_documented() {
    let configuration = page("docs/configuration.md");
    let config = std::fs::read_to_string(root().join("src/config.rs")).unwrap();
    let code = config.split("#[cfg(test)]").next().unwrap();
    let calls = ["get(\"", "name(\""].into_iter().flat_map(|call| code.split(call).skip(1));
    let read = owned(calls.map(|rest| rest.split('"').next().unwrap()));
    let described = owned(VARIABLES);
    assert!(read.is_subset(&described), "not described: {:?}", read.difference(&described));
    let is_variable = |code: &&String| {
        let letters = |is: fn(&char) -> bool| code.chars().all(|c| c == '_' || is(&c));
        code.contains('_') && (letters(char::is_ascii_uppercase) || letters(char::is_ascii_lowercase))
    };
    let others = configuration.rows("Other variables");
    let others = others.iter().filter(|row| row[1].text != "enricher" && row[1].links.is_empty());
    let others = others.flat_map(|row| row[0].codes.iter().chain(&row[2].codes)).filter(is_variable).cloned();
    let documented =
        names(configuration.rows("Variables of the function")).into_iter().chain(others).collect();
    assert_same("Variables of the function", &documented, &described);

    let others = ["env::var(\"", "env::var_os(\"", "on(\"AWS"].map(|call| {
        let prefix = call.rsplit('"').next().unwrap();
        SOURCE
            .split(call)
            .skip(1)
            .map(move |rest| format!("{prefix}{}", rest.split('"').next().unwrap()))
            .collect::<Vec<_>>()
    });
    let known = |name: &String| configuration.codes.iter().any(|(_, code)| code == name);
    let missing: Vec<_> =
        others.into_iter().flatten().filter(|name| !name.contains("TEST") && !known(name)).collect();
    assert_none(&missing);
}

#[test]
fn every_parameter_is_documented_with_its_default() {
    let configuration = page("docs/configuration.md");
    let default = |lines: &[&str]| {
        let line = lines.iter().find_map(|line| line.trim().strip_prefix("Default: "));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let there: Names =
        entries("Parameters").iter().map(|(name, lines)| format!("{name} = {}", default(lines))).collect();
    let rows = configuration.rows("Template parameters").into_iter().filter(|row| row.len() == 3);
    let documented = rows.map(|row| format!("{} = {}", row[0].text, row[1].text)).collect();
    assert_same("Template parameters", &documented, &there);
    let outputs = entries("Outputs").into_iter().map(|(name, _)| name).collect();
    assert_same("Outputs", &names(configuration.rows("Outputs")), &outputs);
}

#[test]
fn variables_and_parameters_belong_together_as_documented() {
    let function = TEMPLATE.split("  EnricherFunction:").nth(1).unwrap();
    let variables = function.split("        Variables:").nth(1).unwrap();
    for row in page("docs/configuration.md").rows("Variables of the function") {
        let line = variables.lines().find(|line| line.trim_start().starts_with(&format!("{}:", row[0].text)));
        for parameter in &row[1].codes {
            let condition = parameter.trim_end_matches("Name").trim_end_matches("Arn");
            let line = line.unwrap_or_else(|| panic!("the template does not set {}", row[0].text));
            assert!(line.contains(parameter) || line.contains(condition), "{line}: {parameter}");
        }
    }
}

#[test]
fn the_examples_of_settings_are_right() {
    let parameters: Names = entries("Parameters").into_iter().map(|(name, _)| name).collect();
    for page in PAGES.iter() {
        for block in page.blocks.iter().filter(|block| block.language == "toml") {
            let text = &block.text;
            let rule = "[[rule]]\nname = \"a\"\nsections = [\"profile\"]\n";
            let policy = if text.starts_with("[[rule]]") {
                text.clone()
            } else if text.starts_with("on_behalf") || text.starts_with("[words]") {
                format!("{rule}{text}")
            } else {
                String::new()
            };
            if !policy.is_empty() {
                let faults = Policy::check(&policy).err().unwrap_or_default();
                assert!(faults.is_empty(), "{}: {faults:?}", page.at(block.line));
            } else if block.text.starts_with("parameter_overrides") {
                let given =
                    block.text.split('"').skip(1).step_by(2).map(|entry| entry.split('=').next().unwrap());
                given.for_each(|name| assert!(parameters.contains(name), "{}: {name}", page.at(block.line)));
            }
        }
        for (line, code) in page.codes.iter().filter(|(_, code)| code.starts_with('"') && code.contains('='))
        {
            let name = code.trim_matches('"').split('=').next().unwrap();
            assert!(parameters.contains(name) || name == "Name", "{}: {name}", page.at(*line));
        }
    }
}
