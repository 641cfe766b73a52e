//! Checks that an Okta org answers at `OKTA_ORG_URL`, and that its clock agrees with this machine's.

use std::time::Duration;

use jiff::SignedDuration;
use okta_request_enricher::okta::{OktaError, OrgUrl, Organization};
use okta_request_enricher::surroundings::Surroundings;

use super::check::Check;
use super::findings::Findings;
use super::time_limit::deadline;

/// Okta refuses nothing for a clock that differs by less.
const CLOCK_WARN: Duration = Duration::from_secs(30);
/// Okta refuses what a service app signs by a clock that differs by more: assertions live for five minutes.
const CLOCK_FAIL: Duration = Duration::from_mins(5);

/// Whether the clocks agree, so that Okta accepts what this machine signs; `None` if the org can't be
/// reached.
pub(super) async fn check(
    surroundings: &Surroundings,
    org: &OrgUrl,
    findings: &mut Findings<'_>,
) -> Option<bool> {
    let organization = match Box::pin(Organization::ask(surroundings, org, deadline())).await {
        Ok(organization) => organization,
        Err(error) => {
            findings.add(unreachable(&error));
            return None;
        }
    };
    let host = organization.host.map(|host| format!(" ({host})")).unwrap_or_default();
    let engine = match organization.pipeline.as_deref() {
        Some("idx") => ", Identity Engine",
        Some("v1") => ", Classic Engine",
        _ => "",
    };
    findings.add(Check::ok("org", format!("{org} is the org {}{host}{engine}", organization.id)));
    let (check, agrees) = clock(organization.clock_ahead);
    findings.add(check);
    Some(agrees)
}

fn unreachable(error: &OktaError) -> Check {
    let remedy = match error {
        OktaError::Unreachable { .. } | OktaError::TimedOut { .. } => {
            "check OKTA_ORG_URL and the proxy (HTTPS_PROXY, NO_PROXY); if a proxy opens TLS, give its root certificate in \
             SSL_CERT_FILE"
        }
        OktaError::NotFound { .. } | OktaError::Unreadable { .. } => {
            "check OKTA_ORG_URL: no Okta org answers there, or something in front of it answers instead"
        }
        other => other.remedy().unwrap_or("run this again; see https://status.okta.com"),
    };
    let detail = match error {
        OktaError::NotFound { call, answer } => format!("{call}: {answer}"),
        other => other.to_string(),
    };
    Check::fail("org", detail, remedy)
}

/// `ahead`: by how much Okta's clock is ahead of this machine's.
fn clock(ahead: Option<SignedDuration>) -> (Check, bool) {
    let Some(ahead) = ahead else { return (Check::skipped("clock", "Okta's answer has no date"), true) };
    let (gap, seconds) = (ahead.unsigned_abs(), ahead.unsigned_abs().as_secs());
    let side = if ahead.is_negative() { "ahead of" } else { "behind" };
    let detail = format!("this machine's clock is {seconds} s {side} Okta's");
    let remedy = "set it from the network (NTP); Lambda's own clock is set by AWS";
    if gap > CLOCK_FAIL {
        let detail = format!("{detail}: Okta refuses what a service app signs here");
        (Check::fail("clock", detail, remedy), false)
    } else if gap > CLOCK_WARN {
        (Check::warn("clock", detail, remedy), false)
    } else {
        (Check::ok("clock", "this machine's clock agrees with Okta's"), true)
    }
}
