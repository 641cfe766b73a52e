//! [`Truth`]: what really happened, as only the world around the program can know it: which calls arrived, which
//! messages stand, what the table holds, how each invocation ended. Nothing in it comes from the program's own words.
//! Some promises are broken at one moment; those are judged here as soon as it happens. The rest is judged at the end,
//! in `promises`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::invocation::{Invocation, Message, Number, Post, Reply, Write};

/// After its deadline an invocation still records its outcome for so long.
const OVERTIME: Duration = Duration::from_secs(1);

/// A call that Okta refused to a process for want of a right.
pub(crate) struct Refused {
    pub(crate) process: usize,
    pub(crate) call: String,
    at: Instant,
    /// The token of which that is sure.
    pub(crate) token: Option<String>,
}

impl Refused {
    /// Whether the process may remember it at this moment: for an hour it need not ask.
    pub(crate) fn is_known_at(&self, moment: Instant) -> bool {
        self.at < moment && moment - self.at < Duration::from_secs(3700)
    }
}

/// A rate limit that is used up, as a process knows it from an answer.
#[derive(Clone, Copy)]
struct Closed {
    until: Instant,
    /// When the answer came.
    since: Instant,
    /// Whether the answer is certainly about the newest window.
    is_certain: bool,
}

#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) invocations: Vec<Invocation>,
    pub(crate) messages: Vec<Message>,
    pub(crate) table: BTreeMap<String, Write>,
    pub(crate) calls: u64,
    /// When the window of a rate limit ends, by process and call.
    windows: BTreeMap<(usize, String), Instant>,
    /// How many calls each process may believe to be left, until when, by process and call. Calls that did not arrive
    /// count: nobody tells the process that Okta did not count them.
    left: BTreeMap<(usize, String), (i64, Instant)>,
    /// Limits that are used up, by process and call.
    closed: BTreeMap<(usize, String), Closed>,
    /// Calls that Okta refused for want of a right.
    pub(crate) refused: Vec<Refused>,
    /// Processes whose posts met a rate limit.
    limited: BTreeSet<usize>,
    /// When each process last asked for the secret, when it last got it, and when Okta last refused its credential.
    asked_for_secret: BTreeMap<usize, Instant>,
    got_secret: BTreeMap<usize, Instant>,
    pub(crate) first_got_secret: BTreeMap<usize, Instant>,
    pub(crate) was_refused: BTreeMap<usize, Instant>,
    /// When each access token ends.
    token_ends: BTreeMap<String, Instant>,
    /// Since when the secret holds what Okta accepts; `None` if it does not.
    credential_since: Option<Instant>,
    /// Ids of requests that have two.
    pub(crate) with_two_ids: BTreeSet<String>,
    /// The request that each id names: ids of one request have one text.
    pub(crate) request_of: BTreeMap<String, String>,
    /// When each request was raised.
    pub(crate) raised: BTreeMap<String, Instant>,
    /// Texts that no line may hold.
    pub(crate) secrets: BTreeSet<String>,
    /// Broken promises.
    pub(crate) broken: Vec<String>,
}

impl Truth {
    pub(crate) fn begin(&mut self, mut invocation: Invocation) -> Number {
        let now = Instant::now();
        let closed = self
            .closed
            .iter()
            .filter(|((process, _), closed)| *process == invocation.process && closed.until > now);
        // Okta may have read a call before the credential was replaced, and answer it late.
        let settled = Duration::from_secs(30);
        invocation.has_valid_credential = self.credential_since.is_some_and(|since| since + settled < now);
        invocation.limited = closed.map(|((_, call), _)| call.clone()).collect();
        invocation.may_hold_back = !invocation.limited.is_empty();
        self.invocations.push(invocation);
        self.invocations.len()
    }

    pub(crate) fn of(&self, number: Number) -> Option<&Invocation> {
        self.invocations.get(number.checked_sub(1)?)
    }

    pub(crate) fn of_mut(&mut self, number: Number) -> Option<&mut Invocation> {
        self.invocations.get_mut(number.checked_sub(1)?)
    }

