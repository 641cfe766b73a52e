//! A list that Okta returns page by page, read to its end or as far as is enough. Whatever Okta answers, the
//! reading ends: a cursor that comes a second time is an error, and so is a list of too many pages.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::call::Call;
use super::client::OktaClient;
use super::cursor;
use super::error::OktaError;
use crate::deadline::Deadline;
use crate::json::{Lenient, Object};

/// How many pages of one list are read.
#[derive(Clone, Copy)]
pub(super) struct PageLimit {
    pub(super) pages: usize,
    /// What an error says about a longer list.
    pub(super) beyond: &'static str,
}

/// A page of a list of the Identity Governance API. An answer without the list is an error: it does not say
/// that the list is empty.
#[derive(Deserialize)]
pub(super) struct GovernancePage {
    data: Vec<Lenient<Object>>,
    #[serde(rename = "_links")]
    links: Option<Lenient<Object>>,
}

impl GovernancePage {
    /// The entries, each read by `read`: `None` if it is no object, or `read` returns none.
    pub(super) fn entries<T>(self, read: impl Fn(&Object) -> Option<T>) -> Entries<Option<T>> {
        let entries = self.data.iter().map(|entry| entry.0.as_ref().and_then(&read)).collect();
        let links = self.links.and_then(|links| links.0).unwrap_or_default();
        // A link that can't be read must not look like the last page.
        let next = links.raw("next").map(|_| links.object("next").text("href").unwrap_or_default());
        (entries, next)
    }
}

/// The entries of a page, and the next page's link in the body if there is one.
pub(super) type Entries<T> = (Vec<T>, Option<String>);

/// The first pages of a list.
#[derive(Debug)]
pub(super) struct FirstPages<T> {
    pub(super) entries: Vec<T>,
    /// Whether there are pages that were not read.
    pub(super) goes_on: bool,
}

impl OktaClient {
    /// Reads all pages of a list, the first by `call`. `entries` parses a page.
    pub(super) async fn all_pages<W: DeserializeOwned, T>(
        &self,
        call: Call,
        limit: PageLimit,
        entries: impl Fn(W) -> Entries<T>,
        deadline: Deadline,
    ) -> Result<Vec<T>, OktaError> {
        let read = self.first_pages(call.clone(), limit.pages, entries, |_| false, deadline).await?;
        if read.goes_on { Err(unreadable(&call, limit.beyond)) } else { Ok(read.entries) }
    }

    /// Reads at most `pages` pages of a list, the first by `call`, and stops after the first page that
    /// `is_enough`. `entries` parses a page.
    pub(super) async fn first_pages<W: DeserializeOwned, T>(
        &self,
        call: Call,
        pages: usize,
        entries: impl Fn(W) -> Entries<T>,
        is_enough: impl Fn(&[T]) -> bool,
        deadline: Deadline,
    ) -> Result<FirstPages<T>, OktaError> {
        let (mut all, mut cursors) = (Vec::new(), HashSet::new());
        let mut next = call.clone();
        for _ in 0..pages {
            let (page, in_header) = self.page(next, deadline).await?;
            let (page, in_body) = entries(page);
            let enough = is_enough(&page);
            all.extend(page);
            let cursor = match (in_header, in_body) {
                (Some(cursor), _) => cursor,
                (None, Some(link)) => {
                    cursor::of_link(&link).map_err(|_| unreadable(&call, cursor::UNREADABLE_LINK))?
                }
                (None, None) => return Ok(FirstPages { entries: all, goes_on: false }),
            };
            next = after(&call, &cursor);
            if !cursors.insert(cursor) {
                return Err(unreadable(&call, "the links to the next page lead in a circle"));
            }
            if enough {
                break;
            }
        }
        Ok(FirstPages { entries: all, goes_on: true })
    }
}

/// A success that can't be used.
pub(super) fn unreadable(call: &Call, cause: &str) -> OktaError {
    OktaError::Unreadable { call: call.name(), cause: cause.to_owned() }
}

/// The same call for the page after `cursor`.
fn after(call: &Call, cursor: &str) -> Call {
    let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    let query = call.query.as_ref().map(|query| format!("{query}&")).unwrap_or_default();
    Call { query: Some(format!("{query}after={}", cursor.replace('+', "%20"))), ..call.clone() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use axum::Router;
    use axum::http::header::LINK;
    use axum::response::IntoResponse as _;
    use serde_json::{Value, json};

    use super::super::endpoint::Endpoint;
    use super::super::org::OrgUrl;
    use super::*;
    use crate::credential::Credential;
    use crate::secret::Secret;
    use crate::surroundings::Surroundings;

    /// A page of one group: its next page is the one after `cursors[number]`.
    async fn read(
        cursors: impl Fn(usize) -> Option<String> + Send + Sync + 'static,
    ) -> (Result<usize, String>, usize) {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (pages, cursors) = (Arc::new(AtomicUsize::new(0)), Arc::new(cursors));
        let count = Arc::clone(&pages);
        let page = move || {
            let cursor = cursors(count.fetch_add(1, Ordering::Relaxed));
            let link = cursor.map(|cursor| (LINK, format!("<https://x/y?after={cursor}>; rel=next")));
            async move {
                (axum::response::AppendHeaders(link), axum::Json(json!([{"id": "00g1"}]))).into_response()
            }
        };
        let server =
            tokio::spawn(async { axum::serve(listener, Router::new().fallback(page)).await.unwrap() });
        let secret = Arc::new(Secret::given(Credential::parse("00Token").unwrap()));
        let http = Surroundings::real(None, true).unwrap();
        let client = OktaClient::new(http, OrgUrl::parse(&url).unwrap(), secret, &[]);
        let limit = PageLimit { pages: 4, beyond: "it is too long" };
        let deadline = Deadline::after(Duration::from_secs(20));
        let call = Call::on(Endpoint::UserGroups, "00u1");
        let all = client.all_pages(call, limit, |page: Vec<Value>| (page, None), deadline).await;
        server.abort();
        (all.map(|all| all.len()).map_err(|error| error.to_string()), pages.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end_or_to_an_error() {
        let cursor = |number: usize| Some(format!("c{number}"));
        assert_eq!(read(|_| None).await, (Ok(1), 1));
        assert_eq!(read(move |number| cursor(number).filter(|_| number < 3)).await, (Ok(4), 4));
        for (cursors, pages, says) in [
            (vec!["a"], 2, "lead in a circle"),
            (vec!["a", "b"], 3, "lead in a circle"),
            (vec!["a", "b", "c", "d"], 4, "it is too long"),
        ] {
            let (all, read) = read(move |number| Some(cursors[number % cursors.len()].to_owned())).await;
            assert!(all.as_ref().is_err_and(|text| text.contains(says)), "{all:?}");
            assert_eq!(read, pages);
        }
    }
}
