//! Finds the request that an event is about. Most events name the id to post to. An event of a newer request
//! may name an older id. Then Okta's list shows the candidates, and Okta's answer about each candidate proves
//! which one is the event's request. Without proof the event's own id is used.

use jiff::Timestamp;

use super::lead::Lead;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::event::RequestEvent;
use crate::ledger::{Ledger, Standing};
use crate::okta::{AccessRequest, OktaClient, OktaError};
use crate::request::RequestId;
use crate::same_request::{Resolution, ResolvedIds};

/// The request of an event.
pub(super) struct Identity {
    pub(super) ids: ResolvedIds,
    /// The request itself, if it was read on the way.
    pub(super) request: Option<AccessRequest>,
}

/// Finds the request of an event. `ledger` is `None` if nothing will be claimed.
pub(super) async fn identify(
    okta: &OktaClient,
    ledger: Option<&Ledger>,
    lead: Lead<'_>,
    now: Timestamp,
    deadline: Deadline,
) -> Result<Identity, Error> {
    let event = lead.event;
    let unchanged = |resolution, aliases| ResolvedIds { id: event.request_id.clone(), aliases, resolution };
    if event.api == event.request_id.api() {
        let ids = unchanged(Resolution::AsGiven, lead.aliases.to_vec());
        return Ok(Identity { ids, request: lead.read.cloned() });
    }
    let found = find(okta, event, deadline).await.map_err(failed)?;
    let Some((id, request)) = found else {
        return Ok(Identity { ids: unchanged(Resolution::Unproven, Vec::new()), request: None });
    };
    let aliases = aliases(okta, ledger, event, &request, now, deadline).await?;
    let ids = ResolvedIds { id, aliases, resolution: Resolution::FoundInList };
    Ok(Identity { ids, request: Some(request) })
}

/// The newer request that Okta's answer proves to be the event's. `None` if none or several are proven, or if
/// Okta refuses the calls.
async fn find(
    okta: &OktaClient,
    event: &RequestEvent,
    deadline: Deadline,
) -> Result<Option<(RequestId, AccessRequest)>, OktaError> {
    let (Some(person), Some(resource)) = (event.subject(), &event.resource_id) else { return Ok(None) };
    let listed = match okta.newest_requests(person, resource, deadline).await {
        Ok(listed) => listed,
        Err(error) if is_refusal(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let traces = event.traces();
    let (mut proven, mut unread) = (Vec::new(), None);
    for entry in listed.into_iter().filter(|entry| traces.may_be_listed_as(&entry.traces())) {
        match okta.request(&entry.id, deadline).await {
            Ok(request) => {
                let marks = &request.marks;
                if traces.is_proven_by(marks.older_id.as_ref(), marks.permalink.as_deref()) {
                    proven.push((entry.id, request));
                }
            }
            Err(error) if is_refusal(&error) => {}
            Err(error) => unread = Some(error),
        }
    }
    match (proven.pop(), unread) {
        (Some(only), None) if proven.is_empty() => Ok(Some(only)),
        // The unread one may have the same number.
        (_, Some(error)) if proven.is_empty() => Err(error),
        _ => Ok(None),
    }
}

/// Whether Okta refuses the call for good. Then the event's own id is used. A refused credential does not count:
/// with another one, a later attempt may find that the message stands under another id.
fn is_refusal(error: &OktaError) -> bool {
    error.refuses_list() || matches!(error, OktaError::BadQuery { .. } | OktaError::Refused { .. })
}

/// The event's own id, if Okta's answers prove that it belongs to `request`. Before a decision Okta names
/// only the request's number. So if the ledger has a record under the event's own id, this reads the request
/// by that id, too, and compares the numbers.
async fn aliases(
    okta: &OktaClient,
    ledger: Option<&Ledger>,
    event: &RequestEvent,
    request: &AccessRequest,
    now: Timestamp,
    deadline: Deadline,
) -> Result<Vec<RequestId>, Error> {
    let own = &event.request_id;
    if request.marks.older_id.as_ref() == Some(own) {
        return Ok(vec![own.clone()]);
    }
    let Some(ledger) = ledger else { return Ok(Vec::new()) };
    let found = ledger.look_up(std::slice::from_ref(own), now, deadline).await?;
    if found.standing == Standing::Unrecorded {
        return Ok(Vec::new());
    }
    match okta.request(own, deadline).await {
        Ok(older) if older.marks.permalink.is_some() && older.marks.permalink == request.marks.permalink => {
            Ok(vec![own.clone()])
        }
        Ok(_) => Ok(Vec::new()),
        Err(error) if is_refusal(&error) => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: OktaError) -> Error {
    Error::of_call("failed to look up the access request", error)
}
