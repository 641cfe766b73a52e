//! A JWT is the signed text with which a service app proves who it is: three base64url parts, and the third
//! signs the other two. This file takes a JWT apart and verifies its signature. It uses another library than
//! the client (the `RustCrypto` crates behind `jsonwebtoken`), so that an error in one cannot hide in the
//! other. It does not judge the claims: `token` and `dpop` do.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    crypto::{rust_crypto::DEFAULT_PROVIDER, verify},
    jwk::{Jwk, ThumbprintHash},
};
use serde_json::Value;

/// The private members of a JWK (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// One JWT, taken apart. Its signature is not yet verified.
#[derive(Debug)]
pub(super) struct Jwt<'a> {
    pub(super) header: Value,
    claims: Value,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Jwt<'a> {
    /// Reads a compact JWT. `None` unless it has three parts and a JSON object in each of the first two.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let read = |part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let (header, claims): (Value, Value) = (read(header)?, read(claims)?);
        (header.is_object() && claims.is_object()).then_some(Self { header, claims, signed, signature })
    }

    /// The claim of this name; `None` unless it is a string that is not empty.
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims[claim].as_str().filter(|text| !text.is_empty())
    }

    /// The claim of this name; `None` unless it is a whole number of seconds.
    pub(super) fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims[claim].as_i64()
    }

    /// Whether the header names a signature algorithm that this Okta accepts. Okta also takes `ES512`, which
    /// the library of this file can't verify.
    pub(super) fn has_known_algorithm(&self) -> bool {
        self.algorithm().is_some()
    }

    /// Whether this key made the signature, by the algorithm that the header names.
    pub(super) fn is_signed_by(&self, key: &DecodingKey) -> bool {
        let verified = |algorithm| verify(self.signature, self.signed.as_bytes(), key, algorithm);
        self.algorithm().is_some_and(|algorithm| verified(algorithm).unwrap_or(false))
    }

    fn algorithm(&self) -> Option<Algorithm> {
        match self.header["alg"].as_str()? {
            "RS256" => Some(Algorithm::RS256),
            "RS384" => Some(Algorithm::RS384),
            "RS512" => Some(Algorithm::RS512),
            "ES256" => Some(Algorithm::ES256),
            "ES384" => Some(Algorithm::ES384),
            _ => None,
        }
    }
}

/// Whether a JWK has a private or a secret member.
pub(super) fn is_private(jwk: &Value) -> bool {
    PRIVATE_MEMBERS.iter().any(|name| jwk.get(name).is_some())
}

/// The key in a JWK, and its RFC 7638 thumbprint. `None` unless it is a public RSA or EC key.
pub(super) fn public_key(jwk: &Value) -> Option<(DecodingKey, String)> {
    if is_private(jwk) || !matches!(jwk["kty"].as_str()?, "RSA" | "EC") {
        return None;
    }
    let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
    Some((DecodingKey::from_jwk(&jwk).ok()?, jwk.thumbprint(ThumbprintHash::SHA256).ok()?))
}

