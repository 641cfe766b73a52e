//! [`OrgUrl`]: the address of an Okta org. It knows which hosts belong to Okta and which are this machine. It
//! sends nothing.

use std::fmt;

use url::{Host, Url};

use crate::shape;

/// The address of an Okta org: the only host that ever receives the Okta credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgUrl(Url);

/// Why a text is no address of an org.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}; {remedy}")]
pub struct OrgUrlError {
    /// Continues a sentence that begins with the name of the setting.
    pub cause: String,
    /// What to write instead.
    pub remedy: String,
}

impl OrgUrl {
    /// Parses `https://<host>`. Plain `http` and a port are allowed for a loopback host only.
    pub fn parse(text: &str) -> Result<OrgUrl, OrgUrlError> {
        const EXAMPLE: &str = "give the org's address alone, such as https://acme.okta.com";
        let wrong = |cause: &str, remedy: String| Err(OrgUrlError { cause: cause.to_owned(), remedy });
        if !text.contains("://") {
            let host = text.trim_matches('/');
            // Another text may be a credential, and is not quoted.
            let is_host = shape::is_host(host) && host.contains('.');
            let remedy = if is_host { format!("write `https://{host}`") } else { EXAMPLE.to_owned() };
            return wrong("has no scheme", remedy);
        }
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return wrong(&format!("is not a URL ({error})"), EXAMPLE.to_owned()),
        };
        let Some(host) = url.host_str() else { return wrong("names no host", EXAMPLE.to_owned()) };
        let loopback = is_loopback(&url);
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("holds a user name or password", EXAMPLE.to_owned());
        }
        match url.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                let cause = "is plain http, which would show the credential";
                return wrong(cause, format!("write https://{host}"));
            }
            other => return wrong(&format!("has the scheme `{other}`"), format!("write https://{host}")),
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return wrong("has a path or query", format!("write {}://{host}", url.scheme()));
        }
        if url.port().is_some() && !loopback {
            return wrong("has a port", format!("write https://{host}"));
        }
        if is_admin_console(host)
            && let Some((first, rest)) = host.split_once('.')
            && let Some(org) = first.strip_suffix("-admin")
        {
            return wrong("is the admin console's address", format!("write https://{org}.{rest}"));
        }
        Ok(OrgUrl(url))
    }

    /// The absolute URL of `path`, which begins with `/`, is already encoded and has no query.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Whether the host is this machine, as with the simulator or in tests.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The first label of the host. On Okta's own domains this is the org's name, which the name of its
    /// partner event source contains.
    #[must_use]
    pub fn subdomain(&self) -> &str {
        self.0.host_str().unwrap_or_default().split('.').next().unwrap_or_default()
    }

    /// Whether the host is on one of Okta's own domains, so that [`OrgUrl::subdomain`] is the org's name. On
    /// a custom domain it is not.
    #[must_use]
    pub fn is_okta_domain(&self) -> bool {
        is_okta_host(self.0.host_str().unwrap_or_default())
    }
}

/// Whether a host is on one of Okta's own domains.
pub(super) fn is_okta_host(host: &str) -> bool {
    const DOMAINS: [&str; 5] = ["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"];
    DOMAINS.iter().any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// Whether a host is that of an org's Admin Console.
pub(super) fn is_admin_console(host: &str) -> bool {
    is_okta_host(host) && host.split_once('.').is_some_and(|(first, _)| first.ends_with("-admin"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

impl fmt::Display for OrgUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_org_url_is_https_and_nothing_but_a_host() {
        for good in [
            "https://acme.okta.com",
            "https://acme.oktapreview.com/",
            "https://login.acme.example",
            "https://id-admin.acme.example",
            "http://localhost:8080",
            "http://127.0.0.1:9",
            "http://[::1]:9",
            "https://localhost:8443",
        ] {
            assert!(OrgUrl::parse(good).is_ok(), "{good}");
        }
        for (bad, says) in [
            ("acme.okta.com", "write `https://acme.okta.com`"),
            ("http://acme.okta.com", "write https://acme.okta.com"),
            ("https://acme-admin.okta.com", "write https://acme.okta.com"),
            ("https://acme.okta.com/app", "path or query"),
            ("https://acme.okta.com/?a=b", "path or query"),
            ("https://user:pass@acme.okta.com", "user name or password"),
            ("https://acme.okta.com:8443", "has a port"),
            ("ftp://acme.okta.com", "scheme `ftp`"),
            ("https://", "not a URL"),
        ] {
            let text = OrgUrl::parse(bad).unwrap_err().to_string();
            assert!(text.contains(says), "{bad}: {text}");
            assert!(!text.contains("pass@"), "{text}");
        }
    }

    #[test]
    fn a_custom_domain_does_not_tell_the_orgs_name() {
        assert!(OrgUrl::parse("https://acme.okta-emea.com").unwrap().is_okta_domain());
        assert!(!OrgUrl::parse("https://login.acme.example").unwrap().is_okta_domain());
        assert!(!OrgUrl::parse("https://evilokta.com").unwrap().is_okta_domain());
    }
}
