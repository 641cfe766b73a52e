//! The table as an operator sees it: its width, what was not checked, what nobody asked for, and how to sign in.

use okta_simulator::TOKEN;
use okta_simulator::doubles::{FUNCTION_NAME, SECRET_NAME};
use tokio::process::Command;

use crate::{Deployment, Examined};

/// Without the keys of AWS in the environment.
fn signed_out(deployment: &Deployment) -> Command {
    let mut command = deployment.command();
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"] {
        command.env_remove(name);
    }
    command
}

/// What stands below the heading "Not checked".
fn not_checked(ran: &Examined) -> &str {
    ran.stdout.split_once("\nNot checked\n").expect("something was not checked").1
}

#[tokio::test]
async fn no_line_is_wider_than_the_terminal_unless_it_is_one_word() {
    let deployment = Deployment::new().await;
    deployment.function.deployed(|it| {
        it.change("GetFunctionConcurrency", |it| it["ReservedConcurrentExecutions"] = 0.into());
    });
    for (columns, widest) in
        [(Some("60"), 60), (Some("80"), 80), (None, 80), (Some("none"), 80), (Some("120"), 120)]
    {
        let mut command = deployment.command();
        command.args(["--function", FUNCTION_NAME]);
        columns.map(|columns| command.env("COLUMNS", columns));
        let ran = deployment.end(&mut command).await;
        for line in ran.stdout.lines() {
            let words = line.get(27..).unwrap_or_default().split_whitespace().filter(|word| *word != "→");
            assert!(line.chars().count() <= widest || words.count() == 1, "{columns:?}: {line}");
            assert_eq!(line, line.trim_end());
        }
        assert!(ran.stdout.contains("\n  fail  concurrency        reserved: 0,"), "{}", ran.stdout);
    }
    let mut command = deployment.command();
    let ran = deployment.end(command.args(["--function", FUNCTION_NAME]).env("COLUMNS", "60")).await;
    let command = "
                           → aws lambda \\
                               delete-function-concurrency \\
                               --function-name \\
                               okta-request-enricher
                           → or, if you set
";
    assert!(ran.stdout.contains(command), "a command can be copied: {}", ran.stdout);
}

#[tokio::test]
async fn what_was_not_checked_is_said_once_for_each_cause() {
    let deployment = Deployment::new().await;
    let mut command = signed_out(&deployment);
    command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_SECRET_ID", SECRET_NAME);
    let ran = deployment.end(command.env("AWS_REGION", "us-east-1")).await;
    let expected = "  no function is named (--function NAME): version, dead letters, function,
    timeout, concurrency, alarms, rule, event source, undelivered, archive,
    housekeeping
  there is no AWS session (see session): secret, credential, rights, rate
    limits, log stream
";
    assert_eq!(not_checked(&ran), expected, "{}", ran.stdout);
    assert_eq!((ran.status, ran.stdout.matches("AWS credentials").count()), (1, 1), "{}", ran.stdout);
    assert!(ran.stderr.ends_with(", 1 failed, 16 not checked\n"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_mentioned() {
    let deployment = Deployment::new().await;
    let mut command = signed_out(&deployment);
    command.env("OKTA_ORG_URL", deployment.okta.url()).env("OKTA_API_TOKEN", TOKEN);
    let ran = deployment.end(&mut command).await;
    for unasked in ["outcome bus", "OUTCOME_BUS", "session", "credentials", "ledger", "LEDGER_TABLE"] {
        assert!(!ran.stdout.contains(unasked), "{unasked}: {}", ran.stdout);
    }
    assert_eq!((ran.status, not_checked(&ran).lines().count()), (0, 3), "{}", ran.stdout);

    deployment.set("OUTCOME_BUS", "");
    let ran = deployment.end(deployment.command().args(["--function", FUNCTION_NAME])).await;
    assert!(!ran.stdout.contains("bus is"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Not checked") && !ran.stdout.contains("OUTCOME_BUS"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "36 ok, 0 warnings, 0 failed, 0 not checked\n");
    let ran = deployment.examine().await;
    assert_eq!(ran.found("outcome bus").0, "skipped", "scripts find every check");
    assert_eq!(ran.document()["skipped"], 1);
}

#[tokio::test]
async fn the_remedy_of_missing_credentials_is_how_this_operator_signs_in() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config = "\
[default]
region = eu-west-1
[profile prod]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Admin
region = eu-central-1
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1
[profile console]
login_session = arn:aws:iam::123456789012:user/operator
region = eu-central-1
[profile above]
role_arn = arn:aws:iam::123456789012:role/above
source_profile = console
region = eu-central-1
[profile broken]
role_arn = arn:aws:iam::123456789012:role/above
source_profile = gone
region = eu-central-1
";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let deployment = Deployment::new().await;
    let examine = async |variables: &[(&str, &str)]| {
        let mut command = signed_out(&deployment);
        command.env("HOME", home.path()).envs(variables.iter().copied());
        deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await.found("environment")
    };
    for (profile, says, remedy) in [
        (None, "in eu-west-1: no AWS credentials: the profile `default` has none", "`aws login`"),
        (
            Some("prod"),
            "in eu-central-1: no AWS credentials of the profile `prod`: ",
            "aws sso login --profile prod",
        ),
        (Some("console"), "the profile `console` is not signed in", "sign in: aws login --profile console"),
        (Some("above"), "the profile `console` is not signed in", "sign in: aws login --profile console"),
        (Some("broken"), "the profile `broken` takes them from `gone`", "correct its source_profile"),
        (
            Some("other"),
            "AWS_PROFILE names the profile `other`",
            "one of these: above, broken, console, default, prod",
        ),
        (Some(""), "AWS_PROFILE names the profile ``", "one of these"),
    ] {
        let (status, detail, told) = examine(profile.map(|name| ("AWS_PROFILE", name)).as_slice()).await;
        assert_eq!(status, "fail");
        assert!(detail.contains(says), "{profile:?}: `{detail}`");
        assert!(told.contains(remedy), "{profile:?}: `{told}`");
    }
    let (_, detail, remedy) = examine(&[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")]).await;
    assert!(detail.contains("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"), "{detail}");
    assert_eq!(remedy, "set both, or neither");
}

#[tokio::test]
async fn without_any_settings_it_says_what_to_give() {
    let deployment = Deployment::new().await;
    let ran = deployment.end(&mut signed_out(&deployment)).await;
    let expected = "\
Configuration
  fail  environment        this shell has no settings of the Lambda, and no
                           function is named
                           → give --function NAME to check a deployed function;
                             or set OKTA_ORG_URL and OKTA_API_TOKEN (or
                             OKTA_SECRET_FILE) to check Okta alone

Not checked
  there are no settings: version, policy, settings, org, clock, secret,
    credential, rights, rate limits, AWS
";
    assert_eq!((ran.status, ran.stdout.as_str()), (1, expected));
    let mut command = signed_out(&deployment);
    let ran = deployment.end(command.arg("--json").env("OKTA_API_TOKEN", TOKEN)).await;
    assert_eq!(ran.found("settings").1, "OKTA_ORG_URL is not set");
}
