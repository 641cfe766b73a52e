//! The variables of a template. All their texts are safe to show, and marked by what they are: the program's
//! own words or somebody's text, and whether they must stay in the message.

use std::collections::BTreeMap;

use serde::Serialize;

use super::headline::{Headline, Lacks, headline};
use super::selection::selection;
use crate::section::{ASKED_BY, CheckKind, Content, FOR, Fact, Key, Label, Line, Section, Source, Value};
use crate::text::{self, Origin, kept, marked};
use crate::words::{Piece, Term, Words};

/// The longest question of a request form, in UTF-16 units.
const QUESTION_LIMIT: usize = 80;
/// The longest value of a profile attribute, in UTF-16 units.
pub(super) const VALUE_LIMIT: usize = 250;

/// How much of the answers a message shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// The longest answer, in UTF-16 units.
    pub(super) length: usize,
    /// How many answers.
    pub(super) answers: usize,
    /// The template shows answers, so the message says what of them it leaves out.
    pub(super) shows_answers: bool,
}

/// A value that must stay, with the line that it is by itself.
#[derive(Debug)]
pub(super) struct Must {
    /// The number of its mark.
    pub(super) number: usize,
    pub(super) value: String,
    pub(super) line: String,
    pub(super) place: Place,
}

/// Where a value that must stay is put if the template leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Headline,
    /// Below the headline.
    Warnings,
    /// Below the warnings.
    People,
    Bottom,
}

/// The variables of a template.
#[derive(Debug, Default, Serialize)]
pub(super) struct View {
    headline: String,
    warnings: Vec<String>,
    /// The same, each with its label.
    warning_lines: Vec<String>,
    more_warnings: String,
    people: Vec<FactView>,
    sections: Vec<SectionView>,
    answers_note: String,
    checks: Vec<FactView>,
    provenance: String,
    as_of: String,
    words: BTreeMap<&'static str, String>,
    #[serde(flatten)]
    named: BTreeMap<&'static str, NamedView>,
    #[serde(skip)]
    headline_lacks: Lacks,
    #[serde(skip)]
    pub(super) must: Vec<Must>,
    /// How many answers there are.
    #[serde(skip)]
    pub(super) answers: usize,
}

#[derive(Debug, Serialize)]
struct SectionView {
    name: &'static str,
    facts: Vec<FactView>,
}

#[derive(Clone, Debug, Default, Serialize)]
struct FactView {
    label: String,
    value: String,
    text: String,
}

/// The facts of one section, by name.
#[derive(Debug, Default, Serialize)]
struct NamedView {
    #[serde(flatten)]
    facts: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<FactView>>,
}

impl View {
    pub(super) fn new(content: &Content, words: &Words, room: Room) -> View {
        let as_of = text::datetime(content.as_of);
        let mut view = View { as_of: own(&as_of), ..View::default() };
        view.words.insert("warning", own(&words.say(&Term::Warning.into())));
        view.add_warnings(content, words);
        view.people = content.people.iter().map(|fact| view.must_fact(fact, words)).collect();
        for section in &content.sections {
            view.add_section(section, words, room);
        }
        view.name_people(&content.people);
        view.add_checks(content, words);
        let time = Piece::Plain(as_of);
        let provenance = words.say(&Piece::said(Term::Provenance, [time]));
        view.provenance = view.must(&provenance, &provenance, Place::Bottom);
        view
    }

    /// A value that must stay in the message; `line` is what it is by itself.
    fn must(&mut self, value: &str, line: &str, place: Place) -> String {
        let number = self.keep(value, line, place);
        marked(value, Origin::Own, Some(number))
    }

    /// Notes a value that must stay. Returns the number of its mark.
    fn keep(&mut self, value: &str, line: &str, place: Place) -> usize {
        let number = self.must.len();
        self.must.push(Must { number, value: value.to_owned(), line: own(line), place });
        number
    }

