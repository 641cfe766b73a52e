//! Commands and their options: all are documented, and the commands shown do what is shown.

use okta_simulator::doubles::root;
use serde_json::Value;

use crate::page::{PAGES, files_below, page};
use crate::program::{COMMANDS, enricher};
use crate::support::Ran;
use crate::{Names, assert_none, assert_same, names};

/// The commands of this program in a line or a code: what follows `enricher`, split at blanks.
fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches("$ ").split(" #").next().unwrap();
        for command in line.split(['|', ';', '>']).flat_map(|part| part.split("&&")) {
            let words =
                command.split_whitespace().skip_while(|word| word.contains('=') && !word.starts_with('-'));
            let words: Vec<String> = words.map(str::to_owned).collect();
            // The aliases are those of `.cargo/config.toml`.
            let program = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["cargo", "enricher", ..] => 2,
                ["enricher", ..] | ["cargo", "replay", ..] => 1,
                _ => continue,
            };
            found.push(words[program..].to_vec());
        }
    }
    found
}

fn command_faults(at: &str, words: &[String]) -> Option<String> {
    let command = words.first().filter(|word| word.starts_with(char::is_lowercase))?;
    let Some(options) = COMMANDS.get(command) else {
        return Some(format!("{at}: there is no command `{command}`"));
    };
    let mut given =
        words.iter().filter_map(|word| word.split('=').next()).filter(|word| word.starts_with("--"));
    let unknown = given.find(|option| !options.contains(*option) && *option != "--help")?;
    Some(format!("{at}: `{command}` has no option `{unknown}`"))
}

#[test]
fn every_command_is_documented_with_its_options() {
    let page = page("docs/commands.md");
    for (command, options) in COMMANDS.iter() {
        let tables = page
            .tables
            .iter()
            .filter(|table| table.headings.last() == Some(command) && table.header == "option");
        let documented = names(tables.flat_map(|table| &table.rows));
        let documented = documented.iter().map(|code| code.split(' ').next().unwrap().to_owned());
        let own = options.iter().filter(|option| *option != "--verbose").cloned().collect();
        assert_same(&format!("docs/commands.md, {command}"), &documented.collect(), &own);
    }
    let listed = names(page.rows_of("command"));
    assert_same("docs/commands.md, commands", &listed, &COMMANDS.keys().cloned().collect());
}

#[test]
fn every_command_shown_has_its_name_and_options() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, code) in &page.codes {
            faults.extend(commands(code).iter().filter_map(|words| command_faults(&page.at(*line), words)));
        }
        for block in
            page.blocks.iter().filter(|block| matches!(block.language.as_str(), "bash" | "console" | ""))
        {
            faults.extend(
                commands(&block.text).iter().filter_map(|words| command_faults(&page.at(block.line), words)),
            );
        }
    }
    assert_none(&faults);
}

#[test]
fn every_option_named_alone_is_one_of_some_command() {
    // Of cargo's.
    const OTHERS: [&str; 2] = ["--locked", "--manifest-path"];
    let known = |option: &str| {
        COMMANDS.values().any(|options| options.contains(option))
            || OTHERS.contains(&option)
            || ["--help", "--version"].contains(&option)
    };
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, code) in page.codes.iter().filter(|(_, code)| code.starts_with("--")) {
            let option = code.split([' ', '=']).next().unwrap();
            if !known(option) {
                faults.push(format!("{}: there is no option `{option}`", page.at(*line)));
            }
        }
    }
    assert_none(&faults);
}

/// A reader pastes these into a terminal. There zsh takes a comment for arguments, unless it is told otherwise.
#[test]
fn no_command_shown_has_a_comment() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for block in page.blocks.iter().filter(|block| block.language == "bash") {
            let commented = block.text.lines().filter(|line| line.starts_with('#') || line.contains(" #"));
            faults.extend(commented.map(|line| format!("{}: `{line}`", page.at(block.line))));
        }
    }
    assert_none(&faults);
}

const SERVICES: [&str; 6] = ["cloudwatch", "dynamodb", "events", "lambda", "sns", "sqs"];

/// The permissions that `enricher doctor --help` lists.
fn permissions_of_the_doctor() -> Names {
    let help = enricher(&["doctor", "--help"]).stdout;
    let listed = help.split("AWS permissions.").nth(1).unwrap().split("Examples:").next().unwrap();
    let (mut service, mut permissions) = ("", Names::new());
    for word in listed.split_whitespace() {
        match word.strip_suffix(':') {
            Some(name) => service = name,
            None if SERVICES.contains(&service) => {
                permissions.insert(format!("{service}:{}", word.trim_end_matches(',')));
            }
            None => {}
        }
    }
    permissions
}

