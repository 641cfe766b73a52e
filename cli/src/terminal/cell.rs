//! A [`Cell`] is the text of a table's row in one column: one text, or a cause with what to do about it below.
//! It breaks its texts into lines, between words; commands so that a shell takes them.

use std::borrow::Cow;

use okta_request_enricher::text;
use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use super::Style;

/// Before what a row says to do.
const ARROW: &str = "→ ";

/// At the end of a command's line that another follows.
const CONTINUED: &str = " \\";

/// How far the further lines of a text are set in.
const FURTHER: &str = "  ";

/// The text of one row in one column. Its texts are made printable.
pub(crate) struct Cell {
    /// Each begins a line.
    texts: Vec<Text>,
    style: Option<Style>,
}

struct Text {
    words: String,
    /// Before the first line, and before the further ones.
    indents: [&'static str; 2],
    is_command: bool,
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell { texts: vec![Text::of(text.as_ref(), ["", ""])], style: None }
    }
}

impl Cell {
    pub(crate) fn styled(self, style: Style) -> Cell {
        Cell { style: Some(style), ..self }
    }

    /// A text whose further lines are set in.
    pub(crate) fn hanging(text: &str) -> Cell {
        Cell { texts: vec![Text::of(text, ["", FURTHER])], style: None }
    }

    /// Another text below, whose further lines are set in.
    pub(crate) fn below(mut self, text: &str) -> Cell {
        self.texts.push(Text::of(text, ["", FURTHER]));
        self
    }

    /// What to do about it, below.
    pub(crate) fn and(mut self, remedy: &str) -> Cell {
        self.texts.push(Text::of(remedy, [ARROW, FURTHER]));
        self
    }

    /// The command of a shell that helps, below. It is broken so that it can be copied: with a backslash, and
    /// not in quotes.
    pub(crate) fn and_command(mut self, command: &str) -> Cell {
        self.texts.push(Text { is_command: true, ..Text::of(command, [ARROW, "    "]) });
        self
    }

    /// How it is printed.
    pub(super) fn style(&self) -> Style {
        self.style.unwrap_or_default()
    }

    /// The width without a break.
    pub(super) fn width(&self) -> usize {
        self.texts.iter().map(Text::width).max().unwrap_or_default()
    }

    pub(super) fn longest_word(&self) -> usize {
        let words = self.texts.iter().flat_map(|text| text.words().collect::<Vec<_>>());
        words.map(|word| display_width(&word)).max().unwrap_or_default()
    }

    /// Its lines, of at most this width unless a word is longer.
    pub(super) fn lines(&self, room: usize) -> Vec<String> {
        self.texts.iter().flat_map(|text| text.lines(room)).collect()
    }
}

impl Text {
    fn of(text: &str, indents: [&'static str; 2]) -> Text {
        Text { words: text::printable(text), indents, is_command: false }
    }

    /// The width without a break.
    fn width(&self) -> usize {
        display_width(self.indents[0]) + display_width(&self.words)
    }

    fn words(&self) -> impl Iterator<Item = Word<'_>> {
        if self.is_command {
            words_of_command(&self.words)
        } else {
            WordSeparator::AsciiSpace.find_words(&self.words)
        }
    }

    fn lines(&self, room: usize) -> Vec<String> {
        let [first, further] = self.indents;
        let options = |room| {
            Options::new(room)
                .break_words(false)
                .word_splitter(WordSplitter::NoHyphenation)
                .wrap_algorithm(WrapAlgorithm::FirstFit)
                .initial_indent(first)
                .subsequent_indent(further)
        };
        let fits = self.width() <= room;
        if fits || !self.is_command {
            let options = options(room).word_separator(WordSeparator::AsciiSpace);
            return textwrap::wrap(&self.words, options).into_iter().map(Cow::into_owned).collect();
        }
        let separator = WordSeparator::Custom(words_of_command);
        let options = options(room.saturating_sub(CONTINUED.len())).word_separator(separator);
        let mut lines: Vec<_> =
            textwrap::wrap(&self.words, options).into_iter().map(Cow::into_owned).collect();
        let last = lines.len().saturating_sub(1);
        lines[..last].iter_mut().for_each(|line| line.push_str(CONTINUED));
        lines
    }
}

/// The words of a command of a shell. What is in quotes is one word.
fn words_of_command(command: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut words, mut start, mut quote, mut in_space) = (Vec::new(), 0, None, false);
    for (place, character) in command.char_indices() {
        if in_space && character != ' ' {
            words.push(Word::from(&command[start..place]));
            start = place;
        }
        match quote {
            Some(open) if open == character => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
        in_space = character == ' ' && quote.is_none();
    }
    words.push(Word::from(&command[start..]));
    Box::new(words.into_iter())
}
