//! The one AWS call that the simulator answers.

use okta_simulator::{CLIENT_ID, Simulator, TOKEN, service_app_secret};

use super::client::send;

#[tokio::test]
async fn secrets_manager_answers_with_the_secret_and_is_not_recorded() {
    let okta = Simulator::start().await.expect("a free port");
    let ask = |target| {
        let headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        let okta = &okta;
        async move { send(okta, "POST /", &headers, r#"{"SecretId":"okta"}"#).await }
    };
    assert_eq!(ask("secretsmanager.GetSecretValue").await.json()["SecretString"], TOKEN);
    okta.with_world(|world| world.secret = service_app_secret());
    assert!(ask("secretsmanager.GetSecretValue").await.body.contains(CLIENT_ID));
    assert_eq!(ask("secretsmanager.PutSecretValue").await.status, 400);
    assert_eq!(okta.calls().len(), 0);
    assert_eq!(send(&okta, "GET /", &[], "").await.status, 404);
}
