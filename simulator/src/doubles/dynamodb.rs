//! Amazon DynamoDB with one [`Table`] (partition key `id`, a string), as far as the ledger calls it:
//! `GetItem`, `PutItem` and `TransactWriteItems` of puts, with conditions, `ALL_OLD` in refusals and reasons
//! for canceled transactions. It knows the ledger's conditions only. Another condition, or a call that
//! DynamoDB would refuse, is a complaint.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::condition::{Invalid, holds};
use super::reply::{Failing, Reply};

/// The one table's name.
pub const LEDGER_TABLE: &str = "okta-request-enricher-ledger";

/// How the table fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerFault {
    /// `ResourceNotFoundException`, which a table of another name also gets.
    NotFound,
    /// `AccessDeniedException`.
    AccessDenied,
    /// `ProvisionedThroughputExceededException`.
    Throttled,
    /// `ThrottlingException`; for a transaction, the reason `ThrottlingError` of its first write.
    RateExceeded,
    /// `ValidationException`, as a table with other keys answers.
    Validation,
    /// A conflict with another transaction; only writes have it.
    Conflict,
    /// `TransactionInProgressException`: the same transaction still runs. Only transactions have it.
    InProgress,
    /// `InternalServerError`, status 500, and nothing done.
    Internal,
    /// `InternalServerError`, status 500, although the write took effect.
    InternalAfterWrite,
    /// No answer at all, and nothing done.
    Hangs,
    /// The write took effect, and its answer never comes.
    AnswerLost,
}

/// The table and how it fails.
#[derive(Default)]
pub(super) struct Table {
    /// Items in DynamoDB's own JSON.
    items: BTreeMap<String, Value>,
    /// Client tokens of completed transactions: a repeated one changes nothing.
    tokens: HashSet<String>,
    pub(super) fault: Failing<LedgerFault>,
    /// The fault of the next call, before all others.
    pub(super) chosen: Option<LedgerFault>,
    /// Calls that pass before `fault` counts.
    pub(super) pass: usize,
    pub(super) calls: Vec<String>,
}

pub(super) type Operation = fn(&mut Table, &Value) -> Result<Reply, Invalid>;

impl Table {
    pub(super) fn call(
        &mut self,
        name: &str,
        request: &Value,
        complaints: &mut Vec<String>,
        operation: Operation,
    ) -> Reply {
        self.calls.push(name.to_owned());
        let mut run = |table: &mut Table| match operation(table, request) {
            Ok(reply) => reply,
            Err(Invalid(fault)) => {
                complaints.push(format!("{name}: {fault}"));
                error("ValidationException", &fault)
            }
        };
        let fault = if self.chosen.is_some() {
            self.chosen.take()
        } else if self.pass > 0 {
            self.pass -= 1;
            None
        } else {
            self.fault.next()
        };
        // Only a transaction has them.
        let writes = request["TransactItems"].as_array().map_or(0, Vec::len);
        match fault {
            None => run(self),
            Some(LedgerFault::NotFound) => not_found(),
            Some(LedgerFault::AccessDenied) => error(
                "AccessDeniedException",
                &format!("User: … is not authorized to perform: dynamodb:{name} on resource: …"),
            ),
            Some(LedgerFault::Throttled) => error(
                "ProvisionedThroughputExceededException",
                "The level of configured provisioned throughput for the table was exceeded.",
            ),
            Some(LedgerFault::Validation) => {
                error("ValidationException", "The provided key element does not match the schema")
            }
            Some(LedgerFault::RateExceeded) if writes > 0 => {
                let mut reasons = vec![json!({ "Code": "None" }); writes];
                reasons[0] = json!({ "Code": "ThrottlingError", "Message": "Rate exceeded" });
                canceled(&reasons)
            }
            Some(LedgerFault::RateExceeded) => error("ThrottlingException", "Rate exceeded"),
            Some(LedgerFault::Conflict) if writes > 0 => {
                let conflict = json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" });
                canceled(&vec![conflict; writes])
            }
            Some(LedgerFault::Conflict) => {
                error("TransactionConflictException", "Transaction is ongoing for the item")
            }
            Some(LedgerFault::InProgress) => error(
                "TransactionInProgressException",
                "The transaction with the given request token is already in progress",
            ),
            Some(LedgerFault::Internal) => internal(),
            Some(LedgerFault::InternalAfterWrite) => {
                run(self);
                internal()
            }
            Some(LedgerFault::Hangs) => Reply::never(),
            Some(LedgerFault::AnswerLost) => {
                run(self);
                Reply::never()
            }
        }
    }

    pub(super) fn records(&self) -> BTreeMap<String, Value> {
        self.items.iter().map(|(id, item)| (id.clone(), plain(item))).collect()
    }

    pub(super) fn record(&self, id: &str) -> Option<Value> {
        self.items.get(id).map(plain)
    }

