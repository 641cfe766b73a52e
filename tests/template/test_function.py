"""What is deployed of the program: its build, its settings, and what becomes of an event that fails."""

import tomllib

from deployed import QUEUE, ROOT, SECRET, properties, variables


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
