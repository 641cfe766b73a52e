"""What `sam deploy` has CloudFormation do, by samconfig.toml: the habits on which docs/configuration.md and docs/deploy.md build.

Each test runs SAM itself against an AWS that only listens. If a new SAM has other habits, these tests fail, and the guide must change.
"""

import io
import zipfile

import cloudformation
import pytest
from kit import TOPIC

REQUIRED = [f'"{name}={value}"' for name, value in cloudformation.REQUIRED.items()]


def sent(change_set: dict) -> dict[str, str]:
    """The values that the client states; "the previous one" is none of them."""
    parameters = {parameter["ParameterKey"]: parameter for parameter in change_set["parameters"]}
    return {name: parameter["ParameterValue"] for name, parameter in parameters.items() if "ParameterValue" in parameter}


def kept(change_set: dict) -> set[str]:
    """The parameters that CloudFormation is told to leave at their value of the last deployment."""
    return {parameter["ParameterKey"] for parameter in change_set["parameters"] if parameter.get("UsePreviousValue") == "true"}


def test_the_first_deployment_sends_what_stands_in_samconfig_and_nothing_else(kit):
    kit.set(*REQUIRED, '"DryRun=true"')
    change_set = kit.change_set()
    assert change_set["type"] == "CREATE"
    assert sent(change_set) == cloudformation.REQUIRED | {"DryRun": "true"}
    assert kept(change_set) == set()
    assert change_set["capabilities"] == ["CAPABILITY_IAM"]


def test_a_parameter_that_is_taken_out_of_samconfig_keeps_its_value(kit, deployed):
    """So "take DryRun out" leaves production dry."""
    kit.set(*REQUIRED)
    change_set = kit.change_set()
    assert change_set["type"] == "UPDATE"
    assert {"DryRun", "AlarmTopicArn", "RequestTypes"} <= kept(change_set)
    assert kept(change_set) == kit.parameters().keys() - cloudformation.REQUIRED.keys()
    assert sent(change_set) == cloudformation.REQUIRED


def test_a_new_parameter_of_an_upgrade_gets_its_default(kit, deployed):
    del deployed.stack["SilentStreamHours"]  # as if the version that runs did not have it yet
    kit.set(*REQUIRED)
    change_set = kit.change_set()
    assert "SilentStreamHours" not in kept(change_set) | sent(change_set).keys()


def test_a_value_that_is_changed_is_sent(kit, deployed):
    kit.set(*REQUIRED, '"DryRun=false"')
    change_set = kit.change_set()
    assert sent(change_set) == cloudformation.REQUIRED | {"DryRun": "false"}


@pytest.mark.parametrize("line", ['''"AlarmTopicArn=''"''', """'AlarmTopicArn=""'"""])
def test_an_empty_value_in_quotes_empties_a_parameter(kit, deployed, line):
    kit.set(*REQUIRED, line)
    assert sent(kit.change_set())["AlarmTopicArn"] == ""


def test_an_empty_value_without_quotes_stops_sam_before_it_calls_aws(kit, deployed):
    kit.set(*REQUIRED, '"AlarmTopicArn="')
    done = kit.sam("deploy", "--no-execute-changeset", AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode != 0
    assert "AlarmTopicArn= is not a valid format" in done.stderr
    assert deployed.calls == []


def test_values_with_spaces_arrive_whole_in_quotes_and_are_cut_without(kit, deployed):
    kit.set(*REQUIRED, '''"RequestTypes='Jira access,Sales*'"''', '"HousekeepingSchedule=rate(30 minutes)"')
    done = kit.sam("deploy", "--no-execute-changeset", AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode != 0
    assert "HousekeepingSchedule failed to satisfy constraint: must be empty or an EventBridge schedule" in done.stdout + done.stderr
    kit.set(*REQUIRED, '''"RequestTypes='Jira access,Sales*'"''', '''"HousekeepingSchedule='rate(30 minutes)'"''')
    values = sent(kit.change_set())
    assert values["RequestTypes"] == "Jira access,Sales*"
    assert values["HousekeepingSchedule"] == "rate(30 minutes)"


def test_a_request_type_is_cut_at_its_first_space_in_silence(kit, deployed):
    """Nothing can refuse it: `Jira` is a right value too. So the guide shows the quotes."""
    kit.set(*REQUIRED, '"RequestTypes=Jira access"')
    assert sent(kit.change_set())["RequestTypes"] == "Jira"


def test_samconfig_as_it_comes_is_refused_with_the_reason(kit):
    done = kit.sam("deploy", "--no-execute-changeset", AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode != 0
    assert "OktaOrgUrl failed to satisfy constraint: must read like https://acme.okta.com" in done.stdout + done.stderr
    assert kit.endpoint.change_sets == []


def test_samconfig_says_what_it_must_not_leave_to_the_last_deployment(kit, deployed):
    """The dry run ends, and alarms tell nobody, exactly if samconfig.toml says so: both lines stand in it from the start."""
    kit.fill_in()
    values = sent(kit.change_set())
    assert values.items() >= cloudformation.REQUIRED.items()
    assert values["DryRun"] == "false"
    assert values["AlarmTopicArn"] == ""


def test_the_command_line_replaces_samconfig_as_a_whole(kit, deployed):
    """So `sam deploy --parameter-overrides DryRun=true` sends DryRun alone; the rest keeps its last value."""
    kit.set(*REQUIRED, '"LogLevel=DEBUG"')
    arguments = ["--no-execute-changeset", "--parameter-overrides", "DryRun=true", f"AlarmTopicArn={TOPIC}"]
    done = kit.sam("deploy", *arguments, AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode == 0, done.stdout + done.stderr
    change_set = kit.endpoint.change_set()
    assert sent(change_set) == {"DryRun": "true", "AlarmTopicArn": TOPIC}
    assert "OktaOrgUrl" in kept(change_set)


def test_the_uploaded_code_is_the_function_folder_with_an_executable_bootstrap(kit, endpoint):
    kit.set(*REQUIRED)
    location = kit.change_set()["template"]["Resources"]["EnricherFunction"]["Properties"]["CodeUri"]
    (code,) = [body for path, body in endpoint.objects.items() if path == "/" + location.removeprefix("s3://")]
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert set(modes) == {"bootstrap", "enrichment.toml"}
    assert modes["bootstrap"] & 0o555 == 0o555, "Lambda runs it as another user"
    assert modes["enrichment.toml"] & 0o444 == 0o444
