//! Makes the message of a request, or says why there is none.

use super::stop::Stop;
use crate::degradation::Degradation;
use crate::enrichment::{self, Facts, GatherError, Gathered, Gathering};
use crate::error::Error;
use crate::findings::Findings;
use crate::outcome::{Prepared, Reached, SkipReason};

/// Why there is no message, and what was reached before.
pub(super) struct Unprepared {
    pub(super) stop: Stop,
    pub(super) reached: Option<Reached>,
}

impl<S: Into<Stop>> From<S> for Unprepared {
    fn from(stop: S) -> Unprepared {
        Unprepared { stop: stop.into(), reached: None }
    }
}

/// Makes the message. Reads, and changes nothing.
pub(super) async fn prepare(gathering: Gathering<'_>) -> Result<Prepared, Unprepared> {
    let young = gathering.event.is_young(gathering.now);
    let gathered: Result<Gathered, GatherError> = enrichment::gather(gathering).await;
    match gathered.map_err(|error| Error::of_gathering(error, young))? {
        Gathered::Closed(status) => Err(SkipReason::Closed(status).into()),
        Gathered::Facts(Facts { content, by_stranger }) => {
            let (degraded, findings) = (Degradation::of(&content.sections), Findings::of(&content));
            match gathering.rule.view(by_stranger).template.render(&content, &gathering.policy.words) {
                Ok(message) => Ok(Prepared { message, degraded, findings }),
                Err(error) => {
                    let reached = Some(Reached::Gathered { degraded, findings });
                    Err(Unprepared { stop: error.into(), reached })
                }
            }
        }
    }
}
