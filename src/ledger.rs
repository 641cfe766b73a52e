//! [`Ledger`]: which access requests were answered. An attempt claims a request before it posts, and records
//! afterwards how the post went. So repeated events, retries and replays do not make a second message.
//! [`protocol`] decides; this file carries the decisions out, on a DynamoDB table or in memory. It posts
//! nothing itself.

#[cfg_attr(not(feature = "aws"), path = "ledger/no_table.rs")]
mod dynamodb;
mod error;
mod grant;
mod memory;
pub mod protocol;
mod write;

use std::time::Duration;

use jiff::Timestamp;

use self::dynamodb::Table;
use self::error::Failure;
pub use self::error::LedgerError;
pub use self::grant::{ClaimRequest, Claimed, Found, Grant, Standing};
use self::memory::Memory;
pub use self::protocol::Withheld;
use self::protocol::{Claim, Decision, Record, View};
use self::write::{Condition, Written};
use crate::deadline::{self, Deadline};
use crate::request::RequestId;

/// How long one operation may take, with the SDK's two retries. DynamoDB answers in milliseconds. Then the
/// attempt fails, and Lambda makes another.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How often a claim is decided again because another attempt wrote first. The next decision is nearly always
/// that nothing needs to be written.
const MAX_ROUNDS: u32 = 10;

/// The pause before a write that the table could not do just now is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Which access requests were answered.
#[derive(Debug)]
pub enum Ledger {
    /// In the table that `LEDGER_TABLE` names. All processes share it.
    DynamoDb(Table),
    /// In this process only.
    Memory(Memory),
}

impl Ledger {
    /// A ledger in the DynamoDB table `table` (name or ARN), whose partition key is `id`, a string.
    #[cfg(feature = "aws")]
    #[must_use]
    pub fn in_dynamodb(aws: &aws_config::SdkConfig, table: String) -> Ledger {
        Ledger::DynamoDb(Table::new(aws, table))
    }

    /// A ledger in the configured table, or in memory if none is configured.
    #[cfg(feature = "aws")]
    #[must_use]
    pub fn of(table: Option<&str>, aws: &aws_config::SdkConfig) -> Ledger {
        match table {
            Some(table) => Ledger::in_dynamodb(aws, table.to_owned()),
            None => Ledger::in_memory(),
        }
    }

    /// A ledger in this process only. It does not know what other or earlier processes answered.
    #[must_use]
    pub fn in_memory() -> Ledger {
        Ledger::Memory(Memory::default())
    }

    /// Opens the connection to the table by one read, so that the first claim finds it open.
    pub async fn warm(&self, deadline: Deadline) {
        if let Ledger::DynamoDb(table) = self {
            // The first claim reports what is wrong.
            let _ = within(deadline.remaining(), table.read("warm")).await;
        }
    }

    /// Asks for the right to post on a request. Await it to its end even if there is no message to post any
    /// more, and release the grant then. If the future is dropped, the claim may be stored, and counts as one
    /// that may have posted.
    pub async fn claim(
        &self,
        request: &ClaimRequest<'_>,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Claimed, LedgerError> {
        let (limit, mut sent) = (TIMEOUT.min(deadline.remaining()), None);
        let failure = match within(limit, self.rounds(request, now, &mut sent)).await {
            Ok(claimed) => return Ok(claimed),
            Err(failure) => failure,
        };
        let may_stand = matches!(failure, Failure::Unreachable(_));
        let error = self.error(format!("claim the request `{}`", request.id), failure);
        match sent.filter(|_| may_stand) {
            Some(grant) => Ok(Claimed::Unknown(grant, error)),
            None => Err(error),
        }
    }

    /// Records that the message stands; tries until `deadline`. An error does not undo the message: the
    /// attempt answers "posted", and a later one may post a second message.
    pub async fn complete(&self, grant: &Grant, deadline: Deadline) -> Result<(), LedgerError> {
        let record = protocol::complete(&grant.view, &grant.claim);
        self.record(grant, &record, Condition::Always, deadline).await.map_err(|failure| {
            self.error(format!("record the message on the request `{}`", grant.id), failure)
        })
    }

