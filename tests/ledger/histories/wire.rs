//! A call of the table as DynamoDB's JSON has it, and a record as an item. Written for these tests: none of it
//! comes from the adapter.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use okta_request_enricher::ledger::protocol::{RECORD_LIFE, Record, State};
use serde_json::{Value, json};

/// What a call asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asks {
    /// The item with this id, by a consistent read.
    Read(String),
    /// To store these items, by id; each has the members of DynamoDB's JSON.
    Write(BTreeMap<String, Value>),
}

impl fmt::Display for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asks::Read(id) => write!(f, "read `{id}`"),
            Asks::Write(items) => {
                // In a fixed order, so that a seed gives its history again to the letter.
                let members = |item: &Value| -> BTreeMap<_, _> {
                    plain(item).as_object().unwrap().clone().into_iter().collect()
                };
                let items: Vec<_> = items.values().map(|item| json!(members(item)).to_string()).collect();
                write!(f, "write {}", items.join(" and "))
            }
        }
    }
}

/// A call as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) asks: Asks,
    /// Which of the SDK's calls it is. A retry has the same.
    pub(super) of_sdk: String,
    /// Which of the SDK's tries it is, from 1.
    pub(super) attempt: usize,
    /// The token by which DynamoDB knows a transaction again.
    pub(super) token: Option<String>,
}

impl Call {
    /// Reads a request of the SDK. An error is what DynamoDB or the ledger's owner would not accept.
    pub(super) fn read(request: &Request<Bytes>, table: &str) -> Result<Call, String> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let target = header("x-amz-target").unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body()).map_err(|e| e.to_string())?;
        let on_table = |value: &Value| {
            if value["TableName"] == table { Ok(()) } else { Err(format!("another table: {value}")) }
        };
        let mut token = None;
        let asks = match target.strip_prefix("DynamoDB_20120810.") {
            Some("GetItem") => {
                on_table(&body)?;
                Asks::Read(body["Key"]["id"]["S"].as_str().ok_or("no key")?.to_owned())
            }
            Some("PutItem") => {
                on_table(&body)?;
                Asks::Write(BTreeMap::from([item_of(&body)?]))
            }
            Some("TransactWriteItems") => {
                token = Some(body["ClientRequestToken"].as_str().ok_or("no token")?.to_owned());
                let puts: Vec<_> = body["TransactItems"]
                    .as_array()
                    .ok_or("no writes")?
                    .iter()
                    .map(|it| &it["Put"])
                    .collect();
                puts.iter().try_for_each(|put| on_table(put))?;
                let items: BTreeMap<_, _> = puts.iter().map(|put| item_of(put)).collect::<Result<_, _>>()?;
                if items.len() != puts.len() || items.len() < 2 {
                    return Err(format!("a transaction of {} writes on {} items", puts.len(), items.len()));
                }
                Asks::Write(items)
            }
            _ => return Err(format!("an unexpected operation `{target}`")),
        };
        let of_sdk = header("amz-sdk-invocation-id").ok_or("no invocation id")?.to_owned();
        let attempt = header("amz-sdk-request").and_then(|it| it.strip_prefix("attempt=")?.split(';').next());
        let attempt = attempt.and_then(|number| number.parse().ok()).ok_or("no number of the attempt")?;
        Ok(Call { asks, of_sdk, attempt, token })
    }
}

fn item_of(put: &Value) -> Result<(String, Value), String> {
    let id = put["Item"]["id"]["S"].as_str().ok_or_else(|| format!("no id: {put}"))?;
    Ok((id.to_owned(), put["Item"].clone()))
}

/// The record under this id, as an item.
pub(super) fn item(id: &str, record: &Record) -> Value {
    let expires = record.claim.until.as_second() + i64::try_from(RECORD_LIFE.as_secs()).unwrap();
    let mut item = json!({
        "id": { "S": id },
        "state": { "S": state(record.state) },
        "owner": { "S": record.claim.owner },
        "claimed_until": { "N": record.claim.until.as_millisecond().to_string() },
        "count": { "N": record.count.to_string() },
        "ids": { "SS": record.ids },
        "expires_at": { "N": expires.to_string() },
    });
    if let State::Withheld(why) = record.state {
        item["reason"] = json!({ "S": why.as_str() });
    }
    item
}

/// A record in a few words.
pub(super) fn brief(record: Option<&Record>) -> String {
    let Some(Record { state, claim, count, ids }) = record else { return "nothing".to_owned() };
    format!("{state:?} by {} until {}, {count}, of {}", claim.owner, claim.until, ids.len())
}

/// The same as plain JSON.
pub(super) fn plain(item: &Value) -> Value {
    let members = item.as_object().unwrap().iter().map(|(name, typed)| {
        let (kind, value) = typed.as_object().unwrap().iter().next().unwrap();
        let number = || value.as_str().unwrap().parse::<i64>().unwrap();
        (name.clone(), if kind == "N" { json!(number()) } else { value.clone() })
    });
    Value::Object(members.collect())
}

fn state(state: State) -> &'static str {
    match state {
        State::Released => "released",
        State::InDoubt => "in-doubt",
        State::Claimed => "claimed",
        State::Withheld(_) => "withheld",
        State::Posted => "posted",
    }
}

/// A time as the table holds it.
pub(super) fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap()
}

/// The id of the item with the time of the first use, and the member that holds it.
pub(super) const SINCE: &str = "since";

/// That item.
pub(super) fn since(time: Timestamp) -> Value {
    json!({ "id": { "S": SINCE }, SINCE: { "N": time.as_millisecond().to_string() } })
}
