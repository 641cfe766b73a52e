//! `enricher init --upgrade`: what it renews, what it keeps, and when it refuses.

use std::fs;

use crate::{ARM64, FILES, Place, checksum, mode, program, set_mode};

/// A later version's binary for arm64.
fn later() -> Vec<u8> {
    [program(ARM64), b" later".to_vec()].concat()
}

/// A kit as an older version might have written it: its own checksums, and other content.
fn aged() -> Place {
    let place = Place::new();
    place.kit();
    let mut manifest: serde_json::Value = serde_json::from_str(&place.read("kit/kit.json")).unwrap();
    manifest["version"] = "0.0.9".into();
    manifest["later"] = "a member that this version does not know".into();
    for file in ["template.yaml", "runbook.md", "enrichment.schema.json"] {
        let old = format!("old {file}\n");
        manifest["files"][file] = checksum(old.as_bytes()).into();
        place.write(&format!("kit/{file}"), old);
    }
    place.write("kit/kit.json", manifest.to_string());
    place.write("later", later());
    place
}

fn contents(place: &Place) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| (name.clone(), fs::read(place.path("kit").join(name)).unwrap());
    place.files("kit").into_iter().map(read).collect()
}

#[test]
fn binary_template_schema_and_runbook_are_renewed_and_the_rest_is_kept() {
    let place = aged();
    for file in ["function/enrichment.toml", "samconfig.toml", ".gitignore"] {
        let mine = format!("# mine\n{}", place.read(&format!("kit/{file}")));
        place.write(&format!("kit/{file}"), mine);
    }
    place.write("kit/notes.md", "mine");
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let mut printed: Vec<_> = ran.stdout.lines().collect();
    printed.sort_unstable();
    let renewed = [
        "kit/enrichment.schema.json",
        "kit/function/bootstrap",
        "kit/kit.json",
        "kit/runbook.md",
        "kit/template.yaml",
    ];
    assert_eq!(printed, renewed);
    assert!(ran.stderr.contains("it was 0.0.9, arm64"), "{}", ran.stderr);

    let fresh = Place::new();
    fresh.write("later", later());
    assert_eq!(fresh.init(&["kit", "--bootstrap", "later"]).status, 0);
    for file in FILES {
        let (ours, new) = (fs::read(place.path("kit").join(file)), fs::read(fresh.path("kit").join(file)));
        let (ours, new) = (ours.unwrap(), new.unwrap());
        let mine = ["function/enrichment.toml", "samconfig.toml", ".gitignore"].contains(&file);
        assert_eq!(ours, if mine { [b"# mine\n".to_vec(), new].concat() } else { new }, "{file}");
    }
    assert_eq!(place.read("kit/notes.md"), "mine");
    assert_eq!(mode(&place.path("kit/function/bootstrap")), 0o755);

    let again = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!((again.status, again.stdout.as_str()), (0, ""));
    assert!(again.stderr.contains("Nothing to renew"), "{}", again.stderr);
    // Back to the version before.
    let back = place.init(&["--upgrade", "kit", "--bootstrap", "arm64"]);
    assert_eq!((back.status, back.stdout.as_str()), (0, "kit/function/bootstrap\nkit/kit.json\n"));
}

#[test]
fn an_edited_file_is_refused_before_anything_is_written() {
    let place = aged();
    place.write("kit/template.yaml", "mine");
    place.write("kit/events/access.request.create--v1.json", "{}");
    let before = contents(&place);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    for text in [
        "`kit/template.yaml`",
        "`kit/events/access.request.create--v1.json`",
        "someone edited",
        "--overwrite",
    ] {
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("runbook.md"), "{}", ran.stderr);
    assert_eq!(contents(&place), before);
}

