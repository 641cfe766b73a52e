//! `enricher simulate` with a key and roles for its service app: who can then sign in, and what they may do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use okta_simulator::doubles::{file, root};
use okta_simulator::{CLIENT_ID, TOKEN};
use serde_json::{Value, json};
use support::{Ran, enricher};

const V2: &str = "events/access.request.create--v2.json";
/// The public half of `tests/keys/ec-p256.pem`, as `openssl pkey -pubout` prints it.
const EC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3nYfDi51RQPz9ZyyjjgZgv98QDdX
UFNAUC8QMpvhfHSwZ7LaGFhIOfdF7a7rrkLg1QLicMkR7FpBTZVO8Burvw==
-----END PUBLIC KEY-----
";

fn key(name: &str) -> String {
    std::fs::read_to_string(root().join("tests/keys").join(name)).unwrap()
}

/// The RSA key pair of the tests as a public JWK.
fn rsa_jwk() -> Value {
    let pair: Value = serde_json::from_str(&key("rsa.jwk.json")).unwrap();
    json!({ "kty": pair["kty"], "n": pair["n"], "e": pair["e"], "kid": "of-the-jwk" })
}

/// A running `enricher simulate`; dropping it ends it.
struct Running {
    process: Child,
    url: String,
}

impl Running {
    fn start(options: &[&str]) -> Running {
        let mut command = enricher();
        command.args(["simulate", "--port", "0"]).args(options).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Running { process, url: url.trim().to_owned() }
    }

    /// Replays an event against it, as the service app with this private key.
    fn replay_as(&self, private_key: &str, key_id: &str) -> Ran {
        let secret = json!({ "client_id": CLIENT_ID, "private_key": private_key, "key_id": key_id });
        let secret = file(&secret.to_string());
        let mut command = enricher();
        command.args(["replay", "--post", "--org", &self.url, V2]).env("OKTA_SECRET_FILE", secret.path());
        command.output().unwrap().into()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_client_signs_in_with_the_key_that_it_registered() {
    let jwk = file(&rsa_jwk().to_string());
    let marked = file(&format!("\u{feff}{EC_PUBLIC}"));
    for (public, options, private, id) in [
        (&jwk, &[][..], "rsa.pem", "of-the-jwk"),
        (&jwk, &["--client-key-id", "mine"], "rsa.pem", "mine"),
        (&marked, &["--client-key-id", "mine"], "ec-p256.pem", "mine"),
    ] {
        let public = public.path().to_str().unwrap();
        let simulator = Running::start(&[&["--client-key", public], options].concat());
        let ran = simulator.replay_as(&key(private), id);
        assert!(ran.status == 0 && ran.stdout.contains("message posted on"), "{}{}", ran.stdout, ran.stderr);
        // The other test key was not registered.
        let other = if private == "rsa.pem" { "ec-p256.pem" } else { "rsa.pem" };
        let ran = simulator.replay_as(&key(other), id);
        assert!(ran.status == 1 && ran.stderr.contains("invalid_client"), "{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn the_service_app_has_only_the_roles_that_are_given() {
    let jwk = file(&rsa_jwk().to_string());
    let public = jwk.path().to_str().unwrap();
    for (role, status) in [("ACCESS_REQUESTS_ADMIN", 0), ("READ_ONLY_ADMIN", 1)] {
        let simulator = Running::start(&["--client-key", public, "--client-role", role]);
        let ran = simulator.replay_as(&key("rsa.pem"), "of-the-jwk");
        assert_eq!(ran.status, status, "{role}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn the_world_of_a_folder_is_served() {
    let simulator = Running::start(&["--world", "examples/world"]);
    let run = |arguments: &[&str]| -> Ran {
        let mut command = enricher();
        command
            .args(arguments)
            .args(["--org", &simulator.url])
            .env("OKTA_API_TOKEN", TOKEN)
            .output()
            .unwrap()
            .into()
    };
    let ran = run(&["preview", "req5ledgerpost000001"]);
    assert!(ran.status == 0 && ran.stdout.contains("For: Inês Costa"), "{}{}", ran.stdout, ran.stderr);
    let ran = run(&["preview", "req16zRXf4PBGnr7o18A"]);
    assert!(ran.status == 1 && ran.stdout.contains("Okta answered 404"), "{}", ran.stdout);
    let ran: Ran = enricher().args(["simulate", "--port", "0", "--world", "events"]).output().unwrap().into();
    assert!(ran.status == 2 && ran.stderr.contains("a world has no file of this name"), "{}", ran.stderr);
}

#[test]
fn a_file_that_holds_no_public_key_ends_it_with_the_reason() {
    let mut nameless = rsa_jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    for (content, says) in [
        (key("rsa.pem"), "it holds a private key"),
        (key("rsa.jwk.json"), "it holds a private key"),
        (json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "a" }).to_string(), "it holds a private key"),
        (json!({ "keys": [rsa_jwk()] }).to_string(), "it is no public RSA or EC key"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB".to_owned(), "it is no public RSA or EC key"),
        (String::new(), "it is no public RSA or EC key"),
        (EC_PUBLIC.to_owned(), "it names no `kid`; add --client-key-id"),
        (nameless.to_string(), "it names no `kid`; add --client-key-id"),
    ] {
        let file = file(&content);
        let path = file.path().to_str().unwrap();
        let mut command = enricher();
        command.args(["simulate", "--port", "0", "--client-key", path]);
        let ran: Ran = command.output().unwrap().into();
        assert_eq!(ran.status, 2, "{content}");
        let told = format!("failed to read the client key `{path}`: {says}");
        assert!(ran.stderr.contains(&told), "{content}: {}", ran.stderr);
        assert!(content.is_empty() || !ran.stderr.contains(content.trim()), "quotes the key: {}", ran.stderr);
    }
    let ran: Ran =
        enricher().args(["simulate", "--port", "0", "--client-key", "no-such-key"]).output().unwrap().into();
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("failed to read the client key `no-such-key`: No such file"),
        "{}",
        ran.stderr
    );
    let ran: Ran =
        enricher().args(["simulate", "--port", "0", "--client-key-id", "mine"]).output().unwrap().into();
    assert!(ran.status == 2 && ran.stderr.contains("--client-key <FILE>"), "{}", ran.stderr);
}
