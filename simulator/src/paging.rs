//! A page is a part of a list, with the links to itself and to the next: as `Link` headers always, as `_links` in the body
//! where the API has them. The cursor is the id of the page's last record. Links point at the org's real host, like all
//! links here: a client takes the cursor out of them and builds the URL itself.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{call::Call, reply::Reply, world::World};

/// The parameters of a query, by name.
pub(super) type Query = BTreeMap<String, String>;

/// One page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    own: String,
    next: Option<String>,
}

/// The call's query, percent-decoded.
pub(super) fn query(call: &Call) -> Query {
    let text = call.path.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Page {
    /// The page that the query's `after` and `limit` ask for; `sizes` are the size without `limit` and the largest that may be asked
    /// for; a page holds `cap` records at most.
    pub(super) fn of(
        world: &World,
        call: &Call,
        mut records: Vec<Value>,
        sizes: (usize, usize),
        cap: usize,
    ) -> Result<Self, Reply> {
        let mut query = query(call);
        let size = match query.get("limit").map(|text| text.parse()) {
            None => sizes.0,
            Some(Ok(size)) if (1..=sizes.1).contains(&size) => size,
            Some(_) => return Err(invalid("limit", &format!("limit: must be between 1 and {}", sizes.1))),
        };
        let size = size.min(cap);
        if let Some(after) = query.get("after") {
            let last = records.iter().position(|record| record["id"] == after.as_str());
            let last = last.ok_or_else(|| invalid("after", "after: is no cursor of this list"))?;
            records.drain(..=last);
        }
        let own = link(world, call, &query);
        let more = records.len() > size;
        records.truncate(size);
        let last = records.last().and_then(|record| record["id"].as_str()).filter(|_| more);
        let next = last.map(|last| {
            query.insert("after".to_owned(), last.to_owned());
            query.insert("limit".to_owned(), size.to_string());
            link(world, call, &query)
        });
        Ok(Self { records, own, next })
    }

    /// `_links`, as the Identity Governance API puts them into the body.
    pub(super) fn links(&self) -> Value {
        let mut links = json!({ "self": { "href": self.own } });
        if let Some(next) = &self.next {
            links["next"] = json!({ "href": next });
        }
        links
    }

    /// 200 with this body and the `Link` headers.
    pub(super) fn reply(&self, body: &Value) -> Reply {
        let reply = Reply::json(body).with("link", format!("<{}>; rel=\"self\"", self.own));
        match &self.next {
            Some(next) => reply.with("link", format!("<{next}>; rel=\"next\"")),
            None => reply,
        }
    }
}

/// 400 for a parameter, in Okta's words.
pub(super) fn invalid(name: &str, cause: &str) -> Reply {
    let summary = format!("Api validation failed: {name}");
    Reply::error_because(StatusCode::BAD_REQUEST, "E0000001", &summary, &[cause])
}

fn link(world: &World, call: &Call, query: &Query) -> String {
    let host =
        world.organization["_links"]["organization"]["href"].as_str().unwrap_or("https://acme.okta.com");
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{host}{}{mark}{query}", call.path_alone())
}
