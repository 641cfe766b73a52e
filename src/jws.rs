//! [`SigningKey`]: a private key that signs JSON Web Signatures (RFC 7515, compact form) with ring. Service
//! apps sign with one, and DPoP proofs are made with another, a [`ProofKey`]. Nothing here verifies a signature
//! or knows what is signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::pem::{self, Fault, Key};

/// A private key. It signs as `RS256`, `ES256` or `ES384` (RFC 7518, section 3.1), depending on its type.
pub struct SigningKey {
    pair: Pair,
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

/// Why a text is no usable key. It continues a sentence that begins with "the private key", and never quotes
/// the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct KeyError {
    cause: String,
    remedy: &'static str,
}

impl KeyError {
    /// The text has neither of the two formats.
    #[must_use]
    pub fn neither_pem_nor_jwk() -> KeyError {
        KeyError { cause: "is neither a PEM nor a JWK".to_owned(), remedy: STORE_KEY }
    }

    /// What to store instead.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.remedy
    }

    fn rejected(cause: ring::error::KeyRejected) -> KeyError {
        KeyError { cause: format!("can't be used ({cause})"), remedy: MAKE_KEY }
    }
}

impl From<Fault> for KeyError {
    fn from(fault: Fault) -> KeyError {
        let (cause, remedy) = match fault {
            Fault::NoKey => ("is not a PEM with a `BEGIN PRIVATE KEY` block", STORE_KEY),
            Fault::CutOff => ("is a PEM that is cut off: its `-----END` is missing", STORE_WHOLE),
            Fault::NotBase64 => ("is a PEM whose base64 is damaged", STORE_WHOLE),
            Fault::Encrypted => (
                "is a PEM that a passphrase protects",
                "remove the passphrase with `openssl pkcs8 -in old.pem -topk8 -nocrypt -out new.pem`",
            ),
        };
        KeyError { cause: cause.to_owned(), remedy }
    }
}

const STORE_WHOLE: &str = "store the whole PEM again";
const STORE_KEY: &str = "store the private key as a PEM or a JWK";
const STORE_JWK: &str = "use the private JWK as Okta shows it";
const MAKE_KEY: &str = "make an RSA key of 2048 to 4096 bits or an EC key on P-256 or P-384";

impl SigningKey {
    /// Makes a new P-256 key. The error: the system has no random numbers.
    fn generate() -> Result<SigningKey, ring::error::Unspecified> {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .map_err(|_| ring::error::Unspecified)?;
        Ok(SigningKey { pair: Pair::P256(pair), random })
    }

    /// Reads a PEM with a `BEGIN PRIVATE KEY` or `BEGIN RSA PRIVATE KEY` block. Its line breaks may be lost.
    pub fn from_pem(pem: &str) -> Result<SigningKey, KeyError> {
        let random = SystemRandom::new();
        let pair = match pem::private_key(pem)? {
            Key::Pkcs8(der) => {
                let ec = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, &der, &random);
                ec(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .map(Pair::P256)
                    .or_else(|_| ec(&ECDSA_P384_SHA384_FIXED_SIGNING).map(Pair::P384))
                    .or_else(|_| RsaKeyPair::from_pkcs8(&der).map(|pair| Pair::Rsa(Box::new(pair))))
                    .map_err(KeyError::rejected)?
            }
            Key::Pkcs1(der) => Pair::Rsa(Box::new(RsaKeyPair::from_der(&der).map_err(KeyError::rejected)?)),
            Key::Sec1 => {
                return Err(KeyError {
                    cause: "is in the old EC form (`BEGIN EC PRIVATE KEY`)".to_owned(),
                    remedy: "convert it with `openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem`",
                });
            }
        };
        Ok(SigningKey { pair, random })
    }

    /// Reads a JWK, and its `kid` if it has one.
    pub fn from_jwk(jwk: &Value) -> Result<(SigningKey, Option<String>), KeyError> {
        let random = SystemRandom::new();
        let fault = |cause: String, remedy| KeyError { cause, remedy };
        let jwk = Jwk::deserialize(jwk)
            .map_err(|_| fault("is a JWK with members of the wrong kind".to_owned(), STORE_JWK))?;
        let bytes = |name: &str, text: &str| match URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')) {
            Ok(bytes) if !bytes.is_empty() => Ok(bytes),
            _ => Err(fault(format!("is a JWK whose member `{name}` is missing or not base64url"), STORE_JWK)),
        };
        let ec = |algorithm: &'static EcdsaSigningAlgorithm| {
            let point = [&[4][..], &bytes("x", &jwk.x)?, &bytes("y", &jwk.y)?].concat();
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &bytes("d", &jwk.d)?, &point, &random)
                .map_err(KeyError::rejected)
        };
        let pair = match (jwk.kty.as_str(), jwk.crv.as_str()) {
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
                Pair::Rsa(Box::new(RsaKeyPair::from_components(&components).map_err(KeyError::rejected)?))
            }
            ("EC", "P-256") => Pair::P256(ec(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            ("EC", "P-384") => Pair::P384(ec(&ECDSA_P384_SHA384_FIXED_SIGNING)?),
            _ => {
                let cause = "is a JWK of another kind than RSA, EC P-256 and EC P-384".to_owned();
                return Err(fault(cause, MAKE_KEY));
            }
        };
        Ok((SigningKey { pair, random }, jwk.kid))
    }

    /// The name of its algorithm, as a JWS header's `alg` has it.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match &self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::P384(_) => "ES384",
        }
    }

    /// The public half of an EC key as a JWK; `None` for RSA, since only the EC key of DPoP proofs is shown.
    fn public_jwk(&self) -> Option<Value> {
        let (curve, pair) = match &self.pair {
            Pair::P256(pair) => ("P-256", pair),
            Pair::P384(pair) => ("P-384", pair),
            Pair::Rsa(_) => return None,
        };
        // An uncompressed point: 4, x, y.
        let (x, y) = pair.public_key().as_ref().get(1..)?.split_at(pair.public_key().as_ref().len() / 2);
        Some(json!({
            "kty": "EC",
            "crv": curve,
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        }))
    }

    /// Signs a JWT, with the key's id in its header.
    pub fn jwt(&self, key_id: &str, claims: &Value) -> Result<String, ring::error::Unspecified> {
        self.sign(&encoded(&json!({"alg": self.algorithm(), "typ": "JWT", "kid": key_id})), claims)
    }

    fn sign(&self, header: &str, claims: &Value) -> Result<String, ring::error::Unspecified> {
        let signed = format!("{header}.{}", encoded(claims));
        let signature = match &self.pair {
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

/// A key for DPoP proofs, with the header that all of them have.
#[derive(Debug)]
pub struct ProofKey {
    key: SigningKey,
    header: String,
}

impl ProofKey {
    /// Makes a new P-256 key. The error: the system has no random numbers.
    pub fn generate() -> Result<ProofKey, ring::error::Unspecified> {
        let key = SigningKey::generate()?;
        let jwk = key.public_jwk().ok_or(ring::error::Unspecified)?;
        let header = encoded(&json!({"typ": "dpop+jwt", "alg": key.algorithm(), "jwk": jwk}));
        Ok(ProofKey { key, header })
    }

    /// Signs a proof (RFC 9449, section 4.2), with the public key in its header.
    pub fn proof(&self, claims: &Value) -> Result<String, ring::error::Unspecified> {
        self.key.sign(&self.header, claims)
    }
}

/// A part of a JWS.
fn encoded(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// The SHA-256 hash of a text in base64url, as a DPoP proof's `ath` holds it.
#[must_use]
pub fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()))
}
