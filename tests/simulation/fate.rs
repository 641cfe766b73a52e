//! [`Fate`]: what becomes of a call on its way, by the weather.

use std::time::Duration;

use okta_simulator::FaultKind;
use okta_simulator::doubles::{AwsFault, EventsFault, LedgerFault, SecretFault};

use super::call::Kind;
use super::oracle::dice::Dice;
use super::scene::Scene;

/// What happens to a call.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    Arrives,
    /// Never sent.
    Refused,
    /// Sent, and lost on the way.
    LostBefore,
    /// Done, and the connection breaks.
    LostAfter,
    /// Done, and no answer ever comes.
    AnswerLost,
    /// Done, and the answer is slow.
    Slow(Duration),
    /// Never answered, and done only later, if at all.
    Late(Duration),
    /// Something in front of Okta answers with this status and a page. The call does not arrive.
    Proxy(u16),
    /// Done, and the answer lacks its second half without a sign of it.
    Shortened,
    /// The service itself fails like this.
    Okta(FaultKind),
    Aws(AwsFault),
    /// A bug of the program's own.
    Panic,
}

impl Fate {
    /// Whether the answer says that Okta does not accept the credential, which is not true.
    pub(super) fn refuses_credential(&self) -> bool {
        matches!(self, Fate::Okta(FaultKind::Status { status: 401, .. }))
    }

    /// Whether the answer may be a success of which Okta knows nothing.
    pub(super) fn makes_up_an_answer(&self) -> bool {
        matches!(
            self,
            Fate::Okta(FaultKind::Truncated | FaultKind::Html | FaultKind::Garbage | FaultKind::Empty)
        )
    }

    /// What becomes of this call now.
    pub(super) fn of(scene: &Scene, kind: &Kind, name: &str) -> Fate {
        let rates = scene.rates();
        let rights = scene.rights;
        if name.starts_with("GET /governance/api/v2/requests?") && scene.elapsed() < rights.newer_from
            || name.starts_with("GET /governance/api/v1/requests?") && rights.lacks_older
        {
            return Fate::Okta(FaultKind::Status { status: 403, after: false });
        }
        if rates.is_read_only && matches!(kind, Kind::Post { .. } | Kind::Probe) {
            let code = "E0000010".to_owned();
            return Fate::Okta(FaultKind::Error { status: 503, code, description: None });
        }
        let truth = scene.truth();
        let has_two_ids = |name: &str| truth.with_two_ids.iter().any(|id| name.ends_with(id.as_str()));
        let mut dice = scene.dice();
        let rate = match kind {
            Kind::Read => rates.reads,
            Kind::Token => rates.tokens,
            Kind::Post { .. } | Kind::Probe => rates.posts,
            Kind::Table => rates.table,
            Kind::Secret => rates.secret,
            Kind::Bus { .. } => rates.bus,
        };
        if !dice.chance(rate) {
            return Fate::Arrives;
        }
        match kind {
            // What Okta refuses for good of requests decides under which id one is known.
            Kind::Read => of_read(&mut dice, name.contains("/requests?") || has_two_ids(name)),
            Kind::Token => of_read(&mut dice, false),
            Kind::Post { .. } | Kind::Probe => of_post(&mut dice),
            Kind::Table => of_aws(&mut dice, |dice| {
                AwsFault::Ledger(dice.of(&[
                    LedgerFault::Throttled,
                    LedgerFault::Throttled,
                    LedgerFault::Conflict,
                    LedgerFault::Internal,
                    LedgerFault::InternalAfterWrite,
                    LedgerFault::Hangs,
                ]))
            }),
            Kind::Secret => of_aws(&mut dice, |dice| AwsFault::Secret(secret_fault(dice))),
            Kind::Bus { .. } => of_aws(&mut dice, |dice| AwsFault::Events(bus_fault(dice))),
        }
    }
}

