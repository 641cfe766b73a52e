//! The [`Ledger`] is the record of which access requests were answered. An attempt claims a request before it posts
//! and says afterwards how that went, so that events that come twice, retries and replays make no second message.
//! What is decided stands in [`protocol`]; this file carries it out, on a table or in memory. It posts nothing
//! itself.

mod dynamodb;
pub mod protocol;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use self::dynamodb::Table;
use self::protocol::{Claim, Decision, Record, View};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::request::RequestId;

/// DynamoDB answers in milliseconds. Within this time the SDK tries again twice; then the attempt fails, and Lambda
/// tries again.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How often a claim is decided anew because others were faster. Each time one of them got somewhere, and the next
/// decision is nearly always not to write.
const MAX_ROUNDS: u32 = 10;

/// Before the next try of what the table refused for the moment.
const PAUSE: Duration = Duration::from_millis(50);

/// Ids that [`Ledger::in_memory`] holds records of: 1 MB. Beyond them the half is forgotten whose claims ended first.
const MEMORY_LIMIT: usize = 2_000;

/// Which access requests were answered.
#[derive(Debug)]
pub enum Ledger {
    /// In the table that `LEDGER_TABLE` names: known to every process.
    DynamoDb(Table),
    /// In this process only.
    Memory(Mutex<HashMap<String, Record>>),
}

/// What is claimed, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRequest<'a> {
    /// The request that is posted to.
    pub id: &'a RequestId,
    /// The other ids by which it is known; may hold `id` again.
    pub aliases: &'a [RequestId],
    /// The Lambda request id; elsewhere, anything that no other attempt has.
    pub owner: &'a str,
    /// When Lambda ends the invocation, by its own limit: after this moment nothing is posted any more. With `owner` it
    /// names the claim, so an invocation claims a request once.
    pub until: Timestamp,
    /// An operator insists, knowing that a message may stand.
    pub repost: bool,
}

/// Whether an attempt may post.
#[derive(Debug)]
pub enum Claimed {
    /// It may, once, and says then how that went: [`Ledger::complete`], [`Ledger::release`], or nothing where it can't
    /// know.
    Granted(Grant),
    /// A message stands already.
    Duplicate,
    /// Another attempt is on it, and may yet fail: this one is to fail Retryable, never to succeed.
    Live {
        /// From this moment on the other no longer counts.
        until: Timestamp,
    },
    /// Two attempts ended without word of their post: the message may stand, and a third could be one too many. This
    /// one is to fail Permanent.
    Exhausted,
}

/// What is recorded of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Unrecorded,
    /// Attempts that ended without a message: a claim would be granted.
    Unanswered,
    /// A message, an attempt that may yet lead to one, or as many doubts as may be.
    Settled,
}

/// The right to post one message on one request.
#[derive(Debug)]
pub struct Grant {
    id: RequestId,
    claim: Claim,
    /// The granted record under every id.
    view: View,
    doubtful: bool,
}

impl Grant {
    /// Whether an earlier attempt may have posted already.
    #[must_use]
    pub fn doubtful(&self) -> bool {
        self.doubtful
    }
}

/// Why the ledger did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// No answer, or one that says to try later. After a claim: post nothing.
    #[error("failed to {doing} in the ledger table `{table}`: {cause}")]
    Unreachable {
        /// Verb and request.
        doing: String,
        /// As configured.
        table: String,
        /// What happened.
        cause: String,
    },
    /// DynamoDB said no, and will until someone changes something.
    #[error("failed to {doing} in the ledger table `{table}`: {cause}; {remedy}")]
    Refused {
        /// Verb and request.
        doing: String,
        /// As configured.
        table: String,
        /// AWS's error code and request id.
        cause: String,
        /// What to change.
        remedy: &'static str,
    },
    /// The table holds something under the request's id that no version of this program wrote.
    #[error(
        "failed to {doing} in the ledger table `{table}`: the item `{id}` has no readable `{attribute}`; see that \
         LEDGER_TABLE names a table of its own, or delete the item"
    )]
    Malformed {
        /// Verb and request.
        doing: String,
        /// As configured.
        table: String,
        /// The item's key.
        id: String,
        /// The attribute that is missing or of another kind.
        attribute: &'static str,
    },
}

/// How a write ended.
enum Written {
    /// It stands under every id.
    Done,
    /// Nothing was written, since this stands under these ids.
    Refused(Vec<(String, Option<Record>)>),
    /// Nothing was written; the table was busy with one of the ids.
    Busy,
}

