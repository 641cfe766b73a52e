//! The trusted roots that an operator adds: a company's proxy may open TLS with a root certificate of its
//! own.

use std::path::PathBuf;

/// The PEM file that `SSL_CERT_FILE` names; `None` if it is unset or empty.
pub(crate) fn file() -> Option<PathBuf> {
    std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()).map(PathBuf::from)
}
