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

/// What is laid out by hand, in columns or as lines at the end, is not broken once more.
#[test]
fn what_is_laid_out_by_hand_stays_so_in_80_columns() {
    for command in commands() {
        let (narrow, wide) = (help(&command, "--help", "80"), help(&command, "--help", "1000"));
        let lines: Vec<_> = narrow.lines().map(str::trim).collect();
        // clap breaks its own tables well: those of commands and of possible values.
        let in_columns =
            wide.lines().map(str::trim).filter(|line| line.contains("  ") && !line.starts_with("- "));
        let broken: Vec<_> = in_columns.filter(|line| !lines.contains(line)).collect();
        assert!(broken.is_empty() || command.is_empty(), "{command}: {broken:#?}");
        let end = |text: &str| text.rsplit_once("Print help").map(|(_, end)| end.to_owned());
        assert_eq!(end(&narrow), end(&wide), "{command}");
    }
}
