//! Which calls of Okta's API a policy needs: for the scopes to ask for, and for `enricher doctor`.

use super::{access, combinations, end_date, request};
use crate::okta::endpoint::Endpoint;
use crate::policy::{Policy, Posting};
use crate::section::{Source, sources};

macro_rules! endpoints_of_modules {
    ($($(#[$doc:meta])* $variant:ident $module:ident [$($fact:literal),*],)*) => {
        impl Source {
            /// The calls that it makes, besides the one for the person.
            fn endpoints(self) -> &'static [Endpoint] {
                match self {
                    $(Source::$variant => super::$module::ENDPOINTS,)*
                }
            }
        }
    };
}
sources!(endpoints_of_modules);

/// The calls of messages by this policy, for the scopes to ask for.
#[must_use]
pub fn endpoints(policy: &Policy, dry_run: bool) -> Vec<Endpoint> {
    let posts = [Endpoint::MessageV1, Endpoint::MessageV2];
    let always = [Endpoint::User, Endpoint::RequestV1, Endpoint::RequestV2, Endpoint::RequestsV2];
    let posts_some = policy.rules.iter().filter(|rule| rule.message != Posting::None);
    let views = posts_some.flat_map(|rule| [rule.view(false), rule.view(true)]);
    let of_sections = views.flat_map(|view| &view.shows.sections).flat_map(|source| calls(*source, policy));
    let of_sections: Vec<_> = of_sections.collect();
    let reads_request = of_sections.contains(&Endpoint::RequestV2);
    always
        .into_iter()
        .chain(of_matches(policy))
        .chain(of_sections)
        .chain(request::NAMES.iter().copied().filter(|_| reads_request))
        .chain(posts.into_iter().filter(|_| !dry_run))
        .collect()
}

/// The calls without which a rule of this policy posts nothing.
#[must_use]
pub fn required_endpoints(policy: &Policy) -> Vec<Endpoint> {
    let posts_some = policy.rules.iter().filter(|rule| rule.message != Posting::None);
    let required = posts_some.flat_map(|rule| &rule.required);
    let always = [Endpoint::User, Endpoint::MessageV1, Endpoint::MessageV2];
    always
        .into_iter()
        .chain(of_matches(policy))
        .chain(required.flat_map(|source| calls(*source, policy)))
        .collect()
}

/// The calls that rules match on, besides the one for the person.
fn of_matches(policy: &Policy) -> Option<Endpoint> {
    policy.rules.iter().any(|rule| rule.matches.asks_for_groups()).then_some(Endpoint::UserGroups)
}

/// The calls of a source under this policy.
fn calls(source: Source, policy: &Policy) -> impl Iterator<Item = Endpoint> {
    let more = match source {
        Source::Sod if !policy.toxic_combinations.is_empty() => combinations::ENDPOINTS,
        Source::Access if policy.rules.iter().any(|rule| rule.grants) => access::OF_GRANTS,
        Source::Profile if policy.rules.iter().any(|rule| rule.end_date.is_some()) => end_date::ENDPOINTS,
        _ => &[],
    };
    source.endpoints().iter().chain(more).copied()
}
