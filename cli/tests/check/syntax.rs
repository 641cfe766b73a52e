//! Files that are no TOML, or nearly.

use super::{RULE, assert_mistakes, assert_mistakes_of_rule, check, faults, with};

#[test]
fn quotes_brackets_and_signs_are_mended_in_words() {
    assert_mistakes(&[
        ("[[rule]]\nname = “a”\nsections = [\"profile\"]\n", 2, 8, &["curly quotes", "write `\"a\"`"]),
        ("[[rule]]\nname = ‘a’\nsections = [\"profile\"]\n", 2, 8, &["curly quotes"]),
        ("[[rule]]\nname = „a“\nsections = [\"profile\"]\n", 2, 8, &["curly quotes"]),
        ("[[rule]]\nname = finance\nsections = [\"profile\"]\n", 2, 8, &["needs quotes", "`\"finance\"`"]),
        ("[[rule]]\nname = \"a\nsections = [\"profile\"]\n", 2, 8, &["not closed on its line", "write `\"`"]),
        ("[[rule]]\nname = 'a\nsections = [\"profile\"]\n", 2, 8, &["not closed on its line", "write `'`"]),
        ("[[rule]]\nname: \"a\"\nsections = [\"profile\"]\n", 2, 5, &["`:` in place of `=`"]),
        ("[[rule]]\nname \"a\"\nsections = [\"profile\"]\n", 2, 5, &["`=` is missing after `name`"]),
        ("[[rule]]\nname =\nsections = [\"profile\"]\n", 2, 1, &["`name` has no value"]),
        ("[[rule]]\nname == \"a\"\nsections = [\"profile\"]\n", 2, 7, &["one `=` too many"]),
        ("[[rule]\nname = \"a\"\nsections = [\"profile\"]\n", 1, 1, &["heading is not closed", "`[[rule]]`"]),
        ("[rule\nname = \"a\"\nsections = [\"profile\"]\n", 1, 1, &["heading is not closed", "`[[rule]]`"]),
        ("[[rule]] x\nname = \"a\"\nsections = [\"profile\"]\n", 1, 10, &["goes on after its heading"]),
        ("[[]]\nname = \"a\"\nsections = [\"profile\"]\n", 1, 3, &["a name is missing"]),
        ("[rule]\nname = \"a\"\nsections = [\"profile\"]\n", 1, 1, &["write `[[rule]]`", "two brackets"]),
        ("[[rule]]\nname = \"a\"\nsections = [\"profile\"\n", 3, 12, &["list", "not closed", "write `]`"]),
        (
            "[[rule]]\nname = \"a\"\nsections = [\"profile\"}\n",
            3,
            22,
            &["`}` does not close the list", "`]`"],
        ),
        ("[[rule]]\nname = \"a\"\nsections = ]\n", 3, 12, &["bracket closes nothing"]),
        ("[[rule]]\nname = \"a\"\nsections = [profile]\n", 3, 13, &["needs quotes", "`\"profile\"`"]),
        ("[[rule]]\nname = \"a\"\nsections = \"sod\", \"profile\"\n", 3, 12, &["`[\"sod\", \"profile\"]`"]),
        ("[[rule]]\nname = \"a\"\nsections = [\"sod\" \"profile\"]\n", 3, 19, &["comma is missing"]),
        ("[[rule]]\nname = \"a\"\nsections = [\"sod\",, \"profile\"]\n", 3, 19, &["comma too many"]),
    ]);
    assert_mistakes_of_rule(&[
        ("name = \"b\"", 1, &["`name` has a value already (line 2)", "delete one"]),
        ("grants = True", 10, &["`True`", "write `true`"]),
        ("grants = yes", 10, &["`yes` is no value", "write `true`"]),
        ("end_date = null", 12, &["`null` is no value", "delete the line"]),
        ("end_date = 2026-13-45", 12, &["neither a number nor a date", "`\"2026-13-45\"`"]),
        ("end_date = 01", 12, &["neither a number nor a date"]),
        ("template = \"C:\\dir\"", 15, &["`\\d` is no escape", "`\\\\`"]),
        ("// a comment", 1, &["a comment begins with `#`"]),
        ("grants = true // why", 15, &["a comment begins with `#`"]),
        ("on behalf = true", 1, &["a key has no spaces", "`on_behalf`"]),
        ("end_date = \"a\" \"b\"", 16, &["goes on after its value"]),
        ("grants = true message = \"none\"", 10, &["second key stands on this line"]),
        ("match = { api = \"v1\"", 9, &["table", "not closed", "write `}`"]),
        ("match = { api: \"v1\" }", 14, &["`:` in place of `=`"]),
        ("match = { api \"v1\" }", 15, &["within braces stand keys with values"]),
        ("template = \"\"\"\n{{ headline }}", 12, &["text", "not closed", "write `\"\"\"`"]),
        ("grants\u{a0}= true", 7, &["odd space (U+00A0)", "plain space"]),
        ("template = \"a\u{7}b\"", 14, &["control character (U+0007)"]),
        ("just some words", 5, &["`=` is missing"]),
    ]);
}

