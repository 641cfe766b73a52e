//! Wrong usage in two lines: what is wrong with the arguments and what to write instead, then how the command is
//! used. clap finds the error; this file words it.

use std::error::Error as _;
use std::ffi::OsString;
use std::num::ParseIntError;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use okta_request_enricher::{shape, text};

use crate::terminal;

/// In place of a credential.
const NOT_SHOWN: &str = "(not shown)";

/// Dashes that a text editor makes of two hyphens.
const DASHES: [char; 2] = ['–', '—'];

/// Prints why these arguments are wrong. Prints a text that was asked for, such as a help, as clap has it.
pub(crate) fn print(error: &clap::Error, mut program: Command, arguments: &[String]) {
    program.build();
    let usage = Usage { program: &program, arguments };
    let Some(why) = usage.why(error) else {
        drop(error.print());
        return;
    };
    terminal::print_error(&why);
    let command = if error.kind() == ErrorKind::InvalidSubcommand { &program } else { usage.command() };
    let form = command.clone().render_usage().to_string();
    terminal::eprintln!("{} (see `{} --help`)", form.trim_end(), path(command));
}

/// The arguments of a run, and the program that they are for.
struct Usage<'a> {
    program: &'a Command,
    arguments: &'a [String],
}

impl Usage<'_> {
    /// The command that the arguments name, or else the program.
    fn command(&self) -> &Command {
        let mut named = self.arguments.iter().skip(1).filter_map(|word| self.program.find_subcommand(word));
        named.next().unwrap_or(self.program)
    }

    /// What is wrong, and what to write instead; `None` for a text that was asked for.
    fn why(&self, error: &clap::Error) -> Option<String> {
        let said = |kind| {
            error.get(kind).and_then(|value| match value {
                ContextValue::String(text) => Some(text.as_str()),
                ContextValue::Strings(texts) => texts.first().map(String::as_str),
                _ => None,
            })
        };
        let (what, instead) = match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
            ErrorKind::UnknownArgument => {
                let name = said(ContextKind::InvalidArg)?;
                (format!("unexpected argument '{name}'"), self.option_like(name))
            }
            ErrorKind::InvalidSubcommand => {
                let name = said(ContextKind::InvalidSubcommand)?;
                (format!("unrecognized subcommand '{name}'"), Some(self.command_like(name)))
            }
            ErrorKind::MissingRequiredArgument => {
                return Some(self.missing(error));
            }
            ErrorKind::ValueValidation => {
                let (value, option) = (said(ContextKind::InvalidValue)?, said(ContextKind::InvalidArg)?);
                let why = error.source().map(reworded).unwrap_or_default();
                (format!("invalid value '{value}' for '{option}': {why}"), None)
            }
            _ => {
                let like = said(ContextKind::SuggestedValue).map(|like| format!("did you mean '{like}'?"));
                (first_paragraph(error), like)
            }
        };
        let why = match instead {
            Some(instead) => format!("{what}; {instead}"),
            None => what,
        };
        // Someone may give a credential where something else belongs.
        let wrong = [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand];
        let secrets = wrong.into_iter().filter_map(said).filter(|given| shape::is_secret(given));
        Some(secrets.fold(why, |why, secret| why.replace(secret, NOT_SHOWN)))
    }

    /// What to write instead of this option.
    fn option_like(&self, given: &str) -> Option<String> {
        let own = self.command();
        let Some(name) = given.strip_prefix('-').map(|name| name.trim_start_matches('-')) else {
            let takes_none = own.get_positionals().next().is_none();
            return takes_none.then(|| format!("`{}` takes options only", path(own)));
        };
        // Above the command, no option is known but those of the program.
        if has(own, name) && !std::ptr::eq(own, self.program) {
            return Some(format!("write it after the command: {} --{name}", path(own)));
        }
        let having: Vec<_> =
            self.program.get_subcommands().filter(|other| has(other, name)).map(path).collect();
        if !having.is_empty() {
            let having: Vec<_> = having.iter().map(|path| format!("`{path}`")).collect();
            let have = if having.len() == 1 { "has" } else { "have" };
            return Some(format!("{} {have} it", having.join(", ")));
        }
        if let Some(like) = nearest(name, options(own)) {
            return Some(format!("did you mean '--{like}'?"));
        }
        let others = self.program.get_subcommands().flat_map(options);
        let like = nearest(name, others)?;
        let having = self.program.get_subcommands().find(|other| has(other, like))?;
        Some(format!("did you mean '{} --{like}'?", path(having)))
    }

    fn command_like(&self, given: &str) -> String {
        let names = self.program.get_subcommands().map(Command::get_name);
        let names: Vec<_> = names.filter(|name| *name != "help").collect();
        if let Some(like) = nearest(given, names.iter().copied()) {
            return format!("did you mean '{like}'?");
        }
        let extension = Path::new(given).extension().and_then(|extension| extension.to_str());
        let command = match extension {
            Some("toml") => "check",
            Some("json" | "jsonl") => "replay",
            _ => return format!("the commands are {}", names.join(", ")),
        };
        format!("did you mean 'enricher {command} {given}'?")
    }

    /// The arguments that are missing, with what each is, and whether only the given options need them.
    fn missing(&self, error: &clap::Error) -> String {
        let own = self.command();
        let names = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(names)) => names.as_slice(),
            _ => &[],
        };
        let argument = |name: &String| own.get_arguments().find(|argument| argument.to_string() == *name);
        let described = |name: &String| {
            let help = argument(name).and_then(Arg::get_help).map(ToString::to_string);
            help.map_or(name.clone(), |help| format!("{name} ({})", in_brief(&help)))
        };
        let is_always = names.iter().filter_map(argument).any(Arg::is_required_set);
        let condition = if is_always { "" } else { "with these options, " };
        let missing: Vec<_> = names.iter().map(described).collect();
        format!("{condition}`{}` needs {}", path(own), missing.join(" and "))
    }
}

