//! The section `labels`: how the org's admins marked what is asked for, such as "Crown Jewel".

use super::inquiry::{Inquiry, Matter};
use super::request;
use crate::okta::endpoint::Endpoint;
use crate::okta::{Asked, AskedKind, Label, OktaError};
use crate::section::{Check, CheckKind, Fact, Section, Source, Value};
use crate::words::{Piece, Term};

/// The calls that this source makes.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::RequestV1,
    Endpoint::RequestV2,
    Endpoint::App,
    Endpoint::Group,
    Endpoint::Bundle,
    Endpoint::ResourceLabels,
];

/// The most labels, and the most values of one, that a message names.
const NAMED: usize = 6;

pub(super) async fn section(inquiry: &Inquiry<'_>) -> Section {
    of_request(&inquiry.matter).await
}

/// The section, from the request alone.
pub(super) async fn of_request(matter: &Matter<'_>) -> Section {
    let request = matter.request().await;
    let (resource, scope) = request::asked(matter.event, request.as_ref().as_ref().ok());
    // The app is marked rather than its parts. A request type, and what Okta does not name, has no labels.
    let has_labels =
        |asked: &Asked| matches!(asked.kind, AskedKind::App | AskedKind::Group | AskedKind::Bundle);
    let value = match resource.into_iter().chain(scope).find(has_labels) {
        Some(asked) => evaluate(matter.labels(&asked).await.as_ref()),
        None => request::unnamed(matter.event, &request).map_or(Value::NotApplicable, Value::NotAvailable),
    };
    let unread = match &value {
        Value::NotAvailable(lack) => {
            Some(Check::not_done(CheckKind::Labels, Term::CheckLabels, lack.clone()))
        }
        _ => None,
    };
    let facts = vec![Fact::named("marks", Term::MarkedInOkta, value)];
    Section { source: Source::Labels, facts, checks: unread.into_iter().collect() }
}

/// "Crown Jewel; Compliance: SOX". Okta's own labels have a value of the same name, which is said once.
#[must_use]
pub fn evaluate(labels: &Result<Option<Vec<Label>>, OktaError>) -> Value {
    let labels = match labels {
        Ok(labels) => labels.iter().flatten(),
        Err(error) => return Value::lacking(error),
    };
    let shown = labels.map(|label| {
        let name = Piece::short_name(&label.name);
        let values = label.values.iter().filter(|value| **value != label.name);
        let values: Vec<Piece> = values.map(|value| Piece::short_name(value)).collect();
        if values.is_empty() {
            name
        } else {
            Piece::said(Term::LabelValue, [name, Piece::list(values, NAMED)])
        }
    });
    let items: Vec<Piece> = shown.collect();
    let list = (!items.is_empty()).then_some(Piece::List { items, max: NAMED, between: Term::Semicolon });
    Value::if_any(list)
}
