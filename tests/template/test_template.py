"""What template.yaml promises, one sentence a test. test_mutations.py proves that nothing in it can go or change unseen."""

import json
import pathlib
import re
import shlex
import textwrap
import tomllib

import cloudformation
import yaml

ROOT = pathlib.Path(__file__).parents[2]
QUEUE = "${DeadLetterQueue.Arn}"
RULE = "${AccessRequestRule.Arn}"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:okta/enricher-AbC123"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666"


def properties(stack: dict, resource: str) -> dict:
    return stack["Resources"][resource]["Properties"]


def variables(stack: dict) -> dict:
    return properties(stack, "EnricherFunction")["Environment"]["Variables"]


def policies(stack: dict) -> dict:
    """The role's statements, by name of policy."""
    listed = properties(stack, "EnricherRole")["Policies"]
    assert all(policy["PolicyDocument"]["Version"] == "2012-10-17" for policy in listed)
    return {policy["PolicyName"]: policy["PolicyDocument"]["Statement"] for policy in listed}


# ---- Parameters ------------------------------------------------------------------------------------------------------


def test_only_org_secret_and_event_source_must_be_given(source):
    required = [name for name, spec in source["Parameters"].items() if "Default" not in spec]
    assert required == ["OktaOrgUrl", "OktaSecretArn", "EventSourceName"]


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


def accepts(source: dict, parameter: str, value: str) -> bool:
    spec = source["Parameters"][parameter]
    if "AllowedValues" in spec:
        return value in spec["AllowedValues"]
    if spec["Type"] == "Number":
        return spec["MinValue"] <= float(value) <= spec["MaxValue"]
    assert spec["Type"] == "String"
    if len(value) > spec.get("MaxLength", 4096):
        return False
    return re.fullmatch(spec["AllowedPattern"], value) is not None


def assert_accepts(source: dict, parameter: str, good: list, bad: list):
    assert [value for value in good if not accepts(source, parameter, value)] == []
    assert [value for value in bad if accepts(source, parameter, value)] == []


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


def test_samconfig_leaves_the_three_required_values_to_fill_in_and_deploys_nothing_until_then(source):
    given = in_samconfig()
    required = [name for name, spec in source["Parameters"].items() if "Default" not in spec]
    assert list(given)[:3] == required
    assert [name for name in required if accepts(source, name, given[name])] == []


def test_samconfig_writes_out_what_is_changed_after_the_first_days_since_a_line_taken_out_changes_nothing(source):
    given = in_samconfig()
    assert given.keys() - {name for name, spec in source["Parameters"].items() if "Default" not in spec} == {"AlarmTopicArn", "DryRun"}
    for name in ("AlarmTopicArn", "DryRun"):
        assert given[name] == source["Parameters"][name]["Default"]


def in_samconfig() -> dict:
    """The values of samconfig.toml, unquoted. tests/sam reads them through SAM's own parser."""
    lines = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]["global"]["parameters"]["parameter_overrides"]
    (*pairs,) = (shlex.split(line) for line in lines)
    assert all(len(pair) == 1 for pair in pairs), "SAM cuts a value at its first space"
    return dict(pair[0].split("=", 1) for pair in pairs)


# ---- Bus and rule ----------------------------------------------------------------------------------------------------


def test_without_a_bus_the_event_source_is_associated_under_its_own_name(stack):
    bus = stack(EventBusName="")["Resources"]["PartnerEventBus"]
    assert bus["Type"] == "AWS::Events::EventBus"
    assert bus["Properties"] == {
        "Name": "aws.partner/okta.com/acme/enricher",
        "EventSourceName": "aws.partner/okta.com/acme/enricher",
    }


