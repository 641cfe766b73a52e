//! Files with many mistakes: all are reported at once.

use super::{check, faults};

#[test]
fn one_missing_bracket_hides_no_other_mistake() {
    let file = r#"[rule]
name = "a"
sections = ["request", "profile"
attributes = [{ name = "cost center", label = "C" }]

[rule]
nme = "b"
match = { resources = ["GitHub"]
sections = ["requests"]

[[rule]
name: "c"
sections = ["profile"]
message = never

[rule]
name = "d"
sections = ["sod"]
grants = "true"
"#;
    let places: Vec<_> = faults(file)
        .iter()
        .map(|it| (it["line"].as_u64().unwrap(), it["column"].as_u64().unwrap()))
        .collect();
    let all = [
        (1, 1),
        (3, 12),
        (4, 24),
        (6, 1),
        (7, 1),
        (8, 9),
        (8, 24),
        (9, 13),
        (11, 1),
        (12, 5),
        (14, 11),
        (16, 1),
        (19, 10),
    ];
    assert_eq!(places, all);
}

#[test]
fn the_excerpt_is_like_rustc_s() {
    let file = "[[rule]]\nnme = \"finance\"\nmatch = { resources = [\"GitHub\"] }\nsections = \"request\"\n";
    let ran = check(&[], file.as_bytes());
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.stdout, @r#"
    error: unknown key `nme`
     --> standard input:2:1
      |
    2 | nme = "finance"
      | ^^^ did you mean `name`?

    error: `match.resources`: `GitHub` is not the id of an app (`0oa…`)
     --> standard input:3:24
      |
    3 | match = { resources = ["GitHub"] }
      |                        ^^^^^^^^
      |
      = help: write its id, which is in the address of the app's page in the Admin Console

    error: `sections` can't be a text
     --> standard input:4:12
      |
    4 | sections = "request"
      |            ^^^^^^^^^ write `["request"]`
      |
      = help: write a list, such as ["request", "profile"]

    standard input: 3 errors
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_mistake_and_a_long_name_in_its_middle() {
    let name = "n".repeat(10_000);
    let ran = check(&[], format!("[[rule]]\nname = \"a\" # {name}\nsections = [\"{name}\"]\n").as_bytes());
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.lines().all(|line| line.len() < 500), "{}", ran.stdout);
}
