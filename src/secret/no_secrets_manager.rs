//! In place of `secrets_manager` in a build without the cargo feature `aws`: a type without values, so
//! that there is never such a secret.

use std::time::Duration;

use super::error::SecretError;

#[derive(Debug)]
pub(super) enum SecretsManager {}

impl SecretsManager {
    pub(super) fn id(&self) -> &str {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as with AWS")]
    pub(super) async fn text(&self, _: Duration) -> Result<String, SecretError> {
        match *self {}
    }
}