#[test]
fn what_other_languages_write_is_known() {
    assert_mistakes_of_rule(&[
        ("end_date = \"x\";", 15, &["goes on after its value", "delete it"]),
        ("end_date = \"x\",", 15, &["goes on after its value", "delete it"]),
        ("required = (\"profile\")", 12, &["a list stands in brackets", "`[\"profile\"]`"]),
        (
            "required = {\"profile\", \"request\"}",
            12,
            &["in brackets, not in braces", "`[\"profile\", \"request\"]`"],
        ),
        ("required = profile, request", 12, &["each in quotes", "`[\"profile\", \"request\"]`"]),
        ("template = {{ headline }}", 12, &["needs quotes", "`\"{{ headline }}\"`"]),
        (
            "template = \"{{ headline }}\n{{ provenance }}\"",
            12,
            &["several lines", "`\"\"\"` at both of its ends"],
        ),
        ("attributes = [{ \"title\": \"Title\" }]", 24, &["`:` in place of `=`"]),
        ("match { api = \"v2\" }", 6, &["`=` is missing after `match`"]),
        ("[match]\napi = \"v2\"", 2, &["write `rule.match` in the heading"]),
        ("match = { resources = [\"0oa1a2b3c4d5e6f7g8h9\" }", 47, &["`}` does not close the list", "`]`"]),
        ("grants = tru", 10, &["`tru` is no value", "`true`"]),
        ("\u{200b}grants = true", 1, &["hidden character (U+200B)", "delete it"]),
        ("grants = true\u{200b}", 14, &["hidden character (U+200B)", "delete it"]),
        ("gr\u{430}nts = true", 3, &["(U+0430) is no letter from a to z", "plain letters"]),
        ("<<<<<<< HEAD", 1, &["Git marks a conflict"]),
        ("]", 1, &["this bracket closes nothing"]),
    ]);
    assert_mistakes(&[(
        "[rule.finance]\nsections = [\"request\"]\n",
        1,
        7,
        &["`[[rule]]`", "`name = \"finance\"`"],
    )]);
}

#[test]
fn a_file_in_another_language_is_called_so() {
    assert_mistakes(&[
        ("{\"rule\": [{\"name\": \"a\"}]}\n", 1, 1, &["this is JSON", "TOML", "[[rule]]"]),
        ("[\n  {\"name\": \"a\"}\n]\n", 1, 1, &["this is JSON"]),
        ("# rules\nrule:\n  - name: a\n", 2, 1, &["this is YAML"]),
        ("---\nrule:\n", 1, 1, &["this is YAML"]),
        ("- name: a\n", 1, 1, &["this is YAML"]),
        ("<policy/>\n", 1, 1, &["this is XML or HTML"]),
        ("", 1, 1, &["the file is empty", "[[rule]]"]),
        ("\n \n", 1, 1, &["the file is empty"]),
        ("# only a comment\n", 1, 1, &["there is no rule"]),
        ("rule = []\n", 1, 1, &["there is no rule"]),
    ]);
}

#[test]
fn files_as_windows_writes_them_are_read() {
    let crlf = with("grnats = true").replace('\n', "\r\n");
    for file in [crlf.clone(), format!("\u{FEFF}{crlf}")] {
        let faults = faults(&file);
        assert_eq!((faults.len(), &faults[0]["line"], &faults[0]["column"]), (1, &4.into(), &1.into()));
        let shown = check(&[], file.as_bytes()).stdout;
        assert!(shown.contains("4 | grnats = true\n"), "{shown:?}");
    }
    for encode in [u16::to_le_bytes, u16::to_be_bytes] {
        for text in [RULE.to_owned(), format!("\u{FEFF}{RULE}")] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(encode).collect();
            let ran = check(&[], &bytes);
            assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
            assert!(
                ran.stderr.contains("UTF-16") && ran.stderr.contains("save it as UTF-8"),
                "{}",
                ran.stderr
            );
        }
    }
    let ran = check(&[], b"[[rule]]\nname = \"caf\xE9\"\n");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("not UTF-8") && ran.stderr.contains("line 2"), "{}", ran.stderr);
    assert_mistakes(&[("[[rule]]\rname = \"a\"\r", 1, 10, &["carriage return", "line ends"])]);
}

#[test]
fn tabs_and_wide_letters_move_no_caret() {
    let shown = check(&[], with("\tgrnats = true").as_bytes()).stdout;
    assert!(shown.contains("4 |     grnats = true\n  |     ^^^^^^ "), "{shown}");
    let shown = check(&[], with("match = { subjects = [\"質問 *\"], sorce = \"web\" }").as_bytes()).stdout;
    let (line, marks) = shown
        .split_once('\n')
        .map(|(_, rest)| rest)
        .and_then(|rest| {
            let mut lines = rest.lines().skip_while(|line| !line.starts_with("4 | "));
            Some((lines.next()?, lines.next()?))
        })
        .unwrap();
    let before = line.split("sorce").next().unwrap();
    // Each of these letters takes two columns of a terminal.
    assert_eq!(marks.find('^').unwrap(), before.chars().count() + 2, "{shown}");
}
