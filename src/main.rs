//! The Lambda: tracing, configuration, everything that INIT can do, then one event after another.

use std::io::Write as _;

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use okta_request_enricher::config::Config;
use okta_request_enricher::deadline::Deadline;
use okta_request_enricher::handler::{Enricher, Invocation};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    trace();
    let enricher = Enricher::connect(Config::from_env(), print_line).await;
    Runtime::new(service_fn(|event| answer(&enricher, event))).run().await
}

async fn answer(enricher: &Enricher, event: LambdaEvent<Payload>) -> Result<Value, Diagnostic> {
    let invocation = Invocation {
        request_id: &event.context.request_id,
        // arn:aws:lambda:<region>:<account>:function:<name>
        account: event.context.invoked_function_arn.split(':').nth(4),
        deadline: Deadline::of_invocation(event.context.deadline),
    };
    let attempt = enricher.handle(&event.payload.0, invocation).await;
    attempt
        .answer()
        .map_err(|error| Diagnostic { error_type: error.class().to_string(), error_message: error.message() })
}

/// A log that can't be written must not undo a message that was posted.
fn print_line(mut line: String) {
    // In one piece, which is one system call.
    line.push('\n');
    let _ = std::io::stdout().write_all(line.as_bytes());
}

/// The payload's bytes, whatever they are: the runtime would answer what is not JSON with its own words.
struct Payload(Vec<u8>);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Payload, D::Error> {
        // What can't be read is handed on as nothing, and told there.
        let raw = <Box<RawValue>>::deserialize(deserializer);
        Ok(Payload(raw.map(|json| json.get().as_bytes().to_vec()).unwrap_or_default()))
    }
}

/// Diagnostics, as Lambda's own settings ask (`AWS_LAMBDA_LOG_LEVEL`, `AWS_LAMBDA_LOG_FORMAT`). Libraries below
/// WARN are left out, and the runtime's report of an error that our own line tells already.
fn trace() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let level = std::env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    let targets = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("okta_request_enricher", level.unwrap_or(LevelFilter::INFO))
        .with_target("lambda_runtime", LevelFilter::OFF);
    let text = std::env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("text"));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false);
    let layer =
        if text { layer.boxed() } else { layer.json().flatten_event(true).with_current_span(false).boxed() };
    tracing_subscriber::registry().with(layer.with_filter(targets)).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "the program panicked; this is a bug, please report it");
    }));
}
