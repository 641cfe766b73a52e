//! What SECURITY.md says of how releases are built, compared with the workflows and the list of tools.

use std::path::PathBuf;

use okta_simulator::doubles::root;

use crate::assert_none;

fn workflows() -> Vec<(PathBuf, String)> {
    let files = root().join(".github/workflows").read_dir().unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_action_is_pinned_by_its_commit_and_no_cache_is_read() {
    let (mut faults, mut actions) = (Vec::new(), 0);
    for (path, text) in workflows() {
        for line in text.lines() {
            let line = line.trim_start().trim_start_matches("- ");
            if let Some(action) = line.strip_prefix("uses: ") {
                actions += 1;
                let commit = action.split_whitespace().next().and_then(|it| it.split('@').nth(1));
                let is_commit =
                    commit.is_some_and(|it| it.len() == 40 && it.chars().all(|c| c.is_ascii_hexdigit()));
                if !is_commit {
                    faults.push(format!("{}: {line}: no commit", path.display()));
                }
            }
            if !line.starts_with('#') && line.to_lowercase().contains("cache") {
                faults.push(format!("{}: {line}: a cache", path.display()));
            }
        }
    }
    assert_none(&faults);
    assert!(actions > 10, "{actions} actions");
}

#[test]
fn rust_is_pinned_by_its_version_and_each_tool_by_the_hashes_of_its_files() {
    let rust = std::fs::read_to_string(root().join(".ci/rust")).unwrap();
    let version = rust.lines().find_map(|line| line.strip_prefix("version=")).unwrap();
    assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{version}");
    let tools = std::fs::read_to_string(root().join(".ci/tools.txt")).unwrap().replace("\\\n", " ");
    let lines: Vec<_> = tools.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    for tool in ["cargo-lambda", "maturin", "ziglang"] {
        let line = lines.iter().find(|line| line.starts_with(&format!("{tool}=="))).unwrap();
        assert!(line.contains("--hash=sha256:"), "{line}");
    }
    assert!(lines.iter().all(|line| line.contains("--hash=sha256:")), "{lines:?}");
    let release = std::fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let installs = release.lines().filter(|line| line.contains("pip install"));
    let unchecked: Vec<_> =
        installs.filter(|line| !line.contains("--require-hashes") && !line.contains(".whl")).collect();
    assert!(unchecked.is_empty(), "{unchecked:?}");
}

/// Checks come before what is built; both builds are in folders of their own, and compared byte by byte.
#[test]
fn a_release_is_checked_first_and_its_lambdas_are_built_twice_and_compared() {
    let release = std::fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let jobs = release.split("\njobs:\n").nth(1).unwrap();
    let (check, lambda) = jobs.split_once("\n  lambda:\n").unwrap();
    assert!(check.contains("- run: .ci/run\n"));
    let lambda = lambda.split("\n  wheel").next().unwrap();
    assert!(lambda.contains("    needs: check\n"));
    assert_eq!(
        lambda.matches(".ci/lambda\" \"$ARCHITECTURE\"").count()
            + lambda.matches(".ci/lambda \"$ARCHITECTURE\"").count(),
        2
    );
    assert!(lambda.contains("diff --recursive dist \"$again/dist\""));
}

#[test]
fn the_wheel_needs_no_package_and_package_indexes_refuse_it() {
    let project = std::fs::read_to_string(root().join("cli/pyproject.toml")).unwrap();
    assert!(!project.lines().any(|line| line.starts_with("dependencies")), "{project}");
    // PyPI refuses what has a classifier that begins with `Private ::`.
    assert!(project.contains("\n  \"Private :: Do Not Upload\","), "{project}");
}

#[test]
fn builds_hold_to_the_lock_file_and_no_package_has_unsafe_code() {
    assert!(root().join("Cargo.lock").is_file());
    let (mut faults, mut builds) = (Vec::new(), 0);
    for script in ["run", "lambda", "wheel", "e2e", "judges"] {
        let text = std::fs::read_to_string(root().join(".ci").join(script)).unwrap();
        let takes = ["build", "test", "clippy", "doc", "bench", "lambda build", "pkgid"]
            .map(|it| format!("cargo {it} "));
        let lines = text.lines().filter(|line| takes.iter().any(|start| line.contains(start)));
        for line in lines.filter(|line| !line.trim_start().starts_with('#')) {
            builds += 1;
            // The arguments of the fuzz targets begin with `--locked`.
            if !line.contains("--locked") && !line.contains("${fuzz[@]}") {
                faults.push(format!(".ci/{script}: {line}"));
            }
        }
    }
    assert_none(&faults);
    assert!(builds > 8, "{builds} builds");
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("\nunsafe_code = \"forbid\"\n"));
    for package in ["Cargo.toml", "cli/Cargo.toml", "simulator/Cargo.toml"] {
        let text = std::fs::read_to_string(root().join(package)).unwrap();
        assert!(text.contains("\n[lints]\nworkspace = true\n"), "{package}");
    }
}
