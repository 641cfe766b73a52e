//! The [`Selection`] decides which letters a run takes.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use okta_request_enricher::request::RequestId;

use super::failure_record::LetterClass;
use super::letter::Letter;
use crate::{request_id, time_span};

/// The options that choose letters.
#[derive(Args)]
pub(super) struct Selection {
    /// Take N letters at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Take the letters of this request only; can be given more than once
    #[arg(long, value_name = "REQUEST_ID", value_parser = request_id::parse)]
    request: Vec<RequestId>,
    /// Take letters of this class only; can be given more than once
    #[arg(long, value_name = "CLASS")]
    class: Vec<LetterClass>,
    /// Take letters only that failed longer ago than this: 30m, 6h, 2d
    #[arg(long, value_name = "TIME", value_parser = time_span::parse)]
    older_than: Option<Duration>,
    /// Take letters only that failed since then
    #[arg(long, value_name = "TIME", value_parser = time_span::parse)]
    newer_than: Option<Duration>,
}

impl Selection {
    /// How many letters the run takes at most.
    pub(super) fn limit(&self) -> u64 {
        self.limit.map_or(u64::MAX, u64::from)
    }

    /// Whether the run takes this letter. A letter of unknown age is not taken if an age was asked for.
    pub(super) fn takes(&self, letter: &Letter, now: Timestamp) -> bool {
        let of_request =
            self.request.is_empty() || letter.request_id().is_some_and(|id| self.request.contains(id));
        let of_class =
            self.class.is_empty() || letter.class().is_some_and(|class| self.class.contains(&class));
        let age = letter.failed_at.map(|at| Duration::try_from(now.duration_since(at)).unwrap_or_default());
        let older = self.older_than.is_none_or(|limit| age.is_some_and(|age| age > limit));
        let newer = self.newer_than.is_none_or(|limit| age.is_some_and(|age| age <= limit));
        of_request && of_class && older && newer
    }
}
