//! The checks of AWS: the session, then each part of the deployment in a file of its own. Parts that do not
//! need each other are checked side by side.

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;

use super::aws_failure::failed;
use super::check::{Check, NO_FUNCTION, NO_SESSION};
use super::findings::Findings;
use super::log_stream::Place;
use super::time_limit::TIME_LIMIT;
use super::{alarms, event_path, function, ledger};
use crate::aws::{self, sign_in};
use crate::credential;
use crate::environment::Environment;
use crate::failure::Problem;
use crate::queue_url::QueueUrl;

/// The checks of what the settings name, and the variables that name it.
const OF_SETTINGS: [(&str, &str); 2] = [("ledger", "LEDGER_TABLE"), (OUTCOME_BUS, "OUTCOME_BUS")];

const OUTCOME_BUS: &str = "outcome bus";

/// Makes all checks of AWS but those of the session and of the log streams. Returns where the log stream must
/// end.
pub(super) async fn check(
    environment: &Environment,
    queue: Option<&QueueUrl>,
    is_signed_in: bool,
    findings: &mut Findings<'_>,
) -> Place {
    let aws = &with_time_limit(&environment.aws);
    let name = environment.function.as_ref().and_then(|function| function.function_name());
    let arn = environment.function.as_ref().and_then(|function| function.function_arn());
    if !is_signed_in {
        for (check, variable) in OF_SETTINGS {
            match environment.name(variable) {
                Some(_) => findings.skip(&[check], NO_SESSION),
                None => findings.add(Check::unasked(check, format!("{variable} is not set"))),
            }
        }
        let why = |is_named| if is_named { NO_SESSION } else { NO_FUNCTION };
        findings.skip(&["dead letters"], why(name.is_some() || queue.is_some()));
        let of_function = [&function::CHECKS[..], &[alarms::CHECK], &event_path::CHECKS].concat();
        findings.skip(&of_function, why(name.is_some()));
        return Place::of_arn(arn, environment.aws.region());
    }
    let (mut settings, mut of_function) = (findings.part(), findings.part());
    let named = async {
        let (mut ledger, mut bus) = (settings.part(), settings.part());
        let table = ledger::check(aws, environment.name("LEDGER_TABLE"), &mut ledger);
        let outcome_bus = outcome_bus(aws, environment.name("OUTCOME_BUS"));
        let (table_arn, found) = tokio::join!(Box::pin(table), Box::pin(outcome_bus));
        bus.add(found);
        settings.append(ledger);
        settings.append(bus);
        table_arn
    };
    let deployed = async {
        let dead_letters =
            Box::pin(function::check(aws, environment.function.as_ref(), queue, &mut of_function)).await;
        let (Some(name), Some(arn)) = (name, arn) else {
            of_function.skip(&[&[alarms::CHECK], &event_path::CHECKS[..]].concat(), NO_FUNCTION);
            return false;
        };
        let mut path = of_function.part();
        let (alarms, is_forwarded) = tokio::join!(
            Box::pin(alarms::check(aws, name)),
            Box::pin(event_path::check(aws, arn, dead_letters.as_ref(), &mut path))
        );
        of_function.add(alarms);
        of_function.append(path);
        is_forwarded
    };
    let (table_arn, is_forwarded) = tokio::join!(named, deployed);
    findings.append(settings);
    findings.append(of_function);
    match arn.or(table_arn.as_deref()) {
        Some(_) if is_forwarded => Place::Elsewhere,
        arn => Place::of_arn(arn, environment.aws.region()),
    }
}

fn with_time_limit(aws: &SdkConfig) -> SdkConfig {
    let timeout = TimeoutConfig::builder().operation_timeout(TIME_LIMIT).build();
    aws.clone().into_builder().timeout_config(timeout).build()
}

/// Whether there is a region, and whether the operator is signed in.
pub(super) async fn session(environment: &Environment, queue: Option<&QueueUrl>) -> Check {
    const CHECK: &str = "session";
    let aws = &environment.aws;
    let check = session_of(aws).await;
    let is_named = |name: &&str| environment.get(name).is_some();
    let reads_secret = credential::variable().is_none() && is_named(&"OKTA_SECRET_ID");
    let names_something = ["LEDGER_TABLE", "OUTCOME_BUS"].iter().any(is_named)
        || reads_secret
        || environment.function.is_some()
        || queue.is_some();
    // An operator who checks Okta alone needs no AWS account.
    if check.is_fail() && !names_something {
        return Check::unasked(CHECK, "the settings name nothing in AWS");
    }
    check
}

async fn session_of(aws: &SdkConfig) -> Check {
    const CHECK: &str = "session";
    let region = match aws::signed_in(aws).await {
        Ok(region) => region,
        Err(Problem { cause, remedy }) => {
            let region = aws.region().map(|region| format!(", region {region}")).unwrap_or_default();
            return Check::problem(CHECK, format!("{cause}{region}"), remedy);
        }
    };
    if let Some(both) = aws::two_regions() {
        let detail = format!("{both}: this checks {region}");
        return Check::warn(CHECK, detail, "set both to the region of the deployment");
    }
    let of_profile = sign_in::profile().map(|name| format!(" (profile {name})")).unwrap_or_default();
    Check::ok(CHECK, format!("AWS credentials found{of_profile}, region {region}"))
}

async fn outcome_bus(aws: &SdkConfig, name: Option<&str>) -> Check {
    const CHECK: &str = OUTCOME_BUS;
    let Some(name) = name else { return Check::unasked(CHECK, "OUTCOME_BUS is not set") };
    let client = aws_sdk_eventbridge::Client::new(aws);
    match Box::pin(client.describe_event_bus().name(name).send()).await {
        Ok(_) => Check::ok(CHECK, format!("{name} exists")),
        Err(error) => failed(
            CHECK,
            &format!("the bus {name}"),
            &error,
            "events:DescribeEventBus",
            "create the bus, or correct OUTCOME_BUS (template parameter OutcomeBusName)",
        ),
    }
}