    /// Gives back a claim under which certainly nothing was posted; tries until `deadline`. After an error
    /// the next attempt counts as doubtful.
    pub async fn release(&self, grant: &Grant, deadline: Deadline) -> Result<(), LedgerError> {
        let record = protocol::release(&grant.view, &grant.claim);
        self.record(grant, &record, Condition::AsViewed, deadline)
            .await
            .map_err(|failure| self.error(format!("release the request `{}`", grant.id), failure))
    }

    /// Records that it is unknown whether the message arrived, so that the next attempt need not wait for the
    /// claim's end; tries until `deadline`. After an error it waits.
    pub async fn doubt(&self, grant: &Grant, deadline: Deadline) -> Result<(), LedgerError> {
        let record = protocol::doubt(&grant.view, &grant.claim);
        self.record(grant, &record, Condition::AsViewed, deadline).await.map_err(|failure| {
            self.error(format!("record the doubtful post on the request `{}`", grant.id), failure)
        })
    }

    /// Gives back a claim under which certainly nothing was posted, and records that no message is wanted;
    /// tries until `deadline`. After an error the next attempt counts as doubtful.
    pub async fn withhold(
        &self,
        grant: &Grant,
        why: Withheld,
        deadline: Deadline,
    ) -> Result<(), LedgerError> {
        let record = protocol::withhold(&grant.view, &grant.claim, why);
        self.record(grant, &record, Condition::AsViewed, deadline).await.map_err(|failure| {
            self.error(format!("record that no message is wanted on the request `{}`", grant.id), failure)
        })
    }

