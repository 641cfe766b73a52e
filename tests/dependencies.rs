//! What the deployed binary is made of: one TLS stack, one HTTP stack, and nothing that only an operator
//! needs. Each of these would cost every cold start (docs/performance.md).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::process::Command;

/// The crates of the deployed binary, with their versions.
fn crates() -> BTreeMap<String, Vec<String>> {
    crates_of(&["--package", "okta-request-enricher"])
}

fn crates_of(arguments: &[&str]) -> BTreeMap<String, Vec<String>> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal"])
        .args(arguments)
        .args(["--prefix", "none", "--format", "{p}", "--target", "x86_64-unknown-linux-gnu"])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let mut crates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in String::from_utf8(tree.stdout).unwrap().lines() {
        let mut words = line.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
        let versions = crates.entry(name.to_owned()).or_default();
        if !versions.iter().any(|known| known == version) {
            versions.push(version.to_owned());
        }
    }
    crates
}

#[test]
fn there_is_one_tls_stack_and_one_http_stack() {
    let crates = crates();
    for one in
        ["ring", "rustls", "tokio-rustls", "reqwest", "hyper", "hyper-util", "h2", "http", "tokio", "tower"]
    {
        assert_eq!(crates[one].len(), 1, "{one}: {:?}", crates[one]);
    }
    for other in [
        "aws-lc-rs",
        "aws-lc-sys",
        "aws-lc-fips-sys",
        "openssl",
        "openssl-sys",
        "native-tls",
        "aws-smithy-http-client",
        "ureq",
        "curl",
        "rsa",
        "p256",
    ] {
        assert!(!crates.contains_key(other), "{other}");
    }
}

#[test]
fn nothing_that_only_an_operator_needs_is_deployed() {
    let crates = crates();
    for other in [
        "aws-sdk-cloudwatch",
        "aws-sdk-lambda",
        "aws-sdk-sns",
        "aws-sdk-sqs",
        "aws-sdk-sso",
        "axum",
        "clap",
        "criterion",
        "indicatif",
        "jsonwebtoken",
        "schemars",
        "regex",
    ] {
        assert!(!crates.contains_key(other), "{other}");
    }
}

/// The SDK of AWS takes half of the time to compile, and a message needs none of it.
#[test]
fn cargo_replay_is_built_without_aws() {
    let configuration = std::fs::read_to_string(".cargo/config.toml").unwrap();
    let alias = configuration.lines().find_map(|line| line.strip_prefix("replay = \"run ")).unwrap();
    let build: Vec<&str> = alias.split_whitespace().take_while(|word| *word != "--bin").collect();
    let crates = crates_of(&build);
    let of_aws: Vec<_> =
        crates.keys().filter(|name| name.starts_with("aws-") || *name == "lambda_runtime").collect();
    assert_eq!(of_aws, Vec::<&String>::new());
    assert!(crates.contains_key("okta-simulator") && crates.contains_key("minijinja"));
}

/// Two versions of one crate are twice its code.
#[test]
fn no_crate_is_there_twice_but_for_a_reason() {
    let reasons = [
        // lambda_runtime asks for 0.22, reqwest for 0.23.
        "base64", // Macros: they are not in the binary.
        "syn",
    ];
    let twice: Vec<String> =
        crates().into_iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name).collect();
    assert_eq!(twice, reasons);
}

/// Crates that only the command line uses are named in `cli/Cargo.toml` alone.
#[test]
fn the_root_names_no_crate_of_the_command_line() {
    let manifest = std::fs::read_to_string("Cargo.toml").unwrap();
    let named: Vec<&str> =
        manifest.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    for other in [
        "anstream",
        "anstyle",
        "aws-sdk-cloudwatch",
        "aws-sdk-lambda",
        "aws-sdk-sns",
        "aws-sdk-sqs",
        "clap_complete",
        "clap_mangen",
        "indicatif",
    ] {
        assert!(!named.iter().any(|name| name.split('.').next() == Some(other)), "{other}");
    }
}
