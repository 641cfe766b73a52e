//! Sample contents, on which templates are tried: with and without each fact, warnings and answers. A
//! template that works on all of them works on every request.

use jiff::Timestamp;

use super::super::{Attribute, Shows};
use crate::section::{
    ASKED_BY, AskedFor, Check, CheckKind, Content, FOR, Fact, Lack, NOT_SHOWN, Section, Source, Value,
    Warning, WarningKind,
};
use crate::words::{Piece, Term};

/// Facts that every message has.
const ALWAYS_KNOWN: [&str; 1] = ["account"];

/// How many answers a sample has, and how long each is: none, one, and more than a message has room for.
const ANSWERS: [(usize, usize); 3] = [(0, 0), (1, 20), (12, 500)];
const WARNINGS: [usize; 3] = [0, 1, 9];

/// What is known of the facts of a sample.
#[derive(Clone, Copy)]
enum Known {
    All,
    Nothing,
    NothingCouldBeRead,
    AllBut(usize),
    Only(usize),
}

impl Shows {
    /// A sample with every fact, one answer and one warning.
    #[must_use]
    pub fn sample(&self) -> Content {
        self.sample_of(Known::All, ANSWERS[1], 1)
    }

    /// The samples on which a template must work.
    pub(super) fn samples(&self) -> impl Iterator<Item = Content> {
        let facts: usize = self.sections.iter().map(|source| source.facts().len()).sum::<usize>()
            + self.attributes.len()
            + 2;
        let general = [Known::All, Known::Nothing, Known::NothingCouldBeRead].into_iter().flat_map(|known| {
            let pairs = ANSWERS.into_iter().flat_map(|answers| WARNINGS.map(|warnings| (answers, warnings)));
            pairs.map(move |(answers, warnings)| (known, answers, warnings))
        });
        let single =
            (0..facts).flat_map(|at| [(Known::AllBut(at), ANSWERS[1], 0), (Known::Only(at), ANSWERS[0], 0)]);
        let answers = (2..=10).map(|answers| (Known::Nothing, (answers, 20), 0));
        general
            .chain(single)
            .chain(answers)
            .map(|(known, answers, warnings)| self.sample_of(known, answers, warnings))
    }

    fn sample_of(&self, known: Known, (answers, length): (usize, usize), warnings: usize) -> Content {
        let mut number = 0;
        let mut value = |name: &str| {
            let is_known = match known {
                Known::All => true,
                Known::Nothing | Known::NothingCouldBeRead => false,
                Known::AllBut(at) => at != number,
                Known::Only(at) => at == number,
            };
            number += 1;
            match known {
                _ if is_known || ALWAYS_KNOWN.contains(&name) => Value::Known(Piece::name("text")),
                Known::NothingCouldBeRead => Value::NotAvailable(Lack::of_answer(Term::OktaDoesNotSay)),
                _ => Value::NotApplicable,
            }
        };
        let name = Value::Known(Piece::name("text"));
        let people = [
            Fact::named(FOR, Term::For, name),
            Fact::named(ASKED_BY, Term::AskedBy, value(ASKED_BY)),
            Fact::named(NOT_SHOWN, Term::NotShownToOthers, value(NOT_SHOWN)),
        ];
        let mut sections: Vec<Section> = Vec::new();
        for source in &self.sections {
            let fact = |name: &&'static str| {
                if ALWAYS_KNOWN.contains(name) {
                    Fact::by_name(name, value(name))
                } else {
                    Fact::named(name, Term::Request, value(name))
                }
            };
            let mut facts: Vec<_> = source.facts().iter().map(fact).collect();
            if *source == Source::Profile {
                let attributes = self.attributes.iter();
                facts.extend(
                    attributes.map(|Attribute { name, label }| Fact::attribute(name, label, value(name))),
                );
            }
            if *source == Source::Request {
                let answer = Piece::quoted(&"😀".repeat(length), usize::MAX / 2);
                facts.extend((0..answers).map(|_| Fact::answer("Why?", Value::Known(answer.clone()))));
            }
            sections.push(Section { source: *source, facts, checks: Vec::new() });
        }
        let conflict = || Warning::new(WarningKind::Conflict, Piece::quoted(&"x".repeat(300), 300));
        let mut check = Check::made(
            CheckKind::OurRules,
            Term::CheckOurRules,
            std::iter::repeat_with(conflict).take(warnings).collect(),
        );
        if matches!(known, Known::NothingCouldBeRead) {
            check.not_done = Some(Lack::of_answer(Term::OktaDoesNotSay));
        }
        // A rule may show sections without a check.
        let has_check = !matches!(known, Known::Nothing) || warnings > 0;
        if let Some(section) = sections.last_mut().filter(|_| has_check) {
            section.checks.push(check);
        }
        Content {
            people: people.into_iter().filter(|fact| fact.value != Value::NotApplicable).collect(),
            asked_for: AskedFor { names: vec!["text".to_owned()], ..AskedFor::default() },
            sections,
            as_of: Timestamp::UNIX_EPOCH,
        }
    }
}
