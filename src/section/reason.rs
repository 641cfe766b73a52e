//! Why a call failed, in a few words of a message.

use crate::okta::OktaError;
use crate::words::{Piece, Term};

/// The error in a few words: no ids, no remedy.
#[must_use]
pub fn in_brief(error: &OktaError) -> Piece {
    let word = match error {
        OktaError::Token(error) => return in_brief(error),
        OktaError::Secret(_)
        | OktaError::InvalidClient { .. }
        | OktaError::InvalidScope { .. }
        | OktaError::NoScopeGranted { .. }
        | OktaError::NoRandomness => Term::NoCredential,
        OktaError::NetworkZone { .. } => Term::NetworkRefused,
        OktaError::FeatureMissing { call, .. } => {
            let feature = if call.contains(" /governance/") {
                Piece::Plain("Okta Identity Governance".to_owned())
            } else {
                Term::SomeFeature.into()
            };
            return Piece::said(Term::FeatureMissing, [feature]);
        }
        OktaError::Redirected { .. } => Term::OtherAddress,
        OktaError::ReadOnly { .. } => Term::ReadOnlyMode,
        OktaError::Unauthorized { answer, .. }
        | OktaError::NotFound { answer, .. }
        | OktaError::Conflict { answer, .. }
        | OktaError::BadQuery { answer, .. }
        | OktaError::Refused { answer, .. }
        | OktaError::Unavailable { answer, .. } => {
            return Piece::said(Term::OktaAnswered, [Piece::Plain(answer.status.to_string())]);
        }
        OktaError::Forbidden { scope: Some(scope), .. } => {
            return Piece::said(Term::ScopeMissing, [Piece::Plain(scope.clone())]);
        }
        OktaError::NotGranted { scope, .. } => {
            return Piece::said(Term::ScopeMissing, [Piece::Plain((*scope).to_owned())]);
        }
        OktaError::Forbidden { scope: None, role: Some(role), .. } => {
            return Piece::said(Term::RoleMissing, [Piece::Plain(role.name().to_owned())]);
        }
        OktaError::Forbidden { scope: None, role: None, .. } => Term::NoRight,
        OktaError::RateLimited { .. } | OktaError::OverLimit { .. } => Term::RateLimited,
        OktaError::Unreadable { .. } => Term::AnswerUnreadable,
        OktaError::Unreachable { .. } => Term::NoAnswerFromOkta,
        OktaError::TimedOut { .. } | OktaError::OutOfTime { .. } => Term::NoAnswerInTime,
    };
    word.into()
}
