//! The rules of TLS: which roots are trusted, and which protocols are spoken.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::{self, SectionKind};

use super::error::HttpError;
use crate::{shape, text, text_file};

/// The configuration of every connection. `extra_roots` is a PEM file of trusted roots (`SSL_CERT_FILE`) in
/// addition to the built-in Mozilla roots. The system's own bundle is not read: that would cost a millisecond
/// of every cold start.
pub(super) fn config(extra_roots: Option<&Path>) -> Result<rustls::ClientConfig, HttpError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = extra_roots {
        // A credential may stand in place of the path.
        let secret = shape::is_secret(&file.to_string_lossy());
        let shown = if secret { Path::new("(not shown)") } else { file };
        let fault = |cause: String| HttpError::Roots { file: shown.to_owned(), cause };
        let mut found = 0;
        let bytes = std::fs::read(file).map_err(|e| fault(text::system_error(&e)))?;
        let text = text_file::without_mark(&bytes).map_err(|e| fault(e.to_string()))?;
        // Not the library's iterator: it is generic, so this crate would compile it, for size instead of
        // speed.
        let mut rest = text;
        while let Some((kind, der)) = pem::from_buf(&mut rest).map_err(|e| fault(pem_fault(&e).to_owned()))? {
            // A root that rustls can't use is skipped, as other readers of such bundles do.
            found += usize::from(kind == SectionKind::Certificate && roots.add(der.into()).is_ok());
        }
        if found == 0 {
            return Err(fault("no usable certificate in it".to_owned()));
        }
    }
    let mut tls =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| HttpError::Setup(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
    // reqwest adds no protocols to a configuration that it is given.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// What is wrong with a PEM file. The library's own text quotes the file, which may hold a private key.
fn pem_fault(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => {
            "a BEGIN line has no END line after it; each of the two needs a line of its own"
        }
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line does not end in five hyphens",
        pem::Error::Base64Decode(_) => "a section is not base64",
        _ => "it is not a PEM file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_file_of_roots_is_not_quoted() {
        let file = std::env::temp_dir().join(format!("roots-{}.pem", std::process::id()));
        for (text, says) in [
            ("-----BEGIN PRIVATE KEY----- MIIEsecret -----END PRIVATE KEY-----\n", "line of its own"),
            ("-----BEGIN CERTIFICATE-----\nMIIEsecret\n", "no END line"),
            ("-----BEGIN CERTIFICATE MIIEsecret\n", "five hyphens"),
            ("-----BEGIN CERTIFICATE-----\nMIIE!secret\n-----END CERTIFICATE-----\n", "not base64"),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = config(Some(&file)).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
            // The library shows bytes as a list of numbers.
            assert!(!error.contains("secret") && !error.contains('['), "{error}");
        }
        std::fs::remove_file(file).unwrap();
    }
}
