//! Okta's API, as far as this program uses it. This file lists what others may use; nothing below imports
//! from it.
//!
//! In reading order:
//! - [`OrgUrl`]: the org's address
//! - [`endpoint`]: every call that can be sent, with its OAuth scope and [`AdminRole`]
//! - [`OktaClient`]: the client; each noun below adds its calls to it
//! - [`User`], [`AccessRequest`], [`ListedRequest`], [`Earlier`], [`Thing`], [`EntitlementGrant`], [`Label`],
//!   [`Task`], [`LogStream`], [`Organization`], [`Identity`]: what Okta returns
//! - [`IdForm`]: which kind of thing an id belongs to
//! - [`LookedUp`], [`Condition`], [`UserSchema`]: what `enricher check` asks about the names in a policy
//! - [`OktaError`]: why a call returned nothing
//!
//! How a call is sent is private:
//! - `call`: the call as a value; `sending`: its tries; `exchange`: what came back; `answers`: what that means
//! - `authorization`, `tokens`, `scopes`, `assertion`, `dpop`: the headers that prove who calls
//! - `doubt`: whether connections that were found open are alive
//! - `refusal`: what an attempt knows of a refused credential
//! - `rights`, `knowledge`: what the process knows of rights and answers
//! - `pages`, `cursor`: the pages of a list; `rate_limit`, `meter`: the counts
//!
//! No call can decide a request, or grant or change access. The only call that writes posts a message.

mod admin_role;
mod answers;
mod asked;
mod assertion;
mod authorization;
mod call;
mod catalog;
mod client;
mod conditions;
mod cursor;
mod doubt;
mod dpop;
mod earlier;
pub mod endpoint;
mod error;
mod exchange;
mod form;
mod grants;
mod hour_cache;
mod id_form;
mod knowledge;
mod labels;
mod looked_up;
mod marks;
mod meter;
mod org;
mod organization;
mod orn;
mod pages;
mod peers;
mod probe;
mod rate_limit;
mod refusal;
mod request_list;
mod requests;
mod rights;
mod scopes;
mod sending;
mod streams;
mod tasks;
mod thing;
mod things;
mod tokens;
mod user_schema;
mod users;
mod value;

pub use self::admin_role::AdminRole;
pub use self::asked::{Asked, AskedKind};
pub use self::catalog::{CatalogEntry, CatalogPlace, EntryId};
pub use self::client::OktaClient;
pub use self::conditions::Condition;
pub use self::earlier::Earlier;
pub use self::error::{ClientFault, OktaAnswer, OktaError, RateLimit, RedirectTarget};
pub use self::form::{FormAnswer, Question};
pub use self::grants::{EntitlementGrant, GrantTarget};
pub use self::id_form::IdForm;
pub use self::labels::Label;
pub use self::looked_up::{IdKind, LookedUp, PolicyId};
pub use self::marks::Marks;
pub use self::org::OrgUrl;
pub use self::organization::Organization;
pub use self::peers::{Held, ManagerText};
pub use self::probe::Identity;
pub use self::rate_limit::Usage;
pub use self::request_list::ListedRequest;
pub use self::requests::AccessRequest;
pub use self::streams::LogStream;
pub use self::tasks::Task;
pub use self::thing::{BundleContents, Contents, Entitlement, GroupStats, Thing};
pub use self::user_schema::{AttributeDefinition, SchemaId, UserSchema};
pub use self::users::{AppLink, EmailAddress, Group, LastSignIn, User, UserKey};
pub use self::value::Written;
