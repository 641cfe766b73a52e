# Deploys what `aws cloudformation package` made of a kit. In docs/deploy.md: "With Terraform".
resource "aws_cloudformation_stack" "enricher" {
  name          = "okta-request-enricher"
  template_body = file("${path.module}/packaged.yaml")
  capabilities  = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  parameters = {
    OktaOrgUrl      = "https://acme.okta.com"
    OktaSecretArn   = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:okta-request-enricher-AbCdEf"
    EventSourceName = "aws.partner/okta.com/acme/system-log"
    AlarmTopicArn   = "arn:aws:sns:eu-central-1:123456789012:okta-request-enricher-alarms"
    DryRun          = "false"
  }
}
