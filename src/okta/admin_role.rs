//! [`AdminRole`]: the admin role that a call needs besides its OAuth scope. An API token has the roles of its
//! owner; a service app has its own.

macro_rules! roles {
    ($($(#[$doc:meta])* $variant:ident $code:literal $name:literal,)*) => {
        /// An admin role (Okta help, "Standard administrator roles and permissions"; Okta API reference,
        /// "Roles").
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum AdminRole {
            $($(#[$doc])* $variant,)*
            /// A role that an admin makes, with the permission `okta.governance.labels.read`. Of the standard
            /// roles only the super admin's has it, which is too much for its use.
            Labels,
        }

        impl AdminRole {
            /// The role as the Admin Console shows it, or what a custom one must have.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(AdminRole::$variant => $name,)*
                    AdminRole::Labels => "custom role with okta.governance.labels.read",
                }
            }

            /// "the role Super Administrator", for a sentence.
            #[must_use]
            pub fn described(self) -> &'static str {
                match self {
                    $(AdminRole::$variant => concat!("the role ", $name),)*
                    AdminRole::Labels => "a custom admin role with the permission okta.governance.labels.read",
                }
            }

            /// What an operator does if the role is missing.
            #[must_use]
            pub(super) fn remedy(self) -> &'static str {
                match self {
                    $(AdminRole::$variant => concat!(
                        "give the role ", $name, " (", $code, ") to the token's owner, or to the service app \
                         (Applications > the app > Admin roles); if the roles are right, see whether the token is \
                         restricted to a network zone",
                    ),)*
                    AdminRole::Labels =>
                        "make a custom admin role (Security > Administrators > Roles) with the permission \
                         okta.governance.labels.read and those to view apps and groups, and give it to the token's \
                         owner, or to the service app (Applications > the app > Admin roles); a standard role that \
                         has it gives far too much",
                }
            }
        }
    };
}

roles! {
    /// Manages access requests. It may also view users and groups (Okta help, "Access requests
    /// administrators"), so it is the least role for most calls.
    AccessRequests "ACCESS_REQUESTS_ADMIN" "Access Requests Administrator",
    /// Views users, groups and apps.
    ReadOnly "READ_ONLY_ADMIN" "Read-only Administrator",
    /// Manages apps, and with them their entitlements and bundles.
    App "APP_ADMIN" "Application Administrator",
    /// May do everything.
    Super "SUPER_ADMIN" "Super Administrator",
}
