//! The kit's runbook.md: the project's own, without links to pages that the kit does not have.

use super::edited::Edited;
use crate::failure::Failure;

const PROJECT: &str = include_str!("../../../docs/runbook.md");

const HEADER: &str = "\
# Runbook

Written by `enricher init`; `enricher init --upgrade` renews it. Other pages that it names, such as `docs/operations.md`, are in the project's
repository.";

pub(super) fn runbook() -> Result<String, Failure> {
    let runbook = Edited::of("docs/runbook.md", PROJECT).replace_lines("# Runbook", HEADER)?;
    Ok(without_links_to_pages(&runbook.text()))
}

/// Writes each link to another file of the project as words: `[Cost](deploy.md#cost)` becomes
/// ``Cost (`docs/deploy.md`)``.
fn without_links_to_pages(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("](") {
        let (Some((head, words)), Some((target, tail))) = (before.rsplit_once('['), behind.split_once(')'))
        else {
            break;
        };
        kept += head;
        match page(target) {
            None => kept += &format!("[{words}]({target})"),
            Some(page) if page.ends_with(words) => kept += &format!("`{page}`"),
            Some(page) => kept += &format!("{words} (`{page}`)"),
        }
        rest = tail;
    }
    kept + rest
}

/// The file that a link of docs/runbook.md leads to; `None` for its own headings and for addresses.
fn page(target: &str) -> Option<String> {
    if target.starts_with('#') || target.contains("://") {
        return None;
    }
    let file = target.split('#').next()?;
    Some(file.strip_prefix("../").map_or_else(|| format!("docs/{file}"), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_other_pages_become_words() {
        let text = "See [Cost](#cost), [the\nrights](deploy.md#what), [CHANGELOG.md](../CHANGELOG.md), \
                    [AWS](https://aws.amazon.com/a) and `a[0].b[]`.";
        assert_eq!(
            without_links_to_pages(text),
            "See [Cost](#cost), the\nrights (`docs/deploy.md`), `CHANGELOG.md`, [AWS](https://aws.amazon.com/a) \
             and `a[0].b[]`."
        );
    }
}
