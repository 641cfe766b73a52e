//! The cursor of a list's next page (Okta API reference, "Pagination"). Links in answers are never followed,
//! because they may point anywhere; only the cursor is taken from them.

use http::HeaderMap;

/// The longest cursor that is taken, in bytes. Okta's are ids.
const LONGEST: usize = 2_000;

/// There is a next page, but its link can't be read.
#[derive(Debug)]
pub(super) struct UnreadableLink;

/// What an [`OktaError::Unreadable`](super::error::OktaError::Unreadable) then says.
pub(super) const UNREADABLE_LINK: &str = "the link to the next page can't be read";

/// The cursor in the `Link` header whose relation is `next`; `None` on the last page.
pub(super) fn of_headers(headers: &HeaderMap) -> Result<Option<String>, UnreadableLink> {
    // A link repeats the query, which may hold more than ASCII. Dropping it would end the list early.
    let mut lines = headers.get_all("link").iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.find_map(|line| next_of(&line)).transpose()
}

fn next_of(line: &str) -> Option<Result<String, UnreadableLink>> {
    let mut links = line.split('<').skip(1).filter_map(|link| link.split_once('>'));
    links.find(|(_, parameters)| leads_on(parameters)).map(|(link, _)| of_link(link))
}

/// Whether the parameters of a link make it the next page's. Quotes are optional, and the relation may be one
/// of several (RFC 8288, section 3).
fn leads_on(parameters: &str) -> bool {
    parameters.split([';', ',']).filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel")
            && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

/// The `after` parameter of a link.
pub(super) fn of_link(link: &str) -> Result<String, UnreadableLink> {
    let (_, query) = link.split_once('?').ok_or(UnreadableLink)?;
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let (_, cursor) = parameters.find(|(name, _)| name == "after").ok_or(UnreadableLink)?;
    if (1..=LONGEST).contains(&cursor.len()) { Ok(cursor.into_owned()) } else { Err(UnreadableLink) }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_next_page_is_found_in_every_form_of_the_header() {
        for (lines, cursor) in [
            (
                &[r#"<https://x/a?limit=2>; rel="self""#, r#"<https://x/a?after=c%3D1&limit=2>; rel="next""#]
                    [..],
                Some("c=1"),
            ),
            (&[r#"<https://x/a?after=c,2>; rel="next", <https://x/a>; rel="self""#], Some("c,2")),
            (&["<https://x/a>;rel=self, <https://x/a?after=c3>;rel=next"], Some("c3")),
            (&[r#"<https://x/a?after=c4>; title="b"; REL = "last NEXT""#], Some("c4")),
            (
                &[
                    r#"<https://x/a?after=c5>; rel="nextdoor""#,
                    r#"<https://x/rel=next?after=c6>; rel="self""#,
                ],
                None,
            ),
            (&[], None),
        ] {
            let values = lines.iter().map(|line| ("link".parse().unwrap(), HeaderValue::from_static(line)));
            let headers: HeaderMap = values.collect();
            assert_eq!(of_headers(&headers).unwrap().as_deref(), cursor, "{lines:?}");
        }
        let headers = |line: &str| {
            HeaderMap::from_iter([(
                "link".parse().unwrap(),
                HeaderValue::from_bytes(line.as_bytes()).unwrap(),
            )])
        };
        let beyond_ascii = headers("<https://x/a?q=zo\u{eb}&after=c7>; rel=next");
        assert_eq!(of_headers(&beyond_ascii).unwrap().as_deref(), Some("c7"));
        for line in ["<https://x/a>; rel=next", "<https://x/a?after=&limit=1>; rel=next"] {
            assert!(of_headers(&headers(line)).is_err(), "{line}");
        }
    }
}
