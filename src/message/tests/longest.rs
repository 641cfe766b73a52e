//! Messages with the longest words that a policy may have, the longest names, and all that can be warned of.

use super::super::*;
use crate::section::{
    ASKED_BY, AskedFor, Check, CheckKind, Content, FOR, Fact, Lack, Section, Source, Value, Warning,
    WarningKind,
};
use crate::words::Piece;

/// Words whose texts are as long as a policy may make them, and have no letters.
fn longest_words() -> Words {
    longest_words_of("7")
}

/// English, the longest words, and the longest ones from right to left, which isolates make longer still.
fn languages() -> [Words; 3] {
    [Words::english(), longest_words(), longest_words_of("ש")]
}

fn longest_words_of(letter: &str) -> Words {
    Term::ALL.iter().fold(Words::english(), |words, word| {
        let places = word.places().iter().map(|place| format!("{{{place}}}")).collect::<Vec<_>>().concat();
        words.with(*word, vec![format!("{places}{}", letter.repeat(word.limit()))])
    })
}

fn longest_name() -> Piece {
    let name = Piece::name(&"N".repeat(500));
    Piece::said(Term::WithLogin, [name, Piece::text(&"l".repeat(500), 100)])
}

/// The longest reason besides a missing right, which not every section says.
fn lack() -> Lack {
    Lack::of_answer(Term::EntryUnreadable)
}

fn longest_lack() -> Lack {
    Lack::of_answer(Piece::said(
        Term::ScopeMissing,
        [Piece::Plain("okta.governance.accessRequests.read".to_owned())],
    ))
}

/// Every part of a set of rules could not be read.
fn longest_lack_of_rules() -> Lack {
    let parts = [Term::PartGroups, Term::PartApps, Term::CheckRequest, Term::PartName];
    let parts = parts.map(|part| Piece::said(Term::PartUnread, [part.into(), longest_lack().reason]));
    Lack::of_answer(Piece::List { items: parts.into(), max: 4, between: Term::Semicolon })
}

/// The longest conflict: its names and its description have their limits in `enrichment::combinations`.
fn longest_warning() -> Warning {
    let names = ["a", "b", "c"].map(|name| Piece::quoted(&name.repeat(500), 60));
    let values = [Term::Medium.into()].into_iter().chain(names).collect();
    let conflict = Piece::Said(Term::HoldsAndAsks, values);
    let description = Piece::text(&"d".repeat(500), 120);
    Warning::new(WarningKind::Conflict, Piece::said(Term::Described, [conflict, description]))
}