    fn add_warnings(&mut self, content: &Content, words: &Words) {
        let all = content.warnings();
        let Headline { text: first, lacks } = headline(content, words);
        self.headline = self.must(&first, &first, Place::Headline);
        self.headline_lacks = lacks;
        let label = words.say(&Term::Warning.into());
        let shown = selection(&all);
        let more = all.len() - shown.len();
        for warning in shown {
            let said = words.say(&warning.text);
            let said = marked(&said, origin(&warning.text, words), None);
            let line = beside(words, Term::Labelled, &label, &said);
            self.warning_lines.push(marked(&line, Origin::Own, Some(self.must.len())));
            let value = self.must(&said, &line, Place::Warnings);
            self.warnings.push(value);
        }
        if more > 0 {
            let more = words.say(&Piece::said(Term::MoreWarnings, [Piece::number(more)]));
            self.more_warnings = self.must(&more, &more, Place::Warnings);
        }
    }

    /// A fact that must stay.
    fn must_fact(&mut self, fact: &Fact, words: &Words) -> FactView {
        let plain = FactView::new(fact, words, VALUE_LIMIT);
        let number = self.keep(&plain.value, &plain.text, Place::People);
        plain.kept(number)
    }

    fn add_section(&mut self, section: &Section, words: &Words, room: Room) {
        let (source, lacks) = (section.source, self.headline_lacks);
        let named = self.named.entry(source.name()).or_default();
        // `name_people` fills in the two names. Empty ones are there, too, so that a template can name them.
        if source == Source::Profile {
            named.attributes.get_or_insert_default();
            named.facts.entry("name").or_default();
        }
        if source == Source::Request {
            named.answers.get_or_insert_default();
            named.facts.entry("asked_by").or_default();
        }
        let mut shown = Vec::new();
        let (mut answers, mut shortened) = (0, 0);
        for fact in &section.facts {
            let limit = if fact.key == Key::Answer { room.length } else { VALUE_LIMIT };
            if fact.key == Key::Answer {
                answers += 1;
                if answers > room.answers {
                    continue;
                }
            }
            let view = FactView::new(fact, words, limit);
            // Without marks, so that a template can compare it: `{% if request.duration == "30 days" %}`.
            let plain = text::unmarked(&view.value);
            shortened += usize::from(fact.key == Key::Answer && is_cut(fact, &plain, words, limit));
            match &fact.key {
                Key::Named(name) => drop(named.facts.insert(name, plain)),
                Key::Attribute(name) => {
                    named.attributes.get_or_insert_default().insert(name.clone(), plain);
                }
                Key::Answer => named.answers.get_or_insert_default().push(view.clone()),
            }
            if is_line(fact) || source == Source::Request && completes_headline(fact, lacks) {
                shown.push(view);
            }
        }
        self.sections.push(SectionView { name: source.name(), facts: shown });
        if source == Source::Request {
            self.answers = answers;
            if room.shows_answers {
                self.note_answers(shortened, answers.saturating_sub(room.answers), words);
            }
        }
    }

    fn note_answers(&mut self, shortened: usize, left_out: usize, words: &Words) {
        let (n, left) = (Piece::number(shortened), Piece::number(left_out));
        let note = match (shortened, left_out) {
            (0, 0) => return,
            (_, 0) => Piece::said(Term::Shortened, [n]),
            (0, _) => Piece::said(Term::LeftOut, [left]),
            (..) => Piece::said(Term::ShortenedAndLeftOut, [n, left]),
        };
        let note = words.say(&note);
        self.answers_note = self.must(&note, &note, Place::Bottom);
    }

    /// A person is also a fact of a section, by name.
    fn name_people(&mut self, people: &[Fact]) {
        for (fact, view) in people.iter().zip(&self.people) {
            let (section, name) = match fact.key {
                Key::Named(FOR) => (Source::Profile, "name"),
                Key::Named(ASKED_BY) => (Source::Request, "asked_by"),
                _ => continue,
            };
            if let Some(named) = self.named.get_mut(section.name()) {
                named.facts.insert(name, view.value.clone());
            }
        }
    }

    fn add_checks(&mut self, content: &Content, words: &Words) {
        let made = made(content);
        let not_made = content.not_made().into_iter().filter_map(|check| {
            let why = check.not_done.as_ref()?.reason.clone();
            Some(Piece::Plain(not_done(check.name.into(), why, words)))
        });
        let lists = [(Term::Checked, made), (Term::NotChecked, not_made.collect())];
        for (label, checks) in lists {
            if checks.is_empty() {
                continue;
            }
            let value = words.say(&Piece::all(checks));
            let label = words.say(&label.into());
            let text = beside(words, Term::Labelled, &label, &value);
            let number = self.keep(&value, &text, Place::Bottom);
            let mark = |text: &str| marked(text, Origin::Own, Some(number));
            self.checks.push(FactView { label: own(&label), value: mark(&value), text: mark(&text) });
        }
    }
}

