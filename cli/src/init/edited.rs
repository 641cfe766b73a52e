//! [`Edited`]: a text of the project on its way into the kit. An edit that does not find its place exactly once is
//! an error: otherwise a change of the project's text could leave the kit wrong without a word.

use crate::failure::Failure;

pub(super) struct Edited {
    /// The project's file, for errors.
    name: &'static str,
    text: String,
}

impl Edited {
    /// Begins with a file of the project. Line breaks become those of Unix, wherever this program was built.
    pub(super) fn of(name: &'static str, text: &str) -> Edited {
        Edited { name, text: text.replace("\r\n", "\n") }
    }

    pub(super) fn text(self) -> String {
        self.text
    }

    /// Replaces a text that stands in one place.
    pub(super) fn replace(mut self, from: &str, to: &str) -> Result<Edited, Failure> {
        self.count(from, from, |count| count == 1)?;
        self.text = self.text.replacen(from, to, 1);
        Ok(self)
    }

    /// Replaces a text in all its places, of which there is at least one.
    pub(super) fn replace_each(mut self, from: &str, to: &str) -> Result<Edited, Failure> {
        self.count(from, from, |count| count > 0)?;
        self.text = self.text.replace(from, to);
        Ok(self)
    }

    /// Replaces one whole line, or some that follow one another; no line replaces them if `to` is empty.
    pub(super) fn replace_lines(mut self, from: &str, to: &str) -> Result<Edited, Failure> {
        // With a line break before the first line, so that each line has one on either side.
        self.text.insert(0, '\n');
        let (from, to) =
            (format!("\n{from}\n"), if to.is_empty() { "\n".to_owned() } else { format!("\n{to}\n") });
        self.count(&from, from.trim(), |count| count == 1)?;
        self.text = self.text.replacen(&from, &to, 1);
        self.text.remove(0);
        Ok(self)
    }

    /// Takes out the block that begins with this line: all lines up to the next empty one, and that one.
    pub(super) fn without_block(self, first: &str) -> Result<Edited, Failure> {
        let lines = self.text.lines().skip_while(|line| *line != first);
        let block: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        let block = format!("{}\n", block.join("\n"));
        self.replace_lines(&block, "")
    }

    /// Takes out the lines that contain this text; there is at least one.
    pub(super) fn without_lines_with(mut self, text: &str) -> Result<Edited, Failure> {
        self.count(text, text, |count| count > 0)?;
        let kept = self.text.split_inclusive('\n').filter(|line| !line.contains(text));
        self.text = kept.collect();
        Ok(self)
    }

    fn count(&self, searched: &str, shown: &str, expected: impl Fn(usize) -> bool) -> Result<(), Failure> {
        let count = self.text.matches(searched).count();
        if expected(count) {
            return Ok(());
        }
        let Edited { name, .. } = self;
        Err(format!("this build of enricher can't make a kit: its {name} has `{shown}` {count} times").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a: 1\r\nb: 2\r\n\r\nb: 2 # twice\r\n  c: 3\r\n\r\nd: 4\r\n";

    fn edited(edit: impl Fn(Edited) -> Result<Edited, Failure>) -> Result<String, String> {
        edit(Edited::of("file", TEXT)).map(Edited::text).map_err(|failure| failure.to_string())
    }

    #[test]
    fn an_edit_changes_its_place_and_nothing_else() {
        let rest = "b: 2\n\nb: 2 # twice\n  c: 3\n\nd: 4\n";
        assert_eq!(edited(|it| it.replace("a: 1", "a: 0")).unwrap(), format!("a: 0\n{rest}"));
        assert_eq!(edited(|it| it.replace_lines("a: 1", "")).unwrap(), rest);
        assert_eq!(
            edited(|it| it.replace_lines("b: 2", "b: 5")).unwrap(),
            format!("a: 1\n{}", rest.replacen('2', "5", 1))
        );
        assert_eq!(
            edited(|it| it.replace_each("b: 2", "b: 5")).unwrap(),
            format!("a: 1\n{}", rest.replace('2', "5"))
        );
        assert_eq!(edited(|it| it.without_block("b: 2 # twice")).unwrap(), "a: 1\nb: 2\n\nd: 4\n");
        assert_eq!(edited(|it| it.without_lines_with("b:")).unwrap(), "a: 1\n\n  c: 3\n\nd: 4\n");
    }

    #[test]
    fn an_edit_without_its_one_place_is_an_error() {
        let failed =
            |times| Err(format!("this build of enricher can't make a kit: its file has `{times} times"));
        assert_eq!(edited(|it| it.replace("b: 2", "")), failed("b: 2` 2"));
        assert_eq!(edited(|it| it.replace("e: 5", "")), failed("e: 5` 0"));
        assert_eq!(edited(|it| it.replace_each("e: 5", "")), failed("e: 5` 0"));
        assert_eq!(edited(|it| it.replace_lines("c: 3", "")), failed("c: 3` 0"));
        assert_eq!(edited(|it| it.without_lines_with("e: 5")), failed("e: 5` 0"));
        assert!(edited(|it| it.without_block("c: 3")).is_err());
    }
}
