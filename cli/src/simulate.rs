//! `enricher simulate`: serves the Okta simulator on a port, for `cargo lambda watch` and for trying things
//! out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use okta_request_enricher::{json, text};
use okta_simulator::{CLIENT_ID, FAULTS_HELP, Fault, ServiceApp, Simulator, TOKEN};
use serde_json::Value;

use crate::failure::Failure;
use crate::{terminal, world};

/// Serve an Okta simulator on a port of this machine
///
/// The simulator has the people and requests of the sample events, or with --world yours, enforces Okta's
/// rules, and prints each call and each message that it receives. Nothing reaches a real org. Other processes
/// read the messages at /_simulator/messages.
#[derive(Args)]
#[command(after_help = format!("\
Its API token is {TOKEN}
Its service app is {CLIENT_ID};
--client-key lets it sign in with your key

Examples:
  Serve the people and requests of the sample events; ask for one of them:
    enricher simulate --port 8080
    curl -H 'Authorization: SSWS {TOKEN}' \\
      http://127.0.0.1:8080/api/v1/users/00u11QzYiwGVQtOLI7Rb
  Serve your own:
    enricher simulate --world examples/world
  Let a client of yours sign in, with few rights:
    enricher simulate --client-key public.jwk.json \\
      --client-role ACCESS_REQUESTS_ADMIN"))]
pub(crate) struct Simulate {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Make it fail; can be given more than once
    #[arg(long, value_name = "FAULT", long_help = format!("Make it fail; can be given more than once:\n{FAULTS_HELP}"))]
    fault: Vec<Fault>,
    /// Serve the people, groups, apps and requests in the JSON files of this folder, instead of the sample's
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// Let the service app sign in with this key, besides its own
    ///
    /// FILE holds the public half of an RSA or EC key, as a JWK or as PEM (`BEGIN PUBLIC KEY`). It lets a
    /// client that has its own private key get access tokens, as it does at Okta. Okta's SDKs need that: they
    /// sign with RSA keys only, and the simulator's own key is an EC key.
    #[arg(long, value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// The id (`kid`) of the key in --client-key; a JWK can name its own
    #[arg(long, value_name = "KID", requires = "client_key")]
    client_key_id: Option<String>,
    /// Give the service app only this admin role; can be given more than once
    ///
    /// Okta names the roles in capitals: `SUPER_ADMIN`, `ACCESS_REQUESTS_ADMIN`, `APP_ADMIN`. A custom
    /// role to read labels is written as its permission, `okta.governance.labels.read`. Use it to see what a
    /// client can do with the fewest rights.
    #[arg(long, value_name = "ROLE")]
    client_role: Vec<String>,
}

impl Simulate {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let mut world = world::read(self.world.as_deref())?;
        self.set_up(world.service_apps.entry(CLIENT_ID.to_owned()).or_default())?;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", self.port)).await.map_err(|error| {
            format!(
                "failed to open port {}: {}; choose another with --port, or 0 for a free one",
                self.port,
                text::system_error(&error)
            )
        })?;
        let simulator = Simulator::serve(listener, world).await?;
        for fault in self.fault {
            simulator.fault(fault);
        }
        terminal::println!("{}", simulator.url());
        terminal::eprintln!(
            "An Okta simulator: nothing reaches a real org. Its API token is {TOKEN}. Ctrl-C ends it."
        );
        let (mut calls, mut messages) = (0, 0);
        let mut tick = tokio::time::interval(Duration::from_millis(100));
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
                _ = tick.tick() => {}
            }
            for call in simulator.calls().iter().skip(calls) {
                let status = call.status.map_or("cut".to_owned(), |status| status.to_string());
                terminal::eprintln!("{} {} -> {status}", call.method, call.path);
                calls += 1;
            }
            for message in simulator.messages().iter().skip(messages) {
                terminal::eprintln!("message posted to the simulator on {}:", message.request_id);
                message.message.lines().for_each(|line| terminal::eprintln!("  | {line}"));
                messages += 1;
            }
        }
    }

    /// Gives the service app the key and the roles of the options.
    fn set_up(&self, app: &mut ServiceApp) -> Result<(), Failure> {
        if let Some(file) = &self.client_key {
            self.add_client_key(app, file)
                .map_err(|cause| format!("failed to read the client key `{}`: {cause}", file.display()))?;
        }
        if !self.client_role.is_empty() {
            app.roles.clone_from(&self.client_role);
        }
        Ok(())
    }

    fn add_client_key(&self, app: &mut ServiceApp, file: &Path) -> Result<(), Failure> {
        let content = std::fs::read(file).map_err(|error| text::system_error(&error))?;
        let key = json::readable(&content);
        let own_id = || Some(json::from_str::<Value>(&key).ok()?.get("kid")?.as_str()?.to_owned());
        let id = self.client_key_id.clone().or_else(own_id);
        // The key comes first: a file that holds no key needs no id, but another file.
        app.try_add_client_key(id.as_deref().unwrap_or_default(), &key)?;
        id.filter(|id| !id.is_empty())
            .map(drop)
            .ok_or_else(|| "it names no `kid`; add --client-key-id".into())
    }
}
