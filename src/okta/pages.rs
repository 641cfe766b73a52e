//! A list that Okta returns page by page, read to its end. Whatever Okta answers, the reading ends: a cursor
//! that comes a second time is an error, and so is a list of too many pages.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::call::Call;
use super::client::OktaClient;
use super::cursor;
use super::error::OktaError;
use crate::deadline::Deadline;

/// How many pages of one list are read.
#[derive(Clone, Copy)]
pub(super) struct PageLimit {
    pub(super) pages: usize,
    /// What an error says about a longer list.
    pub(super) beyond: &'static str,
}

/// The entries of a page, and the next page's link in the body if there is one.
pub(super) type Entries<T> = (Vec<T>, Option<String>);

impl OktaClient {
    /// Reads all pages of a list, the first by `call`. `entries` takes a page apart.
    pub(super) async fn all_pages<W: DeserializeOwned, T>(
        &self,
        call: Call,
        limit: PageLimit,
        entries: impl Fn(W) -> Entries<T>,
        deadline: Deadline,
    ) -> Result<Vec<T>, OktaError> {
        let unreadable = |cause: &str| OktaError::Unreadable { call: call.name(), cause: cause.to_owned() };
        let (mut all, mut cursors) = (Vec::new(), HashSet::new());
        let mut next = call.clone();
        for _ in 0..limit.pages {
            let (page, in_header) = self.page(next, deadline).await?;
            let (page, in_body) = entries(page);
            all.extend(page);
            let cursor = match (in_header, in_body) {
                (Some(cursor), _) => cursor,
                (None, Some(link)) => {
                    cursor::of_link(&link).map_err(|_| unreadable(cursor::UNREADABLE_LINK))?
                }
                (None, None) => return Ok(all),
            };
            next = after(&call, &cursor);
            if !cursors.insert(cursor) {
                return Err(unreadable("the links to the next page lead in a circle"));
            }
        }
        Err(unreadable(limit.beyond))
    }
}

/// The same call for the page after `cursor`.
fn after(call: &Call, cursor: &str) -> Call {
    let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let query = call.query.iter().map(|query| format!("{query}&")).next().unwrap_or_default();
    Call { query: Some(format!("{query}after={}", cursor.replace('+', "%20"))), ..call.clone() }
}
