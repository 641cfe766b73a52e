//! A challenge is the `WWW-Authenticate` header of a refused call. It names the error and the OAuth scope
//! that the call needs. Okta sends challenges only to service apps. Their format is that of RFC 6750, section
//! 3, and for `DPoP` that of RFC 9449, section 7.1.

use std::fmt;

/// The signature algorithms that Okta lists in a `DPoP` challenge.
const ALGORITHMS: &str = "RS256 RS384 RS512 ES256 ES384 ES512";

/// One challenge, with the members that Okta puts into it.
#[derive(Debug)]
pub(super) struct Challenge<'a> {
    /// `DPoP` or `Bearer`.
    pub(super) scheme: &'a str,
    /// The host that the caller addressed.
    pub(super) host: &'a str,
    /// The scope that the call needs; empty if it needs none.
    pub(super) scope: &'a str,
    /// The error code, for example `insufficient_scope`.
    pub(super) error: &'a str,
    /// The error in words.
    pub(super) description: &'a str,
    /// The path of the call, without its query.
    pub(super) resource: &'a str,
}

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, scope, error, description, resource } = self;
        write!(f, "{scheme} ")?;
        if *scheme == "DPoP" {
            write!(f, "algs=\"{ALGORITHMS}\", ")?;
        }
        write!(
            f,
            "authorization_uri=\"http://{host}/oauth2/v1/authorize\", realm=\"http://{host}\", \
             scope=\"{scope}\", error=\"{error}\", error_description=\"{description}\", \
             resource=\"{resource}\""
        )
    }
}
