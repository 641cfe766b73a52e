//! Links lead somewhere, each page is reached from the README, and the changelog has the version.

use okta_simulator::doubles::root;

use crate::page::{PAGES, page};
use crate::{Names, assert_none};

#[test]
fn every_link_leads_somewhere() {
    let mut faults = Vec::new();
    for page in PAGES.iter() {
        for (line, link) in &page.links {
            if link.contains("://") {
                if !link.starts_with("https://") || link.contains("/okta-request-enricher") {
                    faults
                        .push(format!("{}: `{link}`: https, and none of this project's own", page.at(*line)));
                }
                continue;
            }
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, at)| (file, Some(at)));
            let target =
                if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            let Ok(target) = target.canonicalize() else {
                faults.push(format!("{}: `{link}`: there is no such file", page.at(*line)));
                continue;
            };
            let there = PAGES.iter().find(|other| other.path.canonicalize().unwrap() == target);
            if let (Some(anchor), Some(there)) = (anchor, there)
                && !there.anchors.contains(anchor)
            {
                faults.push(format!("{}: `{link}`: there is no such heading", page.at(*line)));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_page_is_reached_from_the_readme() {
    let readme = page("README.md");
    let links = readme.links.iter().map(|(_, link)| link);
    let linked = links.chain(readme.images.iter().map(|image| &image.link));
    let linked: Names = linked.map(|link| link.split('#').next().unwrap().to_owned()).collect();
    let pages: Vec<_> =
        std::fs::read_dir(root().join("docs")).unwrap().map(|file| file.unwrap().file_name()).collect();
    let pages = pages.iter().map(|name| format!("docs/{}", name.to_str().unwrap()));
    let missing: Vec<_> =
        pages.chain(["SECURITY.md".to_owned()]).filter(|name| !linked.contains(name)).collect();
    assert_none(&missing);
}

#[test]
fn the_changelog_has_the_version() {
    let changelog = page("CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    let heading = |anchor: &String| anchor == "unreleased" || anchor.starts_with(&version.replace('.', ""));
    assert!(changelog.anchors.iter().any(heading), "neither `Unreleased` nor `{version}`");
}