def test_the_associated_bus_outlives_the_stack_but_not_a_creation_that_failed(translated):
    bus = translated["Resources"]["PartnerEventBus"]
    assert (bus["DeletionPolicy"], bus["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_an_existing_bus_is_used_and_none_is_made(stack):
    deployed = stack(EventBusName="security")
    assert "PartnerEventBus" not in deployed["Resources"]
    assert properties(deployed, "AccessRequestRule")["EventBusName"] == "security"
    assert deployed["Outputs"]["EventBusName"]["Value"] == "security"


def test_the_rule_stands_on_the_associated_bus_and_is_enabled(stack):
    rule = stack()["Resources"]["AccessRequestRule"]
    assert rule["Type"] == "AWS::Events::Rule"
    assert rule["Properties"]["EventBusName"] == "${PartnerEventBus}"
    assert rule["Properties"]["State"] == "ENABLED"
    assert rule["Properties"]["Description"]
    assert "Name" not in rule["Properties"]


def test_the_rule_picks_created_access_requests_and_nothing_else(stack):
    assert properties(stack(), "AccessRequestRule")["EventPattern"] == {
        "source": [{"prefix": "aws.partner/okta.com/"}],
        "detail": {"eventType": ["access.request.create"]},
    }


def test_the_rule_has_one_target_the_function_with_retries_and_a_dead_letter_queue(stack):
    assert properties(stack(), "AccessRequestRule")["Targets"] == [
        {
            "Id": "enricher",
            "Arn": "${EnricherFunction.Arn}",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 21600, "MaximumRetryAttempts": 185},
            "DeadLetterConfig": {"Arn": QUEUE},
        }
    ]


def test_an_event_that_used_up_both_queues_is_still_young_enough_to_be_answered(stack):
    deployed = stack()
    at_the_rule = properties(deployed, "AccessRequestRule")["Targets"][0]["RetryPolicy"]["MaximumEventAgeInSeconds"]
    at_the_function = properties(deployed, "EnricherFunctionEventInvokeConfig")["MaximumEventAgeInSeconds"]
    assert at_the_rule + at_the_function < 86400


def permissions(stack: dict) -> dict:
    """Who may invoke the function."""
    return {name: r["Properties"] for name, r in stack["Resources"].items() if r["Type"] == "AWS::Lambda::Permission"}


def permission_of(rule: str) -> dict:
    return {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "${EnricherFunction}",
        "Principal": "events.amazonaws.com",
        "SourceArn": rule,
    }


def test_only_the_rule_and_the_schedule_may_invoke_the_function(stack):
    assert permissions(stack()) == {
        "InvokePermission": permission_of(RULE),
        "HousekeepingPermission": permission_of("${HousekeepingRule.Arn}"),
    }


# ---- Archive ---------------------------------------------------------------------------------------------------------


def test_the_archive_keeps_on_the_rules_bus_what_the_rule_picks_and_nothing_else(stack):
    archive = stack(ArchiveRetentionDays="7")["Resources"]["EventArchive"]
    assert archive["Type"] == "AWS::Events::Archive"
    assert archive["Properties"].pop("Description")
    assert archive["Properties"] == {
        "SourceArn": "${PartnerEventBus.Arn}",
        "RetentionDays": "7",
        "EventPattern": properties(stack(), "AccessRequestRule")["EventPattern"],
    }
    assert (
        properties(stack(EventBusName="security"), "EventArchive")["SourceArn"]
        == "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/security"
    )


def test_the_archive_goes_with_the_stack_because_it_holds_personal_data(translated):
    archive = translated["Resources"]["EventArchive"]
    assert (archive["DeletionPolicy"], archive["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_no_retention_is_no_archive(stack):
    deployed = stack(ArchiveRetentionDays="0")
    assert "EventArchive" not in deployed["Resources"]
    assert "ArchiveName" not in deployed["Outputs"]


# ---- Schedule --------------------------------------------------------------------------------------------------------


def test_the_housekeeping_runs_by_its_schedule_and_a_missed_run_is_left_to_the_next(stack):
    rule = stack(HousekeepingSchedule="rate(5 minutes)")["Resources"]["HousekeepingRule"]
    assert rule["Type"] == "AWS::Events::Rule"
    assert rule["Properties"].pop("Description")
    assert rule["Properties"] == {  # no EventBusName: only the default bus keeps schedules
        "ScheduleExpression": "rate(5 minutes)",
        "State": "ENABLED",
        "Targets": [
            {
                "Id": "enricher",
                "Arn": "${EnricherFunction.Arn}",
                "RetryPolicy": {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 1},
            }
        ],
    }


def test_without_a_schedule_there_is_no_housekeeping(stack):
    deployed = stack(HousekeepingSchedule="")
    assert "HousekeepingRule" not in deployed["Resources"]
    assert permissions(deployed).keys() == {"InvokePermission"}


# ---- Function --------------------------------------------------------------------------------------------------------


def test_sam_builds_the_root_package_whose_only_binary_is_the_lambda(source):
    function = source["Resources"]["EnricherFunction"]
    assert function["Metadata"]["BuildMethod"] == "rust-cargolambda"
    assert function["Properties"]["CodeUri"] == "."
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert [binary["name"] for binary in manifest["bin"]] == ["okta-request-enricher"]
    # `default-members` would make a build in the root build the command line too.
    assert "default-members" not in manifest["workspace"]


def test_the_function_is_a_bootstrap_on_al2023_named_like_the_stack(stack):
    function = properties(stack(), "EnricherFunction")
    assert function["Runtime"] == "provided.al2023"
    assert function["Handler"] == "bootstrap"
    assert function["FunctionName"] == "${AWS::StackName}"
    assert function["Description"]


def test_processor_and_memory_are_as_chosen(stack):
    function = properties(stack(), "EnricherFunction")
    assert (function["Architectures"], function["MemorySize"]) == (["arm64"], 256)
    function = properties(stack(Architecture="x86_64", MemorySize="512"), "EnricherFunction")
    assert (function["Architectures"], function["MemorySize"]) == (["x86_64"], "512")


def test_the_function_is_in_no_vpc_unless_subnets_are_given(stack):
    for parameters in ({}, {"SubnetIds": "subnet-1"}, {"SecurityGroupIds": "sg-1"}):
        assert "VpcConfig" not in properties(stack(**parameters), "EnricherFunction")
    assert properties(stack(SubnetIds="subnet-1,subnet-2", SecurityGroupIds="sg-1,sg-2"), "EnricherFunction")["VpcConfig"] == {
        "SubnetIds": ["subnet-1", "subnet-2"],
        "SecurityGroupIds": ["sg-1", "sg-2"],
    }


def test_the_function_is_traced(stack):
    assert properties(stack(), "EnricherFunction")["TracingConfig"] == {"Mode": "Active"}


def test_an_invocation_has_time_to_wait_out_oktas_rate_limit_window(stack):
    assert properties(stack(), "EnricherFunction")["Timeout"] == 90


def test_no_concurrency_is_reserved_unless_chosen_since_a_new_account_has_none_to_reserve(stack):
    assert "ReservedConcurrentExecutions" not in properties(stack(), "EnricherFunction")
    assert properties(stack(ReservedConcurrency="2"), "EnricherFunction")["ReservedConcurrentExecutions"] == "2"


def test_by_default_the_environment_holds_org_secret_and_ledger_only(stack):
    assert variables(stack()) == {"OKTA_ORG_URL": "https://acme.okta.com", "OKTA_SECRET_ID": SECRET, "LEDGER_TABLE": "${LedgerTable}"}


def test_each_optional_setting_reaches_its_variable(stack):
    for parameter, value, variable in [
        ("RequestTypes", "Jira*", "REQUEST_TYPES"),
        ("MaxEventAge", "3600", "MAX_EVENT_AGE"),
        ("DryRun", "true", "DRY_RUN"),
        ("OutcomeBusName", "security", "OUTCOME_BUS"),
    ]:
        environment = variables(stack(**{parameter: value}))
        assert environment.pop(variable) == value
        assert environment == variables(stack()), parameter


def test_the_log_is_json_at_the_chosen_level_in_its_own_group(stack):
    assert properties(stack(LogLevel="DEBUG"), "EnricherFunction")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
        "LogGroup": "${LogGroup}",
    }


def test_a_failed_event_is_tried_three_times_within_six_hours_and_then_kept(stack):
    deployed = stack()
    assert deployed["Resources"]["EnricherFunctionEventInvokeConfig"]["Type"] == "AWS::Lambda::EventInvokeConfig"
    assert properties(deployed, "EnricherFunctionEventInvokeConfig") == {
        "FunctionName": "${EnricherFunction}",
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 21600,
        "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
    }


def test_the_on_failure_destination_is_declared_as_a_queue(source):
    invoke = source["Resources"]["EnricherFunction"]["Properties"]["EventInvokeConfig"]
    assert invoke["DestinationConfig"]["OnFailure"]["Type"] == "SQS"


# ---- Role ------------------------------------------------------------------------------------------------------------


def test_the_function_runs_under_the_written_role_which_only_lambda_may_assume(stack):
    deployed = stack()
    roles = [name for name, r in deployed["Resources"].items() if r["Type"] == "AWS::IAM::Role"]
    assert roles == ["EnricherRole"]
    assert properties(deployed, "EnricherFunction")["Role"] == "${EnricherRole.Arn}"
    role = properties(deployed, "EnricherRole")
    assert role.keys() == {"Description", "AssumeRolePolicyDocument", "Policies"}
    assert role["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }


def test_by_default_the_role_may_read_one_secret_keep_one_table_send_to_one_queue_and_write_one_log(stack):
    assert policies(stack()) == {
        "read-okta-credential": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET}],
        "send-failed-events": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}],
        "write-log": [
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "${LogGroup.Arn}"}
        ],
        "keep-ledger": [{"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "${LedgerTable.Arn}"}],
        "write-traces": [{"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"}],
    }


def test_the_role_is_bounded_where_the_account_demands_it(stack):
    assert properties(stack(PermissionsBoundaryArn=BOUNDARY), "EnricherRole")["PermissionsBoundary"] == BOUNDARY


def test_a_key_of_ones_own_encrypts_ledger_and_log_and_opens_through_dynamodb_only(stack):
    deployed = stack(KmsKeyArn=KEY)
    assert properties(deployed, "LedgerTable")["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert properties(deployed, "LogGroup") == {"RetentionInDays": 30, "KmsKeyId": KEY}
    granted = policies(deployed)
    assert granted.pop("decrypt-ledger") == [
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.${AWS::Region}.${AWS::URLSuffix}"}},
        }
    ]
    assert granted == policies(stack())


def test_in_a_vpc_lambda_may_handle_network_interfaces_and_the_code_may_not(stack):
    granted = policies(stack(SubnetIds="subnet-1", SecurityGroupIds="sg-1"))
    assert granted.pop("enter-vpc") == [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Deny",
            "Action": "ec2:*",
            "Resource": "*",
            "Condition": {
                "ArnEquals": {
                    "lambda:SourceFunctionArn": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}"
                }
            },
        },
    ]
    assert granted == policies(stack())
    assert properties(stack(), "EnricherFunction")["FunctionName"] == "${AWS::StackName}"