/// "enricher replay"
fn path(command: &Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}

fn options(command: &Command) -> impl Iterator<Item = &str> {
    command.get_arguments().filter(|option| !option.is_hide_set()).filter_map(|option| option.get_long())
}

fn has(command: &Command, option: &str) -> bool {
    options(command).any(|name| name == option)
}

/// The only name that begins so, or else the one that is most like it.
fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let names: Vec<_> = names.collect();
    let begun: Vec<_> = names.iter().copied().filter(|name| name.starts_with(given)).collect();
    match begun[..] {
        [only] => Some(only),
        _ => text::nearest(given, names),
    }
}

/// What an argument is: the beginning of its help.
fn in_brief(help: &str) -> String {
    let first = help.split(". ").next().unwrap_or_default();
    let first = first.split([';', '[']).next().unwrap_or_default().trim();
    let mut characters = first.chars();
    characters.next().map(|letter| letter.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

/// Why a value is wrong, without the words of Rust and clap about numbers.
fn reworded(why: &(dyn std::error::Error + 'static)) -> String {
    if why.is::<ParseIntError>() {
        return "give a whole number".to_owned();
    }
    let said = why.to_string();
    match said.split_once(" is not in ").and_then(|(_, range)| range.split_once("..=")) {
        Some((least, most)) => format!("give a number from {least} to {most}"),
        None => said,
    }
}

/// What to write in place of an argument that has the dash of a text editor among its first characters; `None` if
/// there is none, or if it is a file.
pub(crate) fn dash(arguments: &[OsString]) -> Option<String> {
    let texts = arguments.iter().filter_map(|argument| argument.to_str());
    let has_dash = |text: &&str| text.trim_start_matches('-').starts_with(DASHES);
    let given = texts.skip(1).find(|text| has_dash(text) && !Path::new(text).exists())?;
    let option = given.trim_start_matches(|c| c == '-' || DASHES.contains(&c));
    let option = if shape::is_secret(option) { NOT_SHOWN } else { option };
    Some(format!("an option begins with two hyphens, not with a dash: write --{option}"))
}

/// clap's own words, without its blank lines, tips and usage.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let said = lines.collect::<Vec<_>>().join(" ");
    said.strip_prefix("error: ").map_or(said.clone(), str::to_owned)
}