    pub(super) fn put_record(&mut self, item: &Value) {
        let typed = |value: &Value| match value {
            Value::String(text) => json!({ "S": text }),
            Value::Number(number) => json!({ "N": number.to_string() }),
            Value::Array(texts) => json!({ "SS": texts }),
            other => panic!("no attribute of the ledger is {other}"),
        };
        let members: Map<_, _> =
            item.as_object().unwrap().iter().map(|(name, value)| (name.clone(), typed(value))).collect();
        self.items.insert(item["id"].as_str().unwrap().to_owned(), Value::Object(members));
    }

    /// The id that a put writes, and whether its condition holds.
    fn check(&self, put: &Value) -> Result<(String, bool), Invalid> {
        let id = put["Item"]["id"]["S"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| Invalid("the item has no key `id`".into()))?;
        let returned = put["ReturnValuesOnConditionCheckFailure"].as_str();
        let is_record = put["Item"].get("state").is_some();
        if is_record && put.get("ConditionExpression").is_some() && returned != Some("ALL_OLD") {
            return Err(Invalid("without ALL_OLD a refusal does not show the stored item".into()));
        }
        Ok((id.to_owned(), holds(put, self.items.get(id))?))
    }

    fn write(&mut self, id: String, put: &Value) {
        self.items.insert(id, put["Item"].clone());
    }
}

pub(super) fn get_item(table: &mut Table, request: &Value) -> Result<Reply, Invalid> {
    if request["TableName"] != LEDGER_TABLE {
        return Ok(not_found());
    }
    if request["ConsistentRead"] != true {
        return Err(Invalid("a read without ConsistentRead may miss the last write".into()));
    }
    let id = request["Key"]["id"]["S"].as_str().ok_or_else(|| Invalid("no key `id`".into()))?;
    Ok(Reply::ok(table.items.get(id).map_or(json!({}), |item| json!({ "Item": item }))))
}

pub(super) fn put_item(table: &mut Table, request: &Value) -> Result<Reply, Invalid> {
    if request["TableName"] != LEDGER_TABLE {
        return Ok(not_found());
    }
    let (id, holds) = table.check(request)?;
    if holds {
        table.write(id, request);
        return Ok(Reply::ok(json!({})));
    }
    let mut body = json!({ "__type": typed("ConditionalCheckFailedException"), "message": REFUSED });
    if let Some(item) = table.items.get(&id) {
        body["Item"] = item.clone();
    }
    Ok(Reply::status(400, body))
}

pub(super) fn transact_write_items(table: &mut Table, request: &Value) -> Result<Reply, Invalid> {
    let token = request["ClientRequestToken"].as_str().filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| Invalid("a transaction without a token may be done twice".into()))?;
    let writes = request["TransactItems"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=100).contains(&writes.len()) {
        return Err(Invalid(format!("{} writes in a transaction", writes.len())));
    }
    if table.tokens.contains(token) {
        return Ok(Reply::ok(json!({})));
    }
    let mut checked: Vec<(String, bool, &Value)> = Vec::new();
    for write in writes {
        let put = &write["Put"];
        if put["TableName"] != LEDGER_TABLE {
            return Ok(not_found());
        }
        let (id, holds) = table.check(put)?;
        if checked.iter().any(|(known, ..)| *known == id) {
            return Err(Invalid("Transaction request cannot include multiple operations on one item".into()));
        }
        checked.push((id, holds, put));
    }
    if checked.iter().all(|(_, holds, _)| *holds) {
        table.tokens.insert(token.to_owned());
        for (id, _, put) in checked {
            table.write(id, put);
        }
        return Ok(Reply::ok(json!({})));
    }
    let reasons: Vec<_> = checked
        .iter()
        .map(|(id, holds, _)| match (holds, table.items.get(id)) {
            (true, _) => json!({ "Code": "None" }),
            (false, None) => json!({ "Code": "ConditionalCheckFailed", "Message": REFUSED }),
            (false, Some(item)) => {
                json!({ "Code": "ConditionalCheckFailed", "Message": REFUSED, "Item": item })
            }
        })
        .collect();
    Ok(canceled(&reasons))
}

const REFUSED: &str = "The conditional request failed";

/// DynamoDB's JSON without its types.
fn plain(item: &Value) -> Value {
    let members = item.as_object().unwrap().iter().map(|(name, value)| {
        let plain = match value.as_object().and_then(|typed| typed.iter().next()) {
            Some((kind, Value::String(number))) if kind == "N" => number.parse().unwrap(),
            Some((_, value)) => value.clone(),
            None => Value::Null,
        };
        (name.clone(), plain)
    });
    Value::Object(members.collect())
}

fn typed(code: &str) -> String {
    format!("com.amazonaws.dynamodb.v20120810#{code}")
}

fn error(code: &str, message: &str) -> Reply {
    Reply::fault(400, &typed(code), message)
}

fn internal() -> Reply {
    Reply::fault(500, &typed("InternalServerError"), "The request could not be completed")
}

fn not_found() -> Reply {
    error("ResourceNotFoundException", "Requested resource not found")
}

fn canceled(reasons: &[Value]) -> Reply {
    let body = json!({
        "__type": typed("TransactionCanceledException"),
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    });
    Reply::status(400, body)
}
