//! A [`Page`] is one Markdown file of the repository: its links, code, tables and headings. The tests compare
//! them with the program.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use okta_simulator::doubles::root;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::Names;

/// One Markdown file, as far as it is looked at.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) anchors: Names,
    pub(crate) links: Vec<(usize, String)>,
    pub(crate) images: Vec<Image>,
    /// Inline code.
    pub(crate) codes: Vec<(usize, String)>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) tables: Vec<Table>,
}

#[derive(Default)]
pub(crate) struct Image {
    pub(crate) line: usize,
    pub(crate) link: String,
    /// What stands in its place where it can't be seen.
    pub(crate) alternative: String,
}

pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) text: String,
}

pub(crate) struct Table {
    /// The headings above it, outermost first.
    pub(crate) headings: Vec<String>,
    /// The first cell of its header.
    pub(crate) header: String,
    pub(crate) rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) codes: Vec<String>,
    pub(crate) links: Vec<String>,
}

pub(crate) static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let mut files = files_below(root(), "md");
    files.sort();
    files.into_iter().map(|path| Page::read(&path)).collect()
});

pub(crate) fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "corpus" {
                found.extend(files_below(&path, extension));
            }
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found
}

pub(crate) fn page(path: &str) -> &'static Page {
    PAGES.iter().find(|page| page.path == root().join(path)).expect(path)
}

impl Page {
    pub(crate) fn read(path: &Path) -> Page {
        let text = std::fs::read_to_string(path).unwrap();
        let mut page = Page { path: path.to_owned(), ..Page::default() };
        let mut headings: Vec<String> = Vec::new();
        let (mut heading, mut block, mut cell): (Option<String>, Option<Block>, Option<Cell>) =
            (None, None, None);
        let mut image: Option<Image> = None;
        let mut row = Vec::new();
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        for (event, range) in Parser::new_ext(&text, options).into_offset_iter() {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    headings.truncate(level as usize - 1);
                    heading = Some(String::new());
                }
                Event::End(TagEnd::Heading(_)) => {
                    let heading = heading.take().unwrap();
                    page.anchors.insert(page.anchor(&heading));
                    headings.push(heading);
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    block = Some(Block { line: line + 1, language, text: String::new() });
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Table(_)) => {
                    page.tables.push(Table {
                        headings: headings.clone(),
                        header: String::new(),
                        rows: Vec::new(),
                    });
                }
                Event::Start(Tag::TableCell) => cell = Some(Cell::default()),
                Event::End(TagEnd::TableCell) => row.extend(cell.take()),
                Event::End(TagEnd::TableHead) => {
                    page.tables.last_mut().unwrap().header =
                        row.first().map(|cell: &Cell| cell.text.clone()).unwrap();
                    row.clear();
                }
                Event::End(TagEnd::TableRow) => {
                    page.tables.last_mut().unwrap().rows.push(std::mem::take(&mut row));
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    page.links.push((line, dest_url.to_string()));
                    if let Some(cell) = &mut cell {
                        cell.links.push(dest_url.to_string());
                    }
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    image = Some(Image { line, link: dest_url.to_string(), ..Image::default() });
                }
                Event::End(TagEnd::Image) => page.images.extend(image.take()),
                Event::Text(piece) if image.is_some() => image.as_mut().unwrap().alternative.push_str(&piece),
                Event::Text(piece) | Event::Code(piece) if heading.is_some() => {
                    heading.as_mut().unwrap().push_str(&piece);
                }
                Event::Text(piece) => match (&mut block, &mut cell) {
                    (Some(block), _) => block.text.push_str(&piece),
                    (None, Some(cell)) => cell.text.push_str(&piece),
                    (None, None) => {}
                },
                Event::Code(code) => {
                    page.codes.push((line, code.to_string()));
                    if let Some(cell) = &mut cell {
                        cell.text.push_str(&code);
                        cell.codes.push(code.to_string());
                    }
                }
                _ => {}
            }
        }
        page.text = text;
        page
    }

    /// As GitHub makes one of a heading.
    pub(crate) fn anchor(&self, heading: &str) -> String {
        let kept = heading.to_lowercase();
        let kept: String =
            kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_')).collect();
        let anchor = kept.replace(' ', "-");
        let times = (1..).map(|n| format!("{anchor}-{n}"));
        std::iter::once(anchor.clone()).chain(times).find(|anchor| !self.anchors.contains(anchor)).unwrap()
    }

    pub(crate) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.strip_prefix(root()).unwrap().display())
    }

    /// The rows of every table below a heading.
    pub(crate) fn rows(&self, heading: &str) -> Vec<&Vec<Cell>> {
        let below = self.tables.iter().filter(|table| table.headings.iter().any(|above| above == heading));
        let rows: Vec<_> = below.flat_map(|table| &table.rows).collect();
        assert!(!rows.is_empty(), "{} has no table below `{heading}`", self.path.display());
        rows
    }

    /// The rows of every table whose first column is called so.
    pub(crate) fn rows_of(&self, header: &str) -> Vec<&Vec<Cell>> {
        self.tables.iter().filter(|table| table.header == header).flat_map(|table| &table.rows).collect()
    }
}