    pub(crate) fn breaks(&mut self, what: String) {
        // One fault may show a thousand times.
        if self.broken.len() < 20 {
            self.broken.push(what);
        }
    }

    /// A call is sent. Nothing may be sent after the deadline, but what records the outcome may within a second.
    pub(crate) fn sends(&mut self, number: Number, call: &str, records: bool) {
        self.calls += 1;
        let now = Instant::now();
        let Some(invocation) = self.of_mut(number) else { return };
        invocation.calls += 1;
        let last = invocation.deadline() + if records { OVERTIME } else { Duration::ZERO };
        // Nobody stops an operator's process that was frozen: it still gives its claim back.
        let may_be_late = records && invocation.frozen && invocation.by_hand.is_some();
        let late = now > last && !may_be_late;
        let (ended, calls) = (invocation.ended.is_some(), invocation.calls);
        let searches = invocation.by_hand.as_ref().is_some_and(|it| it.repairs.is_none());
        let has_no_end = calls > 300 && !invocation.is_housekeeping && !searches;
        let changes = ["PutItem", "TransactWriteItems"].iter().any(|write| call.starts_with(write))
            || call.starts_with("POST /governance");
        let is_wrong = changes && invocation.by_hand.as_ref().is_some_and(|it| !it.posts);
        if late {
            self.breaks(format!("{call} was sent after the deadline of invocation {number}"));
        }
        if ended {
            self.breaks(format!("{call} was sent after invocation {number} had ended"));
        }
        if has_no_end {
            self.breaks(format!("invocation {number} sends without end"));
        }
        if is_wrong {
            self.breaks(format!("invocation {number} sends {call}, and is to change nothing"));
        }
    }

    /// The secret holds what Okta accepts from now on, or no longer.
    pub(crate) fn compares_credential(&mut self, is_valid: bool) {
        if is_valid {
            self.credential_since.get_or_insert(Instant::now());
            return;
        }
        self.credential_since = None;
        for invocation in self.invocations.iter_mut().filter(|it| it.ended.is_none()) {
            invocation.has_valid_credential = false;
        }
    }

    /// A process asks for the secret.
    pub(crate) fn asks_for_secret(&mut self, process: usize) {
        self.asked_for_secret.insert(process, Instant::now());
    }

    /// A process gets the secret. It does not ask for each call.
    pub(crate) fn gets_secret(&mut self, process: usize) {
        let now = Instant::now();
        let within = |moment: Option<&Instant>, seconds| {
            moment.is_some_and(|moment| now - *moment < Duration::from_secs(seconds))
        };
        if within(self.got_secret.get(&process), 60) && !within(self.was_refused.get(&process), 180) {
            self.breaks(format!("process {process} reads the secret twice within a minute"));
        }
        self.first_got_secret.entry(process).or_insert(now);
        self.got_secret.insert(process, now);
    }

    /// Whether Okta refused the credential of a process a moment ago.
    pub(crate) fn has_just_changed_credential(&self, process: usize) -> bool {
        self.was_refused.get(&process).is_some_and(|at| at.elapsed() < Duration::from_secs(60))
    }

    /// Okta does not accept the credential of a process.
    pub(crate) fn refuses_credential(&mut self, process: usize) {
        self.was_refused.insert(process, Instant::now());
    }

    /// Okta refuses a call for want of a right.
    pub(crate) fn refuses(&mut self, process: usize, call: &str, token: Option<String>) {
        self.refused.push(Refused { process, call: call.to_owned(), at: Instant::now(), token });
    }

    /// Okta grants an access token.
    pub(crate) fn grants_token(&mut self, answer: &Value) {
        let life = answer["expires_in"].as_u64().map(Duration::from_secs);
        if let (Some(token), Some(life)) = (answer["access_token"].as_str(), life) {
            self.token_ends.insert(token.to_owned(), Instant::now() + life);
        }
    }

    /// A process calls Okta with this `Authorization`. An access token that is over is not used.
    pub(crate) fn shows(&mut self, process: usize, authorization: &str) {
        let token = authorization.split(' ').next_back().unwrap_or_default();
        if self.token_ends.get(token).is_some_and(|end| *end < Instant::now()) {
            self.breaks(format!("process {process} uses an access token that is over"));
        }
    }

