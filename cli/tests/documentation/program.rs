//! What the pages are compared with: the source of the three packages, `template.yaml`, and `enricher
//! --help`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use okta_simulator::doubles::root;

use crate::Names;
use crate::page::files_below;
use crate::support::{self, Ran};

/// The program's source, in which names and quotations are looked up. A text of several lines is joined to
/// one.
pub(crate) static SOURCE: LazyLock<String> = LazyLock::new(|| {
    let mut text = String::new();
    let folders = ["src", "cli/src", "simulator/src"];
    // The doubles are no part of the program: a text of theirs is none that a user sees.
    let doubles = root().join("simulator/src/doubles");
    let files = folders.iter().flat_map(|folder| files_below(&root().join(folder), "rs"));
    for file in files.filter(|file| !file.starts_with(&doubles)) {
        let source = std::fs::read_to_string(file).unwrap();
        let mut rest = source.split("\\\n");
        text += rest.next().unwrap();
        rest.for_each(|line| text += line.trim_start());
    }
    text
});

pub(crate) static TEMPLATE: LazyLock<String> =
    LazyLock::new(|| std::fs::read_to_string(root().join("template.yaml")).unwrap());

/// The options of each command, by `enricher COMMAND --help`.
pub(crate) static COMMANDS: LazyLock<BTreeMap<String, Names>> = LazyLock::new(|| {
    let help = enricher(&["--help"]).stdout;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    commands.map(|name| (name.to_owned(), options(&enricher(&[name, "--help"]).stdout))).collect()
});

/// Runs the program as an operator without any settings would.
pub(crate) fn enricher(arguments: &[&str]) -> Ran {
    support::enricher().args(arguments).env("COLUMNS", "1000").output().unwrap().into()
}

/// What begins a line of `--help` as an option, above the examples.
pub(crate) fn options(help: &str) -> Names {
    let help = help.split("\nExamples:\n").next().unwrap();
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let option = |line: &str| line.split([' ', ',']).find(|word| word.starts_with("--")).map(str::to_owned);
    lines.filter_map(option).filter(|option| option != "--help").collect()
}

/// The names that stand two columns into a section of the template.
pub(crate) fn entries(section: &str) -> Vec<(String, Vec<&'static str>)> {
    let lines = TEMPLATE.lines().skip_while(|line| *line != format!("{section}:")).skip(1);
    let mut entries: Vec<(String, Vec<&str>)> = Vec::new();
    for line in lines.take_while(|line| line.is_empty() || line.starts_with([' ', '#'])) {
        let name = line.strip_prefix("  ").filter(|rest| rest.starts_with(char::is_alphanumeric));
        match name.and_then(|rest| rest.strip_suffix(':')) {
            Some(name) => entries.push((name.to_owned(), Vec::new())),
            None => entries.last_mut().into_iter().for_each(|entry| entry.1.push(line)),
        }
    }
    entries
}

pub(crate) fn resources(kind: &str) -> Vec<(String, Vec<&'static str>)> {
    let is = |lines: &[&str]| lines.iter().any(|line| line.trim() == format!("Type: {kind}"));
    entries("Resources").into_iter().filter(|(_, lines)| is(lines)).collect()
}
