//! Whether the access would outlast the contract, in a world.

use super::asked::Lack;
use super::case::Case;
use super::checks::{Check, Grave, Warning};
use super::failures::Call;
use super::people::ENDS;

/// The last day of access of each length, if it begins now; by the calendar.
const UNTIL: [(&str, &str); 5] = [
    ("P90D", "2027-02-22"),
    ("PT65H", "2026-11-27"),
    ("P1Y2M", "2028-01-24"),
    ("P1D", "2026-11-25"),
    ("P2W", "2026-12-08"),
];
/// The last day of which access without an end is told.
const SOON: &str = "2026-12-24";

/// The last day of access of this length.
pub(crate) fn until(length: &str) -> Option<&'static str> {
    UNTIL.iter().find(|(known, _)| *known == length).map(|(_, day)| *day)
}

/// `None` if the policy names no attribute, or this person has no end.
pub(crate) fn check(case: &Case, subject: &str) -> Option<Check> {
    let written = case.people.by_id(subject)?.contract_end.filter(|_| case.rule.end_date)?;
    let not_done = |lack| Some(Check::of("end date", Vec::new(), Some(lack)));
    let Some(end) = ENDS.iter().find(|(text, _)| *text == written).and_then(|(_, day)| *day) else {
        return not_done(Lack::because("the profile's is not a date"));
    };
    if let Some(how) = case.failures.of(Call::Request) {
        return not_done(Lack::of_call(Call::Request, how));
    }
    // Days of this form have the order of their texts.
    let warning = match case.ask.duration {
        None => (end <= SOON).then(|| format!("contract ends {end}; the request states no end")),
        Some((iso, _)) => match until(iso) {
            None => return not_done(Lack::because("the duration could not be read")),
            Some(until) => {
                (end < until).then(|| format!("contract ends {end}; the access would last until {until}"))
            }
        },
    };
    let warnings = warning.map(|says| Warning::new(Grave::EndDate, says)).into_iter().collect();
    Some(Check::of("end date", warnings, None))
}
