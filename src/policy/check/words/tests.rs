use crate::policy::{Policy, PolicyFault};
use crate::words::{Piece, Term, Words};

const RULE: &str = "[[rule]]\nname = \"a\"\nsections = [\"profile\"]\n[words]\n";

fn checked(words: &str) -> Result<(Policy, Vec<PolicyFault>), Vec<PolicyFault>> {
    Policy::check(&format!("{RULE}{words}"))
}

#[test]
fn a_word_that_cannot_be_replaced_so_is_a_fault_with_its_line_and_remedy() {
    let long = format!("manager = \"{}\"", "W".repeat(Term::Manager.limit() + 1));
    for (words, says) in [
        ("managr = \"x\"", "line 5: `words.managr`: the program has no such word; did you mean `manager`?"),
        ("\nDays = \"x\"", "line 6: `words.Days`: the program has no such word; did you mean `days`?"),
        ("for = \"Für {name}\"", "line 5: `words.for`: the word has no place `{name}`; it has none"),
        (
            "with_login = \"{name}\"",
            "line 5: `words.with_login`: the place `{login}` is missing; its places: `{name}`, `{login}`",
        ),
        ("days = [\"{n} Tag\", \"Tage\"]", "line 5: `words.days`: the place `{n}` is missing"),
        ("more_warnings = \"{n} und {n}\"", "line 5: `words.more_warnings`: the place `{n}` appears twice"),
        ("days = \"{n Tage\"", "line 5: `words.days`: a brace is not closed or not opened"),
        ("days = \"n} Tage\"", "line 5: `words.days`: a brace is not closed or not opened"),
        ("for = \"Für\\nalle\"", "line 5: `words.for`: the text has a line break or a control character"),
        ("for = \"Für\\u2028alle\"", "line 5: `words.for`: the text has a line break or a control character"),
        ("for = \"Für\\u200balle\"", "line 5: `words.for`: a message would show some of its characters diff"),
        ("for = \"*Für*\"", "line 5: `words.for`: a message would show some of its characters differently"),
        ("for = \"\"", "line 5: `words.for`: the text is empty"),
        ("comma = \" \"", "line 5: `words.comma`: the text is empty"),
        (
            "for = [\"Für\", \"Für\"]",
            "line 5: `words.for`: it depends on no number, so it has one text, not two",
        ),
        (
            "days = [\"{n} a\", \"{n} b\", \"{n} c\"]",
            "line 5: `words.days` has the wrong number of texts; write one text, or two",
        ),
        ("days = []", "line 5: `words.days` has the wrong number of texts; write one text, or two"),
        ("for = [\"a\", \"b\", \"c\"]", "line 5: `words.for` has the wrong number of texts; write one text"),
        ("for = []", "line 5: `words.for` has the wrong number of texts; write one text"),
        ("for = 1", "line 5: `for` can't be a number; write a text in quotes"),
        ("for = [1]", "line 5: an entry of `for` can't be a number; write a text in quotes"),
        ("for = \"a\"\nfor = \"b\"", "line 6: `for` has a value already (line 5); delete one of them"),
        (
            &long,
            "line 5: `words.manager`: the text is too long; besides its places it may have 16 characters",
        ),
        ("labelled = \"{value}: {label}\"", "line 5: `words.labelled`: the text must begin with `{label}`"),
        (
            "to_look_at = \"{what}: {n}\"",
            "line 5: `words.to_look_at`: the text can't begin with `{what}`; a name could imitate the headline",
        ),
    ] {
        let faults: Vec<_> = checked(words).unwrap_err().iter().map(ToString::to_string).collect();
        assert!(faults[0].starts_with(says), "{words}: {faults:?}");
        assert_eq!(faults.len(), 1, "{words}: {faults:?}");
    }
}

#[test]
fn every_fault_is_reported_and_a_faulty_file_gets_no_warning_of_missing_words() {
    let faults = checked("managr = \"x\"\nfor = \"\"\nday = \"x\"").unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [5, 6, 7]);
}