/// The doctor names a permission where it lacks one. `--help` lists them all, and no other.
#[test]
fn the_doctor_lists_the_permissions_that_it_needs() {
    // What EventBridge needs, not the operator.
    const OF_EVENTBRIDGE: (&str, &str) = ("queue_policy.rs", "sqs:SendMessage");
    let files = files_below(&root().join("cli/src/doctor"), "rs").into_iter();
    let mut files: Vec<_> = files.filter(|file| !file.ends_with(OF_EVENTBRIDGE.0)).collect();
    files.extend(["deployed/undescribed.rs", "environment.rs"].map(|file| root().join("cli/src").join(file)));
    let mut named = Names::new();
    for text in files.iter().map(|file| std::fs::read_to_string(file).unwrap()) {
        for service in SERVICES {
            for (at, found) in text.match_indices(&format!("{service}:")) {
                let operation: String =
                    text[at + found.len()..].chars().take_while(char::is_ascii_alphanumeric).collect();
                if operation.starts_with(char::is_uppercase) {
                    named.insert(format!("{found}{operation}"));
                }
            }
        }
    }
    named.remove(OF_EVENTBRIDGE.1);
    assert_same("enricher doctor --help", &permissions_of_the_doctor(), &named);
}

/// The guide says that whoever may deploy may also run the doctor. tests/sam sees that no action stands on
/// resources on which AWS ignores it.
#[test]
fn the_deployers_policy_allows_what_the_doctor_needs() {
    let text = std::fs::read_to_string(root().join("docs/deployer-policy.json")).unwrap();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    let actions: Vec<&str> = statements
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
            action => Vec::from_iter(action.as_str()),
        })
        .collect();
    let allows = |permission: &String| {
        actions.iter().any(|action| match action.strip_suffix('*') {
            Some(start) => permission.starts_with(start),
            None => action == permission,
        })
    };
    let needed = permissions_of_the_doctor().into_iter().chain(["secretsmanager:GetSecretValue".to_owned()]);
    let lacking: Vec<_> = needed.filter(|permission| !allows(permission)).collect();
    assert_none(&lacking);
}

/// AWS counts no white space (IAM user guide, "IAM and AWS STS quotas").
#[test]
fn the_deployers_policy_is_not_too_long_for_a_managed_policy() {
    let text = std::fs::read_to_string(root().join("docs/deployer-policy.json")).unwrap();
    let policy: String = text.replace("ACCOUNT", "123456789012").split_whitespace().collect();
    assert!(policy.len() <= 6144, "{} characters", policy.len());
}

/// Whether the output is what is shown: `…` alone on a line stands for any lines, within a line for any text.
fn is_as_shown(shown: &[&str], output: &[&str]) -> bool {
    match shown {
        [] => output.is_empty(),
        [any, rest @ ..] if any.trim() == "…" => {
            (0..=output.len()).any(|skipped| is_as_shown(rest, &output[skipped..]))
        }
        [line, rest @ ..] => {
            output.split_first().is_some_and(|(first, others)| fits(line, first) && is_as_shown(rest, others))
        }
    }
}

fn fits(shown: &str, line: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else { return shown == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
}

/// Every command in a block marked `console` is run, and its output is as shown.
#[test]
fn the_commands_shown_do_what_is_shown() {
    // These take minutes, or are what runs this.
    const NOT_RUN: [&str; 2] = ["$ cargo bench", "$ cargo test"];
    let (mut faults, mut run) = (Vec::new(), 0);
    for page in PAGES.iter() {
        for block in page.blocks.iter().filter(|block| block.language == "console") {
            let at = page.at(block.line);
            for part in format!("\n{}", block.text).split("\n$ ").skip(1) {
                let mut shown = part.lines();
                let command = shown.next().unwrap();
                if NOT_RUN.iter().any(|other| format!("$ {command}").starts_with(other)) {
                    continue;
                }
                let [words] = commands(command)
                    .try_into()
                    .unwrap_or_else(|_| panic!("{at}: `{command}` can't be run here"));
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let Ran { status, stdout, stderr } = enricher(&words);
                run += 1;
                if !matches!(status, 0 | 1) {
                    faults.push(format!("{at}: `{command}` ended with {status}: {stderr}"));
                }
                let shown: Vec<_> = shown.collect();
                let output: Vec<_> = stdout.lines().collect();
                if !shown.is_empty() && !is_as_shown(&shown, &output) {
                    faults.push(format!("{at}: `{command}` shows\n{stdout}"));
                }
            }
        }
    }
    assert_none(&faults);
    assert!(run >= 5, "the README shows some commands");
}