/// Why a call of the table did not do as asked; a [`LedgerError`] in the making.
enum Failure {
    Unreachable(String),
    Refused { cause: String, remedy: &'static str },
    Malformed { id: String, attribute: &'static str },
}

/// Whether a write minds what stands there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// Only where the view is true.
    AsViewed,
    Always,
}

impl Ledger {
    /// In the DynamoDB table `table` (name or ARN; partition key `id`, a string).
    #[must_use]
    pub fn in_dynamodb(aws: &aws_config::SdkConfig, table: String) -> Ledger {
        Ledger::DynamoDb(Table::new(aws, table))
    }

    /// As the configuration asks.
    #[must_use]
    pub fn of(config: &Config, aws: &aws_config::SdkConfig) -> Ledger {
        match &config.ledger_table {
            Some(table) => Ledger::in_dynamodb(aws, table.clone()),
            None => Ledger::in_memory(),
        }
    }

    /// In this process only: what another process answered, or an earlier one, is not known here.
    #[must_use]
    pub fn in_memory() -> Ledger {
        Ledger::Memory(Mutex::default())
    }

    /// Opens the connection, so that the first claim finds it open; at the price of one read.
    pub async fn warm(&self, deadline: Deadline) {
        if let Ledger::DynamoDb(table) = self {
            // What is wrong, the first claim tells.
            let _ = within(deadline.remaining(), table.read("warm")).await;
        }
    }

    /// Asks to post on a request. To be awaited to its end even where there is no message to post any more, and
    /// released then: a claim whose future was dropped may stand all the same, and counts as one that may have posted.
    pub async fn claim(
        &self,
        request: &ClaimRequest<'_>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Claimed, LedgerError> {
        let limit = TIMEOUT.min(deadline.remaining());
        within(limit, self.rounds(request, now))
            .await
            .map_err(|failure| self.error(format!("claim the request `{}`", request.id), failure))
    }

    /// Records that the message stands; tries until `deadline`. An error here undoes no message: the attempt is
    /// answered as posted, and a later one may post a second.
    pub async fn complete(&self, grant: &Grant, deadline: Deadline) -> Result<(), LedgerError> {
        let record = protocol::complete(&grant.view, &grant.claim);
        self.tell(grant, &record, Condition::Always, deadline).await.map_err(|failure| {
            self.error(format!("record the message on the request `{}`", grant.id), failure)
        })
    }

    /// Gives back a claim under which nothing was posted, for certain; tries until `deadline`. An error here makes the
    /// next attempt a doubtful one.
    pub async fn release(&self, grant: &Grant, deadline: Deadline) -> Result<(), LedgerError> {
        let record = protocol::release(&grant.view, &grant.claim);
        self.tell(grant, &record, Condition::AsViewed, deadline)
            .await
            .map_err(|failure| self.error(format!("release the request `{}`", grant.id), failure))
    }

