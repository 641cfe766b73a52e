//! [`Orn`]: an Okta resource name, by which the Identity Governance API names what is labelled (Okta API
//! reference, "Roles", "Okta resource name (ORN)").

use super::asked::{Asked, AskedKind};
use super::catalog::is_path_id;
use super::error::OktaError;
use super::organization::Organization;
use super::thing::{BundleContents, Contents, Thing};

/// A resource name. It is safe within the quotes of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Orn(String);

impl Orn {
    /// The name of a group, app or bundle; `None` if it has none, or `thing` has to say it and does not. Fails if the
    /// name needs the org, and that could not be read.
    pub(super) fn of(
        asked: &Asked,
        thing: Option<&Thing>,
        org: Result<Organization, OktaError>,
    ) -> Result<Option<Orn>, OktaError> {
        let id = &asked.id;
        if !is_path_id(id) {
            return Ok(None);
        }
        let name = match (asked.kind, thing.map(|thing| &thing.contents)) {
            (AskedKind::Group, _) => {
                org.map(|org| format!("orn:{}:directory:{}:groups:{id}", partition(&org), org.id))?
            }
            (AskedKind::App, Some(Contents::App { technical_name: Some(name) })) => {
                org.map(|org| format!("orn:{}:idp:{}:apps:{name}:{id}", partition(&org), org.id))?
            }
            (AskedKind::Bundle, Some(Contents::Bundle(BundleContents { orn: Some(orn), .. }))) => orn.clone(),
            // Bundles of preview orgs are in this partition, too.
            (AskedKind::Bundle, _) => {
                org.map(|org| format!("orn:okta:governance:{}:entitlement-bundles:{id}", org.id))?
            }
            (AskedKind::App | AskedKind::RequestType | AskedKind::Other, _) => return Ok(None),
        };
        Ok(Orn::parse(name))
    }

    fn parse(text: String) -> Option<Orn> {
        let safe = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        (safe && text.starts_with("orn:") && text.len() <= 300).then_some(Orn(text))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The first part of the names in this org.
fn partition(org: &Organization) -> &'static str {
    let is_preview = org.host.as_deref().is_some_and(|host| host.ends_with(".oktapreview.com"));
    if is_preview { "oktapreview" } else { "okta" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_name_and_no_name_ends_a_filter() {
        let org = |host: &str| Organization {
            id: "00o1".to_owned(),
            host: Some(host.to_owned()),
            pipeline: None,
            clock_ahead: None,
        };
        let orn = |kind, id: &str, contents: Option<Contents>, host| {
            let asked = Asked { kind, id: id.to_owned(), name: None, place: None };
            let thing = contents.map(|contents| Thing { name: String::new(), contents });
            Orn::of(&asked, thing.as_ref(), Ok(org(host))).unwrap().map(|orn| orn.0)
        };
        let app = |name: &str| Some(Contents::App { technical_name: Some(name.to_owned()) });
        let bundle = |orn: &str| {
            Some(Contents::Bundle(BundleContents { orn: Some(orn.to_owned()), ..BundleContents::default() }))
        };
        let (own, preview) = ("acme.okta.com", "acme.oktapreview.com");
        let is = |orn: Option<String>, text: &str| assert_eq!(orn.as_deref(), Some(text));
        is(orn(AskedKind::Group, "00g1", None, own), "orn:okta:directory:00o1:groups:00g1");
        is(orn(AskedKind::Group, "00g1", None, preview), "orn:oktapreview:directory:00o1:groups:00g1");
        is(orn(AskedKind::App, "0oa1", app("sap_s4hana"), own), "orn:okta:idp:00o1:apps:sap_s4hana:0oa1");
        is(orn(AskedKind::Bundle, "enb1", bundle("orn:okta:x:enb1"), own), "orn:okta:x:enb1");
        is(
            orn(AskedKind::Bundle, "enb1", None, preview),
            "orn:okta:governance:00o1:entitlement-bundles:enb1",
        );
        for (kind, id, contents) in [
            (AskedKind::App, "0oa1", None),
            (AskedKind::App, "0oa1", app("x\" or orn pr")),
            (AskedKind::Bundle, "enb1", bundle("x\"")),
            (AskedKind::Group, "00g1\"", None),
            (AskedKind::Other, "x", None),
        ] {
            assert_eq!(orn(kind, id, contents, own), None, "{kind:?} {id}");
        }
    }
}