def test_only_traces_and_network_interfaces_are_granted_on_everything(stack):
    granted = policies(stack(SubnetIds="subnet-1", SecurityGroupIds="sg-1", KmsKeyArn=KEY, SecretKmsKeyArn=KEY, OutcomeBusName="security"))
    wide = [name for name, statements in granted.items() if any(s["Effect"] == "Allow" and s["Resource"] == "*" for s in statements)]
    assert wide == ["write-traces", "enter-vpc"]


def test_a_key_of_ones_own_may_be_used_through_secrets_manager_for_this_secret_only(stack):
    granted = policies(stack(SecretKmsKeyArn=KEY))
    assert granted.pop("decrypt-okta-credential") == [
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}",
                    "kms:EncryptionContext:SecretARN": SECRET,
                }
            },
        }
    ]
    assert granted == policies(stack())


def test_outcomes_may_be_put_on_the_chosen_bus_only(stack):
    granted = policies(stack(OutcomeBusName="security"))
    assert granted.pop("put-outcomes") == [
        {
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/security",
        }
    ]
    assert granted == policies(stack())


# ---- Ledger ----------------------------------------------------------------------------------------------------------


def test_the_ledger_is_a_table_with_the_one_key_that_the_program_expects_and_forgets_by_itself(stack):
    table = stack()["Resources"]["LedgerTable"]
    assert table["Type"] == "AWS::DynamoDB::Table"
    assert table["Properties"] == {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "DeletionProtectionEnabled": "true",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true"},
    }


