"""What a deployment can be told: each parameter's default, and the values it takes."""

import re

import cloudformation
from deployed import BOUNDARY, KEY, ROOT, SECRET, required


def test_only_org_secret_and_event_source_must_be_given(source):
    assert required(source) == ["OktaOrgUrl", "OktaSecretArn", "EventSourceName"]


def test_defaults_are_the_documented_ones(source):
    defaults = {name: spec["Default"] for name, spec in source["Parameters"].items() if "Default" in spec}
    assert defaults == {
        "EventBusName": "",
        "Architecture": "arm64",
        "MemorySize": 256,
        "ReservedConcurrency": "none",
        "LogRetentionDays": 30,
        "LogLevel": "INFO",
        "RequestTypes": "",
        "MaxEventAge": "",
        "DryRun": "false",
        "HousekeepingSchedule": "rate(1 hour)",
        "ArchiveRetentionDays": 14,
        "LedgerDeletionProtection": "true",
        "LedgerPointInTimeRecovery": "true",
        "AlarmTopicArn": "",
        "SilentStreamHours": 6,
        "RunbookUrl": "docs/runbook.md",
        "OutcomeBusName": "",
        "SecretKmsKeyArn": "",
        "KmsKeyArn": "",
        "SubnetIds": "",
        "SecurityGroupIds": "",
        "PermissionsBoundaryArn": "",
    }


