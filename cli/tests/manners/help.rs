//! The help texts: they fit 80 columns, and what is to be pasted stays in one piece.

use crate::commands;
use crate::support::{Ran, enricher};

fn help(command: &str, option: &str, columns: &str) -> String {
    let arguments = [command, option].into_iter().filter(|argument| !argument.is_empty());
    let ran = Ran::from(enricher().args(arguments).env("COLUMNS", columns).output().unwrap());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{command}");
    ran.stdout
}

#[test]
fn both_help_texts_fit_80_columns_and_have_the_same_examples() {
    for command in commands() {
        let (short, long) = (help(&command, "-h", "80"), help(&command, "--help", "80"));
        for text in [&short, &long] {
            let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(wide.is_empty(), "{command}: {wide:#?}");
        }
        let examples = |text: &str| text.split_once("\nExamples:\n").map(|(_, examples)| examples.to_owned());
        let wide = examples(&help(&command, "--help", "1000"));
        assert!(wide.is_some(), "`enricher {command} --help` has examples");
        assert_eq!(examples(&short), examples(&long), "{command}");
        let commands = |text: Option<String>| -> Vec<String> {
            text.unwrap().lines().filter(|line| line.starts_with("    ")).map(str::to_owned).collect()
        };
        assert_eq!(commands(examples(&short)), commands(wide), "{command}: an example is broken");
    }
}
