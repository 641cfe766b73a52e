//! A [`Table`] is what a command prints in columns. It is as wide as the terminal at most: columns of words
//! become narrower, and their texts are broken between words. A word stays whole, so that an id, an ARN or a
//! URL can be copied; if there is no room for it, its line is longer.

use std::fmt::Write as _;

use textwrap::core::display_width;

pub(crate) use super::cell::Cell;
use super::{bold, to_stdout, width};

/// Columns of space between two columns of the table.
const GAP: usize = 2;

/// The last column is not made narrower than this: shorter lines can't be read.
const LEAST: usize = 24;

/// Rows under headings.
pub(crate) struct Table {
    headings: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    right: Vec<usize>,
    indent: usize,
}

impl Table {
    /// Without `headings`, that line is left out.
    pub(crate) fn new<H: Into<Cell>>(headings: impl IntoIterator<Item = H>) -> Table {
        let headings = headings.into_iter().map(|heading| heading.into().styled(bold())).collect();
        Table { headings, rows: Vec::new(), right: Vec::new(), indent: 0 }
    }

    /// Sets these columns, counted from 0, to the right: those of numbers.
    pub(crate) fn right(mut self, columns: impl IntoIterator<Item = usize>) -> Table {
        self.right.extend(columns);
        self
    }

    /// Sets the whole table in.
    pub(crate) fn indent(mut self, columns: usize) -> Table {
        self.indent = columns;
        self
    }

    pub(crate) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> &mut Table {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    /// Prints all rows on stdout.
    pub(crate) fn print(&self) {
        to_stdout(&self.lines(width()));
    }

    /// All rows, for a terminal of this width.
    pub(crate) fn lines(&self, width: usize) -> String {
        let layout = self.layout(width);
        let headings = Some(&self.headings).filter(|headings| !headings.is_empty());
        headings.into_iter().chain(&self.rows).map(|row| layout.row(row)).collect()
    }

    fn layout(&self, width: usize) -> Layout {
        let rows = || [&self.headings].into_iter().chain(&self.rows);
        let columns = rows().map(Vec::len).max().unwrap_or_default();
        let widest = |column: usize, measure: fn(&Cell) -> usize| {
            rows().filter_map(|row| row.get(column)).map(measure).max().unwrap_or_default()
        };
        let mut widths: Vec<usize> = (0..columns).map(|column| widest(column, Cell::width)).collect();
        let least = |column: usize| {
            if column + 1 == columns { widths[column].min(LEAST) } else { widest(column, Cell::longest_word) }
        };
        let room = width.saturating_sub(self.indent + GAP * columns.saturating_sub(1));
        let least: Vec<_> = (0..columns).map(least).collect();
        while widths.iter().sum::<usize>() > room {
            let wide = (0..columns).filter(|column| widths[*column] > least[*column]);
            let Some(widest) = wide.max_by_key(|column| widths[*column]) else { break };
            widths[widest] -= 1;
        }
        Layout { widths, right: self.right.clone(), indent: self.indent }
    }
}

/// The widths of a table's columns. Printed row by row, a table needs them before its rows are known.
pub(crate) struct Layout {
    widths: Vec<usize>,
    right: Vec<usize>,
    indent: usize,
}

impl Layout {
    /// All columns but the last have these widths. The last has the rest of the terminal.
    pub(crate) fn of(widths: &[usize], indent: usize) -> Layout {
        let before = indent + widths.iter().map(|width| width + GAP).sum::<usize>();
        let last = width().saturating_sub(before).max(LEAST);
        Layout { widths: widths.iter().copied().chain([last]).collect(), right: Vec::new(), indent }
    }

    /// Sets these columns, counted from 0, to the right.
    pub(crate) fn right(mut self, columns: impl IntoIterator<Item = usize>) -> Layout {
        self.right.extend(columns);
        self
    }

    /// The lines of one row.
    pub(crate) fn row(&self, cells: &[Cell]) -> String {
        let columns: Vec<_> = cells.iter().zip(&self.widths).map(|(cell, room)| cell.lines(*room)).collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or_default();
        let mut shown = String::new();
        for line in 0..height {
            // Space is printed only before a text, so that no line ends with it.
            let mut space = self.indent;
            for (column, (cell, room)) in cells.iter().zip(&self.widths).enumerate() {
                let text = columns[column].get(line).map_or("", String::as_str);
                let free = room.saturating_sub(display_width(text));
                if text.is_empty() {
                    space += room + GAP;
                    continue;
                }
                let style = cell.style();
                let left = if self.right.contains(&column) { free } else { 0 };
                let _ = write!(shown, "{:1$}{style}{text}{style:#}", "", space + left);
                space = free - left + GAP;
            }
            shown.push('\n');
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["RULE", "MATCHED", "WHY"]).right([1]);
        table.row(["finance", "12", "the request asks for an app of the department Größe"]);
        table.row(["a-rule-with-a-long-name", "3", "-"]);
        table
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_table_that_fits_has_one_line_a_row() {
        let shown = "\
RULE                     MATCHED  WHY
finance                       12  the request asks for an app of the department Größe
a-rule-with-a-long-name        3  -
";
        assert_eq!(plain(&table().lines(200)), shown);
    }

    #[test]
    fn a_narrow_terminal_breaks_the_widest_column_between_words() {
        let shown = "\
RULE                     MATCHED  WHY
finance                       12  the request asks for an
                                  app of the department
                                  Größe
a-rule-with-a-long-name        3  -
";
        assert_eq!(plain(&table().lines(60)), shown);
        assert_eq!(plain(&table().lines(20)), shown, "words stay whole where there is no room");
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let arn = "arn:aws:sqs:us-east-1:123456789012:okta-request-enricher-letters";
        let mut table = Table::new(["QUEUE"]);
        table.row([format!("to {arn} now")]);
        assert_eq!(plain(&table.lines(40)), format!("QUEUE\nto\n{arn}\nnow\n"));
    }

    #[test]
    fn further_texts_are_lines_of_their_own_and_a_broken_command_can_be_copied() {
        let mut table = Table::new([""; 0]).indent(2);
        let command = "aws lambda invoke --payload '{\"a\": 1}' out.json";
        table.row([Cell::from("fail"), Cell::from("the function is off").and_command(command)]);
        let shown = "  fail  the function is off
        → aws lambda invoke \\
            --payload '{\"a\": 1}' \\
            out.json
";
        assert_eq!(plain(&table.lines(34)), shown);
    }

    #[test]
    fn wide_characters_take_two_columns_and_nothing_moves_the_cursor() {
        let mut table = Table::new(["A", "B"]);
        table.row(["財務", "x\u{1b}[2J\n"]).row(["ab", "y"]);
        assert_eq!(plain(&table.lines(80)), "A     B\n財務  x [2J\nab    y\n");
    }

    #[test]
    fn a_row_of_known_widths_is_laid_out_alone() {
        let layout = Layout { widths: vec![4, 10], right: Vec::new(), indent: 2 };
        assert_eq!(
            plain(&layout.row(&["ok".into(), "all is well".into()])),
            "  ok    all is\n        well\n"
        );
    }
}
