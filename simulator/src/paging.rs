//! A page is one part of a list, with a link to itself and to the next part. The links are always in the
//! `Link` headers; where the API has them, they are also in the body as `_links`. The cursor is the id of the
//! page's last record. The links point at a host of the org, never at the simulator: a client takes the
//! cursor out of them and builds the URL itself.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    call::{Call, Query},
    refusal,
    reply::Reply,
};

/// The page sizes of a list, in records.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageSizes {
    /// The size if the query has no `limit`.
    pub(super) default: usize,
    /// The largest `limit` that is accepted.
    pub(super) largest: usize,
    /// The most records that a page has, even if `limit` is larger.
    pub(super) cap: usize,
}

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    /// The URL of this page.
    own: String,
    /// The URL of the next page; `None` if this is the last.
    next: Option<String>,
}

impl Page {
    /// Cuts out of `records` the page that the query asks for with `after` and `limit`. `base` is the base
    /// URL for the links. The error is Okta's refusal of one of the two parameters.
    pub(super) fn of(
        base: &str,
        call: &Call,
        mut records: Vec<Value>,
        sizes: PageSizes,
    ) -> Result<Self, Reply> {
        let mut query = call.query();
        let size = match query.get("limit").map(|text| text.parse()) {
            None => sizes.default,
            Some(Ok(size)) if (1..=sizes.largest).contains(&size) => size,
            Some(_) => {
                return Err(refusal::invalid_page(&format!("limit must be 1 to {}", sizes.largest)));
            }
        };
        let size = size.min(sizes.cap);
        if let Some(after) = query.get("after") {
            let last = records.iter().position(|record| record["id"] == after.as_str());
            let last = last.ok_or_else(|| refusal::invalid_page("after is not a cursor of this list"))?;
            records.drain(..=last);
        }
        let own = link(base, call, &query);
        let more = records.len() > size;
        records.truncate(size);
        let last = records.last().and_then(|record| record["id"].as_str()).filter(|_| more);
        let next = last.map(|last| {
            query.insert("after".to_owned(), last.to_owned());
            query.insert("limit".to_owned(), size.to_string());
            link(base, call, &query)
        });
        Ok(Self { records, own, next })
    }

    /// The member `_links` of a body of the Identity Governance API.
    pub(super) fn links(&self) -> Value {
        let mut links = json!({ "self": { "href": self.own, "hints": {} } });
        if let Some(next) = &self.next {
            links["next"] = json!({ "href": next, "hints": {} });
        }
        links
    }

    /// 200 with this body and the page's `Link` headers.
    pub(super) fn reply(&self, body: &Value) -> Reply {
        let reply = Reply::json(body).with("link", format!("<{}>; rel=\"self\"", self.own));
        match &self.next {
            Some(next) => reply.with("link", format!("<{next}>; rel=\"next\"")),
            None => reply,
        }
    }
}

/// The URL of the call's list with this query.
fn link(base: &str, call: &Call, query: &Query) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{base}{}{mark}{query}", call.path_alone())
}