    /// A process calls Okta with a credential, which it may use for a quarter of an hour. A call may wait for two
    /// minutes.
    pub(crate) fn uses_credential(&mut self, process: usize, call: &str) {
        let asked = self.asked_for_secret.get(&process);
        if asked.is_none_or(|asked| asked.elapsed() > Duration::from_secs(18 * 60)) {
            self.breaks(format!("process {process} sends {call} with a credential that is old"));
        }
    }

    /// A process calls where it knows that Okta refuses.
    pub(crate) fn meets_limit(&mut self, process: usize, call: &str) {
        let now = Instant::now();
        if let Some(Closed { until, since, is_certain: true }) =
            self.closed.get(&(process, call.to_owned())).copied()
            && now + Duration::from_secs(2) < until
            && now > since + Duration::from_secs(20)
        {
            let (known, lasts) = (now.duration_since(since), until.duration_since(now));
            self.breaks(format!(
                "process {process} sends {call} although its rate limit is used up, which it knows for \
                 {known:?}, for {lasts:?} more"
            ));
        }
    }

    /// Whether a process knows that the rate limit of this call is used up.
    pub(crate) fn is_limited(&self, process: usize, call: &str) -> bool {
        self.closed.get(&(process, call.to_owned())).is_some_and(|closed| closed.until > Instant::now())
    }

    /// Whether a process ever knew that the rate limit of its posts was used up.
    pub(crate) fn posts_were_limited(&self, process: usize) -> bool {
        self.limited.contains(&process)
    }

    /// An answer tells a process whether a limit is used up, and until when its window lasts. Nothing is learnt from an
    /// answer of an earlier window than one already known: it came late, or a fault made it up.
    pub(crate) fn learns_limit(&mut self, process: usize, call: &str, window: Option<(i64, Instant)>) {
        let Some((left, until)) = window else { return };
        let (is_used_up, now) = (left == 0, Instant::now());
        let key = (process, call.to_owned());
        let believed = self.left.entry(key.clone()).or_insert((left, until));
        if believed.1 <= now || until > believed.1 + Duration::from_secs(4) {
            *believed = (left, until);
        } else {
            believed.0 = believed.0.min(left);
        }
        let known = self.windows.entry(key.clone()).or_insert(until);
        let earlier_by = known.saturating_duration_since(until.max(now));
        // Ends of windows are known to a second or two: such an answer may be about the same window.
        let is_certain = earlier_by <= Duration::from_secs(1);
        if earlier_by > Duration::from_secs(4) || !is_certain && !is_used_up {
            return;
        }
        *known = until.max(*known);
        if !is_used_up {
            self.closed.remove(&key);
            self.may_believe_closed(process, call);
            return;
        }
        if call.ends_with("/messages") {
            self.limited.insert(process);
        }
        for running in self.invocations.iter_mut().filter(|it| it.process == process && it.ended.is_none()) {
            running.met_limit = true;
        }
        let closed = Closed { until, since: now, is_certain };
        let entry = self.closed.entry(key).or_insert(closed);
        if until > entry.until + Duration::from_secs(3) || is_certain && !entry.is_certain {
            *entry = closed;
        }
    }

    /// A process sends a call, which takes a place in its limit.
    pub(crate) fn takes_place(&mut self, process: usize, call: &str) {
        if let Some((left, _)) = self.left.get_mut(&(process, call.to_owned())) {
            *left -= 1;
        }
        self.may_believe_closed(process, call);
    }

    /// Notes that the process may believe the limit of this call to be used up, if that is so.
    fn may_believe_closed(&mut self, process: usize, call: &str) {
        let (key, since) = ((process, call.to_owned()), Instant::now());
        let Some((..=0, until)) = self.left.get(&key).copied().filter(|(_, until)| *until > since) else {
            return;
        };
        self.closed.entry(key).or_insert(Closed { until, since, is_certain: false });
        if call.ends_with("/messages") {
            self.limited.insert(process);
        }
        for running in self.invocations.iter_mut().filter(|it| it.process == process && it.ended.is_none()) {
            running.met_limit = true;
            running.limited.insert(call.to_owned());
        }
    }

