//! What an author probably meant by an attribute's name that no user has. Pure.

use okta_request_enricher::okta::UserSchema;
use okta_request_enricher::text;

/// Prefixes of Okta's expression language. A policy writes the variable name alone.
const PREFIXES: [&str; 3] = ["user.profile.", "user.", "profile."];

/// The variable name that comes closest; `None` if none is close. The Profile Editor shows another name beside the
/// variable name, which authors take for it.
pub(super) fn closest<'a>(name: &str, schemas: &[&'a UserSchema]) -> Option<&'a str> {
    let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    let wanted = plain(bare);
    if wanted.is_empty() {
        return None;
    }
    let attributes = || schemas.iter().flat_map(|schema| &schema.0);
    let same = attributes().find(|(variable, attribute)| {
        plain(variable) == wanted || attribute.title.as_deref().is_some_and(|title| plain(title) == wanted)
    });
    let near = || text::nearest(bare, attributes().map(|(variable, _)| variable.as_str()));
    same.map(|(variable, _)| variable.as_str()).or_else(near)
}

/// Letters and digits in lower case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use okta_request_enricher::okta::AttributeDefinition;

    use super::*;

    #[test]
    fn the_name_that_was_meant_is_suggested() {
        let titled = |title: &str| AttributeDefinition { title: Some(title.to_owned()), kind: None };
        let schema = UserSchema(
            [("costCenter", "Cost center"), ("zipCode", "Postal code"), ("title", "Title"), ("city", "City")]
                .map(|(name, title)| (name.to_owned(), titled(title)))
                .into(),
        );
        for (written, meant) in [
            ("user.costCenter", Some("costCenter")),
            ("Cost Center", Some("costCenter")),
            ("cost_center", Some("costCenter")),
            ("costCentre", Some("costCenter")),
            ("Postal Code", Some("zipCode")),
            ("tilte", Some("title")),
            ("citi", Some("city")),
            ("badge", None),
            ("", None),
            ("user.", None),
        ] {
            assert_eq!(closest(written, &[&schema]), meant, "{written}");
        }
    }
}
