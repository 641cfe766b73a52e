//! The [`PolicyFile`]: where the policy of a process comes from, its text and its [`Fingerprint`]. Reading is
//! separate from parsing: text and fingerprint are known even if the policy is wrong. `policy` knows what a
//! policy means; it reads no file.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;

use ring::digest::{SHA256, digest};
use serde::{Serialize, Serializer};

use crate::policy::{EMBEDDED, Policy, PolicyError, Unreadable};
use crate::shape::{self, NO_CREDENTIAL_SHOWN};
use crate::{text, text_file};

/// The name of a policy file beside the function's binary.
const NAME: &str = "enrichment.toml";

/// The limit of a policy file, in bytes. A large policy has a few thousand lines. Lambda answers at most 6 MB,
/// and an answer may contain the text with each character escaped.
pub const LIMIT: u64 = 256 * 1024;

/// The policy file of a process, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    place: Place,
    /// `None`: it can't be read.
    fingerprint: Option<Fingerprint>,
    text: Result<Cow<'static, str>, Unreadable>,
}

/// Where a policy file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// The binary contains it.
    BuiltIn,
    /// `ENRICHMENT_FILE` or an operator gives this path, as it is shown.
    Named(String),
    /// It has this path, beside the function's binary.
    Beside(String),
}

/// The first 48 bits of the SHA-256 of a policy file's bytes; as text, 12 hexadecimal digits. It says which
/// policy made a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 6]);

impl PolicyFile {
    /// The policy that the binary contains.
    #[must_use]
    pub fn built_in() -> PolicyFile {
        let fingerprint = Some(Fingerprint::of(EMBEDDED.as_bytes()));
        PolicyFile { place: Place::BuiltIn, fingerprint, text: Ok(Cow::Borrowed(EMBEDDED)) }
    }

    /// The file with this path, which `ENRICHMENT_FILE` gives.
    #[must_use]
    pub fn named(path: &str) -> PolicyFile {
        if shape::is_secret(path) {
            let place = Place::Named(NO_CREDENTIAL_SHOWN.to_owned());
            return PolicyFile::unreadable(place, None, "a credential stands in place of the path");
        }
        PolicyFile::at(Path::new(path))
    }

    /// The file `enrichment.toml` in the folder of the function's binary; `None` if there is none.
    #[must_use]
    pub fn beside_binary(folder: &str) -> Option<PolicyFile> {
        let path = Path::new(folder).join(NAME);
        // A link to nowhere exists, and is reported as unreadable.
        let missing = path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        (!missing).then(|| PolicyFile::read(&path, Place::Beside(path.display().to_string())))
    }

    /// The file with this path, which an operator has typed. So the path is no credential, and is shown.
    #[must_use]
    pub fn at(path: &Path) -> PolicyFile {
        PolicyFile::read(path, Place::Named(path.display().to_string()))
    }

    fn read(path: &Path, place: Place) -> PolicyFile {
        match read(path) {
            Ok(bytes) => PolicyFile::of(place, &bytes),
            Err(cause) => PolicyFile::unreadable(place, None, &cause),
        }
    }

    /// A policy file with these bytes, which an operator gives without a path. `name` is what errors call it.
    #[must_use]
    pub fn given(name: &str, bytes: &[u8]) -> PolicyFile {
        let place = Place::Named(name.to_owned());
        if u64::try_from(bytes.len()).is_ok_and(|length| length <= LIMIT) {
            PolicyFile::of(place, bytes)
        } else {
            PolicyFile::unreadable(place, None, &too_large())
        }
    }

    fn of(place: Place, bytes: &[u8]) -> PolicyFile {
        let fingerprint = Some(Fingerprint::of(bytes));
        match text_file::decode(bytes) {
            // Its parse errors would quote it.
            Ok(text) if shape::holds_credential(text) => {
                PolicyFile::unreadable(place, fingerprint, "it holds a credential, not a policy")
            }
            Ok(text) => PolicyFile { place, fingerprint, text: Ok(Cow::Owned(text.to_owned())) },
            Err(error) => PolicyFile::unreadable(place, fingerprint, &error.to_string()),
        }
    }

    fn unreadable(place: Place, fingerprint: Option<Fingerprint>, cause: &str) -> PolicyFile {
        let (file, remedy) = match &place {
            Place::BuiltIn => (NAME, "report this as a bug"),
            Place::Named(path) => (&**path, "set ENRICHMENT_FILE to the path of a readable policy file"),
            // Lambda runs the function as a user who owns none of its files.
            Place::Beside(path) => (
                &**path,
                "put a policy file there that every user may read, or remove this one to use the built-in policy",
            ),
        };
        let error = Unreadable { file: file.to_owned(), cause: cause.to_owned(), remedy };
        PolicyFile { place, fingerprint, text: Err(error) }
    }

    /// Its path; `None` for the policy that the binary contains. A remark if a credential stands in place of
    /// the path.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match &self.place {
            Place::BuiltIn => None,
            Place::Named(path) | Place::Beside(path) => Some(path),
        }
    }

    /// Its fingerprint; `None` if the file can't be read or is too large. Known also if the file is not UTF-8
    /// or is no policy.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// Its text, without a byte order mark; a policy or not.
    ///
    /// # Errors
    ///
    /// Why it can't be read. A file that holds a credential counts as unreadable.
    pub fn text(&self) -> Result<&str, &Unreadable> {
        self.text.as_deref()
    }

    /// Parses it.
    ///
    /// # Errors
    ///
    /// It can't be read, or has faults.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        Policy::parse(self.path().unwrap_or(NAME), self.text().map_err(Clone::clone)?)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    text_file::read_at_most(path, LIMIT).map_err(|error| text::system_error(&error))?.ok_or_else(too_large)
}

