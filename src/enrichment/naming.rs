//! How messages name people, by the display name with the login, and things, by the name or else the id.

use crate::okta::User;
use crate::words::{Piece, Term};

/// The longest login, in UTF-16 units: Okta's logins have at most 100 characters (Okta API reference, "Users",
/// `login`).
const LOGIN_LIMIT: usize = 100;

/// "Zoë Lindqvist (zoe@example.com)", or the part of it that the profile has. The login stays whole however long
/// the name is.
#[must_use]
pub(super) fn with_login(user: &User) -> Option<Piece> {
    let login = user.attribute("login").map(|login| Piece::text(&login, LOGIN_LIMIT));
    match (user.display_name().map(|name| display_name(&name)), login) {
        (Some(name), Some(login)) => Some(Piece::said(Term::WithLogin, [name, login])),
        (name, login) => name.or(login),
    }
}

/// A display name, untrusted. One with an `@` stands in quotes: it could look like a name with a login.
#[must_use]
pub(super) fn display_name(name: &str) -> Piece {
    if name.contains(['@', '\u{FF20}', '\u{FE6B}']) { Piece::quoted_name(name) } else { Piece::name(name) }
}

/// The name of a group, app or other thing, or else its id.
#[must_use]
pub(super) fn shown<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}
