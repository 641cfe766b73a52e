//! `enricher simulate`: serves the Okta simulator on a port, for `cargo lambda watch` and for trying things
//! out.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use okta_simulator::{FAULTS_HELP, Fault, Simulator, TOKEN, World};

use crate::failure::Failure;
use crate::terminal;

/// Serve an Okta simulator on a port of this machine
///
/// The simulator has the people and requests of the sample events, enforces Okta's rules, and prints each
/// call and each message that it receives. Other processes read the messages at /_simulator/messages.
#[derive(Args)]
#[command(after_help = format!("\
Its API token is {TOKEN}

Example:
  enricher simulate --port 8080
  curl -H 'Authorization: SSWS {TOKEN}' \\
    http://127.0.0.1:8080/api/v1/users/00u…"))]
pub(crate) struct Simulate {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Make it fail; can be given more than once
    #[arg(long, value_name = "FAULT", long_help = format!("Make it fail; can be given more than once:\n{FAULTS_HELP}"))]
    fault: Vec<Fault>,
}

impl Simulate {
    pub(crate) async fn run(self) -> Result<ExitCode, Failure> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", self.port)).await.map_err(|error| {
            format!(
                "failed to open port {}: {error}; choose another with --port, or 0 for a free one",
                self.port
            )
        })?;
        let simulator = Simulator::serve(listener, World::sample()).await?;
        for fault in self.fault {
            simulator.fault(fault);
        }
        terminal::println!("{}", simulator.url());
        terminal::eprintln!("An Okta simulator; its API token is {TOKEN}. Ctrl-C ends it.");
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
                terminal::eprintln!("message on {}:", message.request_id);
                message.message.lines().for_each(|line| terminal::eprintln!("  | {line}"));
                messages += 1;
            }
        }
    }
}
