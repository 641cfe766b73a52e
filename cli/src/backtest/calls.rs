//! The [`Calls`] that messages take, beside Okta's rate limit of each.

use std::collections::HashMap;

use okta_request_enricher::okta::Usage;
use okta_request_enricher::okta::endpoint::Endpoint;
use serde::Serialize;

/// How often each endpoint was called, with its limit.
pub(super) type Used = HashMap<Endpoint, Usage>;

/// One of Okta's calls, and its rate limit.
#[derive(Serialize)]
pub(super) struct CallUse {
    /// Method and path template.
    pub(super) call: String,
    /// How often it was sent.
    pub(super) sent: u64,
    /// Calls for one message, on average.
    pub(super) a_message: f64,
    /// Calls in one window of the limit, if an answer had the header.
    pub(super) limit: Option<u64>,
    /// Messages in one window of the limit.
    pub(super) messages_a_window: Option<u64>,
}

/// All calls that were sent.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Calls(Vec<CallUse>);

impl Calls {
    /// `before` is what was used to find the requests. The rest was for this number of messages.
    pub(super) fn of(used: &Used, before: &Used, messages: usize) -> Calls {
        let mut calls = Vec::new();
        for endpoint in Endpoint::ALL {
            let Some(usage) = used.get(endpoint) else { continue };
            let posts = matches!(endpoint, Endpoint::MessageV1 | Endpoint::MessageV2);
            // A request that was read to compare the lists is not read again for its message.
            let is_list = matches!(endpoint, Endpoint::RequestsV1 | Endpoint::RequestsV2);
            let listed = before.get(endpoint).filter(|_| is_list).map_or(0, |usage| usage.calls);
            let sent = usage.calls - listed;
            if sent == 0 {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "an average, shown with two digits")]
            let a_message = if posts { 1.0 } else { sent as f64 / messages.max(1) as f64 };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "limits are small"
            )]
            let messages_a_window = usage.limit.map(|limit| (limit as f64 / a_message).floor() as u64);
            calls.push(CallUse {
                call: format!("{} {}", endpoint.method(), endpoint.template()),
                sent,
                a_message: (a_message * 100.0).round() / 100.0,
                limit: usage.limit,
                messages_a_window,
            });
        }
        Calls(calls)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &CallUse> {
        self.0.iter()
    }

    /// Messages that all limits together allow in one window; `None` if no limit is known.
    pub(super) fn messages_a_window(&self) -> Option<u64> {
        self.0.iter().filter_map(|call| call.messages_a_window).min()
    }
}