    /// A post of a message is sent. The right to it must stand in the table.
    pub(crate) fn posts(&mut self, number: Number, id: &str, is_made_up: bool) {
        let now = Instant::now();
        let Some(invocation) = self.of(number) else {
            return self.breaks(format!("a message for {id} was sent by no invocation"));
        };
        let mut wrong = Vec::new();
        let earlier = invocation.posts.iter().filter(|post| post.id == id).map(|post| post.reply);
        for reply in earlier {
            if reply.is_success() {
                wrong.push(format!("invocation {number} posts on {id} again after a success"));
            } else if !reply.is_known_refusal() {
                wrong
                    .push(format!("invocation {number} posts on {id} again, and its first may have arrived"));
            }
        }
        let holds = |record: &Write| {
            record.state == "claimed"
                && record.owner.starts_with(&invocation.request_id)
                && record.by == number
        };
        // That an earlier post succeeded may be recorded late, in place of this claim: the right to post was there.
        let own = invocation.writes.iter().rev().find(|write| write.ids.iter().any(|other| other == id));
        let record = self.table.get(id);
        let is_told_late = record.zip(own).is_some_and(|(record, own)| {
            record.state == "posted" && record.by != number && holds(own) && record.at > own.at
        });
        let record = if is_told_late { own } else { record };
        let is_second = record.is_some_and(|record| record.count > 1);
        match record {
            Some(record) if holds(record) => {
                let limit = if invocation.insists { u64::MAX } else { 2 };
                if record.count > limit {
                    wrong.push(format!("invocation {number} posts on {id} as number {}", record.count));
                }
                if record.count > 1 && !invocation.insists && !invocation.probed {
                    wrong.push(format!(
                        "invocation {number} spends the last post on {id} without asking whether posts are answered"
                    ));
                }
            }
            record => wrong.push(format!("invocation {number} posts on {id} without a claim: {record:?}")),
        }
        if invocation.is_by_list()
            && let Some(raised) = self.raised.get(id)
            && now.saturating_duration_since(*raised) < Duration::from_secs(14 * 60)
        {
            wrong.push(format!(
                "invocation {number} posts on {id} by a list, which is young: its event may still come"
            ));
        }
        let token = invocation.token.clone();
        for what in wrong {
            self.breaks(what);
        }
        let post = Post { id: id.to_owned(), at: now, reply: Reply::None, is_second, is_made_up, token };
        self.of_mut(number).into_iter().for_each(|invocation| invocation.posts.push(post.clone()));
    }

    /// A claim arrives at the table. The housekeeping claims nothing that was answered before it began.
    pub(crate) fn claims(&mut self, number: Number, ids: &[String]) {
        let Some(by) = self.of(number).filter(|by| by.is_housekeeping) else { return };
        let was_answered = |id: &String| {
            let record = self.table.get(id).filter(|record| record.at < by.began);
            record.is_some_and(|record| matches!(record.state.as_str(), "posted" | "withheld"))
        };
        if ids.iter().all(was_answered) {
            self.breaks(format!("housekeeping {number} claims {ids:?}, which was answered before it began"));
        }
    }

    /// The housekeeping takes up a request. Those of which an attempt failed before come last: some fail each time.
    fn takes_up(&mut self, number: Number, ids: &[String]) {
        let Some(by) = self.of(number).filter(|by| by.is_housekeeping) else { return };
        let record = |id: &String| self.table.get(id);
        let was_tried = ids.iter().all(|id| record(id).is_some_and(|record| record.at < by.began));
        let is_new = ids.iter().all(|id| record(id).is_none());
        match &by.tried_again {
            Some(other) if is_new => {
                let other = other.clone();
                self.breaks(format!(
                    "housekeeping {number} takes up {ids:?} after {other}, which failed before"
                ));
            }
            None if was_tried => {
                let first = ids.first().cloned();
                self.of_mut(number).into_iter().for_each(|by| by.tried_again.clone_from(&first));
            }
            _ => {}
        }
    }