fn secret_fault(dice: &mut Dice) -> SecretFault {
    dice.of(&[SecretFault::Hangs, SecretFault::Throttled, SecretFault::Internal])
}

fn bus_fault(dice: &mut Dice) -> EventsFault {
    dice.of(&[EventsFault::Hangs, EventsFault::Internal])
}

fn of_read(dice: &mut Dice, passes: bool) -> Fate {
    let window = Duration::from_secs(dice.of(&[1, 5, 30, 60]));
    match dice.below(24) {
        0 => Fate::Refused,
        1 => Fate::LostBefore,
        2 => Fate::LostAfter,
        3 => Fate::AnswerLost,
        4 => Fate::Okta(FaultKind::Hang),
        5 | 6 => Fate::Slow(Duration::from_millis(dice.of(&[500, 3000, 6000, 20_000]))),
        7 => Fate::Okta(FaultKind::RateLimited(window)),
        8 => Fate::Okta(FaultKind::Concurrency),
        9 => Fate::Okta(FaultKind::Garbage),
        10 => Fate::Okta(FaultKind::Empty),
        11 => Fate::Okta(FaultKind::Html),
        12 => Fate::Okta(FaultKind::Truncated),
        13 => Fate::Okta(FaultKind::PlainText),
        14 => Fate::Okta(FaultKind::Bare),
        16 => Fate::Shortened,
        17 if !passes => Fate::Proxy(dice.of(&[400, 403, 404, 502, 503])),
        15 if dice.chance(20) => Fate::Panic,
        _ => {
            let statuses: &[u16] = if passes {
                &[429, 500, 502, 503, 504]
            } else {
                &[400, 401, 403, 404, 409, 429, 500, 500, 502, 503, 503, 504]
            };
            let status = dice.of(statuses);
            Fate::Okta(FaultKind::Status { status, after: false })
        }
    }
}

fn of_post(dice: &mut Dice) -> Fate {
    let window = Duration::from_secs(dice.of(&[1, 5, 30, 60]));
    match dice.below(24) {
        0 | 1 => Fate::Refused,
        2 => Fate::LostBefore,
        3 | 4 => Fate::LostAfter,
        5 => Fate::AnswerLost,
        6 => Fate::Okta(FaultKind::Hang),
        7 => Fate::Late(Duration::from_secs(dice.of(&[5, 35, 100, 400]))),
        8 => Fate::Slow(Duration::from_millis(dice.of(&[500, 5000, 25_000, 40_000]))),
        9 if dice.chance(50) => Fate::Proxy(dice.of(&[400, 403, 404, 502, 503])),
        9 => Fate::Okta(FaultKind::RateLimited(window)),
        10 => Fate::Okta(FaultKind::Concurrency),
        11 => Fate::Okta(FaultKind::Error { status: 503, code: "E0000010".to_owned(), description: None }),
        12 => Fate::Okta(dice.of(&[
            FaultKind::Truncated,
            FaultKind::Html,
            FaultKind::Garbage,
            FaultKind::Empty,
        ])),
        13 if dice.chance(20) => Fate::Panic,
        14..17 => Fate::Okta(FaultKind::Status {
            status: dice.of(&[400, 401, 403, 404, 408, 409, 429]),
            after: false,
        }),
        _ => {
            let after = dice.chance(50);
            Fate::Okta(FaultKind::Status { status: dice.of(&[500, 502, 503, 504]), after })
        }
    }
}

fn of_aws(dice: &mut Dice, fault: impl FnOnce(&mut Dice) -> AwsFault) -> Fate {
    match dice.below(14) {
        0 => Fate::Refused,
        1 => Fate::LostBefore,
        2 => Fate::LostAfter,
        3 => Fate::AnswerLost,
        4 => Fate::Late(Duration::from_millis(dice.of(&[200, 2000, 8000, 70_000, 200_000]))),
        _ => Fate::Aws(fault(dice)),
    }
}
