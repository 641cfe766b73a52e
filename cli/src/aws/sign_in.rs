//! What an operator without AWS credentials has to do, by the profile that is in use: `~/.aws/config` says
//! how its user signs in.

use std::sync::OnceLock;

use aws_config::profile::{self, Profile, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

/// A profile may take its credentials from another, and that from a third.
const MOST_SOURCES: usize = 5;

/// A profile with one of these has credentials, or another way to them.
const WAYS: [&str; 4] = ["aws_access_key_id", "role_arn", "web_identity_token_file", "credential_source"];

const ANY_WAY: &str = "sign in with `aws login`, or with `aws sso login --profile NAME` and AWS_PROFILE=NAME; or set \
                       AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/// How this operator signs in. The profile in use stays the same as long as the program runs.
static SIGN_IN: OnceLock<SignIn> = OnceLock::new();

/// How the user of a profile signs in.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// The profile that `AWS_PROFILE` names and that lends its credentials, unless keys of the environment do.
    pub(crate) profile: Option<String>,
    /// Why there are no credentials, if the files tell.
    why: Option<String>,
    remedy: String,
    /// The profile whose user signs in for a session that ends.
    session: Option<String>,
}

/// Reads the files. Until then, [`remedy`] names all ways.
pub(crate) async fn read() {
    if SIGN_IN.get().is_some() {
        return;
    }
    #[expect(
        clippy::default_trait_access,
        reason = "the type's name is deprecated here, or of another crate"
    )]
    let files = Default::default();
    // A file that can't be read is reported when the credentials are needed.
    if let Ok(profiles) = profile::load(&Fs::real(), &Env::real(), &files, None).await {
        let _ = SIGN_IN.set(SignIn::of(&profiles, |name| std::env::var(name).ok()));
    }
}

/// What to do to have credentials.
pub(crate) fn remedy() -> &'static str {
    SIGN_IN.get().map_or(ANY_WAY, |sign_in| &sign_in.remedy)
}

/// What to do about credentials that AWS refuses as expired; `None` if the files do not tell.
pub(crate) fn renewal() -> Option<&'static str> {
    SIGN_IN.get().filter(|sign_in| sign_in.session.is_some()).map(|sign_in| sign_in.remedy.as_str())
}

/// Why there are no credentials; `None` if the files do not tell.
pub(crate) fn why() -> Option<&'static str> {
    SIGN_IN.get()?.why.as_deref()
}

/// The profile whose user signs in for a session that ends, if the profile in use is of that kind.
pub(crate) fn session() -> Option<&'static str> {
    SIGN_IN.get()?.session.as_deref()
}

/// The profile in use, if `AWS_PROFILE` names one.
pub(crate) fn profile() -> Option<&'static str> {
    SIGN_IN.get()?.profile.as_deref()
}

impl SignIn {
    fn of(profiles: &ProfileSet, variable: impl Fn(&str) -> Option<String>) -> SignIn {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let general = SignIn { profile: None, why: None, remedy: ANY_WAY.to_owned(), session: None };
        // Keys of the environment go before any profile.
        if set("AWS_ACCESS_KEY_ID").is_some() {
            return match set("AWS_SECRET_ACCESS_KEY") {
                Some(_) => general,
                None => SignIn {
                    why: Some("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not".to_owned()),
                    remedy: "set both, or neither".to_owned(),
                    ..general
                },
            };
        }
        let named = variable("AWS_PROFILE");
        let name = profiles.selected_profile();
        let Some(own) = profiles.get_profile(name) else {
            let Some(name) = named else { return general };
            let mut others: Vec<_> = profiles.profiles().collect();
            others.sort_unstable();
            let remedy = if others.is_empty() {
                format!("unset AWS_PROFILE, or make the profile: aws configure sso --profile {name}")
            } else {
                format!("set AWS_PROFILE to one of these: {}", others.join(", "))
            };
            let why = Some(format!(
                "AWS_PROFILE names the profile `{name}`, and the AWS files have none of that name"
            ));
            return SignIn { why, remedy, ..general };
        };
        let source = source(profiles, own);
        if let Some(lacking) =
            source.get("source_profile").filter(|name| profiles.get_profile(name).is_none())
        {
            let why = format!(
                "the profile `{}` takes them from `{lacking}`, which the AWS files lack",
                source.name()
            );
            let remedy = format!(
                "correct its source_profile, or make that profile: aws configure sso --profile {lacking}"
            );
            return SignIn { why: Some(why), remedy, ..general };
        }
        let option = match source.name() {
            "default" => String::new(),
            name => format!(" --profile {name}"),
        };
        let session = |command: &str| SignIn {
            profile: named.clone(),
            why: None,
            remedy: format!("sign in: {command}{option}"),
            session: Some(source.name().to_owned()),
        };
        if source.get("sso_session").is_some() || source.get("sso_start_url").is_some() {
            session("aws sso login")
        } else if source.get("login_session").is_some() {
            session("aws login")
        } else if source.get("credential_process").is_some() {
            let remedy = format!("run the credential_process of the profile `{}` by hand", source.name());
            SignIn { profile: named, remedy, ..general }
        } else {
            let is_set = WAYS.iter().any(|way| source.get(way).is_some());
            let why = (!is_set).then(|| format!("the profile `{}` has none", source.name()));
            SignIn { profile: named, why, ..general }
        }
    }
}

/// The profile whose credentials this one uses.
fn source<'a>(profiles: &'a ProfileSet, profile: &'a Profile) -> &'a Profile {
    let next = |profile: &&'a Profile| profiles.get_profile(profile.get("source_profile")?);
    std::iter::successors(Some(profile), next).take(MOST_SOURCES).last().unwrap_or(profile)
}