    /// The table is asked to store a record under these ids. They must name one request.
    pub(crate) fn joins(&mut self, number: Number, ids: &[String]) {
        let mut requests: Vec<&String> = ids.iter().filter_map(|id| self.request_of.get(id)).collect();
        requests.sort_unstable();
        requests.dedup();
        if requests.len() > 1 {
            self.breaks(format!("invocation {number} takes {ids:?} for one request, and they are several"));
        }
    }

    /// The table stores a record. A claim must not take the right from somebody who may still post, and no record
    /// may say anything that the ones before it do not lead to.
    pub(crate) fn stores(&mut self, write: Write) {
        if let Some(what) = self.contradiction(&write) {
            let (by, state, ids) = (write.by, &write.state, &write.ids);
            self.breaks(format!("invocation {by} stores {state} under {ids:?}, {what}"));
        }
        for id in &write.ids {
            let before =
                self.table.get(id).filter(|before| before.state == "claimed" && before.by != write.by);
            if let Some(before) = before
                && write.state == "claimed"
                && self.of(before.by).is_some_and(|it| it.ended.is_none() && it.limit > Instant::now())
            {
                let (new, old) = (write.by, before.by);
                self.breaks(format!(
                    "invocation {new} takes {id} from invocation {old}, which is still at work"
                ));
                break;
            }
        }
        let by = write.by;
        if write.state == "claimed" {
            self.takes_up(by, &write.ids);
        }
        for id in &write.ids {
            self.table.insert(id.clone(), write.clone());
        }
        self.of_mut(by).into_iter().for_each(|invocation| invocation.writes.push(write.clone()));
    }

    /// What is wrong about a record that takes the place of the ones before it.
    fn contradiction(&self, write: &Write) -> Option<String> {
        let mut before: Vec<&Write> = Vec::new();
        for record in write.ids.iter().filter_map(|id| self.table.get(id)) {
            let same =
                |it: &&Write| (&it.owner, &it.state, &it.ids) == (&record.owner, &record.state, &record.ids);
            if !before.iter().any(same) {
                before.push(record);
            }
        }
        let had = |state: &str| before.iter().any(|it| it.state == state);
        let is_own = |state: &str| before.iter().any(|it| it.state == state && it.owner == write.owner);
        let doubts: u64 = before.iter().map(|it| it.count).sum();
        if had("posted") && write.state != "posted" {
            return Some("and a message stands".to_owned());
        }
        let insists = self.of(write.by).is_some_and(|by| by.insists);
        if had("withheld") && write.state == "claimed" && !insists {
            return Some("and no message is wanted".to_owned());
        }
        let wanted = match write.state.as_str() {
            "claimed" => doubts + 1,
            "posted" => {
                let posted = |it: &Invocation| {
                    it.posts.iter().any(|post| write.ids.contains(&post.id) && post.reply.is_success())
                };
                let stands = had("posted") || self.of(write.by).is_some_and(posted);
                return (!stands).then(|| "and knows of no message".to_owned());
            }
            // The ids of one request get the same record.
            "withheld" if is_own("withheld") => return None,
            _ if !is_own("claimed") => return Some("and the claim is not its own".to_owned()),
            "in-doubt" if !self.has_posted(write) => return Some("and posted nothing".to_owned()),
            "in-doubt" => doubts,
            _ => doubts.saturating_sub(1),
        };
        (write.count != wanted).then(|| format!("with the count {}, where {wanted} is right", write.count))
    }

    /// Whether the invocation of this record sent a post on its request.
    fn has_posted(&self, write: &Write) -> bool {
        self.of(write.by).is_some_and(|by| by.posts.iter().any(|post| write.ids.contains(&post.id)))
    }

    /// A line that the program writes, or a text that it answers.
    pub(crate) fn writes_line(&mut self, line: &str) {
        let found = self.secrets.iter().find(|secret| line.contains(secret.as_str())).cloned();
        let other = ["@", "%40", "Zqproxy", "SSWS ", "Bearer ", "DPoP ", "eyJ"]
            .into_iter()
            .find(|mark| line.contains(mark));
        if let Some(found) = found.or(other.map(str::to_owned)) {
            self.breaks(format!("a line holds {found:?}: {line}"));
        }
    }
}
