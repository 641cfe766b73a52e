//! The org: whether it answers, its clock, and what it refuses by its code.

use okta_simulator::CLIENT_ID;
use okta_simulator::doubles::{Alpn, FUNCTION_NAME, TlsFront};

use crate::Deployment;

#[tokio::test]
async fn an_org_that_is_not_there_or_none_of_oktas() {
    let deployment = Deployment::new().await;
    deployment.set("OKTA_ORG_URL", "http://127.0.0.1:9");
    let ran = deployment.examine().await;
    ran.has_only("fail", "org", "no connection", "HTTPS_PROXY");
    assert_eq!(ran.found("secret").1, "the org can't be reached");

    for (fault, says) in [("org=404", "Okta answered 404"), ("org=html", "not that of an Okta org")] {
        let deployment = Deployment::new().await;
        deployment.okta.fault(fault.parse().unwrap());
        deployment.examine().await.has_only("fail", "org", says, "no Okta org answers there");
    }

    let deployment = Deployment::new().await;
    let front = TlsFront::start(deployment.okta.addr(), Alpn::Both);
    deployment.set("OKTA_ORG_URL", &front.url());
    deployment.examine().await.has_only("fail", "org", "certificate", "SSL_CERT_FILE");
    let mut command = deployment.command();
    command.env("SSL_CERT_FILE", front.ca_file());
    let ran = deployment.end(command.args(["--json", "--function", FUNCTION_NAME])).await;
    assert_eq!((ran.status, ran.with("fail").len()), (0, 0), "{}", ran.stdout);
}

#[tokio::test]
async fn a_clock_that_is_off() {
    for (seconds, side) in [(100, "behind"), (-40, "ahead of")] {
        let deployment = Deployment::new().await;
        deployment.okta.with_world(|world| world.clock_offset = seconds);
        let ran = deployment.examine().await;
        ran.has_only("warn", "clock", &format!(" s {side} Okta's"), "NTP");
    }
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.clock_offset = -100);
    let ran = deployment.examine().await;
    ran.has_only("fail", "credential", "Okta refuses the service app", "set the clock first");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.clock_offset = 400);
    let ran = deployment.examine().await;
    assert_eq!((ran.status, ran.with("fail")), (1, vec!["clock".into(), "credential".into()]));
    assert!(ran.found("clock").1.ends_with("Okta refuses what a service app signs here"), "{}", ran.stdout);
    assert!(ran.found("credential").2.contains("set the clock first"), "{}", ran.stdout);
    assert_eq!(ran.found("rights").1, "the credential was not accepted");
}

#[tokio::test]
async fn what_okta_refuses_by_its_code_is_told_as_the_function_tells_it() {
    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.service_app_mut(CLIENT_ID).outside_network_zone = true);
    deployment.examine().await.has_only("fail", "credential", "refuses calls from this network", "SubnetIds");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.redirect_to = Some("https://acme-admin.okta.com".into()));
    deployment.examine().await.has_only(
        "fail",
        "org",
        "`acme-admin.okta.com`, an Admin Console",
        "set OKTA_ORG_URL",
    );

    let deployment = Deployment::new().await;
    deployment.okta.fault("token=302:https://login.acme.example".parse().unwrap());
    deployment.examine().await.has_only("fail", "credential", "`login.acme.example`", "set OKTA_ORG_URL");

    let deployment = Deployment::new().await;
    deployment.okta.with_world(|world| world.read_only = true);
    let ran = deployment.examine().await;
    assert_eq!(
        (ran.status, ran.with("warn")),
        (0, vec!["messages, v1".to_owned(), "messages, v2".to_owned()])
    );
    assert!(ran.found("messages, v2").1.ends_with("whether it is allowed is unknown"), "{}", ran.stdout);

    // Okta's words decide, even if the clocks agree now.
    let deployment = Deployment::new().await;
    let expired = "token=401:invalid_client:The client_assertion token is expired.";
    deployment.okta.fault(expired.parse().unwrap());
    deployment.examine().await.has_only("fail", "credential", "by Okta's clock", "(NTP)");
}