/// `base64url(SHA-256(text))`, as an `ath` claim has it.
pub(super) fn sha256(text: &str) -> String {
    let digest = (DEFAULT_PROVIDER.key_utils.compute_digest)(text.as_bytes(), ThumbprintHash::SHA256);
    URL_SAFE_NO_PAD.encode(digest.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The example proof in section 4.1 of RFC 9449.
    const RFC_PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo\
        UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW\
        clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh\
        0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8\
        v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    /// The thumbprint of that proof's key, in section 6.1.
    const RFC_THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    /// The modulus of an RSA key made with Python's `cryptography`.
    const RSA_MODULUS: &str = "tmO8B64tpGIOolbo2YLf4TdIz2gOSrqfjW1LhVcLPBcBDQxNHWYTknacUN7hxclXhuRyt7jNZrdgHfn9_ujbye-v-eOL\
        WALsfKT30ebX6lOg3RAOiBHzFXkgO_4Tv3cTBmuXpW4H8bnZGMlCwvYfeFrHNx7eB3zIx9qFseRREFDJZ1vTzp0KOH3k\
        p12GA22WpdJW4aAsJzyQZhbEE8Lwvvtw2hedMy1zPjpqTpz98Ow4hvvGX7CLtFJYDnVFoH99IatCDWcgk-dJSqSfL9-Q\
        dRbRjH45EXscTeklFP2kg3MLwAruUYXEJGJGMgXWY-HmV83CLi9BUfyJ7JDCVIZVtw";
    /// A JWT signed with that key.
    const RS512: &str = "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiIwb2ExIn0.HR5kPHRFnxM70jDs1DJApFxVrsuyX30kFRZguTWOgcDa0na4yXO\
        1gPfKnP6_Nm1c1IoEsASUC6czFp6fDLZqfiuGS38GIReOHTdEGOKYrY8C3CBjbEXeICNySlbc-DtespNrY2Td041HrV_\
        jITW5ga6Xn1eNn-lxVLKtd63GArWmGdQV8fbJAgAmMsGHpjGXubeommxQdPCtJjZZPuNjLxultcd8xuX6Y6GwChX_zom\
        EDoKel-CFTmYzRkmoenBQmc7wvhVszvDi3UDGYP84HQTiWqmld3PZpUoMJ6oLXitB8VLWz16fRf38uZmVRCxxrU9IToS\
        6LBzPrruYdrjvfQ";
    /// The coordinates `x` and `y` of an EC key.
    const P384: [&str; 2] = [
        "yly5c8o0H-snMWZzkAC9ZTaZ0cLU5ke88DcHa929aM_JBGE1llKRcV7vSQxm1c6Z",
        "v5ikM5KLuzaFIhg5wCKIk76vILT2o2ljT1_xmNlQw6EDyMYaQjqyBIhRuxICZB7N",
    ];
    /// A JWT signed with that key.
    const ES384: &str = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiIwb2ExIn0.XJVgnI8ESvSxfJKxAqk33lYmtdJ1kdVVUlg8lZfjGBOLEXbVPv9\
        RLc9YPmeaBYKKfMtepvID6aFB7JQklhO6gsIAc2ZRhDf3vhJ0k2Sl5mzt73VBZbRI0JarpQvOYgsZ";

    #[test]
    fn a_published_proof_its_thumbprint_and_its_token_hash_are_right() {
        let jwt = Jwt::parse(RFC_PROOF).expect("a JWT");
        let (key, thumbprint) = public_key(&jwt.header["jwk"]).expect("a public key");
        assert!(jwt.is_signed_by(&key));
        assert_eq!(thumbprint, RFC_THUMBPRINT);
        let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
        assert_eq!(sha256(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    }

    #[test]
    fn a_key_verifies_only_its_own_signatures() {
        let rsa = json!({ "kty": "RSA", "n": RSA_MODULUS, "e": "AQAB" });
        let [x, y] = P384;
        let ec = json!({ "kty": "EC", "crv": "P-384", "x": x, "y": y });
        let [(rsa, _), (ec, _)] = [rsa, ec].map(|jwk| public_key(&jwk).expect("a public key"));
        let signed_by = |text: &str| {
            let jwt = Jwt::parse(text).expect("a JWT");
            (jwt.is_signed_by(&rsa), jwt.is_signed_by(&ec))
        };
        assert_eq!(signed_by(RS512), (true, false));
        assert_eq!(signed_by(ES384), (false, true));
        assert_eq!(signed_by(RFC_PROOF), (false, false));
        assert_eq!(signed_by(&RS512.replacen("b2ExIn0", "b2EyIn0", 1)), (false, false));
    }

    #[test]
    fn a_text_that_is_no_jwt_and_a_key_that_is_not_public_are_refused() {
        for text in ["", "a.b", "e30.e30", "e30.W10.", "e30.e30.e30.e30"] {
            assert!(Jwt::parse(text).is_none(), "{text}");
        }
        let oct = json!({ "kty": "oct", "k": "AAAA" });
        let private = json!({ "kty": "RSA", "n": RSA_MODULUS, "e": "AQAB", "d": "AAAA" });
        for jwk in [json!(null), json!({}), oct, private] {
            assert!(public_key(&jwk).is_none(), "{jwk}");
        }
    }
}
