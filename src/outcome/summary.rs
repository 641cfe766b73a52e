//! [`Summary`]: what identifies an attempt, as JSON, without personal data.

use serde::Serialize;

use crate::policy_file::Fingerprint;
use crate::request::Api;
use crate::text;

/// What log line and outcome event have in common.
#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    pub(super) outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api: Option<Api>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolution: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system_log_uuid: Option<&'a str>,
    /// Null if the policy file can't be read.
    pub(super) policy: Option<Fingerprint>,
    pub(super) lambda_request_id: &'a str,
}

/// As JSON that a terminal or a viewer of logs can show. Texts, numbers, lists and maps of them can always be
/// written.
pub(crate) fn json_text(value: &impl Serialize) -> String {
    text::printable_json(&serde_json::to_string(value).unwrap_or_default())
}