/// A check with the reason why it was not made. A name that ends in parentheses takes the reason into them.
fn not_done(name: Piece, why: Piece, words: &Words) -> String {
    let shown = words.say(&name);
    let text = words.say(&Piece::said(Term::NotDone, [name, why]));
    let reason = text.strip_prefix(&shown).and_then(|rest| rest.strip_prefix(" ("));
    match (shown.strip_suffix(')'), reason) {
        (Some(open), Some(reason)) => format!("{open}; {reason}"),
        _ => text,
    }
}

impl FactView {
    fn new(fact: &Fact, words: &Words, limit: usize) -> FactView {
        let label = match &fact.label {
            Label::None => String::new(),
            Label::Own(word) => words.say(&(*word).into()),
            Label::Policy(label) => text::neutralise(label, QUESTION_LIMIT),
            Label::Question(question) => words.say(&Piece::whole(question.clone(), QUESTION_LIMIT, true)),
        };
        let value = match &fact.value {
            Value::Known(piece) => words.say(&piece.at_most(limit)),
            Value::NotSet => words.say(&Term::NotSet.into()),
            Value::NotAvailable(lack) => words.say(&Piece::said(Term::NotAvailable, [lack.reason.clone()])),
            Value::NotApplicable => String::new(),
        };
        let origin = match &fact.value {
            Value::Known(piece) => origin(piece, words),
            Value::NotSet | Value::NotAvailable(_) | Value::NotApplicable => Origin::Own,
        };
        // A filter may take away what stands before the value.
        let shown = marked(&value, origin, None);
        let text = match (fact.line, label.is_empty()) {
            _ if value.is_empty() => String::new(),
            (_, true) => shown,
            (Line::Sentence, false) => beside(words, Term::Sentence, &label, &shown),
            (Line::Labelled | Line::ByNameOnly, false) => beside(words, Term::Labelled, &label, &shown),
        };
        FactView { label: own(&label), value: marked(&value, origin, None), text: own(&text) }
    }

    /// The same with the mark of a value that must stay.
    fn kept(self, number: usize) -> FactView {
        FactView { value: kept(self.value, number), text: kept(self.text, number), ..self }
    }
}

/// What begins the words of a piece.
fn origin(piece: &Piece, words: &Words) -> Origin {
    if words.begin_with_text(piece) { Origin::Foreign } else { Origin::Own }
}

/// Whether the message shows the fact as a line. What is not available stands among the checks.
fn is_line(fact: &Fact) -> bool {
    fact.line != Line::ByNameOnly && matches!(fact.value, Value::Known(_) | Value::NotSet)
}

/// Whether this fact of the section `request` says in full what the headline does not.
fn completes_headline(fact: &Fact, lacks: Lacks) -> bool {
    let Key::Named(name) = fact.key else { return false };
    matches!(fact.value, Value::Known(_)) && lacks.says(name)
}

/// Whether a value is longer than its limit; `shown` is what fits.
fn is_cut(fact: &Fact, shown: &str, words: &Words, limit: usize) -> bool {
    let Value::Known(piece) = &fact.value else { return false };
    // The rest of a longer text does not matter.
    shown.contains('…') && shown != words.say(&piece.at_most(2 * limit + 64))
}

/// The checks that were made, but those whose only result is "not done".
fn made(content: &Content) -> Vec<Piece> {
    let checks = content.made();
    let has = |kind| checks.iter().any(|check| check.kind == kind);
    let both = has(CheckKind::OktaRules) && has(CheckKind::OurRules);
    let named = checks.iter().filter_map(|check| match check.kind {
        CheckKind::Person | CheckKind::Request => None,
        CheckKind::OktaRules if both => Some(Term::CheckAllRules),
        CheckKind::OurRules if both => None,
        _ => Some(check.name),
    });
    named.map(Piece::from).collect()
}

/// A line of a label and its value.
fn beside(words: &Words, word: Term, label: &str, value: &str) -> String {
    words.say(&Piece::said(word, [label, value].map(|text| Piece::Plain(text.to_owned()))))
}

fn own(text: &str) -> String {
    marked(text, Origin::Own, None)
}