def test_every_parameter_is_explained_limited_and_grouped_once(source):
    limits = {"AllowedPattern", "AllowedValues", "MinValue"}
    for name, spec in source["Parameters"].items():
        assert len(spec["Description"]) > 40, name
        assert limits & spec.keys(), name
        assert spec["ConstraintDescription"].startswith("must "), name
        assert spec["ConstraintDescription"].endswith("."), name
    interface = source["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(source["Parameters"])
    assert [group["Label"]["default"] for group in interface["ParameterGroups"]] == [
        "Okta (required)",
        "Which requests are answered",
        "AWS surroundings",
        "Function",
        "What the stream loses, and what was answered",
        "Alarms",
        "Log",
    ]
    assert interface.keys() == {"ParameterGroups"}  # no labels: the documentation calls parameters by their names


def assert_accepts(source: dict, parameter: str, good: list, bad: list):
    assert [value for value in good if not cloudformation.accepts(source["Parameters"][parameter], value)] == []
    assert [value for value in bad if cloudformation.accepts(source["Parameters"][parameter], value)] == []


def test_the_org_url_is_https_and_neither_the_admin_console_nor_a_page(source):
    assert_accepts(
        source,
        "OktaOrgUrl",
        good=["https://acme.okta.com", "https://acme.oktapreview.com", "https://acme.okta-emea.com", "https://acme.okta-gov.com",
              "https://acme.okta.mil", "https://login.acme-admin.com"],
        bad=["", "acme.okta.com", "http://acme.okta.com", "https://acme", "https://acme-admin.okta.com", "https://acme-admin.oktapreview.com",
             "https://acme-admin.okta-emea.com", "https://acme.okta.com/", "https://acme.okta.com/app", "https://acme.okta.com:8443",
             "https://user@acme.okta.com", "<https://acme.okta.com>", "https://acme..okta.com"],
    )


def test_the_secret_is_given_by_its_full_arn(source):
    assert_accepts(
        source,
        "OktaSecretArn",
        good=[SECRET, "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:x-AbC123"],
        bad=["", "okta/enricher", SECRET.removesuffix("-AbC123"), SECRET + "*", SECRET.replace(":secretsmanager:", ":ssm:"), SECRET.replace("123456789012", "*")],
    )


def test_the_event_source_is_oktas(source):
    assert_accepts(
        source,
        "EventSourceName",
        good=["aws.partner/okta.com/acme/enricher", "aws.partner/okta.com/acme.1/stream_2-b"],
        bad=["", "default", "aws.partner/auth0.com/acme/x", "aws.partner/okta.com", "aws.partner/okta.com/", "aws.partner/okta.com/acme/a b",
             "aws.partner/oktaxcom/acme/x", "awsxpartner/okta.com/acme/x", "arn:aws:events:us-east-1::event-source/aws.partner/okta.com/a/b"],
    )


def test_buses_are_given_by_name_and_never_one_that_cannot_work(source):
    names = ["", "security", "my.bus_1-a"]
    arns = ["arn:aws:events:us-east-1:123456789012:event-bus/security", "a b", "x" * 257]
    assert_accepts(source, "EventBusName", good=[*names, "aws.partner/okta.com/acme/enricher", "default-2", "x" * 256], bad=[*arns, "default"])
    assert_accepts(source, "OutcomeBusName", good=[*names, "default", "x" * 256], bad=[*arns, "aws.partner/okta.com/acme/enricher"])


def test_keys_are_given_by_the_arn_of_a_key_not_of_an_alias(source):
    for parameter in ("SecretKmsKeyArn", "KmsKeyArn"):
        assert_accepts(
            source,
            parameter,
            good=["", KEY, KEY.replace("/0a", "/mrk-0a"), KEY.replace("arn:aws:", "arn:aws-cn:")],
            bad=["alias/okta", KEY.replace(":key/", ":alias/"), KEY + "/*", KEY.replace("123456789012", "*"), "*"],
        )


def test_subnets_and_security_groups_are_given_by_their_ids(source):
    assert_accepts(source, "SubnetIds", good=["", "subnet-0a1b", "subnet-0a1b,subnet-2c3d"], bad=["0a1b", "subnet-0a1b, subnet-2c3d", "subnet-0a1b,", "sg-0a1b"])
    assert_accepts(source, "SecurityGroupIds", good=["", "sg-0a1b", "sg-0a1b,sg-2c3d"], bad=["default", "sg-0a1b sg-2c3d", ",sg-0a1b", "subnet-0a1b"])


def test_subnets_and_security_groups_are_given_together_or_not_at_all(source):
    def rule(given: str, needed: str) -> dict:
        def not_empty(parameter: str) -> dict:
            return {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}

        assertion = {"Assert": not_empty(needed), "AssertDescription": f"{given} needs {needed} beside it."}
        return {"RuleCondition": not_empty(given), "Assertions": [assertion]}

    assert source["Rules"] == {
        "SubnetsNeedSecurityGroups": rule("SubnetIds", "SecurityGroupIds"),
        "SecurityGroupsNeedSubnets": rule("SecurityGroupIds", "SubnetIds"),
    }


def test_the_boundary_is_a_managed_policy(source):
    assert_accepts(
        source,
        "PermissionsBoundaryArn",
        good=["", BOUNDARY, "arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws-cn:iam::123456789012:policy/teams/x_1"],
        bad=["boundary", "arn:aws:iam::123456789012:role/x", "arn:aws:iam::123456789012:policy/"],
    )


def test_the_allow_list_is_one_line_that_fits_beside_the_other_variables(source):
    assert_accepts(source, "RequestTypes", good=["", "Jira*, Zugriff für *", "x" * 2048], bad=["a\nb", "a\x7f", "x" * 2049])


def test_the_age_is_empty_or_whole_seconds(source):
    assert_accepts(source, "MaxEventAge", good=["", "1", "86400", "9999999"], bad=["0", "-1", "1.5", "1d", "10000000"])


def test_a_reservation_may_be_declined_or_be_a_number(source):
    assert_accepts(source, "ReservedConcurrency", good=["none", "0", "1", "2", "999"], bad=["", "None", "-1", "02", "1000", "2.5"])


def test_choices_are_those_that_aws_and_the_program_take(source):
    assert source["Parameters"]["Architecture"]["AllowedValues"] == ["arm64", "x86_64"]
    assert source["Parameters"]["DryRun"]["AllowedValues"] == ["false", "true"]
    for parameter in ("LedgerDeletionProtection", "LedgerPointInTimeRecovery"):
        assert source["Parameters"][parameter]["AllowedValues"] == ["true", "false"]
        assert source["Parameters"][parameter]["Type"] == "String"
    assert_accepts(source, "MemorySize", good=["128", "10240"], bad=["127", "10241"])
    assert source["Parameters"]["LogRetentionDays"]["Type"] == "Number"
    assert source["Parameters"]["LogRetentionDays"]["AllowedValues"] == [
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    ]
    for parameter in ("Architecture", "DryRun", "LogLevel"):
        assert source["Parameters"][parameter]["Type"] == "String"


def test_no_log_level_is_on_offer_that_drops_the_metrics(source):
    assert source["Parameters"]["LogLevel"]["AllowedValues"] == ["TRACE", "DEBUG", "INFO"]


def test_the_schedule_is_empty_or_one_that_eventbridge_takes(source):
    assert_accepts(
        source,
        "HousekeepingSchedule",
        good=["", "rate(1 hour)", "rate(1 minute)", "rate(30 minutes)", "rate(12 hours)", "rate(1 day)", "cron(0 6 * * ? *)",
              "cron(0/30 8-18 ? * MON-FRI *)", "cron(0 8 ? * 2#1 *)", "cron(0 8 L * ? *)"],
        bad=["1 hour", "rate(1 hours)", "rate(2 hour)", "rate(0 hours)", "rate(60)", "rate(1 hour) ", "at(2026-11-24T09:00:00)", "cron()", "0 6 * * *",
             "rate(01 hours)"],
    )


def test_what_the_archive_keeps_never_outlives_the_ledgers_record_of_its_answer(source):
    protocol = (ROOT / "src" / "ledger" / "protocol.rs").read_text()
    record_life = int(re.search(r"RECORD_LIFE: Duration = Duration::from_hours\((\d+) \* 24\)", protocol)[1])  # days
    assert source["Parameters"]["ArchiveRetentionDays"]["MaxValue"] < record_life
    assert_accepts(source, "ArchiveRetentionDays", good=["0", "1", "14", "30"], bad=["-1", "31"])


def test_alarms_go_to_a_standard_topic_and_their_texts_to_a_runbook(source):
    assert_accepts(
        source,
        "AlarmTopicArn",
        good=["", "arn:aws:sns:eu-central-1:123456789012:on-call", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:a_b"],
        bad=["on-call", "arn:aws:sns:eu-central-1:123456789012:on-call.fifo", "arn:aws:sqs:eu-central-1:123456789012:on-call"],
    )
    assert_accepts(
        source,
        "RunbookUrl",
        good=["docs/runbook.md", "https://wiki.example.com/enricher?page=runbook", "x" * 512],
        bad=["", "a b", "https://wiki.example.com/#runbook", "x" * 513],
    )


def test_silence_is_an_alarm_after_hours_or_never(source):
    assert_accepts(source, "SilentStreamHours", good=["0", "1", "168"], bad=["-1", "169"])
