//! The tests of the repository, by file and name, as they stand in the sources.

use std::path::Path;

use okta_simulator::doubles::root;

use crate::Names;
use crate::page::files_below;

/// What is wrong with a citation of this test in this file; nothing if the test is there, and runs.
pub(crate) fn fault(file: &str, test: &str) -> Option<String> {
    let path = root().join(file);
    if !path.is_file() {
        return Some(format!("there is no file `{file}`"));
    }
    if !runs(&path) {
        return Some(format!("`{file}` is a module of no test"));
    }
    (!in_file(&path).contains(test)).then(|| format!("`{file}` has no test `{test}` that runs"))
}

/// The tests in the files below a folder, or in one file, as `file: test`.
pub(crate) fn below(path: &str) -> Names {
    let whole = root().join(path);
    let files = if whole.is_dir() { files_below(&whole, "rs") } else { vec![whole] };
    let named = |file: &Path| {
        let from_root = file.strip_prefix(root()).unwrap().display().to_string();
        in_file(file).into_iter().map(move |test| format!("{from_root}: {test}"))
    };
    files.iter().flat_map(|file| named(file)).collect()
}

/// Without those that are ignored.
fn in_file(path: &Path) -> Names {
    let text = std::fs::read_to_string(path).unwrap();
    if path.extension().is_some_and(|other| other == "py") {
        let defined = text.lines().filter_map(|line| line.trim_start().strip_prefix("def "));
        let names = defined.filter_map(|rest| rest.split('(').next());
        return names.filter(|name| name.starts_with("test_")).map(str::to_owned).collect();
    }
    let mut found = Names::new();
    let (mut is_test, mut is_ignored) = (false, false);
    for line in text.lines().map(str::trim_start) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        is_ignored |= line.starts_with("#[ignore");
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        let Some(name) = function.and_then(|rest| rest.split(['(', '<']).next()) else { continue };
        if is_test && !is_ignored {
            found.insert(name.to_owned());
        }
        (is_test, is_ignored) = (false, false);
    }
    found
}

/// Whether cargo or pytest takes the file: pytest by its name; cargo if it is a root, or if the file above it
/// has its `mod`.
fn runs(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let folder = path.parent().unwrap();
    if path.extension().is_some_and(|other| other == "py") {
        return name.starts_with("test_");
    }
    if matches!(name, "main" | "lib") || folder.file_name().is_some_and(|name| name == "tests") {
        return true;
    }
    let (own, above) = if name == "mod" { (folder, folder.parent().unwrap()) } else { (path, folder) };
    let module = format!("mod {};", own.file_stem().unwrap().to_str().unwrap());
    let parents =
        [above.join("main.rs"), above.join("lib.rs"), above.join("mod.rs"), above.with_extension("rs")];
    parents.iter().filter(|parent| parent.is_file()).any(|parent| {
        let text = std::fs::read_to_string(parent).unwrap();
        text.lines().any(|line| {
            line.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ") == module
        })
    })
}

#[test]
fn a_test_is_found_by_its_whole_name_and_only_where_it_runs() {
    let here = "cli/tests/documentation/tests_there.rs";
    assert_eq!(fault(here, "a_test_is_found_by_its_whole_name_and_only_where_it_runs"), None);
    for (file, test) in [(here, "a_test_is_found"), (here, "runs"), ("cli/tests/documentation/none.rs", "x")]
    {
        assert!(fault(file, test).is_some(), "{file}: {test}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.rs");
    std::fs::write(&file, "#[test]\n#[ignore]\nfn a() {}\n#[tokio::test]\nasync fn b() {}\nfn c() {}\n")
        .unwrap();
    assert_eq!(in_file(&file), Names::from(["b".to_owned()]));
    assert!(!runs(&file));
    std::fs::write(folder.path().join("main.rs"), "mod file;\n").unwrap();
    assert!(runs(&file));
}
