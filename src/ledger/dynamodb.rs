//! [`Table`]: the ledger's records as items in DynamoDB. A view becomes the condition of a write, and an
//! error of the SDK becomes a failure with a remedy. It decides nothing about requests.
//!
//! Facts from the DynamoDB guide ("Condition expressions", "Transactions", "Global tables") and API
//! reference: a refused write returns the stored item (`ReturnValuesOnConditionCheckFailure`), and a refused
//! transaction one reason for each of its writes. DynamoDB checks a condition on the newest state of the
//! table *in this region*. So a global table with eventual consistency would let each region grant a claim of
//! its own.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use jiff::Timestamp;

use super::error::Failure;
use super::protocol::{Claim, Record, State, View, Withheld};
use super::write::{Condition, Written};
use crate::aws::AwsError;

/// How long one try of a call may take. It leaves time for another.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(2400);

/// The id of an item, and its attribute, that hold the time of the ledger's first use. No request has such an
/// id.
const SINCE: &str = "since";

type Item = HashMap<String, AttributeValue>;

/// The table that `LEDGER_TABLE` names.
#[derive(Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    pub(super) fn new(aws: &aws_config::SdkConfig, name: String) -> Table {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let config = aws_sdk_dynamodb::config::Builder::from(aws).timeout_config(timeouts).build();
        Table { client: Client::from_conf(config), name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn read(&self, id: &str) -> Result<Option<Record>, Failure> {
        let key = AttributeValue::S(id.to_owned());
        let read = self.client.get_item().table_name(&self.name).key("id", key).consistent_read(true).send();
        read.await.map_err(|error| sort(&error))?.item.map(|item| record(id, &item)).transpose()
    }

    /// The time that the item [`SINCE`] holds; `None` if there is no such item.
    pub(super) async fn began(&self) -> Result<Option<Timestamp>, Failure> {
        let key = AttributeValue::S(SINCE.to_owned());
        let read = self.client.get_item().table_name(&self.name).key("id", key).consistent_read(true);
        let item = read.send().await.map_err(|error| sort(&error))?.item;
        item.map(|item| get(SINCE, &item, SINCE, moment)).transpose()
    }

    /// The same. If there is no such item, `now` is stored in one.
    pub(super) async fn since(&self, now: Timestamp) -> Result<Timestamp, Failure> {
        if let Some(began) = self.began().await? {
            return Ok(began);
        }
        let write = self
            .client
            .put_item()
            .table_name(&self.name)
            .item("id", AttributeValue::S(SINCE.to_owned()))
            .item(SINCE, number(now.as_millisecond()))
            .condition_expression("attribute_not_exists(id)");
        match write.send().await {
            Ok(_) => Ok(now),
            // Another process stored its time a moment ago.
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(PutItemError::ConditionalCheckFailedException(_))
                ) =>
            {
                Ok(now)
            }
            Err(error) => Err(sort(&error)),
        }
    }

    /// Writes the record under every id, or nothing, by one call: a `PutItem`, or a transaction if there are
    /// several ids.
    pub(super) async fn write(
        &self,
        view: &View,
        record: &Record,
        condition: Condition,
    ) -> Result<Written, Failure> {
        let mut puts = Vec::with_capacity(view.entries().len());
        for (id, expected) in view.entries() {
            let put = Put::builder().table_name(&self.name).set_item(Some(item(id, record)));
            let put = match condition {
                Condition::AsViewed => as_viewed(put, expected),
                Condition::Always => put,
            };
            puts.push(put.build().map_err(|error| Failure::Unreachable(error.to_string()))?);
        }
        match <[Put; 1]>::try_from(puts) {
            Ok([put]) => self.write_one(put).await,
            Err(puts) => self.write_all(puts).await,
        }
    }

    async fn write_one(&self, put: Put) -> Result<Written, Failure> {
        let id = key(&put);
        let call = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .set_return_values_on_condition_check_failure(put.return_values_on_condition_check_failure);
        let Err(error) = call.send().await else { return Ok(Written::Done) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                let found = refusal.item().map(|item| record(&id, item)).transpose()?;
                Ok(Written::Refused(vec![(id, found)]))
            }
            Some(PutItemError::TransactionConflictException(_)) => Ok(Written::Busy),
            _ => Err(sort(&error)),
        }
    }

    async fn write_all(&self, puts: Vec<Put>) -> Result<Written, Failure> {
        let ids: Vec<String> = puts.iter().map(key).collect();
        let writes = puts.into_iter().map(|put| TransactWriteItem::builder().put(put).build()).collect();
        // The SDK adds an idempotency token, so DynamoDB answers its retry of a finished transaction with
        // success.
        let call = self.client.transact_write_items().set_transact_items(Some(writes));
        let Err(error) = call.send().await else { return Ok(Written::Done) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                cancellation(ids, canceled.cancellation_reasons())
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => Ok(Written::Busy),
            _ => Err(sort(&error)),
        }
    }
}