    /// What the ledger holds about the request with these ids. Grants nothing.
    pub async fn look_up(
        &self,
        ids: &[RequestId],
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Found, LedgerError> {
        within(TIMEOUT.min(deadline.remaining()), self.view(ids))
            .await
            .map(|view| Found::of(&view, now))
            .map_err(|failure| self.error(format!("look up the request `{}`", first(ids)), failure))
    }

    /// Records under all of these ids that the message stands or is withheld, if one of them has such a
    /// record. Call it only if Okta itself says that they are ids of one request. After an error, or if an
    /// attempt writes at the same time, the ids can be joined later.
    pub async fn join(
        &self,
        ids: &[RequestId],
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<(), LedgerError> {
        let joined = async {
            let view = self.view(ids).await?;
            match protocol::join(&view) {
                Some(record) => self.write(&view, &record, Condition::AsViewed, now).await.map(drop),
                None => Ok(()),
            }
        };
        within(TIMEOUT.min(deadline.remaining()), joined)
            .await
            .map_err(|failure| self.error(format!("join the ids of the request `{}`", first(ids)), failure))
    }

    /// What is stored under these ids, and under those that the records name.
    async fn view(&self, ids: &[RequestId]) -> Result<View, Failure> {
        let mut view = View::new(ids.iter().map(ToString::to_string));
        let mut unread: Vec<String> = view.entries().map(|(id, _)| id.to_owned()).collect();
        while let Some(id) = unread.pop() {
            let found = match self {
                Ledger::DynamoDb(table) => Box::pin(table.read(&id)).await?,
                Ledger::Memory(memory) => memory.read(&id),
            };
            let others = found.iter().flat_map(|record| &record.ids);
            unread.extend(others.filter(|other| !view.has(other)).cloned());
            view.learn(id, found);
        }
        Ok(view)
    }

    /// Since when requests are recorded: the time of the first call of this method, which the table keeps.
    pub async fn since(&self, now: Timestamp, deadline: Deadline) -> Result<Timestamp, LedgerError> {
        let Ledger::DynamoDb(table) = self else { return Ok(now) };
        within(TIMEOUT.min(deadline.remaining()), table.since(whole_milliseconds(now)))
            .await
            .map_err(|failure| self.error("find out since when requests are recorded".to_owned(), failure))
    }

    /// The same for a dry run, which writes nothing; `now` if nothing is recorded yet.
    pub async fn began(&self, now: Timestamp, deadline: Deadline) -> Result<Timestamp, LedgerError> {
        let Ledger::DynamoDb(table) = self else { return Ok(now) };
        within(TIMEOUT.min(deadline.remaining()), table.began())
            .await
            .map(|began| began.unwrap_or(now))
            .map_err(|failure| self.error("find out since when requests are recorded".to_owned(), failure))
    }

    /// Decides and writes until nothing needs to be written, or until the stored records equal the view and the
    /// write succeeds. `sent` is the grant whose claim was sent and is not answered yet.
    async fn rounds(
        &self,
        request: &ClaimRequest<'_>,
        now: Timestamp,
        sent: &mut Option<Grant>,
    ) -> Result<Claimed, Failure> {
        let claim = Claim { owner: request.owner.to_owned(), until: whole_milliseconds(request.until) };
        let ids = std::iter::once(request.id).chain(request.aliases);
        let mut view = View::new(ids.map(ToString::to_string));
        for _ in 0..MAX_ROUNDS {
            let (decision, record) = protocol::claim(&view, &claim, request.repost, now);
            let doubtful = match decision {
                Decision::Granted { doubtful } => doubtful,
                Decision::Duplicate => return Ok(Claimed::Duplicate),
                Decision::Withheld(why) => return Ok(Claimed::Withheld(why)),
                Decision::Live { until } => return Ok(Claimed::Live { until }),
                Decision::Exhausted => return Ok(Claimed::Exhausted),
            };
            let grant = |view| Grant { id: request.id.clone(), claim: claim.clone(), view, doubtful };
            let Some(record) = record else { return Ok(Claimed::Granted(grant(view))) };
            *sent = Some(grant(view.after(&record)));
            match self.write(&view, &record, Condition::AsViewed, now).await? {
                Written::Done => {
                    if let Some(grant) = sent.take() {
                        return Ok(Claimed::Granted(grant));
                    }
                }
                Written::Refused(found) => {
                    *sent = None;
                    for (id, found) in found {
                        view.learn(id, found);
                    }
                }
                Written::Busy => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(Failure::Unreachable(format!("others changed the record at each of {MAX_ROUNDS} tries")))
    }

    /// Writes what became of a grant; tries until `deadline`.
    async fn record(
        &self,
        grant: &Grant,
        record: &Record,
        condition: Condition,
        deadline: Deadline,
    ) -> Result<(), Failure> {
        loop {
            let write = self.write(&grant.view, record, condition, grant.claim.until);
            let failure = match within(TIMEOUT.min(deadline.remaining()), write).await {
                // Refused: this write was done before and its answer was lost, or another attempt has taken
                // over. Nothing is left to record.
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
            // Boxed: the SDK's futures are large, and would be moved with every future around them.
            Ledger::DynamoDb(table) => Box::pin(table.write(view, record, condition)).await,
            Ledger::Memory(memory) => Ok(memory.write(view, record, condition, now)),
        }
    }

    fn error(&self, doing: String, failure: Failure) -> LedgerError {
        let table = match self {
            Ledger::DynamoDb(table) => table.name().to_owned(),
            Ledger::Memory(_) => "in memory".to_owned(),
        };
        failure.while_doing(doing, table)
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let cause = if limit.is_zero() { "no time was left before the deadline" } else { "no answer in time" };
    // Boxed: the SDK's futures are large.
    let done = deadline::within(limit, Box::pin(work)).await;
    done.unwrap_or_else(|| Err(Failure::Unreachable(cause.to_owned())))
}

fn first(ids: &[RequestId]) -> &str {
    ids.first().map_or("none", RequestId::as_str)
}

/// A time as the table stores it, so that a claim equals itself when it is read back.
fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
