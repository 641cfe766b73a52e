//! A call as far as the simulation cares: its [`Kind`], its name, and what it and its answer say.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use tokio::time::Instant;

use super::invocation::Write;

/// A call, as far as the simulation cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Token,
    Post { id: String },
    Probe,
    Table,
    Secret,
    Bus { is_empty: bool },
}
impl Kind {
    pub(super) fn of(request: &Request<Bytes>) -> Kind {
        if let Some(target) = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()) {
            return match target.split('.').next() {
                Some("secretsmanager") => Kind::Secret,
                Some("AWSEvents") => {
                    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
                    Kind::Bus { is_empty: body["Entries"].as_array().is_none_or(Vec::is_empty) }
                }
                _ => Kind::Table,
            };
        }
        let path = request.uri().path();
        let message = path.strip_suffix("/messages").and_then(|path| path.rsplit('/').next());
        match message {
            Some(id) if id.trim_start_matches("req").bytes().all(|byte| byte == b'0') => Kind::Probe,
            Some(id) if request.method() == http::Method::POST => Kind::Post { id: id.to_owned() },
            _ if path.starts_with("/oauth2/") => Kind::Token,
            _ => Kind::Read,
        }
    }
}

/// Whether a message may need this read: people, their groups, and requests.
pub(super) fn is_needed(name: &str) -> bool {
    let path = name.trim_start_matches("GET ").split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    matches!(
        parts[..],
        ["api", "v1", "users", _]
            | ["api", "v1", "users", _, "groups"]
            | ["governance", "api", _, "requests", ..]
    )
}

pub(super) fn name(request: &Request<Bytes>, kind: &Kind) -> String {
    match kind {
        Kind::Table | Kind::Secret | Kind::Bus { .. } => {
            let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok());
            let operation = target.and_then(|target| target.split('.').nth(1)).unwrap_or_default();
            let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
            let wrote = writes(&body).into_iter().map(|write| format!(" {} {:?}", write.state, write.ids));
            format!("{operation}{}", wrote.collect::<String>())
        }
        _ => format!(
            "{} {}",
            request.method(),
            request.uri().path_and_query().map_or("", |path| path.as_str())
        ),
    }
}

/// The call without its ids: what one rate limit counts.
pub(super) fn bucket(name: &str) -> String {
    let path = name.split('?').next().unwrap_or(name);
    let part = |part: &str| {
        if part.len() > 15 && part.bytes().any(|b| b.is_ascii_digit()) { "{id}" } else { part }.to_owned()
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The records that a call would store.
pub(super) fn writes(body: &Value) -> Vec<Write> {
    let puts: Vec<&Value> = match body["TransactItems"].as_array() {
        Some(writes) => writes.iter().map(|write| &write["Put"]["Item"]).collect(),
        None => vec![&body["Item"]],
    };
    let write = |item: &Value| {
        let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
        Some(Write {
            by: 0,
            at: Instant::now(),
            state: text("state")?,
            owner: text("owner")?,
            count: item["count"]["N"].as_str()?.parse().ok()?,
            ids: vec![text("id")?],
        })
    };
    let mut writes: Vec<Write> = Vec::new();
    for one in puts.into_iter().filter_map(write) {
        // A transaction writes copies of one record.
        let same = |it: &&mut Write| (&it.owner, &it.state, it.count) == (&one.owner, &one.state, one.count);
        match writes.iter_mut().find(same) {
            Some(known) => known.ids.extend(one.ids),
            None => writes.push(one),
        }
    }
    writes
}

/// What an answer says of its rate limit: how many calls are left, and when its window ends. `None`: it says nothing.
pub(super) fn window(response: &Response<()>) -> Option<(i64, Instant)> {
    let number = |name: &str| response.headers().get(name)?.to_str().ok()?.parse::<i64>().ok();
    if number("x-rate-limit-limit")? == 0 {
        return None;
    }
    let date = response.headers().get("date")?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    let left = u64::try_from(number("x-rate-limit-reset")? - date).ok()?;
    Some((number("x-rate-limit-remaining")?, Instant::now() + Duration::from_secs(left)))
}

/// What an answer says of its rate limit, for the story.
pub(super) fn limit(response: &Response<()>) -> String {
    let header = |name: &str| response.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or("?");
    match header("x-rate-limit-remaining") {
        "?" => String::new(),
        left => format!(
            " ({left} of {} left until {})",
            header("x-rate-limit-limit"),
            header("x-rate-limit-reset")
        ),
    }
}
