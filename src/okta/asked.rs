//! [`Asked`]: an app, group, bundle or other thing that an access request asks for.

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
}