/// A message about whom nothing could be read, with more conflicts than it shows.
fn longest_content() -> Content {
    let hidden =
        [Term::FurtherAttributes, Term::CheckHeld, Term::CheckManager, Term::CheckHistory, Term::Peers];
    let people = vec![
        Fact::named(FOR, Term::For, Value::Known(longest_name())),
        Fact::named(
            ASKED_BY,
            Term::AskedBy,
            Value::Known(Piece::said(Term::OnBehalfPerhaps, [longest_name()])),
        ),
        Fact::named(
            "not_shown",
            Term::NotShownNobody,
            Value::Known(Piece::list(hidden.map(Piece::from).into(), hidden.len())),
        ),
    ];
    let check = |kind, name, lack| Check::not_done(kind, name, lack);
    let checks = vec![
        check(CheckKind::Request, Term::CheckRequest, lack()),
        check(CheckKind::AdministratorRights, Term::CheckAdministrator, lack()),
        check(CheckKind::Account, Term::CheckAccount, Lack::of_answer(Term::StateUnknown)),
        check(CheckKind::EndDate, Term::CheckEndDate, lack()),
        check(CheckKind::Manager, Term::CheckManager, longest_lack()),
        check(CheckKind::AccessHeld, Term::CheckHeld, lack()),
        check(CheckKind::EarlierRequests, Term::CheckHistory, lack()),
        check(CheckKind::OktaRules, Term::CheckOktaRules, longest_lack()),
        check(CheckKind::Approver, Term::CheckApprover, lack()),
        Check {
            warnings: vec![longest_warning(); 99],
            ..check(CheckKind::OurRules, Term::CheckOurRules, longest_lack_of_rules())
        },
    ];
    let answer = Value::Known(Piece::quoted(&"x".repeat(5000), usize::MAX / 2));
    let facts = vec![Fact::answer(&"q".repeat(500), answer); 20];
    Content {
        people,
        asked_for: AskedFor {
            names: vec!["r".repeat(500), "s".repeat(500)],
            more: 99,
            duration: Some(Piece::counted(Term::Minutes, 9999)),
            subject: None,
        },
        sections: vec![Section { source: Source::Request, facts, checks }],
        as_of: jiff::Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn what_must_stay_keeps_the_limit_with_the_longest_words_of_a_policy() {
    for words in languages() {
        let content = longest_content();
        let view = View::new(&content, &words, Room { length: 50, answers: 0, shows_answers: true });
        let left_out = Line { text: words.say(&Term::LinesLeftOut.into()), kept: Kept::default() };
        let mut must = with_all(&[], &view.must);
        must.push(left_out);
        let length = utf16_len(&joined(&must));
        assert!(length <= LIMIT, "{length}");
        // The note says how many answers this room leaves out; the message may have room for more.
        let note = words.say(&Piece::said(Term::LeftOut, [Piece::Number(20)]));
        let message = Template::built_in().render(&content, &words).unwrap();
        for line in must.iter().rev().skip(1).filter(|line| !line.text.contains(&note)) {
            assert!(message.as_str().contains(&line.text), "{}\nin {}", line.text, message.as_str());
        }
    }
}

#[test]
fn no_warning_is_longer_than_a_conflict() {
    let conflict = utf16_len(&longest_words().say(&longest_warning().text));
    for word in Term::ALL {
        let values = word.places().iter().map(|_| Piece::name(&"N".repeat(500))).collect();
        let length = utf16_len(&longest_words().say(&Piece::Said(*word, values)));
        assert!(length <= conflict, "{}: {length} {conflict}", word.key());
    }
}

#[test]
fn a_headline_keeps_its_limit_with_the_longest_words_of_a_policy() {
    let content = longest_content();
    let quiet = Content {
        sections: vec![Section {
            checks: vec![Check::made(CheckKind::Account, Term::CheckAccount, Vec::new())],
            ..Section::without_facts(Source::Profile)
        }],
        ..content.clone()
    };
    let unnamed = AskedFor { names: Vec::new(), more: 0, ..content.asked_for.clone() };
    let unnamed = Content { asked_for: unnamed, ..content.clone() };
    for words in languages() {
        for content in [&content, &quiet, &unnamed] {
            let first = headline::headline(content, &words);
            assert!(first.text.chars().count() <= 100, "{first:?}");
        }
    }
}

#[test]
fn no_word_of_the_program_stays_english_if_a_policy_replaces_all() {
    let mut content = longest_content();
    content.sections[0].checks.push(Check::made(CheckKind::AccessHeld, Term::CheckHeld, Vec::new()));
    let since = Piece::said(Term::DayAndAge, [Piece::Day(content.as_of), Piece::counted(Term::Days, 3)]);
    content.sections[0].facts.truncate(1);
    let facts = [
        Fact::unnamed_answer(Piece::counted(Term::AnswerNumber, 2), Value::Known(Term::NoAnswer.into())),
        Fact {
            line: crate::section::Line::Sentence,
            ..Fact::named("since", Term::AccountSince, Value::Known(since))
        },
        Fact::named("name", Term::Manager, Value::NotSet),
    ];
    content.sections[0].facts.extend(facts);
    // The time zone, and a scope.
    let data = |word: &str| ["UTC", "okta", "governance", "accessRequests", "read"].contains(&word);
    let message = Template::built_in().render(&content, &longest_words()).unwrap();
    for word in message.as_str().split(|c: char| !c.is_alphabetic()).filter(|word| !data(word)) {
        let mut letters: Vec<char> = word.chars().collect();
        letters.dedup();
        assert!(letters.len() <= 1, "{word} in {}", message.as_str());
    }
    assert!(!message.as_str().contains(": "), "{}", message.as_str());
}