#[test]
fn overwrite_replaces_an_edited_file_and_keeps_it_beside() {
    let place = aged();
    place.write("kit/template.yaml", "mine");
    let ran = place.init(&["--upgrade", "--overwrite", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(place.read("kit/edited/template.yaml"), "mine");
    assert!(ran.stdout.contains("kit/edited/template.yaml\n"), "{}", ran.stdout);
    assert!(place.read("kit/template.yaml").contains("AWS::Serverless"));

    place.write("kit/template.yaml", "mine again");
    let before = contents(&place);
    let ran = place.init(&["--upgrade", "--overwrite", "kit", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`kit/edited/template.yaml` is there already"), "{}", ran.stderr);
    assert_eq!(contents(&place), before);
}

/// As a checkout without the binary, with Windows's line breaks, and from a copy that lost its mode.
#[test]
fn what_git_does_to_a_kit_is_no_edit_and_is_healed() {
    let place = aged();
    for file in
        ["template.yaml", "events/access.request.create--v2.json", "kit.json", "function/enrichment.toml"]
    {
        let text = place.read(&format!("kit/{file}")).replace('\n', "\r\n");
        place.write(&format!("kit/{file}"), text);
    }
    fs::remove_file(place.path("kit/function/bootstrap")).unwrap();
    fs::remove_dir_all(place.path("kit/events")).unwrap();
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(
        (place.files("kit"), mode(&place.path("kit/function/bootstrap"))),
        (FILES.map(str::to_owned).to_vec(), 0o755)
    );

    set_mode(&place.path("kit/function/bootstrap"), 0o644);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "kit/function/bootstrap\n"), "{}", ran.stderr);
    assert_eq!(mode(&place.path("kit/function/bootstrap")), 0o755);
}

/// Everything but kit.json is moved into place first. A run that was cut off there finds its own new files.
#[test]
fn a_run_that_was_cut_off_can_be_repeated() {
    let place = aged();
    let former = place.read("kit/kit.json");
    assert_eq!(place.init(&["--upgrade", "kit", "--bootstrap", "later"]).status, 0);
    let renewed = place.read("kit/kit.json");
    place.write("kit/kit.json", former);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!((ran.status, place.read("kit/kit.json")), (0, renewed), "{}", ran.stderr);
}

/// As a run leaves it that is killed between two files: some are moved, the others wait with kit.json.
#[test]
fn what_a_killed_run_has_moved_is_no_edit_for_another_version() {
    let place = aged();
    fs::create_dir(place.path("kit/.enricher-new")).unwrap();
    place.write("kit/template.yaml", "template of a third version");
    let mut manifest: serde_json::Value = serde_json::from_str(&place.read("kit/kit.json")).unwrap();
    manifest["files"]["template.yaml"] = checksum(b"template of a third version").into();
    place.write("kit/.enricher-new/kit.json", manifest.to_string());
    place.write("kit/.enricher-new/runbook.md", "runbook of a third version");
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!((ran.status, place.files("kit")), (0, FILES.map(str::to_owned).to_vec()), "{}", ran.stderr);
    assert!(place.read("kit/template.yaml").contains("AWS::Serverless"));
}

#[test]
fn a_kit_keeps_its_processor_unless_another_is_named() {
    let place = aged();
    let before = contents(&place);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "x86_64"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("is for x86_64, not for arm64; give --architecture x86_64"),
        "{}",
        ran.stderr
    );
    assert_eq!(contents(&place), before);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "x86_64", "--architecture", "x86_64"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(place.processor("kit"), "x86_64");
    assert!(place.read("kit/kit.json").contains("\"architecture\": \"x86_64\""));
}

#[test]
fn what_is_no_kit_is_refused() {
    let place = Place::new();
    fs::create_dir(place.path("other")).unwrap();
    for folder in ["other", "missing", "arm64"] {
        let ran = place.init(&["--upgrade", folder, "--bootstrap", "arm64"]);
        assert_eq!(ran.status, 2);
        assert!(
            ran.stderr.contains(&format!("`{folder}` is not a kit: it has no kit.json")),
            "{}",
            ran.stderr
        );
    }
    assert!(place.files("other").is_empty() && !place.path("missing").exists());
    place.write("other/kit.json", "<<<<<<< HEAD\n");
    let ran = place.init(&["--upgrade", "other", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("failed to read `other/kit.json`"), "{}", ran.stderr);
    // The system gives pages of zeros for what was never written.
    fs::File::create(place.path("other/kit.json")).unwrap().set_len(1 << 40).unwrap();
    let ran = place.init(&["--upgrade", "other", "--bootstrap", "arm64"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("it is larger than 64 kB; restore it"), "{}", ran.stderr);
    fs::remove_file(place.path("other/kit.json")).unwrap();
    assert!(
        std::process::Command::new("mkfifo").arg(place.path("other/kit.json")).status().unwrap().success()
    );
    let ran = place.init(&["--upgrade", "other", "--bootstrap", "arm64"]);
    assert!(ran.stderr.contains("it is not a file; restore it"), "{}", ran.stderr);
    assert_eq!(place.init(&["--overwrite", "new", "--bootstrap", "arm64"]).status, 2, "only with --upgrade");
}

#[test]
fn what_stands_in_the_place_of_a_file_or_folder_is_told_before_anything_is_written() {
    for (path, is_folder, why) in [
        ("kit/runbook.md", true, "is not a file"),
        ("kit/function", false, "is not a folder"),
        ("kit/edited", false, "is not a folder"),
    ] {
        let place = aged();
        place.write("kit/template.yaml", "mine");
        fs::remove_file(place.path(path)).or_else(|_| fs::remove_dir_all(place.path(path))).ok();
        if is_folder {
            fs::create_dir(place.path(path)).unwrap();
        } else {
            place.write(path, "mine");
        }
        let before = contents(&place);
        let ran = place.init(&["--upgrade", "--overwrite", "kit", "--bootstrap", "later"]);
        assert_eq!(ran.status, 2, "{path}");
        assert!(ran.stderr.contains(&format!("`{path}` {why}")), "{}", ran.stderr);
        assert_eq!(contents(&place), before, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    for link in ["template.yaml", "kit.json", "function", "events"] {
        let place = aged();
        fs::rename(place.path("kit").join(link), place.path("elsewhere")).unwrap();
        std::os::unix::fs::symlink(place.path("elsewhere"), place.path("kit").join(link)).unwrap();
        let before = contents(&place);
        let ran = place.init(&["--upgrade", "--overwrite", "kit", "--bootstrap", "later"]);
        assert_eq!(ran.status, 2, "{link}");
        assert!(ran.stderr.contains(&format!("`kit/{link}` is a symbolic link")), "{}", ran.stderr);
        assert_eq!(contents(&place), before, "{link}");
    }
}

/// The kit is renewed all the same, for the policy can then be mended with its schema.
#[test]
fn a_policy_that_this_version_can_t_read_is_told_and_fails() {
    let place = aged();
    place.write("kit/function/enrichment.toml", "[[rule]]\nname = \"r\"\nlater = true\n");
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains(" --> kit/function/enrichment.toml:3:"), "{}", ran.stderr);
    assert!(ran.stderr.contains("do not deploy yet") && !ran.stderr.contains("sam deploy"), "{}", ran.stderr);
    assert_eq!(fs::read(place.path("kit/function/bootstrap")).unwrap(), later());

    let token = format!("# 00{}", "hunter2-".repeat(5));
    let large = "#".repeat(256 * 1024 + 1);
    for (policy, why) in [
        (&b"caf\xE9"[..], "it is not UTF-8"),
        (large.as_bytes(), "it is larger than 256 kB"),
        (token.as_bytes(), "it holds a credential"),
    ] {
        place.write("kit/function/enrichment.toml", policy);
        let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.contains(why) && ran.stderr.contains("do not deploy yet"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }

    fs::remove_file(place.path("kit/function/enrichment.toml")).unwrap();
    fs::create_dir(place.path("kit/function/enrichment.toml")).unwrap();
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!((ran.status, ran.stderr.contains("do not deploy yet")), (1, true), "{}", ran.stderr);
}

/// Lambda runs the function as a user of its own, and the mode is in the zip.
#[cfg(unix)]
#[test]
fn a_policy_that_lambda_may_not_read_is_told_and_fails() {
    let place = aged();
    set_mode(&place.path("kit/function/enrichment.toml"), 0o640);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("chmod 644") && !ran.stderr.contains("sam deploy"), "{}", ran.stderr);
    set_mode(&place.path("kit/function/enrichment.toml"), 0o644);
    assert_eq!(place.init(&["--upgrade", "kit", "--bootstrap", "later"]).status, 0);
}

#[test]
fn warnings_of_the_policy_and_a_missing_one_are_told_and_do_not_fail() {
    let place = aged();
    let policy = "[[rule]]\nname = \"quiet\"\nmessage = \"none\"\n";
    place.write("kit/function/enrichment.toml", policy);
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains(" --> kit/function/enrichment.toml:3:"), "{}", ran.stderr);

    fs::remove_file(place.path("kit/function/enrichment.toml")).unwrap();
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("the function uses the policy in its binary"), "{}", ran.stderr);
    assert!(!place.path("kit/function/enrichment.toml").exists());
}

#[test]
fn a_missing_samconfig_is_not_restored_and_is_said() {
    let place = aged();
    let note = "note: there is no `kit/samconfig.toml`, from which sam deploy takes the settings";
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert!(!ran.stderr.contains("note: "), "{}", ran.stderr);
    fs::remove_file(place.path("kit/samconfig.toml")).unwrap();
    let ran = place.init(&["--upgrade", "kit", "--bootstrap", "later"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains(note) && !place.path("kit/samconfig.toml").exists(), "{}", ran.stderr);
}
