//! [`Code`]: the stable name of a failure. Programs and alarms can rely on it; texts may change.

use std::fmt;

/// Declares the codes once: the enum, the list of all, and their names.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kind of a failure. Failures have different codes if an operator does something different about
        /// them. `docs/operations.md` lists the codes, with what to do about each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All codes, in the order of `docs/operations.md`.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The code as logs, outcome events and error messages contain it. A released name never changes.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// The environment variables or the policy file are wrong.
    ConfigInvalid = "config-invalid",
    /// `SSL_CERT_FILE` names no usable file.
    RootsUnusable = "roots-unusable",
    /// The TLS library refused its configuration: a bug.
    HttpsUnusable = "https-unusable",
    /// The payload is not JSON.
    EventNotJson = "event-not-json",
    /// The payload is not an EventBridge event with a System Log event in it.
    EventNotAnEnvelope = "event-not-an-envelope",
    /// The event does not name an access request.
    EventWithoutRequestId = "event-without-request-id",
    /// The event names two access requests.
    EventWithTwoRequestIds = "event-with-two-request-ids",
    /// Neither the event nor the request names the Okta user who gets the access.
    SubjectUnknown = "subject-unknown",
    /// A check of a section that the rule requires was not made.
    SectionRequired = "section-required",
    /// The rule's template failed.
    TemplateFailed = "template-failed",
    /// Secrets Manager did not answer.
    SecretUnreachable = "secret-unreachable",
    /// Secrets Manager refused to return the secret.
    SecretRefused = "secret-refused",
    /// The secret holds no usable credential.
    SecretMalformed = "secret-malformed",
    /// DynamoDB did not answer.
    LedgerUnreachable = "ledger-unreachable",
    /// DynamoDB refused the call.
    LedgerRefused = "ledger-refused",
    /// The ledger table holds an item that this program did not write.
    LedgerMalformed = "ledger-malformed",
    /// Another attempt works on the same request.
    RequestInProgress = "request-in-progress",
    /// Two earlier attempts may have posted their messages.
    MayAlreadyStand = "may-already-stand",
    /// An earlier attempt may have posted, and Okta's message endpoint does not answer as it should.
    PostHeldBack = "post-held-back",
    /// Okta refused the credential (401).
    OktaUnauthorized = "okta-unauthorized",
    /// Okta does not know the service app or its key.
    OktaClientRefused = "okta-client-refused",
    /// Okta's clock and this machine's differ too much.
    OktaClockDiffers = "okta-clock-differs",
    /// Okta takes no calls of the credential from this network.
    OktaNetworkZone = "okta-network-zone",
    /// The org lacks the feature that the call belongs to, such as Okta Identity Governance.
    OktaFeatureMissing = "okta-feature-missing",
    /// `OKTA_ORG_URL` redirects to another address.
    OktaRedirected = "okta-redirected",
    /// The service app lacks an OAuth scope.
    OktaScopeMissing = "okta-scope-missing",
    /// The credential lacks an admin role (403).
    OktaForbidden = "okta-forbidden",
    /// Okta does not have the thing, or the credential may not see it (404).
    OktaNotFound = "okta-not-found",
    /// The request's state does not allow the call (409).
    OktaConflict = "okta-conflict",
    /// Okta does not take a filter, cursor, limit or order: a bug.
    OktaBadQuery = "okta-bad-query",
    /// Okta refused the call for another reason (other 4xx).
    OktaRefused = "okta-refused",
    /// A rate limit of Okta is used up (429), or the call was not sent because it would be.
    OktaRateLimited = "okta-rate-limited",
    /// Okta is in read-only mode, and has done nothing.
    OktaReadOnly = "okta-read-only",
    /// Okta had a failure of its own (5xx).
    OktaUnavailable = "okta-unavailable",
    /// Okta's answer can't be read.
    OktaUnreadable = "okta-unreadable",
    /// There was no connection to Okta, or it broke.
    OktaUnreachable = "okta-unreachable",
    /// Okta did not answer in time.
    OktaTimedOut = "okta-timed-out",
    /// The invocation's time was used up before a call could be sent.
    OutOfTime = "out-of-time",
    /// The system has no random numbers.
    NoRandomness = "no-randomness",
    /// The program panicked: a bug.
    Panicked = "panicked",
}

impl Code {
    /// The code at the end of an `errorMessage`, as [`Error::message`](super::Error::message) writes it.
    #[must_use]
    pub fn of_message(message: &str) -> Option<Code> {
        let (_, name) = message.trim_end().strip_suffix(']')?.rsplit_once(" [")?;
        Code::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_from_the_end_of_a_message_and_nowhere_else() {
        for code in Code::ALL {
            assert_eq!(Code::of_message(&format!("it failed; do [this] [{code}]")), Some(*code));
        }
        for text in ["", "panicked", "[panicked]", "it failed [panicked] here", "it failed [unknown]"] {
            assert_eq!(Code::of_message(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_is_kebab_case_and_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