fn too_large() -> String {
    format!("it is larger than {} kB, the limit of policy files", LIMIT / 1024)
}

impl Fingerprint {
    /// The fingerprint of a policy file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Fingerprint {
        let mut first = [0; 6];
        for (to, from) in first.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
            *to = *from;
        }
        Fingerprint(first)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "[[rule]]\nname = \"a\"\nsections = [\"profile\"]\n";
    const TOKEN: &str = "00aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123456789_ab";

    fn folder_with(content: impl AsRef<[u8]>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(NAME), content).unwrap();
        folder
    }

    fn beside(folder: &tempfile::TempDir) -> PolicyFile {
        PolicyFile::beside_binary(folder.path().to_str().unwrap()).unwrap()
    }

    /// The same file as each place gives it.
    fn both(content: impl AsRef<[u8]>) -> [PolicyFile; 2] {
        let folder = folder_with(content);
        [beside(&folder), PolicyFile::named(folder.path().join(NAME).to_str().unwrap())]
    }

    #[test]
    fn the_fingerprint_is_what_sha256sum_prints() {
        // printf abc | sha256sum | head -c 12
        assert_eq!(Fingerprint::of(b"abc").to_string(), "ba7816bf8f01");
        // The byte order mark is one of the file's bytes.
        for file in both(format!("\u{FEFF}{POLICY}")) {
            assert_eq!(file.text(), Ok(POLICY));
            assert_ne!(file.fingerprint(), Some(Fingerprint::of(POLICY.as_bytes())));
        }
    }

    #[test]
    fn a_wrong_policy_has_text_and_fingerprint() {
        for file in both("[[rule]]\nnme = \"a\"\n") {
            assert_eq!(file.text(), Ok("[[rule]]\nnme = \"a\"\n"));
            assert_eq!(file.fingerprint(), Some(Fingerprint::of(b"[[rule]]\nnme = \"a\"\n")));
            let error = file.policy().unwrap_err().to_string();
            assert!(error.contains(file.path().unwrap()) && error.contains("line 2"), "{error}");
        }
    }

    #[test]
    fn an_unusable_file_is_reported_with_the_remedy_of_its_place() {
        for (content, says, is_read) in [
            (b"caf\xE9".to_vec(), "not UTF-8", true),
            (b"\xFF\xFE[\0".to_vec(), "UTF-16", true),
            (vec![b'#'; 256 * 1024 + 1], "larger than 256 kB", false),
            (TOKEN.as_bytes().to_vec(), "holds a credential", true),
        ] {
            let [beside, named] = both(content);
            for (file, remedy) in [(beside, "or remove this one"), (named, "set ENRICHMENT_FILE")] {
                let error = file.text().unwrap_err().to_string();
                assert!(error.contains(file.path().unwrap()) && error.contains(says), "{error}");
                assert!(error.contains(remedy) && !error.contains(TOKEN), "{error}");
                assert_eq!(file.fingerprint().is_some(), is_read, "{error}");
                assert_eq!(file.policy().unwrap_err().to_string(), error);
            }
        }
        for file in both(vec![b'#'; 256 * 1024]) {
            assert!(file.text().is_ok(), "the limit itself is allowed");
        }
    }

    #[test]
    fn only_a_missing_file_beside_the_binary_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        assert_eq!(PolicyFile::beside_binary(path), None);
        std::os::unix::fs::symlink("/no/such/file", folder.path().join(NAME)).unwrap();
        assert!(beside(&folder).text().unwrap_err().to_string().contains("No such file"));
        std::fs::remove_file(folder.path().join(NAME)).unwrap();
        std::fs::create_dir(folder.path().join(NAME)).unwrap();
        assert!(beside(&folder).text().unwrap_err().to_string().contains("directory"));
    }

    #[test]
    fn a_credential_in_place_of_the_path_is_not_quoted() {
        let file = PolicyFile::named(TOKEN);
        assert_eq!(file.path(), Some(NO_CREDENTIAL_SHOWN));
        let error = file.policy().unwrap_err().to_string();
        assert!(
            error.contains("in place of the path")
                && error.contains("ENRICHMENT_FILE")
                && !error.contains(TOKEN),
            "{error}"
        );
    }

    #[test]
    fn an_operator_s_path_may_have_any_name() {
        use std::os::unix::ffi::OsStrExt as _;

        let folder = tempfile::tempdir().unwrap();
        for name in [&b"{{ name }}.toml"[..], TOKEN.as_bytes(), b"caf\xE9.toml"] {
            let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
            std::fs::write(&path, POLICY).unwrap();
            let file = PolicyFile::at(&path);
            assert_eq!((file.text(), file.path()), (Ok(POLICY), Some(&*path.display().to_string())));
        }
    }

    #[test]
    fn the_built_in_policy_is_a_policy() {
        let file = PolicyFile::built_in();
        assert_eq!((file.path(), file.text()), (None, Ok(EMBEDDED)));
        assert!(!shape::holds_credential(EMBEDDED));
        file.policy().unwrap();
    }
}
