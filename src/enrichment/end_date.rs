//! Whether the access would last longer than the person's contract, by the profile attribute that the rule
//! names.

use jiff::civil::Date;
use jiff::fmt::temporal::{Pieces, SpanParser};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};

use super::inquiry::Inquiry;
use crate::okta::endpoint::Endpoint;
use crate::okta::{AccessRequest, OktaError, User};
use crate::section::{Check, CheckKind, Lack, Warning, WarningKind};
use crate::words::{Piece, Term};

/// The calls of the check, if a rule has an `end_date`.
pub(super) const ENDPOINTS: &[Endpoint] = &[Endpoint::RequestV1, Endpoint::RequestV2];

/// Access without an end is worth a warning if the contract ends within this many days.
const SOON: i64 = 30;

const KIND: CheckKind = CheckKind::EndDate;
const NAME: Term = Term::CheckEndDate;

/// The check; `None` if the rule names no attribute, or the person has no end date.
pub(super) async fn check(inquiry: &Inquiry<'_>, person: &User) -> Option<Check> {
    let written = person.attribute(inquiry.matter.rule.end_date.as_deref()?)?;
    evaluate(&written, inquiry.matter.request().await.as_ref(), inquiry.matter.now)
}

/// The check of the end date `written` in the profile.
#[must_use]
pub(super) fn evaluate(
    written: &str,
    request: &Result<AccessRequest, OktaError>,
    now: Timestamp,
) -> Option<Check> {
    let not_done = |why: Lack| Some(Check::not_done(KIND, NAME, why));
    let Some(end) = day(written) else { return not_done(Lack::of_answer(Term::EndDateUnreadable)) };
    let request = match request {
        Ok(request) => request,
        Err(error) => return not_done(error.into()),
    };
    let warning = if let Some(iso) = &request.duration {
        let Some(until) = until(iso, now) else {
            return not_done(Lack::of_answer(Term::DurationUnreadable));
        };
        (end < until).then(|| Piece::said(Term::Outlives, [shown(end), shown(until)]))
    } else {
        let soon = Offset::UTC.to_datetime(now).date().checked_add(SOON.days());
        let is_soon = soon.is_ok_and(|soon| end <= soon);
        is_soon.then(|| Piece::said(Term::EndsSoon, [shown(end)]))
    };
    let warnings = warning.map(|text| Warning::new(WarningKind::EndDate, text));
    Some(Check::made(KIND, NAME, warnings.into_iter().collect()))
}

/// The day of an ISO 8601 date or moment, in the writer's own zone.
fn day(written: &str) -> Option<Date> {
    Pieces::parse(written.trim()).ok().map(|pieces| pieces.date())
}

/// The day on which access would end that is granted now, in UTC.
fn until(iso: &str, now: Timestamp) -> Option<Date> {
    let span = SpanParser::new().parse_span(iso).ok()?;
    Some(Offset::UTC.to_datetime(now).checked_add(span).ok()?.date())
}

fn shown(day: Date) -> Piece {
    Piece::Plain(day.to_string())
}
