//! Signing of JSON Web Signatures (RFC 7515, compact form) over ring: the private key of a service app, and the
//! key pair that DPoP proofs are made with. Only signing: nothing here verifies, and nothing knows what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// A private key that signs as `RS256`, `ES256` or `ES384` (RFC 7518, section 3.1), by its kind.
pub struct SigningKey {
    kind: Pair,
    random: SystemRandom,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

/// A private key as a JWK (RFC 7517; members of RFC 7518, section 6).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Jwk {
    kty: String,
    crv: String,
    kid: Option<String>,
    n: String,
    e: String,
    d: String,
    p: String,
    q: String,
    dp: String,
    dq: String,
    qi: String,
    x: String,
    y: String,
}

impl SigningKey {
    /// A new P-256 key.
    pub fn generate() -> Result<SigningKey, ring::error::Unspecified> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .map_err(|_| ring::error::Unspecified)?;
        Ok(SigningKey { kind: Pair::P256(pair), random })
    }

    /// Reads a PEM (`BEGIN PRIVATE KEY`; `BEGIN RSA PRIVATE KEY` too). The error continues "the private key …".
    pub fn from_pem(pem: &str) -> Result<SigningKey, String> {
        let random = SystemRandom::new();
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| "is not a PEM with a `BEGIN PRIVATE KEY` block".to_owned())?;
        let kind = match &key {
            PrivateKeyDer::Pkcs8(key) => {
                let der = key.secret_pkcs8_der();
                let ec = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der, &random);
                ec(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .map(Pair::P256)
                    .or_else(|_| ec(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Pair::P384))
                    .or_else(|_| RsaKeyPair::from_pkcs8(der).map(|pair| Pair::Rsa(Box::new(pair))))
                    .map_err(unusable)?
            }
            PrivateKeyDer::Pkcs1(key) => {
                Pair::Rsa(Box::new(RsaKeyPair::from_der(key.secret_pkcs1_der()).map_err(unusable)?))
            }
            _ => {
                return Err(
                    "is in the old EC form (`BEGIN EC PRIVATE KEY`); convert it with `openssl pkcs8 -topk8 \
                            -nocrypt -in old.pem -out new.pem`"
                        .to_owned(),
                );
            }
        };
        Ok(SigningKey { kind, random })
    }

    /// Reads a JWK, and its `kid`. The error continues "the private key …".
    pub fn from_jwk(jwk: &Value) -> Result<(SigningKey, Option<String>), String> {
        let random = SystemRandom::new();
        let jwk = Jwk::deserialize(jwk).map_err(|_| "is a JWK with members of the wrong kind".to_owned())?;
        let bytes = |name: &str, text: &str| match URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')) {
            Ok(bytes) if !bytes.is_empty() => Ok(bytes),
            _ => Err(format!(
                "is a JWK whose member `{name}` is missing or not base64url; use the private JWK as Okta shows it"
            )),
        };
        let ec = |algorithm: &'static EcdsaSigningAlgorithm| {
            let point = [&[4][..], &bytes("x", &jwk.x)?, &bytes("y", &jwk.y)?].concat();
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &bytes("d", &jwk.d)?, &point, &random)
                .map_err(unusable)
        };
        let kind = match (jwk.kty.as_str(), jwk.crv.as_str()) {
            ("RSA", _) => {
                let components = KeyPairComponents {
                    public_key: PublicKeyComponents { n: bytes("n", &jwk.n)?, e: bytes("e", &jwk.e)? },
                    d: bytes("d", &jwk.d)?,
                    p: bytes("p", &jwk.p)?,
                    q: bytes("q", &jwk.q)?,
                    dP: bytes("dp", &jwk.dp)?,
                    dQ: bytes("dq", &jwk.dq)?,
                    qInv: bytes("qi", &jwk.qi)?,
                };
                Pair::Rsa(Box::new(RsaKeyPair::from_components(&components).map_err(unusable)?))
            }
            ("EC", "P-256") => Pair::P256(ec(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            ("EC", "P-384") => Pair::P384(ec(&ECDSA_P384_SHA384_FIXED_SIGNING)?),
            _ => return Err("is a JWK of another kind than RSA, EC P-256 and EC P-384".to_owned()),
        };
        Ok((SigningKey { kind, random }, jwk.kid))
    }

    /// The value of a header's `alg`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match &self.kind {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::P384(_) => "ES384",
        }
    }

    /// The public half as a JWK, for an EC key; RSA keys are never shown to anyone.
    fn public_jwk(&self) -> Option<Value> {
        let (curve, pair) = match &self.kind {
            Pair::P256(pair) => ("P-256", pair),
            Pair::P384(pair) => ("P-384", pair),
            Pair::Rsa(_) => return None,
        };
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref().get(1..)?.split_at(pair.public_key().as_ref().len() / 2);
        Some(
            json!({"kty": "EC", "crv": curve, "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)}),
        )
    }

    /// A signed JWT with the key's id in its header.
    pub fn jwt(&self, key_id: &str, claims: &Value) -> Result<String, ring::error::Unspecified> {
        self.sign(&json!({"alg": self.algorithm(), "typ": "JWT", "kid": key_id}), claims)
    }

    /// A DPoP proof (RFC 9449, section 4.2): the public key itself is in its header.
    pub fn dpop_proof(&self, claims: &Value) -> Result<String, ring::error::Unspecified> {
        let jwk = self.public_jwk().ok_or(ring::error::Unspecified)?;
        self.sign(&json!({"typ": "dpop+jwt", "alg": self.algorithm(), "jwk": jwk}), claims)
    }

    fn sign(&self, header: &Value, claims: &Value) -> Result<String, ring::error::Unspecified> {
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = match &self.kind {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, signed.as_bytes(), &mut signature)?;
                signature
            }
            Pair::P256(pair) | Pair::P384(pair) => {
                pair.sign(&self.random, signed.as_bytes())?.as_ref().to_vec()
            }
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn unusable(cause: ring::error::KeyRejected) -> String {
    format!("can't be used ({cause}); make an RSA key of 2048 to 4096 bits or an EC key on P-256 or P-384")
}

/// A random identifier for a `jti`: 128 bits.
pub fn unique_id() -> Result<String, ring::error::Unspecified> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The SHA-256 hash of a text in base64url, as a proof's `ath` wants it.
#[must_use]
pub fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}