#[test]
fn one_warning_names_the_words_that_stay_english() {
    let all = |but: &[Term]| -> String {
        let words = Term::ALL.iter().filter(|word| !but.contains(word));
        let lines = words.map(|word| format!("{} = {:?}\n", word.key(), word.english().last().unwrap()));
        lines.collect::<Vec<_>>().concat()
    };
    let (policy, warnings) = checked(&all(&[Term::For, Term::Days])).unwrap();
    assert!(policy.words.are_replaced());
    let said: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    let number = Term::ALL.len();
    assert_eq!(said, [format!("line 4: `[words]` leaves 2 of {number} words English; add for, days")]);
    let (_, warnings) = checked(&all(&[])).unwrap();
    assert_eq!(warnings, []);
    let (policy, warnings) = Policy::check(RULE.trim_end_matches("[words]\n")).unwrap();
    assert_eq!((policy.words, warnings), (Words::english(), Vec::new()));
}

#[test]
fn spaces_of_other_languages_and_text_from_right_to_left_are_allowed() {
    for words in
        ["labelled = \"{label}\u{202f}: {value}\"", "for = \"עבור\"", "warning = \"تحذير\"", "space = \"\""]
    {
        assert!(checked(words).is_ok(), "{words}: {:?}", checked(words));
    }
}

#[test]
fn a_template_is_tried_with_the_words_of_the_policy() {
    let template = "{{ words.warning | first }}{{ (warnings | first | default('')).nothing }}";
    let fails = format!("[[rule]]\nname = \"a\"\nsections = [\"profile\"]\ntemplate = \"{template}\"\n");
    assert!(Policy::check(&fails).is_err());
    // The template fails only if the label is not English.
    let template =
        "{% if not words.warning is startingwith('WARNING') %}{{ none.at }}{% endif %}{{ headline }}";
    let rule = format!("[[rule]]\nname = \"a\"\nsections = [\"profile\"]\ntemplate = \"{template}\"\n");
    assert!(Policy::check(&rule).is_ok());
    let faults = Policy::check(&format!("{rule}[words]\nwarning = \"ACHTUNG\"\n")).unwrap_err();
    assert_eq!(faults[0].line, 4, "{faults:?}");
}

/// Some words in Japanese: a full-width colon, no plural, other separators.
#[test]
fn some_words_can_be_japanese() {
    let words = "labelled = \"{label}：{value}\"\ncomma = \"、\"\nspace = \"\"\nmonths = \"{n}か月\"\ndays = \"{n}日\"\n\
                 warning = \"警告\"\nwith_login = \"{name}（{login}）\"\nand_more = \"{list}ほか{n}件\"\n";
    let words = checked(words).unwrap().0.words;
    let days = |n| Piece::counted(Term::Days, n);
    assert_eq!(words.say(&days(1)), "1日");
    assert_eq!(words.say(&Piece::Series(vec![Piece::counted(Term::Months, 2), days(3)])), "2か月3日");
    let names: Vec<_> = ["営業", "経理", "人事"].map(Piece::name).into();
    assert_eq!(words.say(&Piece::list(names.clone(), 3)), "営業、経理、人事");
    assert_eq!(words.say(&Piece::list(names, 2)), "営業、経理ほか1件");
    let person = Piece::said(Term::WithLogin, ["山田太郎", "taro@example.com"].map(Piece::name));
    let line = Piece::said(Term::Labelled, [Term::Warning.into(), person]);
    assert_eq!(words.say(&line), "警告：山田太郎（taro@example.com）");
    assert_eq!(words.say(&Piece::counted(Term::Hours, 1)), "1 hour");
}

/// Whoever adds a word also writes its German text.
#[test]
fn the_german_example_replaces_every_word_and_keeps_no_english_text() {
    let (policy, warnings) = Policy::check(include_str!("../../../../examples/german.toml")).unwrap();
    assert_eq!(warnings, []);
    for word in Term::ALL {
        let key = word.key();
        let german = policy.words.replacement(*word);
        let german =
            german.unwrap_or_else(|| panic!("write the German text of `{key}` in examples/german.toml"));
        for (text, english) in german.iter().zip(word.english()) {
            let has_words = word.places().iter().fold(text.clone(), |text, place| text.replace(place, ""));
            // The last line names the program.
            if has_words.contains(char::is_alphabetic) && *word != Term::Provenance {
                assert_ne!(text, english, "{key}");
            }
        }
        assert_eq!(german.len(), word.english().len(), "{key}: one text for the number 1, or none");
    }
}