/// What a canceled transaction means. There is one reason for each write, in their order; it is `None` or a
/// code (DynamoDB API reference, "`TransactWriteItems`").
fn cancellation(ids: Vec<String>, reasons: &[CancellationReason]) -> Result<Written, Failure> {
    let mut refused = Vec::new();
    let mut other = None;
    for (id, reason) in ids.into_iter().zip(reasons) {
        match reason.code().unwrap_or("None") {
            "None" => {}
            "ConditionalCheckFailed" => {
                let found = reason.item.as_ref().map(|item| record(&id, item)).transpose()?;
                refused.push((id, found));
            }
            code => other = Some(code),
        }
    }
    match other {
        _ if !refused.is_empty() => Ok(Written::Refused(refused)),
        Some("ValidationError") => {
            Err(AwsError::of_code("ValidationException", "in a transaction", remedy).into())
        }
        // TransactionConflict, ThrottlingError and ProvisionedThroughputExceeded pass by themselves.
        _ => Ok(Written::Busy),
    }
}

/// Adds the condition that the stored record equals the expected one.
fn as_viewed(
    put: aws_sdk_dynamodb::types::builders::PutBuilder,
    expected: Option<&Record>,
) -> aws_sdk_dynamodb::types::builders::PutBuilder {
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Some(record) = expected else { return put.condition_expression("attribute_not_exists(id)") };
    // `state`, `owner` and `count` are reserved words (DynamoDB guide, "Reserved words").
    put.condition_expression(
        "#state = :state AND #owner = :owner AND claimed_until = :until AND #count = :count AND ids = :ids",
    )
    .expression_attribute_names("#state", "state")
    .expression_attribute_names("#owner", "owner")
    .expression_attribute_names("#count", "count")
    .expression_attribute_values(":state", text(state_name(record.state)))
    .expression_attribute_values(":owner", text(&record.claim.owner))
    .expression_attribute_values(":until", number(record.claim.until.as_millisecond()))
    .expression_attribute_values(":count", number(record.count.into()))
    // A join changes nothing else.
    .expression_attribute_values(":ids", texts(&record.ids))
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn texts(texts: &BTreeSet<String>) -> AttributeValue {
    AttributeValue::Ss(texts.iter().cloned().collect())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn key(put: &Put) -> String {
    put.item.get("id").and_then(|id| id.as_s().ok()).cloned().unwrap_or_default()
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Released => "released",
        State::InDoubt => "in-doubt",
        State::Claimed => "claimed",
        State::Withheld(_) => "withheld",
        State::Posted => "posted",
    }
}

fn item(id: &str, record: &Record) -> Item {
    let mut item = HashMap::from([
        ("id".to_owned(), text(id)),
        ("state".to_owned(), text(state_name(record.state))),
        ("owner".to_owned(), text(&record.claim.owner)),
        ("claimed_until".to_owned(), number(record.claim.until.as_millisecond())),
        ("count".to_owned(), number(record.count.into())),
        ("ids".to_owned(), texts(&record.ids)),
        ("expires_at".to_owned(), number(record.expires_at())),
    ]);
    if let State::Withheld(why) = record.state {
        item.insert("reason".to_owned(), text(why.as_str()));
    }
    item
}

fn record(id: &str, item: &Item) -> Result<Record, Failure> {
    let as_text = |value: &AttributeValue| value.as_s().ok().cloned();
    Ok(Record {
        state: state(id, item)?,
        claim: Claim {
            owner: get(id, item, "owner", as_text)?,
            until: get(id, item, "claimed_until", moment)?,
        },
        count: get(id, item, "count", |value| value.as_n().ok()?.parse().ok())?,
        ids: get(id, item, "ids", |value| value.as_ss().ok().map(|ids| ids.iter().cloned().collect()))?,
    })
}

fn state(id: &str, item: &Item) -> Result<State, Failure> {
    let name = get(id, item, "state", |value| value.as_s().ok().cloned())?;
    if name == "withheld" {
        let why = |value: &AttributeValue| {
            let name = value.as_s().ok()?;
            Withheld::ALL.into_iter().find(|why| why.as_str() == name)
        };
        return get(id, item, "reason", why).map(State::Withheld);
    }
    let known = [State::Released, State::InDoubt, State::Claimed, State::Posted];
    let state = known.into_iter().find(|state| state_name(*state) == name);
    state.ok_or_else(|| Failure::Malformed { id: id.to_owned(), attribute: "state" })
}

fn get<T>(
    id: &str,
    item: &Item,
    attribute: &'static str,
    read: impl Fn(&AttributeValue) -> Option<T>,
) -> Result<T, Failure> {
    let value = item.get(attribute).and_then(read);
    value.ok_or_else(|| Failure::Malformed { id: id.to_owned(), attribute })
}

fn moment(value: &AttributeValue) -> Option<Timestamp> {
    Timestamp::from_millisecond(value.as_n().ok()?.parse().ok()?).ok()
}

fn sort<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Failure {
    AwsError::of(error, remedy).into()
}

impl From<AwsError> for Failure {
    fn from(fault: AwsError) -> Failure {
        match fault {
            AwsError::Passing(cause) => Failure::Unreachable(cause),
            AwsError::Refused { cause, remedy } => Failure::Refused { cause, remedy },
        }
    }
}

/// What to do about the error codes that will not change by themselves.
fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "ResourceNotFoundException" => {
            "create the table in this account and region (partition key `id`, a string), or correct \
             LEDGER_TABLE"
        }
        "AccessDeniedException" => {
            "allow the function's role dynamodb:GetItem and dynamodb:PutItem on the table that LEDGER_TABLE \
             names (and kms:Decrypt on its key, where that is a customer managed one)"
        }
        "ValidationException" => {
            "see that LEDGER_TABLE names a table whose only key is the partition key `id`, a string"
        }
        _ => return None,
    })
}
