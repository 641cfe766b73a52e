//! A proof (RFC 9449, "DPoP") shows that the caller holds the private key to which its access token is bound.
//! The caller makes a proof for one call and uses it once. This file checks a proof against its call. `token`
//! demands the nonce, and `auth` compares the proof's key with the token's.

use http::HeaderMap;

use super::{
    call::Call,
    jwt::{self, Jwt},
    world::World,
};

/// The description for a call without a proof.
pub(super) const MISSING: &str = "The DPoP proof JWT header is missing.";
/// How far a proof's `iat` may be from this Okta's clock, in seconds.
const AGE_LIMIT: u64 = 300;

/// A valid proof.
#[derive(Debug)]
pub(super) struct Proof {
    /// The RFC 7638 thumbprint of its key.
    pub(super) thumbprint: String,
    /// The nonce that it carries, not yet checked.
    pub(super) nonce: Option<String>,
}

/// Checks the proof in the call's headers against the call and, if one is given, against its access token. A
/// valid proof is used up. `now` is in UTC epoch seconds. The error is Okta's description.
pub(super) fn check(
    world: &mut World,
    call: &Call,
    now: i64,
    access_token: Option<&str>,
) -> Result<Proof, &'static str> {
    let jwt = only_proof(&call.headers)?;
    let jwt = Jwt::parse(jwt).ok_or("The DPoP proof JWT is invalid.")?;
    if jwt.header["typ"] != "dpop+jwt" {
        return Err("The 'typ' header of the DPoP proof JWT must be 'dpop+jwt'.");
    }
    if !jwt.has_known_algorithm() {
        return Err("The 'alg' header of the DPoP proof JWT is invalid.");
    }
    let (key, thumbprint) =
        jwt::public_key(&jwt.header["jwk"]).ok_or("The 'jwk' header of the DPoP proof JWT is invalid.")?;
    if world.verifies_signatures && !jwt.is_signed_by(&key) {
        return Err("The DPoP proof JWT signature is invalid.");
    }
    if jwt.text("htm") != Some(call.method.as_str()) {
        return Err("'htm' claim in the DPoP proof JWT is invalid.");
    }
    if !jwt.text("htu").is_some_and(|htu| call.is_at(htu)) || call.path_alone().contains('%') {
        // Okta decodes the path before it compares, so a path with `%` never matches:
        // https://github.com/okta/okta-sdk-python/issues/541.
        return Err("'htu' claim in the DPoP proof JWT is invalid.");
    }
    if jwt.seconds("iat").is_none_or(|iat| now.abs_diff(iat) > AGE_LIMIT) {
        return Err("'iat' claim in the DPoP proof JWT is invalid.");
    }
    if access_token.is_some_and(|token| jwt.text("ath") != Some(&jwt::sha256(token))) {
        return Err("'ath' claim in the DPoP proof JWT is invalid.");
    }
    let jti = jwt.text("jti").ok_or("'jti' claim in the DPoP proof JWT is invalid.")?;
    if !world.authorization_server.use_proof(&thumbprint, jti) {
        return Err("The DPoP proof JWT has already been used.");
    }
    Ok(Proof { thumbprint, nonce: jwt.text("nonce").map(str::to_owned) })
}

/// The value of the only `DPoP` header. None, or more than one, is an error.
fn only_proof(headers: &HeaderMap) -> Result<&str, &'static str> {
    let mut all = headers.get_all("dpop").iter();
    let first = all.next().ok_or(MISSING)?;
    if all.next().is_some() {
        return Err("There is more than one DPoP proof JWT header.");
    }
    first.to_str().map_err(|_| "The DPoP proof JWT is invalid.")
}
