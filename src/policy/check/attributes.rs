//! The names of profile attributes. A name that no profile can have shows nothing of anyone, and matches nobody.

use toml::Spanned;

use super::Checker;

/// The base attributes of Okta's user profile (Okta API reference, "User profile").
pub(in crate::policy) const BASE: [&str; 31] = [
    "login",
    "email",
    "secondEmail",
    "firstName",
    "lastName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
    "title",
    "displayName",
    "nickName",
    "profileUrl",
    "primaryPhone",
    "mobilePhone",
    "streetAddress",
    "city",
    "state",
    "zipCode",
    "countryCode",
    "postalAddress",
    "preferredLanguage",
    "locale",
    "timezone",
    "userType",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
    "managerId",
    "manager",
];

/// Whether an attribute can have this variable name. Okta: "Property names should only contain alphanumeric
/// characters and underscores and must not start with a digit"
/// (support.okta.com, "Character Restriction on Okta/Application Attributes").
fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The variable name that was probably meant: without what Okta's expressions have before it, or of the
/// attribute with this display name.
fn meant(name: &str) -> Option<&str> {
    let last = name.trim().rsplit(['.', ':']).next().unwrap_or_default();
    if last.len() < name.len() && !last.is_empty() && is_name(last) {
        return Some(last);
    }
    let letters = |text: &str| text.replace([' ', '-', '_'], "").to_lowercase();
    BASE.into_iter().find(|base| letters(base) == letters(name))
}

impl Checker<'_> {
    /// Reports a name that no attribute can have. `key` says where it stands.
    pub(super) fn attribute_name(&mut self, name: &Spanned<String>, key: &str) {
        let (place, name) = (name.span(), name.get_ref());
        if name.trim().is_empty() {
            let cause = format!("`{key}` has an attribute with an empty name");
            return self.fault(place, &cause, "write its variable name, or delete it");
        }
        if is_name(name) {
            return;
        }
        let cause = format!(
            "`{key}`: no attribute can be called `{name}`: Okta allows letters, digits and `_`, no digit first"
        );
        if let Some(meant) = meant(name) {
            let remedy = format!("write its variable name, `{meant}`");
            return self.reader.replace(place, &cause, &remedy, format!("\"{meant}\""));
        }
        let example = if key == "end_date" { "contractEnd" } else { "costCenter" };
        let remedy =
            format!("write its variable name, which Okta's Profile Editor shows, such as `{example}`");
        self.fault(place, &cause, &remedy);
    }
}
