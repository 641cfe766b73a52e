//! A call is one HTTP request without its body: its route, the id in its path, its method and its headers.
//! The simulator knows that much before it reads the body. Every check reads the call from here.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderName, Method, header, request::Parts, uri::Authority};
use url::form_urlencoded;

use super::route::Route;

/// The parameters of a query by name, percent-decoded.
pub(super) type Query = BTreeMap<String, String>;

/// One call, without its body.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) route: Route,
    /// The id in the path, percent-decoded; empty if the path has none.
    pub(super) id: String,
    pub(super) method: Method,
    /// The path with its query, as received.
    pub(super) path: String,
    /// The host that the caller addressed, with its port if the caller gave one.
    pub(super) authority: String,
    pub(super) headers: HeaderMap,
}

impl Call {
    /// Reads the call from the head of an HTTP request.
    pub(super) fn from_parts(parts: Parts) -> Self {
        let (route, id) = Route::of(parts.uri.path());
        let path =
            parts.uri.path_and_query().map_or_else(|| parts.uri.path(), |whole| whole.as_str()).to_owned();
        // HTTP/2 sends the host in the URI (`:authority`), HTTP/1.1 sends it in `Host`.
        let host = text(&parts.headers, &header::HOST);
        let authority = parts.uri.authority().map(Authority::as_str).or(host).unwrap_or_default().to_owned();
        Self { route, id, method: parts.method, path, authority, headers: parts.headers }
    }

    /// The path without its query, as received.
    pub(super) fn path_alone(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// The parameters of the query. If a name comes twice, the last value counts.
    pub(super) fn query(&self) -> Query {
        let text = self.path.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    /// The value of a header; `None` if the header is missing or is not visible ASCII.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        text(&self.headers, name)
    }

    /// The content type without its parameters; `None` if the call has none.
    pub(super) fn media_type(&self) -> Option<&str> {
        self.header(&header::CONTENT_TYPE)?.split(';').next().map(str::trim)
    }

    /// Whether the call was sent to this URL. A URL with a query or a fragment never matches.
    /// Both `http` and `https` match, because a proxy in front of the simulator may terminate TLS.
    pub(super) fn is_at(&self, url: &str) -> bool {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let Some((authority, path)) = rest.and_then(|rest| Some(rest.split_at(rest.find('/')?))) else {
            return false;
        };
        authority.eq_ignore_ascii_case(&self.authority) && path == self.path_alone()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
