//! The [`Kind`] of a record: what its file is called, how its id begins, and the call that returns it.

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    User,
    Group,
    App,
    Bundle,
    RequestType,
    CatalogEntry,
    Request,
    Grant,
    Task,
    Label,
    LogStream,
    Organization,
}

/// A kind, the name of its file without `.json`, its noun, and the call whose replies the file holds.
type Row = (Kind, &'static str, &'static str, &'static str);

const KINDS: [Row; 12] = [
    (Kind::User, "users", "the user", "GET /api/v1/users"),
    (Kind::Group, "groups", "the group", "GET /api/v1/groups"),
    (Kind::App, "apps", "the app", "GET /api/v1/apps"),
    (Kind::Request, "requests", "the request", "GET /governance/api/v2/requests"),
    (Kind::Bundle, "entitlement_bundles", "the bundle", "GET /governance/api/v1/entitlement-bundles"),
    (Kind::Grant, "entitlement_grants", "the grant", "GET /governance/api/v1/grants"),
    (Kind::CatalogEntry, "catalog_entries", "the entry", "GET /governance/api/v2/catalogs/default/entries"),
    (Kind::RequestType, "request_types", "the request type", "GET /governance/api/v1/request-types"),
    (Kind::Task, "tasks", "the task", "GET /governance/api/v2/tasks"),
    (Kind::Label, "resource_labels", "the resource", "GET /governance/api/v1/resource-labels"),
    (Kind::LogStream, "log_streams", "the log stream", "GET /api/v1/logStreams"),
    (Kind::Organization, "organization", "the org", "GET /.well-known/okta-organization"),
];

impl Kind {
    fn row(self) -> Row {
        KINDS.into_iter().find(|row| row.0 == self).unwrap_or(KINDS[0])
    }

    /// The kind whose file has this name without `.json`, or whose files are in a folder of this name.
    pub(super) fn of_file(stem: &str) -> Option<Self> {
        KINDS.into_iter().find(|row| row.1 == stem).map(|row| row.0)
    }

    /// The names of all files.
    pub(super) fn files() -> impl Iterator<Item = &'static str> {
        KINDS.into_iter().map(|row| row.1)
    }

    pub(super) fn file(self) -> &'static str {
        self.row().1
    }

    /// The noun with its article.
    pub(super) fn noun(self) -> &'static str {
        self.row().2
    }

    /// The call that returns the one with this id.
    pub(super) fn call(self, id: &str) -> String {
        match self {
            Self::Request if !id.starts_with("req") => format!("GET /governance/api/v1/requests/{id}"),
            Self::Label | Self::LogStream | Self::Organization | Self::Grant => self.row().3.to_owned(),
            _ => format!("{}/{id}", self.row().3),
        }
    }

    /// The member that tells one record from another.
    pub(super) fn name_member(self) -> &'static str {
        if self == Self::Label { "/orn" } else { "/id" }
    }

    /// Whether the text has the form of an id of this kind, and how to say that form.
    pub(super) fn id_form(self, id: &str) -> Result<(), &'static str> {
        let begins = |prefix: &str| {
            id.starts_with(prefix)
                && (10..=40).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let is_hex = id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        let (fits, form) = match self {
            Self::User => (begins("00u"), "00u and letters or digits"),
            Self::Group => (begins("00g"), "00g and letters or digits"),
            Self::App => (begins("0oa"), "0oa and letters or digits"),
            Self::Bundle => (begins("enb"), "enb and letters or digits"),
            Self::CatalogEntry => (begins("cen"), "cen and letters or digits"),
            Self::Request => (
                is_hex || begins("req") && id.len() == 20,
                "24 hexadecimal digits in lower case, or req and 17 letters or digits",
            ),
            Self::RequestType => (is_hex, "24 hexadecimal digits in lower case"),
            Self::Label => (id.starts_with("orn:"), "a resource name, orn:…"),
            Self::Grant | Self::Task | Self::LogStream | Self::Organization => (!id.is_empty(), "a text"),
        };
        if fits { Ok(()) } else { Err(form) }
    }

    /// The kind of what a reference with this id leads to; `None` for what no file holds, such as a service.
    pub(super) fn of_id(id: &str) -> Option<Self> {
        [Self::User, Self::Group, Self::App, Self::Bundle, Self::CatalogEntry]
            .into_iter()
            .find(|kind| kind.id_form(id).is_ok())
    }
}
