//! Every example of every help text is run as it is written, by a shell, in a folder with the files that it names,
//! with the simulator in the place of the org and doubles in the place of AWS.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use okta_request_enricher::policy::EMBEDDED;
use okta_request_enricher::policy_file::PolicyFile;
use okta_simulator::doubles::{
    Function, FunctionAnswer, LEDGER_TABLE, Queue, SECRET_NAME, Stage, credentials, event, root,
};
use okta_simulator::{TOKEN, service_app_secret};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{commands, run};

/// The commands below "Examples:". A line that ends with a colon says what the next ones do.
fn examples(command: &str) -> Vec<String> {
    let help =
        run(&[command, "--help"].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>()).stdout;
    let section = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command} has examples")).1;
    let lines = section.lines().take_while(|line| line.starts_with("  "));
    let mut examples = Vec::new();
    let mut begun = String::new();
    for line in lines.map(str::trim).filter(|line| !line.ends_with(':')) {
        match line.strip_suffix('\\') {
            Some(part) => begun += part,
            None => examples.push(std::mem::take(&mut begun) + line),
        }
    }
    // A shell would take a remark beside a command for arguments.
    let remarked: Vec<_> = examples.iter().filter(|example| example.contains("   ")).collect();
    assert!(remarked.is_empty(), "{command}: remarks stand on a line of their own: {remarked:?}");
    examples
}

/// The program as a release installs it, with a Lambda's binary for each processor.
fn install() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    std::fs::hard_link(env!("CARGO_BIN_EXE_enricher"), folder.path().join("bin/enricher")).unwrap();
    for (name, machine) in [("arm64", 183), ("x86_64", 62)] {
        let place = folder.path().join("share/okta-request-enricher").join(name);
        std::fs::create_dir_all(&place).unwrap();
        // The head of a Linux program (elf(5)), and what makes it one of Lambda's.
        let mut program = b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0".to_vec();
        program.extend([machine, 0]);
        program.resize(64, 0);
        program.extend(b"AWS_LAMBDA_RUNTIME_API");
        std::fs::write(place.join("bootstrap"), program).unwrap();
    }
    folder
}

/// A folder with everything that the examples name, and what answers them.
struct Place<'a> {
    /// Where the program is installed.
    program: &'a Path,
    folder: TempDir,
    stage: Stage,
    queue: Queue,
    function: Function,
}

/// Programs that are not there, or would do something else. Each reads what it is given.
const STUBS: [(&str, &str); 5] = [
    ("aws", "echo https://sqs.us-east-1.amazonaws.com/123456789012/letters"),
    ("git", "cat enrichment.toml"),
    ("man", "cat \"$HOME/.local/share/man/man1/$1.1\" > /dev/null"),
    ("pbpaste", "cat my-event.json"),
    ("jq", "cat"),
];