def test_the_ledger_outlives_the_stack_and_may_be_left_unprotected(stack):
    table = stack(LedgerDeletionProtection="false", LedgerPointInTimeRecovery="false")["Resources"]["LedgerTable"]
    # Not RetainExceptOnCreate: the rollback of a failed creation could not delete a protected table.
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["DeletionProtectionEnabled"] == "false"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "false"}


def test_the_ledger_is_made_after_the_bus_so_that_one_which_fails_leaves_no_table(stack):
    assert stack()["Resources"]["LedgerTable"]["Metadata"]["after"] == "${PartnerEventBus}"
    assert stack(EventBusName="security")["Resources"]["LedgerTable"]["Metadata"]["after"] == "nothing"


# ---- Queue and log ---------------------------------------------------------------------------------------------------


def test_dead_letters_are_encrypted_kept_two_weeks_and_go_with_the_stack(stack):
    queue = stack()["Resources"]["DeadLetterQueue"]
    assert queue["Type"] == "AWS::SQS::Queue"
    assert queue["Properties"] == {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 1209600}
    assert (queue["DeletionPolicy"], queue["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_eventbridge_may_send_to_the_queue_for_the_rule_only_and_nobody_without_tls(stack):
    policy = stack()["Resources"]["DeadLetterQueuePolicy"]
    assert policy["Type"] == "AWS::SQS::QueuePolicy"
    assert policy["Properties"]["Queues"] == ["${DeadLetterQueue}"]
    assert policy["Properties"]["PolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "UndeliveredEvents",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
            },
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": QUEUE,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def test_the_log_is_kept_as_long_as_chosen_and_outlives_the_stack_but_not_a_creation_that_failed(stack):
    group = stack()["Resources"]["LogGroup"]
    assert group["Type"] == "AWS::Logs::LogGroup"
    assert group["Properties"] == {"RetentionInDays": 30}
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert properties(stack(LogRetentionDays="365"), "LogGroup") == {"RetentionInDays": "365"}


# ---- Dashboard and queries -------------------------------------------------------------------------------------------


AT_THE_FUNCTION = {"FunctionName": "${EnricherFunction}"}
AT_THE_RULE = {"EventBusName": "${PartnerEventBus}", "RuleName": "${AccessRequestRule.RuleName}"}
AT_THE_QUEUE = {"QueueName": "${DeadLetterQueue.QueueName}"}


def own(*names: str) -> list:
    return [["OktaRequestEnricher", name, "FunctionName", "${EnricherFunction}"] for name in names]


def written_out(chart: dict) -> list:
    """The chart's metrics, each "." replaced by what stands in its place in the line above, as CloudWatch does."""
    above, metrics = [], []
    for metric in chart["properties"]["metrics"]:
        texts = [part for part in metric if isinstance(part, str)]
        above = [above[place] if text == "." else text for place, text in enumerate(texts)]
        metrics.append(above)
    return metrics


def test_the_dashboard_shows_from_outcome_to_stream_what_there_is_to_see(stack):
    dashboard = stack()["Resources"]["Dashboard"]
    assert dashboard["Type"] == "AWS::CloudWatch::Dashboard"
    assert dashboard["Properties"].keys() == {"DashboardName", "DashboardBody"}
    # With the region: an account has its dashboards in all regions at once.
    assert dashboard["Properties"]["DashboardName"] == "${AWS::StackName}-${AWS::Region}"
    alarm_list, *charts, log = json.loads(dashboard["Properties"]["DashboardBody"])["widgets"]
    shown = {chart["properties"]["title"]: written_out(chart) for chart in charts}
    queue = ["QueueName", "${DeadLetterQueue.QueueName}"]
    function = ["FunctionName", "${EnricherFunction}"]
    assert shown == {
        "How attempts ended": own("Posted", "Skipped", "Duplicate", "Failed"),
        "From Okta's event to the message": own("EventToPost", "EventToPost"),
        "Calls to Okta, and waits for its rate limits": own("OktaCalls", "RateLimitWait"),
        "Messages that lack something, and posts in doubt": own("Degraded", "ChecksNotDone", "Doubtful"),
        "Dead letters": [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", *queue],
            ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", *queue],
        ],
        "How long events wait for the function": [
            ["AWS/Lambda", "AsyncEventAge", *function],
            ["AWS/Lambda", "ConcurrentExecutions", *function],
        ],
        "Okta's stream: events of every kind, and whether it is on": [
            ["AWS/Events", "Events", "EventSourceName", "aws.partner/okta.com/acme/enricher"],
            *own("StreamActive"),
        ],
        "What the housekeeping repaired, and what it could not prove": own("Reconciled", "Unproven"),
    }
    assert {chart["type"] for chart in charts} == {"metric"}
    assert [metric[-1]["stat"] for metric in charts[1]["properties"]["metrics"]] == ["p50", "p99"]
    assert (alarm_list["type"], log["type"]) == ("alarm", "log")
    assert log["properties"]["query"].startswith("SOURCE '${LogGroup}' | ")
    assert "outcome = 'failed'" in log["properties"]["query"]


def test_each_chart_has_statistic_and_region_and_covers_no_other(stack):
    widgets = json.loads(properties(stack(), "Dashboard")["DashboardBody"])["widgets"]
    taken = set()
    for widget in widgets:
        cells = {(widget["x"] + x, widget["y"] + y) for x in range(widget["width"]) for y in range(widget["height"])}
        assert not cells & taken, widget["properties"]["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if widget["type"] != "alarm":
            assert widget["properties"]["region"] == "${AWS::Region}"
        for metric in widget["properties"].get("metrics", []):
            options = metric[-1] if isinstance(metric[-1], dict) else {}
            assert (widget["properties"] | options)["stat"] in {"Sum", "Maximum", "Minimum", "p50", "p99"}, metric


def test_the_dashboard_shows_every_alarm_that_is_always_there(stack):
    widgets = json.loads(properties(stack(), "Dashboard")["DashboardBody"])["widgets"]
    always = alarms(stack(HousekeepingSchedule="", SilentStreamHours="0"))
    assert sorted(widgets[0]["properties"]["alarms"]) == sorted(f"${{{name}.Arn}}" for name in always)


QUERIES = {
    "FailuresQuery": (
        "Failures, with their reasons",
        """
        fields @timestamp, request_id, code, error_class, error, lambda_request_id, record.status, record.requestId
        | filter outcome = 'failed' or (type = 'platform.report' and record.status in ['timeout', 'failure'])
        | sort @timestamp desc
        | limit 200
        """,
    ),
    "HistoryQuery": (
        "History of one request (write its id into the query)",
        """
        fields @timestamp, level, message, outcome, api, resolution, rule, reason, code, error_class, system_log_uuid, lambda_request_id
        | filter @message like 'ID OF THE REQUEST'
        | sort @timestamp asc
        | limit 200
        """,
    ),
    "SlowestPostsQuery": (
        "Slowest posts",
        """
        fields @timestamp, request_id, EventToPost / 1000 as seconds, RateLimitWait / 1000 as waited, OktaCalls, rule, lambda_request_id
        | filter outcome = 'posted' and ispresent(EventToPost)
        | sort seconds desc
        | limit 50
        """,
    ),
    "DegradedSectionsQuery": (
        "Sections that could not be read",
        """
        filter ispresent(degraded_sections.0)
        | stats count(*) as messages, latest(request_id) as last_request, latest(warnings.0) as last_warning
          by rule, degraded_sections.0, degraded_sections.1, degraded_sections.2, degraded_sections.3
        | sort messages desc
        """,
    ),
    "SkippedQuery": (
        "What was skipped, and why",
        """
        filter outcome = 'skipped'
        | stats count(*) as events, latest(reason) as last_reason, latest(request_id) as last_request, latest(@timestamp) as last_time by code
        | sort events desc
        """,
    ),
}


def test_what_one_asks_the_log_is_saved(stack):
    saved = {name: r["Properties"] for name, r in stack()["Resources"].items() if r["Type"] == "AWS::Logs::QueryDefinition"}
    assert saved == {
        resource: {
            "Name": f"${{AWS::StackName}}/{name}",
            "LogGroupNames": ["${LogGroup}"],
            "QueryString": textwrap.dedent(query).strip(),
        }
        for resource, (name, query) in QUERIES.items()
    }


# ---- Alarms ----------------------------------------------------------------------------------------------------------

TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"
ONCE = ["AlarmActions"]
WHILE_IT_LASTS = ["AlarmActions", "OKActions"]
ALARMS = {  # name: metric, dimensions, how it is judged, section of the runbook, what tells
    "DeadLettersAlarm": (
        "AWS/SQS ApproximateNumberOfMessagesVisible", AT_THE_QUEUE, "Maximum of 300 s GreaterThanThreshold 0, 1 of 3, notBreaching",
        "dead-letters", WHILE_IT_LASTS,
    ),
    "OldDeadLettersAlarm": (
        "AWS/SQS ApproximateNumberOfMessagesVisible", AT_THE_QUEUE, "Maximum of 3600 s GreaterThanThreshold 0, 160 of 168, notBreaching",
        "old-dead-letters", WHILE_IT_LASTS,
    ),
    "EventsDroppedAlarm": (
        "AWS/Lambda AsyncEventsDropped", AT_THE_FUNCTION, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching", "dropped-events", ONCE,
    ),
    "EventsWaitAlarm": (
        "AWS/Lambda AsyncEventAge", AT_THE_FUNCTION, "Maximum of 300 s GreaterThanThreshold 900000, 1 in a row, notBreaching",
        "waiting-events", WHILE_IT_LASTS,
    ),
    "DeadLettersLostAlarm": (
        "AWS/Lambda DestinationDeliveryFailures", AT_THE_FUNCTION, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching",
        "lost-dead-letters", ONCE,
    ),
    "UndeliveredEventsAlarm": (
        "AWS/Events InvocationsSentToDlq", AT_THE_RULE, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching",
        "undelivered-events", ONCE,
    ),
    "LostEventsAlarm": (
        "AWS/Events FailedInvocations", AT_THE_RULE, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching", "lost-events", ONCE,
    ),
    "UndeliveredEventsLostAlarm": (
        "AWS/Events InvocationsFailedToBeSentToDlq", AT_THE_RULE, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching",
        "lost-events", ONCE,
    ),
    "StreamOffAlarm": (
        "OktaRequestEnricher StreamActive", AT_THE_FUNCTION, "Minimum of 300 s LessThanThreshold 1, 1 in a row, ignore", "stream-off",
        WHILE_IT_LASTS,
    ),
    "DoubtfulPostsAlarm": (
        "OktaRequestEnricher Doubtful", AT_THE_FUNCTION, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching", "doubtful-posts", ONCE,
    ),
}
ALARMS_ON_MATH = {  # name: expression, metrics, dimensions, how each is summed up and the whole is judged, section of the runbook; they tell while it lasts
    "SilentStreamAlarm": (
        "filled = FILL(events, 0)", {"events": "AWS/Events Events"}, {"EventSourceName": "aws.partner/okta.com/acme/enricher"}, "Sum of 3600 s",
        "LessThanThreshold 1, 6 in a row, breaching", "silent-stream",
    ),
    "DegradedMessagesAlarm": (
        "share = IF(posted >= 5, degraded / posted, 0)", {"degraded": "OktaRequestEnricher Degraded", "posted": "OktaRequestEnricher Posted"},
        AT_THE_FUNCTION, "Sum of 86400 s", "GreaterThanOrEqualToThreshold 0.9, 1 in a row, notBreaching", "degraded-messages",
    ),
}  # fmt: skip


def alarms(stack: dict) -> dict:
    return {name: r["Properties"] for name, r in stack["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}


def test_the_alarms_are_these(stack):
    assert alarms(stack()).keys() == {*ALARMS, *ALARMS_ON_MATH}


def dimensions_of(metric: dict) -> dict:
    return {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}


def assert_judges_and_tells(alarm: dict, judged: str, anchor: str, tells: list, name: str):
    """What is left of an alarm besides its metrics."""
    periods = alarm.pop("EvaluationPeriods")
    how_many = f"{alarm.pop('DatapointsToAlarm')} of {periods}" if "DatapointsToAlarm" in alarm else f"{periods} in a row"
    assert f"{alarm.pop('ComparisonOperator')} {alarm.pop('Threshold')}, {how_many}, {alarm.pop('TreatMissingData')}" == judged, name
    description = alarm.pop("AlarmDescription")
    assert re.fullmatch(rf"[A-Z][^.]+\. https://wiki\.example\.com/enricher#{anchor}", description), name
    assert alarm == dict.fromkeys(tells, [TOPIC]), name


def test_each_alarm_watches_its_metric_and_tells_the_topic_where_to_read_on(stack):
    deployed = alarms(stack(AlarmTopicArn=TOPIC, RunbookUrl="https://wiki.example.com/enricher"))
    for name, (metric, dimensions, judged, anchor, tells) in ALARMS.items():
        alarm = deployed[name]
        assert f"{alarm.pop('Namespace')} {alarm.pop('MetricName')}" == metric, name
        assert dimensions_of(alarm) == dimensions, name
        del alarm["Dimensions"]
        summed, judged = judged.split(" s ")
        assert f"{alarm.pop('Statistic')} of {alarm.pop('Period')}" == summed, name
        assert_judges_and_tells(alarm, judged, anchor, tells, name)


def test_each_alarm_on_more_than_one_metric_watches_the_expression_alone(stack):
    deployed = alarms(stack(AlarmTopicArn=TOPIC, RunbookUrl="https://wiki.example.com/enricher"))
    for name, (expression, metrics, dimensions, summed, judged, anchor) in ALARMS_ON_MATH.items():
        alarm = deployed[name]
        watched, *parts = alarm.pop("Metrics")
        assert watched.pop("Label")
        assert f"{watched.pop('Id')} = {watched.pop('Expression')}" == expression, name
        assert watched == {}, name  # ReturnData is true unless said otherwise
        found = {}
        for part in parts:
            assert part.keys() == {"Id", "ReturnData", "MetricStat"}, name
            assert part["ReturnData"] is False, name
            stat = part["MetricStat"]
            assert f"{stat.pop('Stat')} of {stat.pop('Period')} s" == summed, name
            assert stat.keys() == {"Metric"}, name
            assert dimensions_of(stat["Metric"]) == dimensions, name
            found[part["Id"]] = f"{stat['Metric']['Namespace']} {stat['Metric']['MetricName']}"
            assert stat["Metric"].keys() == {"Namespace", "MetricName", "Dimensions"}, name
        assert found == metrics, name
        assert_judges_and_tells(alarm, judged, anchor, WHILE_IT_LASTS, name)


def test_without_a_topic_the_alarms_tell_nobody(stack):
    for name, alarm in alarms(stack()).items():
        assert alarm["AlarmActions"] == alarm.get("OKActions", []) == [], name


def test_alarms_on_the_rule_follow_it_to_an_existing_bus(stack):
    deployed = stack(EventBusName="security")
    for name in ("UndeliveredEventsAlarm", "LostEventsAlarm", "UndeliveredEventsLostAlarm"):
        assert dimensions_of(alarms(deployed)[name]) == AT_THE_RULE | {"EventBusName": "security"}


def looks_back(alarm: dict) -> int:
    """Seconds over which the alarm looks at its metrics."""
    periods = {alarm["Period"]} if "Period" in alarm else {part["MetricStat"]["Period"] for part in alarm["Metrics"] if "MetricStat" in part}
    (period,) = periods  # all metrics of an expression must have the same one
    return period * int(alarm["EvaluationPeriods"])


def test_dead_letters_are_told_of_again_days_before_sqs_deletes_them(stack):
    deployed = stack()
    retention = properties(deployed, "DeadLetterQueue")["MessageRetentionPeriod"]
    assert retention - looks_back(alarms(deployed)["OldDeadLettersAlarm"]) >= 3 * 86400


def test_a_run_that_reads_the_letters_does_not_end_their_alarm(source, stack):
    """SQS hides letters that are read, for two minutes (`enricher redrive --hide`), and the run extends that while it works."""
    redrive = (ROOT / "cli" / "src" / "redrive.rs").read_text()
    hidden = int(re.search(r'default_value = "(\d+)m"\)\]\s+hide: Duration', redrive)[1]) * 60
    alarm = alarms(stack())["DeadLettersAlarm"]
    assert alarm["DatapointsToAlarm"] == 1
    assert looks_back(alarm) > 2 * hidden


def test_no_alarm_looks_further_back_than_cloudwatch_allows(source, stack):
    longest = str(source["Parameters"]["SilentStreamHours"]["MaxValue"])
    for name, alarm in alarms(stack(SilentStreamHours=longest)).items():
        assert looks_back(alarm) <= 7 * 86400, name


def test_every_metric_of_the_program_is_that_of_this_stacks_function(stack):
    def own_metrics(node):
        if isinstance(node, dict):
            if node.get("Namespace") == "OktaRequestEnricher":
                yield node
            for part in node.values():
                yield from own_metrics(part)
        elif isinstance(node, list):
            for part in node:
                yield from own_metrics(part)

    found = list(own_metrics(list(alarms(stack()).values())))
    assert len(found) == 4
    assert [metric for metric in found if dimensions_of(metric) != AT_THE_FUNCTION] == []


def test_the_stream_is_watched_as_long_as_chosen(stack):
    assert alarms(stack(SilentStreamHours="48"))["SilentStreamAlarm"]["EvaluationPeriods"] == "48"
    assert "SilentStreamAlarm" not in alarms(stack(SilentStreamHours="0"))
    assert "StreamOffAlarm" not in alarms(stack(HousekeepingSchedule=""))


# ---- The whole -------------------------------------------------------------------------------------------------------


def test_nothing_else_is_made(stack):
    assert sorted(stack()["Resources"]) == [
        "AccessRequestRule",
        "Dashboard",
        "DeadLetterQueue",
        "DeadLetterQueuePolicy",
        "DeadLettersAlarm",
        "DeadLettersLostAlarm",
        "DegradedMessagesAlarm",
        "DegradedSectionsQuery",
        "DoubtfulPostsAlarm",
        "EnricherFunction",
        "EnricherFunctionEventInvokeConfig",
        "EnricherRole",
        "EventArchive",
        "EventsDroppedAlarm",
        "EventsWaitAlarm",
        "FailuresQuery",
        "HistoryQuery",
        "HousekeepingPermission",
        "HousekeepingRule",
        "InvokePermission",
        "LedgerTable",
        "LogGroup",
        "LostEventsAlarm",
        "OldDeadLettersAlarm",
        "PartnerEventBus",
        "SilentStreamAlarm",
        "SkippedQuery",
        "SlowestPostsQuery",
        "StreamOffAlarm",
        "UndeliveredEventsAlarm",
        "UndeliveredEventsLostAlarm",
    ]


def test_the_outputs_name_what_an_operator_needs(stack):
    outputs = stack()["Outputs"]
    assert {name: output["Value"] for name, output in outputs.items()} == {
        "FunctionName": "${EnricherFunction}",
        "FunctionArn": "${EnricherFunction.Arn}",
        "DeadLetterQueueUrl": "${DeadLetterQueue}",
        "EventBusName": "${PartnerEventBus}",
        "RuleName": "${AccessRequestRule.RuleName}",
        "RuleArn": RULE,
        "ArchiveName": "${EventArchive}",
        "LedgerTableName": "${LedgerTable}",
        "LogGroupName": "${LogGroup}",
    }
    assert all(output["Description"] for output in outputs.values())


def test_the_template_says_what_it_is(source):
    assert source["AWSTemplateFormatVersion"] == "2010-09-09"
    assert source["Transform"] == "AWS::Serverless-2016-10-31"
    assert source["Description"].startswith("Puts the facts an approver needs onto Okta access requests")


def test_the_template_fits_into_a_request_as_it_is_and_as_it_is_packaged(source):
    """CloudFormation takes 51,200 bytes in a request; more needs a bucket, which `aws cloudformation deploy` has only if it is given one."""
    assert cloudformation.TEMPLATE.stat().st_size < 51_200
    packaged = yaml.safe_dump(json.loads(json.dumps(source)), sort_keys=False)  # as `aws cloudformation package` writes it
    assert len(packaged.encode()) < 51_200


def test_each_security_check_that_is_not_followed_is_named_with_its_reason(source):
    skipped = {
        name: resource["Metadata"]["checkov"]["skip"]
        for name, resource in source["Resources"].items()
        if "checkov" in resource.get("Metadata", {})
    }
    assert {name: [skip["id"] for skip in skips] for name, skips in skipped.items()} == {
        "EnricherFunction": ["CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_173"],
        "LedgerTable": ["CKV_AWS_119"],
        "DeadLetterQueue": ["CKV_AWS_27"],
        "LogGroup": ["CKV_AWS_158"],
    }
    assert all(len(skip["comment"]) > 40 for skips in skipped.values() for skip in skips)
