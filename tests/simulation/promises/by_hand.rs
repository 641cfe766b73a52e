//! What is promised of an operator's work at the command line.

use std::time::Duration;

use super::super::day::Day;
use super::super::invocation::{ByHand, End, Invocation, Number};
use super::super::truth::Truth;
use super::deliveries::is_true;
use super::invocations::{is_of_its_class, of_what_it_did};

/// A repair says what happened, ends in time, and leaves what belongs to its end in the table. What is only shown
/// changes nothing, which `Truth::sends` judges.
pub(super) fn of_work(
    day: &Day,
    truth: &Truth,
    number: Number,
    invocation: &Invocation,
    what: &ByHand,
) -> Vec<String> {
    let mut broken = Vec::new();
    let Some((end, at)) = invocation.ended.as_ref().zip(invocation.ended_at) else {
        return vec![format!("invocation {number}, by hand, never ended")];
    };
    if !invocation.frozen && at > invocation.limit + Duration::from_secs(2) {
        broken.push(format!("invocation {number}, by hand, ends after its time"));
    }
    let Some(id) = &what.repairs else { return broken };
    let Some(household) = day.households.iter().find(|household| household.has_id(id)) else {
        broken.push(format!("invocation {number} repairs {id}, which no person raised"));
        return broken;
    };
    let posted = invocation.posts.iter().filter(|post| post.reply.is_success()).count();
    match end {
        End::Killed | End::OutOfTime => return broken,
        End::Failed { class, message } => {
            if !is_of_its_class(class, message) {
                broken.push(format!("invocation {number}, by hand, fails as {class}: {message}"));
            }
            if posted > 0 {
                broken.push(format!("invocation {number}, by hand, posted, and fails: {message}"));
            }
        }
        End::Answered(answer) => {
            let is_shown = answer["outcome"] == "dry_run";
            // Of two requests that were raised at once, nothing is known of the newer one.
            let is_another_s = household.is_double && *id == household.id;
            // What is shown by a list may differ from what the event leads to, and no record says it.
            let is_unrecorded = answer["outcome"] == "skipped" && invocation.table_failed;
            let is_known = !is_another_s && !is_unrecorded;
            let is_right = match what.posts {
                true => !is_shown && (!is_known || is_true(day, truth, household, answer, at)),
                false => true,
            };
            if !is_right || (answer["outcome"] == "posted") != (posted > 0) {
                broken.push(format!(
                    "invocation {number}, by hand, repairs {id} and ends with {answer}, and {posted} of its posts succeeded"
                ));
            }
        }
    }
    broken.extend(of_what_it_did(truth, number, invocation));
    broken
}
