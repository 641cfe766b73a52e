//! [`Asked`]: an app, group, bundle or other thing that an access request asks for.

use super::catalog::{CatalogPlace, EntryId};

/// The kind of thing that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AskedKind {
    /// An app.
    App,
    /// A group.
    Group,
    /// An entitlement bundle.
    Bundle,
    /// A v1 request type. It stands in for the resource where Okta names none.
    RequestType,
    /// A kind that this program does not know.
    Other,
}

impl AskedKind {
    /// The kind that Okta's word stands for, in v1 or v2. No word, or an unknown one, is
    /// [`AskedKind::Other`].
    #[must_use]
    pub fn of(text: Option<&str>) -> AskedKind {
        match text {
            Some("APPLICATION" | "APP") => AskedKind::App,
            Some("GROUP") => AskedKind::Group,
            Some("ENTITLEMENT_BUNDLE") => AskedKind::Bundle,
            Some("REQUEST_TYPE") => AskedKind::RequestType,
            _ => AskedKind::Other,
        }
    }

    /// The label before its name in a message.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            AskedKind::App => "App",
            AskedKind::Group => "Group",
            AskedKind::Bundle => "Bundle",
            AskedKind::RequestType => "Request type",
            AskedKind::Other => "Scope",
        }
    }
}

/// A thing that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its kind.
    pub kind: AskedKind,
    /// Its id in Okta; untrusted text.
    pub id: String,
    /// Its name, if the request contains it.
    pub name: Option<String>,
    /// Where the access catalog has its name; `None` if the request does not say.
    pub place: Option<CatalogPlace>,
}

/// Notes where the catalog has the names of a v2 request: its entry is about what is asked for, so about the
/// scope if there is one. Okta repeats a resource without parts as its own scope.
pub(super) fn place(resource: &mut Option<Asked>, scope: &mut Option<Asked>, entry: Option<EntryId>) {
    let Some(entry) = entry else { return };
    let part = scope.as_mut().filter(|scope| resource.as_ref().is_none_or(|whole| whole.id != scope.id));
    let of_resource = match part {
        Some(part) => {
            part.place = Some(CatalogPlace::Entry(entry.clone()));
            CatalogPlace::Above(entry)
        }
        None => CatalogPlace::Entry(entry),
    };
    if let Some(resource) = resource {
        resource.place = Some(of_resource);
    }
}
