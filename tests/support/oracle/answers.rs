//! The lines about the answers of a request: each in quotes with its question, and what was shortened is said.

use super::case::Case;
use super::failures::Call;
use super::form::Answer;
use super::people::Person;
use super::texts::{quoted, shortened, visible};
use super::view::View;
use super::whom::{Asker, Standing, Whom};

/// The most answers, and the lengths to which they may be shortened, the longest first.
const MOST: usize = 10;
const LENGTHS: [usize; 5] = [250, 180, 120, 80, 50];

/// Each way in which the answers may be shown, with what the message says about it.
pub(crate) fn ways(case: &Case, view: &View) -> Vec<(Vec<String>, Option<String>)> {
    let is_read = case.failures.of(Call::Request).is_none();
    let all = if is_read && view.shows.shows("request") { labelled(&case.ask.answers) } else { Vec::new() };
    let most = all.len().min(MOST);
    let shorter = LENGTHS.map(|length| (length, most));
    let fewer = (0..most).rev().map(|number| (LENGTHS[4], number));
    let ways = shorter.into_iter().chain(fewer).map(|(length, number)| {
        let shown: Vec<String> =
            all[..number].iter().map(|answer| text(case, view, answer, length)).collect();
        let is_cut = |answer: &&(String, &Answer)| {
            text(case, view, answer, length) != text(case, view, answer, 100_000)
        };
        let cut = all[..number].iter().filter(is_cut).count();
        (shown, note(cut, all.len() - number))
    });
    ways.collect()
}

/// The answers with their questions, or with what stands for a question that nobody can see. A field of which
/// nothing is visible is no answer.
fn labelled(answers: &[Answer]) -> Vec<(String, &Answer)> {
    let question = |answer: &Answer| visible(Some(answer.question.clone()));
    let is_shown = |answer: &&Answer| {
        question(answer).is_some() || visible(answer.text.clone()).is_some() || !answer.people.is_empty()
    };
    let unnamed = answers.iter().filter(is_shown).filter(|answer| question(answer).is_none()).count();
    let mut number = 0;
    let labelled = answers.iter().filter(is_shown).map(|answer| {
        let label = question(answer).unwrap_or_else(|| {
            number += 1;
            if unnamed == 1 { "Answer".to_owned() } else { format!("Answer {number}") }
        });
        (label, answer)
    });
    labelled.collect()
}

fn note(cut: usize, left_out: usize) -> Option<String> {
    let answers = |number| if number == 1 { "answer" } else { "answers" };
    match (cut, left_out) {
        (0, 0) => None,
        (cut, 0) => Some(format!("({cut} {} shortened)", answers(cut))),
        (0, left) => Some(format!("({left} {} left out)", answers(left))),
        (cut, left) => Some(format!("({cut} {} shortened, {left} left out)", answers(cut))),
    }
}

fn text(case: &Case, view: &View, (question, answer): &(String, &Answer), length: usize) -> String {
    let question = quoted(question.trim().trim_end_matches(':'), 80);
    let answer = match (&visible(answer.text.clone()), &answer.people[..]) {
        (None, []) => "no answer".to_owned(),
        (Some(text), []) => quoted(text, length),
        (_, people) => {
            let people: Vec<String> = people.iter().map(|id| person(case, view, id)).collect();
            quoted(&people.join(", "), length)
        }
    };
    format!("{question}: {answer}")
}

/// Someone whom an answer names. A stranger could name anyone, to learn whose id it is.
fn person(case: &Case, view: &View, id: &'static str) -> String {
    let Whom::One { subject, asker, doubtful } = view.whom else { return id.to_owned() };
    let looks_for_strangers = case.rule.strangers().is_some();
    let is_own = asker == Asker::Person(subject) && !doubtful;
    let names = is_own || looks_for_strangers && view.standing == Standing::Entitled;
    let readable = case.failures.of(Call::Person(id)).is_none();
    match case.people.by_id(id).filter(|_| names && readable).and_then(Person::name) {
        Some(name) => format!("{} ({id})", shortened(&name, 80)),
        None => id.to_owned(),
    }
}
