//! What follows from each [`OktaError`] for the call, the attempt and the credential.

use super::OktaError;

impl OktaError {
    /// Whether a right is missing, so that a call with fewer rights may give the same.
    #[must_use]
    pub fn is_of_rights(&self) -> bool {
        matches!(self, OktaError::Forbidden { .. } | OktaError::NotGranted { .. })
    }

    /// Whether the call certainly changed nothing at Okta: it was never sent, or Okta refused it before doing
    /// anything.
    #[must_use]
    pub fn nothing_was_done(&self) -> bool {
        match self {
            OktaError::Secret(_)
            | OktaError::Token(_)
            | OktaError::NoRandomness
            | OktaError::OutOfTime { .. }
            | OktaError::OverLimit { .. }
            | OktaError::InvalidClient { .. }
            | OktaError::InvalidScope { .. }
            | OktaError::NoScopeGranted { .. }
            | OktaError::NetworkZone { .. }
            | OktaError::FeatureMissing { .. }
            | OktaError::Redirected { .. }
            | OktaError::BadQuery { .. }
            | OktaError::ReadOnly { .. }
            | OktaError::Unauthorized { .. }
            | OktaError::Forbidden { .. }
            | OktaError::NotGranted { .. }
            | OktaError::NotFound { .. }
            | OktaError::Conflict { .. }
            | OktaError::Refused { .. }
            | OktaError::RateLimited { .. } => true,
            OktaError::Unreachable { sent, .. } => !sent,
            OktaError::Unavailable { .. } | OktaError::TimedOut { .. } | OktaError::Unreadable { .. } => {
                false
            }
        }
    }

    /// Okta's id of an exchange that failed and may be tried again.
    pub(crate) fn okta_request_id(&self) -> Option<&str> {
        match self {
            OktaError::RateLimited { answer, .. }
            | OktaError::ReadOnly { answer, .. }
            | OktaError::Unavailable { answer, .. } => answer.request_id.as_deref(),
            _ => None,
        }
    }

    /// Whether the token endpoint refused the scopes, and may grant others.
    pub(crate) fn refuses_scopes(&self) -> bool {
        matches!(self, OktaError::InvalidScope { .. } | OktaError::NoScopeGranted { .. })
    }

    /// Whether Okta answered to a call for a token, and will answer the same for as long as nobody changes
    /// anything.
    pub(crate) fn is_lasting_answer(&self) -> bool {
        matches!(
            self,
            OktaError::InvalidClient { .. }
                | OktaError::InvalidScope { .. }
                | OktaError::NoScopeGranted { .. }
                | OktaError::NetworkZone { .. }
                | OktaError::FeatureMissing { .. }
                | OktaError::Redirected { .. }
                | OktaError::Unauthorized { .. }
                | OktaError::Forbidden { .. }
                | OktaError::NotFound { .. }
                | OktaError::Conflict { .. }
                | OktaError::BadQuery { .. }
                | OktaError::Refused { .. }
        )
    }

    /// Whether Okta answered, in time for every caller that waited for the answer.
    pub(crate) fn is_answer(&self) -> bool {
        self.is_lasting_answer()
            || matches!(
                self,
                OktaError::ReadOnly { .. } | OktaError::Unavailable { .. } | OktaError::Unreadable { .. }
            )
    }

    /// Whether Okta refused the call itself, after it had accepted the credential.
    pub(crate) fn knows_the_caller(&self) -> bool {
        matches!(self, OktaError::Forbidden { .. } | OktaError::NotFound { .. } | OktaError::Conflict { .. })
    }

    /// Whether it is the 401 of a list, as [`OktaError::of_closed_list`] reports it.
    pub(in crate::okta) fn is_closed_list(&self) -> bool {
        matches!(self, OktaError::Forbidden { answer, .. } if answer.status == 401)
    }

    /// The 401 of a list that Okta does not show to this credential: it is not about the credential itself.
    pub(crate) fn of_closed_list(self) -> OktaError {
        match self {
            OktaError::Unauthorized { call, answer } => {
                OktaError::Forbidden { call, answer, scope: None, role: None }
            }
            other => other,
        }
    }
}
