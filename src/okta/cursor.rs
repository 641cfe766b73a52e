//! The cursor of a list's next page (Okta API reference, "Pagination"). Links in answers are never followed,
//! because they may point anywhere; only the cursor is taken from them.

use http::HeaderMap;

/// There is a next page, but its link can't be read.
#[derive(Debug)]
pub(super) struct UnreadableLink;

/// What an [`OktaError::Unreadable`](super::error::OktaError::Unreadable) then says.
pub(super) const UNREADABLE_LINK: &str = "the link to the next page can't be read";

/// The cursor in the `Link` header with `rel="next"`; `None` on the last page.
pub(super) fn of_headers(headers: &HeaderMap) -> Result<Option<String>, UnreadableLink> {
    let links = headers.get_all("link").iter().filter_map(|link| link.to_str().ok());
    let Some(next) = links.flat_map(|link| link.split('<')).find(|link| link.contains("rel=\"next\"")) else {
        return Ok(None);
    };
    of_link(next.split('>').next().unwrap_or_default()).map(Some)
}

/// The `after` parameter of a link.
pub(super) fn of_link(link: &str) -> Result<String, UnreadableLink> {
    let (_, query) = link.split_once('?').ok_or(UnreadableLink)?;
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let (_, cursor) = parameters.find(|(name, _)| name == "after").ok_or(UnreadableLink)?;
    if cursor.is_empty() { Err(UnreadableLink) } else { Ok(cursor.into_owned()) }
}
