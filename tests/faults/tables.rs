//! The Markdown tables of docs/faults.md, each below its heading.

use std::collections::BTreeMap;

use okta_simulator::doubles::root;

/// The Markdown tables of the documentation, each below its heading.
pub(crate) struct Tables(BTreeMap<String, Vec<Vec<String>>>);

impl Tables {
    pub(crate) fn read() -> Tables {
        let text = std::fs::read_to_string(root().join("docs/faults.md")).unwrap();
        let mut tables: BTreeMap<_, Vec<Vec<String>>> = BTreeMap::new();
        let mut heading = String::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                title.clone_into(&mut heading);
            } else if let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix('|')) {
                let row = row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
                tables.entry(heading.clone()).or_default().push(row);
            }
        }
        Tables(tables)
    }

    /// The rows of the table below `heading`, its head with them.
    pub(crate) fn table(&self, heading: &str) -> &[Vec<String>] {
        self.0.get(heading).unwrap_or_else(|| panic!("docs/faults.md has no table below `{heading}`"))
    }

    pub(crate) fn rows(&self, heading: &str) -> &[Vec<String>] {
        &self.table(heading)[1..]
    }

    /// Each cell of a table of outcomes: row, column, outcome. Rows and columns that name several things are
    /// all of them.
    pub(crate) fn cells(&self, heading: &str) -> Vec<(String, String, String)> {
        let (head, rows) = self.table(heading).split_first().unwrap();
        let mut cells = Vec::new();
        for row in rows {
            assert_eq!(row.len(), head.len(), "{heading}: {row:?}");
            for (columns, outcome) in head.iter().zip(row).skip(1) {
                for column in columns.split(", ") {
                    cells.extend(row[0].split(", ").map(|row| (row.into(), column.into(), outcome.clone())));
                }
            }
        }
        cells
    }

    /// The names in the first column.
    pub(crate) fn names(&self, heading: &str) -> Vec<&str> {
        self.rows(heading).iter().map(|row| row[0].as_str()).collect()
    }

    pub(crate) fn row(&self, heading: &str, name: &str) -> &[String] {
        let found = self.rows(heading).iter().find(|row| row[0].split(", ").any(|part| part == name));
        found.unwrap_or_else(|| panic!("`{name}` is not in the table below `{heading}`"))
    }
}
