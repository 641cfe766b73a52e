//! The Lambda function. INIT sets up tracing, reads the configuration and connects; then each invocation
//! handles one event.

use std::io::Write as _;
use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use okta_request_enricher::STEPS;
use okta_request_enricher::clock::Clock;
use okta_request_enricher::config::Config;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{Enricher, Invocation};
use okta_request_enricher::text::{PrintableLines, printable, printable_json};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    trace();
    let enricher = Enricher::connect(Config::from_env(), Arc::new(print_line)).await;
    Runtime::new(service_fn(|event| answer(&enricher, event))).run().await
}

async fn answer(enricher: &Enricher, event: LambdaEvent<Payload>) -> Result<Value, Diagnostic> {
    let invocation = Invocation {
        request_id: &event.context.request_id,
        // arn:aws:lambda:<region>:<account>:function:<name>
        account: event.context.invoked_function_arn.split(':').nth(4),
        deadline: Deadline::of_invocation(event.context.deadline, Clock::System),
    };
    let attempt = enricher.handle(&event.payload.0, invocation).await;
    attempt.answer(enricher.deployment()).map_err(|error| Diagnostic {
        error_type: error.class().to_string(),
        error_message: printable(&error.message()),
    })
}

/// Writes a log line. A failing write is ignored: it must not fail an attempt that has posted its message.
fn print_line(mut line: String) {
    // One write is one system call, so lines of other threads can't appear inside this one.
    line.push('\n');
    let _ = std::io::stdout().write_all(line.as_bytes());
}

/// The JSON of a payload; empty if the payload is not JSON, which the program reports as an event that ends too
/// early. The runtime would answer it with an error of its own.
struct Payload(Vec<u8>);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
        let raw = <Box<RawValue>>::deserialize(deserializer);
        Ok(Payload(raw.map(|json| json.get().as_bytes().to_vec()).unwrap_or_default()))
    }
}

/// Sends diagnostics to the log, with the level and format of Lambda's settings `AWS_LAMBDA_LOG_LEVEL` and
/// `AWS_LAMBDA_LOG_FORMAT` (Lambda guide, "Advanced logging controls"). Libraries log only warnings and
/// errors. The runtime's own report of a failed invocation is left out, because the program's log line
/// contains the failure.
fn trace() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("okta_request_enricher", level.unwrap_or(LevelFilter::INFO))
        .with_target(
            STEPS,
            if level >= Some(LevelFilter::DEBUG) { LevelFilter::INFO } else { LevelFilter::OFF },
        )
        .with_target("lambda_runtime", LevelFilter::OFF);
    let text = std::env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("text"));
    let form = if text { printable } else { printable_json };
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .with_writer(move || PrintableLines::new(std::io::stdout(), form));
    let layer =
        if text { layer.boxed() } else { layer.json().flatten_event(true).with_current_span(false).boxed() };
    tracing_subscriber::registry().with(layer.with_filter(targets)).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program panicked; this is a bug, please report it");
    }));
}
