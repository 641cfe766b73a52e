//! Okta's API, as far as this program uses it. This file lists what others may use; nothing below imports
//! from it.
//!
//! In reading order:
//! - [`OrgUrl`]: the org's address
//! - [`endpoint`]: every call that can be sent, with its OAuth scope and [`AdminRole`]
//! - [`OktaClient`]: the client; each noun below adds its calls to it
//! - [`User`], [`AccessRequest`], [`ListedRequest`], [`LogStream`], [`Organization`], [`Identity`]: what Okta
//!   returns
//! - [`OktaError`]: why a call returned nothing
//!
//! How a call is sent is private: `call` is the value, `sending` the tries, `authorization`, `tokens`,
//! `scopes`, `assertion` and `dpop` the headers, `exchange` what came back, `answers` what that means,
//! `refusal` what an attempt knows of a refused credential, `pages` and `cursor` a list's pages, `rate_limit`
//! and `meter` the counts.
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
mod cursor;
mod dpop;
pub mod endpoint;
mod error;
mod exchange;
mod form;
mod hour_cache;
mod marks;
mod meter;
mod name_cache;
mod names;
mod org;
mod organization;
mod pages;
mod probe;
mod rate_limit;
mod refusal;
mod request_list;
mod requests;
mod scopes;
mod sending;
mod streams;
mod tokens;
mod users;
mod value;

pub use self::admin_role::AdminRole;
pub use self::asked::{Asked, AskedKind};
pub use self::catalog::{CatalogEntry, CatalogPlace, EntryId};
pub use self::client::OktaClient;
pub use self::error::{ClientFault, OktaAnswer, OktaError, RateLimit, RedirectTarget};
pub use self::form::{FormAnswer, Question};
pub use self::marks::Marks;
pub use self::org::OrgUrl;
pub use self::organization::Organization;
pub use self::probe::Identity;
pub use self::rate_limit::Usage;
pub use self::request_list::ListedRequest;
pub use self::requests::AccessRequest;
pub use self::streams::LogStream;
pub use self::users::{AppLink, EmailAddress, Group, LastSignIn, User, UserKey};
pub use self::value::Written;
