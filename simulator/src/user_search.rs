//! The user search is "List all users" of Okta's users API with the parameter `search`: expressions
//! `attribute eq "value"`, joined by `or`. Okta has more operators; this Okta refuses them, as it refuses a
//! list of all users. Values are compared as Okta does it, without regard to upper and lower case. A
//! backslash in a value takes the next character as it is (RFC 7644, section 3.4.2.2).

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    call::Call,
    directory::without_omitted_parts,
    paging::{Page, PageSizes},
    refusal,
    reply::Reply,
    world::World,
};

/// The attributes that can be searched, and the JSON pointers to their values.
const ATTRIBUTES: [(&str, &str); 3] =
    [("id", "/id"), ("profile.login", "/profile/login"), ("profile.email", "/profile/email")];
/// The most users on a page (Okta's users API, "List all users").
const LARGEST_PAGE: usize = 200;

/// Answers with one page of the users that match. The caller must already be authorized.
pub(super) fn answer(world: &World, call: &Call) -> Reply {
    page(world, call).unwrap_or_else(|refusal| refusal)
}

fn page(world: &World, call: &Call) -> Result<Reply, Reply> {
    let expressions = match call.query().get("search") {
        Some(search) => parse(search).ok_or_else(invalid)?,
        None => Vec::new(),
    };
    let matches = |user: &Value| {
        let is = |(pointer, value): &(&str, String)| {
            let own = user.pointer(pointer).and_then(Value::as_str);
            own.is_some_and(|own| own.to_lowercase() == value.to_lowercase())
        };
        expressions.is_empty() || expressions.iter().any(is)
    };
    let users = world.users.values().filter(|user| matches(user));
    let users = users.map(|user| without_omitted_parts(user, call)).collect();
    let sizes = PageSizes { default: LARGEST_PAGE, largest: LARGEST_PAGE, cap: LARGEST_PAGE };
    Page::of(world, call, users, sizes).map(|page| page.reply(&json!(page.records)))
}

fn invalid() -> Reply {
    refusal::error(StatusCode::BAD_REQUEST, "E0000031", "Invalid search criteria.")
}

/// The pointer and the value of each expression; `None` if the search is not of the form that is known here.
fn parse(search: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut expressions, mut rest) = (Vec::new(), search.trim());
    loop {
        let (name, after) = rest.split_once(" eq \"")?;
        let (_, pointer) = ATTRIBUTES.iter().find(|(known, _)| *known == name)?;
        let (value, after) = quoted(after)?;
        expressions.push((*pointer, value));
        if after.trim().is_empty() {
            return Some(expressions);
        }
        rest = after.trim().strip_prefix("or ")?;
    }
}

/// The value up to its closing quote, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut characters) = (String::new(), text.char_indices());
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_read_to_its_end_or_refused() {
        let known = parse(r#"profile.email eq "a@b" or profile.login eq "x\"y""#);
        let expected = vec![("/profile/email", "a@b".to_owned()), ("/profile/login", "x\"y".to_owned())];
        assert_eq!(known, Some(expected));
        for search in [
            "",
            "profile.email",
            r#"profile.email eq "a@b"#,
            r#"profile.email sw "a""#,
            r#"profile.phone eq "1""#,
            r#"profile.email eq "a@b" and id eq "00u1""#,
        ] {
            assert_eq!(parse(search), None, "{search}");
        }
    }
}
