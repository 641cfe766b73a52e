//! Sample contents, on which templates are tried: with and without each fact, warnings, checks and answers, and
//! with each text that the template compares a value with.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::{Attribute, Shows};
use crate::section::{
    ASKED_BY, AskedFor, Check, CheckKind, Content, FOR, Fact, Lack, NOT_SHOWN, Section, Source, Value,
    Warning, WarningKind,
};
use crate::words::{Piece, Term};

/// How many answers a sample has, and how long each is: none, one, and more than a message has room for.
const ANSWERS: [(usize, usize); 3] = [(0, 0), (1, 20), (12, 500)];
const WARNINGS: [usize; 3] = [0, 1, 9];

/// What is known of the facts of a sample.
#[derive(Clone, Copy)]
enum Known<'a> {
    All,
    /// Every fact has this text.
    AllAre(&'a str),
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

    /// The samples on which a template must work that names these texts.
    pub(super) fn samples<'a>(&'a self, texts: &'a BTreeSet<String>) -> impl Iterator<Item = Content> + 'a {
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
        let warnings = (2..=6).map(|warnings| (Known::Nothing, ANSWERS[0], warnings));
        let texts = texts.iter().flat_map(|text| [0, 1].map(|at| (Known::AllAre(text), ANSWERS[at], 1)));
        general
            .chain(single)
            .chain(answers)
            .chain(warnings)
            .chain(texts)
            .map(|(known, answers, warnings)| self.sample_of(known, answers, warnings))
    }

    fn sample_of(&self, known: Known<'_>, (answers, length): (usize, usize), warnings: usize) -> Content {
        let mut number = 0;
        let text = if let Known::AllAre(text) = known { text } else { "text" };
        let mut value = || {
            let is_known = match known {
                Known::All | Known::AllAre(_) => true,
                Known::Nothing | Known::NothingCouldBeRead => false,
                Known::AllBut(at) => at != number,
                Known::Only(at) => at == number,
            };
            number += 1;
            match known {
                _ if is_known => Value::Known(Piece::name(text)),
                Known::NothingCouldBeRead => Value::NotAvailable(Lack::of_answer(Term::OktaDoesNotSay)),
                _ => Value::NotApplicable,
            }
        };
        let name = Value::Known(Piece::name("text"));
        let people = [
            Fact::named(FOR, Term::For, name),
            Fact::named(ASKED_BY, Term::AskedBy, value()),
            Fact::named(NOT_SHOWN, Term::NotShownToOthers, value()),
        ];
        let mut sections: Vec<Section> = Vec::new();
        for source in &self.sections {
            let fact = |name: &&'static str| Fact::named(name, Term::Request, value());
            let mut facts: Vec<_> = source.facts().iter().map(fact).collect();
            if *source == Source::Profile {
                let attributes = self.attributes.iter();
                facts.extend(
                    attributes.map(|Attribute { name, label }| Fact::attribute(name, label, value())),
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
            if matches!(known, Known::AllBut(_)) {
                let lack = Lack::of_answer(Term::OktaDoesNotSay);
                section.checks.push(Check::not_done(CheckKind::Account, Term::CheckAccount, lack));
            }
        }
        Content {
            people: people.into_iter().filter(|fact| fact.value != Value::NotApplicable).collect(),
            asked_for: AskedFor { names: vec!["text".to_owned()], ..AskedFor::default() },
            sections,
            as_of: Timestamp::UNIX_EPOCH,
        }
    }
}
