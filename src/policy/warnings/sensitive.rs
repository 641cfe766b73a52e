//! Which attributes of people are more personal than a decision about access needs.

/// Attributes whose names contain one of these words are more personal than a decision about access needs.
/// The words cover the base profile (Okta API reference, "Users", `profile`) and common custom attributes.
/// They are compared in lower case, without separators.
const SENSITIVE: [&str; 23] = [
    "secondemail",
    "phone",
    "street",
    "postal",
    "zipcode",
    "city",
    "employeenumber",
    "birth",
    "gender",
    "salary",
    "ssn",
    "nationalid",
    "passport",
    "religion",
    "ethnic",
    "marital",
    "disab",
    "iban",
    "homeaddress",
    "emergency",
    "risk",
    "honorific",
    "personal",
];

/// Whether the name of an attribute says that it is one of them.
pub(super) fn is_sensitive(attribute: &str) -> bool {
    let plain: String = attribute.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    plain == "state" || SENSITIVE.iter().any(|part| plain.contains(part))
}
