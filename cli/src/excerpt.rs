//! An [`Excerpt`]: a fault of a policy file with the line on which it is, as rustc and cargo show theirs.
//! Every command that meets a wrong policy shows it so.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use okta_request_enricher::config::ConfigError;
use okta_request_enricher::policy::{Policy, PolicyError, PolicyFault};
use okta_request_enricher::text::{count, printable};

use crate::failure::Failure;
use crate::terminal;

/// The width of an excerpt without a terminal. Longer lines of the file are cut around the fault.
const WIDTH: usize = 100;

/// The longest remedy that stands beside the marked part, in characters. A longer one stands below.
const BESIDE: usize = 50;

/// The columns before a line of the file, if it has fewer than 1000 lines, and the space before a remedy.
const GUTTER: usize = 7;

/// A fault with its line.
pub(crate) struct Excerpt<'a> {
    file: &'a str,
    /// The text of the file.
    text: &'a str,
    fault: &'a PolicyFault,
    level: Level<'static>,
}

impl<'a> Excerpt<'a> {
    pub(crate) fn error(file: &'a str, text: &'a str, fault: &'a PolicyFault) -> Excerpt<'a> {
        Excerpt { file, text, fault, level: Level::ERROR }
    }

    pub(crate) fn warning(file: &'a str, text: &'a str, fault: &'a PolicyFault) -> Excerpt<'a> {
        Excerpt { file, text, fault, level: Level::WARNING }
    }

    /// Its lines, an empty one last. Texts of the file and its name are made printable.
    pub(crate) fn lines(&self) -> String {
        let PolicyFault { cause, remedy, instead, .. } = self.fault;
        let (before, marked, after) = self.parts();
        let [before, marked, after] = [before, marked, after].map(shown);
        let span = before.len()..before.len() + marked.len();
        let width = terminal::known_width().unwrap_or(WIDTH);
        let names_it = |instead: &String| remedy.contains(instead.trim_matches('"'));
        let instead = instead.as_ref().filter(|instead| !names_it(instead));
        // What to write stands beside the marked part if there is room, and the rest of the remedy below.
        let mut advice = vec![printable(remedy)];
        advice.splice(0..0, instead.map(|instead| format!("write `{}`", printable(instead))));
        let used = GUTTER + before.chars().count() + marked.chars().count();
        let fits = |text: &String| {
            let length = text.chars().count();
            length <= BESIDE && used + length <= width
        };
        let label = advice.first().filter(|text| fits(text)).cloned();
        let below = advice.split_off(usize::from(label.is_some()));
        let marks = AnnotationKind::Primary.span(span).label(label);
        let snippet = Snippet::source(format!("{before}{marked}{after}"))
            .line_start(self.fault.line)
            .path(printable(self.file))
            .annotation(marks);
        let title = self.level.clone().primary_title(wrapped(cause, width, "warning: ".len()));
        let mut group = Group::with_title(title).element(snippet);
        for text in below {
            group = group.element(Level::HELP.message(wrapped(&text, width, "  = help: ".len())));
        }
        renderer().term_width(width).render(&[group]) + "\n\n"
    }

    /// The line of the fault, in three parts: before the fault, the fault, behind it.
    fn parts(&self) -> (&'a str, &'a str, &'a str) {
        let place = &self.fault.place;
        let (before, rest) = self.text.split_at_checked(place.start).unwrap_or((self.text, ""));
        let (marked, after) = rest.split_at_checked(place.end - place.start).unwrap_or((rest, ""));
        let before = before.rsplit('\n').next().unwrap_or_default();
        (before, marked, after.split('\n').next().unwrap_or_default().trim_end())
    }
}

/// The column in which a place of a text begins, and the one behind it: in characters, from 1.
pub(crate) fn columns(text: &str, fault: &PolicyFault) -> (usize, usize) {
    let before = text.get(..fault.place.start).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let marked = text.get(fault.place.clone()).unwrap_or_default();
    (column, column + marked.chars().count())
}

/// Prints the faults of a policy on stderr; returns how many there are, in words.
pub(crate) fn print_faults(file: &str, text: &str) -> String {
    let faults = Policy::check(text).err().unwrap_or_default();
    for fault in &faults {
        terminal::to_stderr(&Excerpt::error(file, text, fault).lines());
    }
    format!("the policy file `{file}` has {}", count(faults.len(), "error"))
}

/// Prints the faults of the policy on stderr, if it has some; returns all that is wrong with the settings.
pub(crate) fn explained(error: &ConfigError) -> Failure {
    let file = &error.deployment.policy_file;
    let mut texts = Vec::new();
    for fault in &error.faults {
        match (fault.variable, file.text(), file.policy()) {
            ("ENRICHMENT_FILE", Ok(text), Err(PolicyError::Wrong { file, .. })) => {
                texts.push(print_faults(&file, text));
            }
            _ => texts.push(fault.to_string()),
        }
    }
    format!("failed to read the configuration: {}", texts.join("; ")).into()
}

/// A part of a line, fit for a terminal. A tab stays: the renderer knows its width.
fn shown(part: &str) -> String {
    part.split('\t').map(printable).collect::<Vec<_>>().join("\t")
}

/// A text with line breaks between words, for a terminal; without one it stays as it is.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let text = printable(text);
    if terminal::known_width().is_none() {
        return text;
    }
    let room = width.saturating_sub(indent).max(20);
    let (mut lines, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let letters = word.chars().count();
        if length > 0 && length + 1 + letters > room {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += letters;
    }
    lines
}

/// With this program's own colours.
fn renderer() -> Renderer {
    let bold = Style::new().bold();
    let color = |color: AnsiColor| color.on_default().bold();
    let dimmed = Style::new().dimmed();
    Renderer::styled()
        .error(color(AnsiColor::Red))
        .warning(color(AnsiColor::Yellow))
        .help(bold)
        .emphasis(bold)
        .line_num(dimmed)
        .context(dimmed)
        .none(Style::new())
}