impl Place<'_> {
    async fn new(program: &Path) -> Place<'_> {
        let stage = Stage::with_service_app().await;
        let policy = PolicyFile::built_in();
        let described = json!({
            "outcome": "described", "version": env!("CARGO_PKG_VERSION"), "policy": policy.fingerprint(),
            "policy_file": null, "policy_text": policy.text().unwrap(), "faults": [], "settings": {},
        });
        let function = Function::start(move |event| match event.get("describe") {
            Some(_) => FunctionAnswer::Returns(described.clone()),
            None => FunctionAnswer::posted(event),
        });
        for (name, value) in [
            ("OKTA_ORG_URL", stage.okta.url().as_str()),
            ("OKTA_SECRET_ID", SECRET_NAME),
            ("LEDGER_TABLE", LEDGER_TABLE),
        ] {
            function.deployed(|it| {
                it.change("GetFunctionConfiguration", |it| {
                    it["Environment"]["Variables"][name] = value.into();
                });
            });
        }
        stage.own_log_stream();
        // Okta's real limits would make a backtest take minutes.
        stage.okta.with_world(|world| world.limits.governance = 10_000);
        let queue = Queue::start();
        for _ in 0..3 {
            queue.put(event("v2"), &[], Duration::from_hours(1));
        }
        let place = Place { program, folder: tempfile::tempdir().unwrap(), stage, queue, function };
        place.fill();
        place
    }

    fn fill(&self) {
        let folder = self.folder.path();
        for name in
            [".local/share/bash-completion/completions", ".config/fish/completions", ".zfunc", "events"]
        {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        for name in ["bin", "policies", "function", "messages"] {
            std::fs::create_dir(folder.join(name)).unwrap();
        }
        for name in ["v1", "v2", "sod-conflict"] {
            std::fs::write(folder.join(format!("events/access.request.create--{name}.json")), event(name))
                .unwrap();
        }
        for name in ["enrichment.toml", "draft.toml", "policies/one.toml", "function/enrichment.toml"] {
            std::fs::write(folder.join(name), EMBEDDED).unwrap();
        }
        std::fs::write(folder.join("my-event.json"), event("v2")).unwrap();
        let logged: Value = serde_json::from_str::<Value>(&event("v2")).unwrap()["detail"].take();
        std::fs::write(folder.join("system-log.json"), json!([logged]).to_string()).unwrap();
        copy(&root().join("examples/world"), &folder.join("examples/world"));
        std::fs::write(folder.join("app.json"), service_app_secret()).unwrap();
        let keys: Value =
            serde_json::from_str(&std::fs::read_to_string(root().join("tests/keys/rsa.jwk.json")).unwrap())
                .unwrap();
        let public = json!({"kty": keys["kty"], "n": keys["n"], "e": keys["e"], "kid": "own"});
        std::fs::write(folder.join("public.jwk.json"), public.to_string()).unwrap();
        for (name, text) in STUBS {
            program(&folder.join("bin").join(name), &format!("#!/bin/sh\n{text}\n"));
        }
    }

    /// What a user writes in place of the names of no one.
    fn filled_in(&self, example: &str) -> String {
        let okta = self.stage.okta.url();
        let names = [
            ("https://acme.okta.com", okta.as_str()),
            ("http://127.0.0.1:8080", &okta),
            ("--port 8080", "--port 0"),
            ("req42kjDgk1EubTwo0g4", "req16zRXf4PBGnr7o18A"),
            ("618ad20a5ccefb000985fd15", "69a97622417fb5da41baf7b4"),
            ("00…", TOKEN),
        ];
        names.into_iter().fold(example.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// Asserts that it serves an Okta, and ends it.
    fn serves(&self, example: &str) {
        let mut child = self.shell(&format!("exec {example}")).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(line.starts_with("http://127.0.0.1:"), "{example}: {line}");
    }

    fn shell(&self, example: &str) -> Command {
        let mut command = Command::new("bash");
        let (stubs, program) = (self.folder.path().display(), self.program.display());
        let path = format!("{stubs}/bin:{program}/bin:{}", std::env::var("PATH").unwrap());
        command
            .args(["-o", "pipefail", "-c", &self.filled_in(example)])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(credentials())
            .envs([
                ("HOME", self.folder.path().to_str().unwrap()),
                ("PATH", &path),
                ("QUEUE", &self.queue.url()),
            ])
            .envs([("AWS_EC2_METADATA_DISABLED", "true"), ("OKTA_ORG_URL", &self.stage.okta.url())])
            .envs([("OKTA_SECRET_ID", SECRET_NAME), ("LEDGER_TABLE", LEDGER_TABLE)])
            .env("AWS_ENDPOINT_URL", self.stage.aws.url())
            .env("AWS_ENDPOINT_URL_SQS", self.queue.endpoint())
            .env("AWS_ENDPOINT_URL_LAMBDA", self.function.endpoint())
            .stdin(Stdio::null());
        command
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn program(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_help_text_runs() {
    let mut faults = Vec::new();
    let program = install();
    for command in commands() {
        let place = Place::new(program.path()).await;
        for example in examples(&command) {
            if example.starts_with("enricher simulate ") {
                place.serves(&example);
                continue;
            }
            let output = place.shell(&example).output().unwrap();
            // A simulator that is told to fail.
            let expected = i32::from(example.contains(" --fault "));
            if output.status.code() != Some(expected) {
                let said = String::from_utf8_lossy(&output.stderr);
                faults.push(format!("`{example}` ended with {:?}: {said}", output.status.code()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