    /// What is recorded of a request that is known by these ids. Grants nothing.
    pub async fn standing(
        &self,
        ids: &[RequestId],
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Standing, LedgerError> {
        let look = async {
            let mut view = View::new(ids.iter().map(ToString::to_string));
            let mut unread: Vec<String> = ids.iter().map(ToString::to_string).collect();
            while let Some(id) = unread.pop() {
                let found = match self {
                    Ledger::DynamoDb(table) => Box::pin(table.read(&id)).await?,
                    Ledger::Memory(records) => lock(records).get(&id).cloned(),
                };
                let others = found.iter().flat_map(|record| &record.ids);
                unread.extend(others.filter(|other| !view.has(other)).cloned());
                view.learn(id, found);
            }
            let anyone = Claim { owner: String::new(), until: now };
            let (decision, _) = protocol::claim(&view, &anyone, protocol::MAX_DOUBTS, now);
            Ok(match decision {
                _ if view.entries().all(|(_, found)| found.is_none()) => Standing::Unrecorded,
                Decision::Granted { .. } => Standing::Unanswered,
                Decision::Duplicate | Decision::Live { .. } | Decision::Exhausted => Standing::Settled,
            })
        };
        within(TIMEOUT.min(deadline.remaining()), look).await.map_err(|failure| {
            let id = ids.first().map_or("none", RequestId::as_str);
            self.error(format!("look up the request `{id}`"), failure)
        })
    }

    /// Since when requests are recorded: the moment of the first call of this, which is recorded too.
    pub async fn since(&self, now: Timestamp, deadline: Deadline) -> Result<Timestamp, LedgerError> {
        let Ledger::DynamoDb(table) = self else { return Ok(now) };
        within(TIMEOUT.min(deadline.remaining()), table.since(whole_milliseconds(now)))
            .await
            .map_err(|failure| self.error("read the beginning".to_owned(), failure))
    }

    /// Decides and writes until the decision needs no write or the write finds what the decision was made on.
    async fn rounds(&self, request: &ClaimRequest<'_>, now: Timestamp) -> Result<Claimed, Failure> {
        let claim = Claim { owner: request.owner.to_owned(), until: whole_milliseconds(request.until) };
        let ids = std::iter::once(request.id).chain(request.aliases);
        let doubts = if request.repost { u32::MAX } else { protocol::MAX_DOUBTS };
        let mut view = View::new(ids.map(ToString::to_string));
        for _ in 0..MAX_ROUNDS {
            let (decision, record) = protocol::claim(&view, &claim, doubts, now);
            let written = match &record {
                Some(record) => self.write(&view, record, Condition::AsViewed, now).await?,
                None => Written::Done,
            };
            match written {
                Written::Done => {
                    return Ok(match decision {
                        Decision::Granted { doubtful } => {
                            let view = record.map(|record| view.after(&record)).unwrap_or(view);
                            Claimed::Granted(Grant { id: request.id.clone(), claim, view, doubtful })
                        }
                        Decision::Duplicate => Claimed::Duplicate,
                        Decision::Live { until } => Claimed::Live { until },
                        Decision::Exhausted => Claimed::Exhausted,
                    });
                }
                Written::Refused(found) => found.into_iter().for_each(|(id, found)| view.learn(id, found)),
                Written::Busy => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(Failure::Unreachable("others changed the record at each of ten tries".to_owned()))
    }

    async fn tell(
        &self,
        grant: &Grant,
        record: &Record,
        condition: Condition,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        loop {
            let write = self.write(&grant.view, record, condition, grant.claim.until);
            let failure = match within(TIMEOUT.min(deadline.remaining()), write).await {
                // Refused: this very write went through before its answer was lost, or another attempt has taken
                // over. Nothing is left to say.
                Ok(Written::Done | Written::Refused(_)) => return Ok(()),
                Ok(Written::Busy) => Failure::Unreachable("others are writing the record".to_owned()),
                Err(failure @ Failure::Unreachable(_)) => failure,
                Err(failure) => return Err(failure),
            };
            if deadline.remaining() <= PAUSE {
                return Err(failure);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Writes `record` under every id of the view, or nothing.
    async fn write(
        &self,
        view: &View,
        record: &Record,
        condition: Condition,
        now: Timestamp,
    ) -> Result<Written, Failure> {
        match self {
            // Boxed: the SDK's futures are large, and moved with those that wait for them.
            Ledger::DynamoDb(table) => Box::pin(table.write(view, record, condition)).await,
            Ledger::Memory(records) => Ok(write_in_memory(&mut lock(records), view, record, condition, now)),
        }
    }

    fn error(&self, doing: String, failure: Failure) -> LedgerError {
        let table = match self {
            Ledger::DynamoDb(table) => table.name().to_owned(),
            Ledger::Memory(_) => "in memory".to_owned(),
        };
        match failure {
            Failure::Unreachable(cause) => LedgerError::Unreachable { doing, table, cause },
            Failure::Refused { cause, remedy } => LedgerError::Refused { doing, table, cause, remedy },
            Failure::Malformed { id, attribute } => LedgerError::Malformed { doing, table, id, attribute },
        }
    }
}

/// The table's conditional write, without a table.
fn write_in_memory(
    records: &mut HashMap<String, Record>,
    view: &View,
    record: &Record,
    condition: Condition,
    now: Timestamp,
) -> Written {
    let refused: Vec<_> = view
        .entries()
        .filter(|(id, expected)| condition == Condition::AsViewed && records.get(*id) != *expected)
        .map(|(id, _)| (id.to_owned(), records.get(id).cloned()))
        .collect();
    if !refused.is_empty() {
        return Written::Refused(refused);
    }
    if records.len() >= MEMORY_LIMIT {
        records.retain(|_, record| record.expires_at() > now.as_second());
    }
    if records.len() >= MEMORY_LIMIT {
        let mut ends: Vec<_> = records.values().map(|record| record.claim.until).collect();
        let (_, median, _) = ends.select_nth_unstable(MEMORY_LIMIT / 2);
        let median = *median;
        records.retain(|_, record| record.claim.until > median);
    }
    records.extend(view.entries().map(|(id, _)| (id.to_owned(), record.clone())));
    Written::Done
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| Err(Failure::Unreachable("no answer in time".to_owned())))
}

/// As the table keeps it: a claim must equal itself when it is read back.
fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// A panic elsewhere leaves the records whole: each write is one `extend`.
fn lock(records: &Mutex<HashMap<String, Record>>) -> MutexGuard<'_, HashMap<String, Record>> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}
