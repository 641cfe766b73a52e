"""`sam build` and `sam deploy`, as docs/deploy.md shows, into an AWS that is an emulator; then events as EventBridge sends them.

What ministack does not do, tests/template asserts on the template: it decides no permissions, delivers nothing from a
partner's source, and knows no dead letters of a rule's target. What it does not know, `for_the_emulator` leaves out.
"""

import json
import os

import cloudformation
import pytest
from emulators import REPOSITORY, event, of_unknown_request, sam, wait_for
from samtranslator.yaml_helper import yaml_parse

EVENT_SOURCE = "aws.partner/okta.com/acme/access-requests"
ORG = "https://acme.okta.com"
# The access key with which SAM calls, and the tests do not.
DEPLOYER = "deployer"


# What ministack's CloudFormation can't make: these types, and alarms on metric math.
UNKNOWN_TYPES = {"AWS::Events::Archive", "AWS::Logs::QueryDefinition"}
ALARMS_ON_MATH = {"SilentStreamAlarm", "DegradedMessagesAlarm"}
QUERIES = {"FailuresQuery", "HistoryQuery", "SlowestPostsQuery", "DegradedSectionsQuery", "SkippedQuery"}


def for_the_emulator(template: dict) -> dict:
    """The template without what ministack does not know. Exactly that is left out, and nothing else changed."""
    resources, outputs = template["Resources"], template["Outputs"]
    on_math = {name for name, resource in resources.items() if "Metrics" in resource["Properties"]}
    assert on_math == ALARMS_ON_MATH
    left_out = on_math | {name for name, resource in resources.items() if resource["Type"] in UNKNOWN_TYPES}
    assert left_out == ALARMS_ON_MATH | QUERIES | {"EventArchive"}
    for name in left_out:
        del resources[name]
    del outputs["ArchiveName"]
    body = resources["Dashboard"]["Properties"]["DashboardBody"]
    shown = json.loads(body["Fn::Sub"])
    alarms = shown["widgets"][0]["properties"]["alarms"]
    alarms[:] = [arn for arn in alarms if arn.removeprefix("${").removesuffix(".Arn}") not in left_out]
    body["Fn::Sub"] = json.dumps(shown)
    return template


class Deployed:
    """The stack as it is now, and its function."""

    def __init__(self, aws, name: str):
        self.aws = aws
        (stack,) = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        self.status = stack["StackStatus"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.name = self.outputs["FunctionName"]
        self.lambdas = aws.client("lambda")

    def turn_to(self, okta):
        """Turns the function from the real Okta and AWS to the emulated ones: the only change to what was deployed."""
        variables = self.configuration()["Environment"]["Variables"]
        self.lambdas.update_function_configuration(
            FunctionName=self.name,
            Environment={"Variables": variables | self.aws.environment() | {"OKTA_ORG_URL": okta.url}},
        )
        wait_for("the new configuration", lambda: self.configuration()["LastUpdateStatus"] == "Successful")

    def configuration(self) -> dict:
        return self.lambdas.get_function_configuration(FunctionName=self.name)

    def send(self, sample: dict):
        """Asynchronously, as EventBridge invokes."""
        reply = self.lambdas.invoke(FunctionName=self.name, InvocationType="Event", Payload=json.dumps(sample).encode())
        assert reply["StatusCode"] == 202

    def dead_letters(self) -> list[dict]:
        queue = self.outputs["DeadLetterQueueUrl"]
        received = self.aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        return [json.loads(letter["Body"]) for letter in received.get("Messages", [])]

    def log(self) -> list[str]:
        """The lines in the log group that the stack made."""
        return [line["message"] for line in self.aws.client("logs").filter_log_events(logGroupName=self.outputs["LogGroupName"])["events"]]

    def invocations(self) -> int:
        """How often the function has been started."""
        return sum(line.startswith("START RequestId") for line in self.log())


def deploy(home, aws, built, stack: str, and_resources: dict | None = None, **overrides: str) -> Deployed:
    """`sam deploy` of what `sam build` made, as a stack of this name, with these parameters and no other."""
    template = for_the_emulator(yaml_parse((built / "template.yaml").read_text()))
    template["Resources"] |= and_resources or {}
    emulated = built / "emulated.yaml"  # JSON is YAML; beside the original, for the code's place is relative
    emulated.write_text(json.dumps(template))
    sam(
        home, "deploy", "--template-file", emulated, "--config-file", REPOSITORY / "samconfig.toml", "--no-confirm-changeset",
        "--stack-name", stack, "--parameter-overrides", *[f"{name}='{value}'" for name, value in overrides.items()],
        AWS_ENDPOINT_URL=aws.url, AWS_ACCESS_KEY_ID=DEPLOYER,
    )  # fmt: skip
    return Deployed(aws, stack)


@pytest.fixture(scope="module")
def deployed(home, aws, built) -> Deployed:
    required = {"OktaOrgUrl": ORG, "OktaSecretArn": aws.secret, "EventSourceName": EVENT_SOURCE, "Architecture": "x86_64"}
    deployed = deploy(home, aws, built, "okta-request-enricher", **required)
    assert deployed.status == "CREATE_COMPLETE"
    return deployed


@pytest.fixture
def function(deployed, okta) -> Deployed:
    deployed.turn_to(okta)
    return deployed


def test_sam_finds_no_fault_in_the_template(home):
    sam(home, "validate")  # with cfn-lint, by samconfig.toml


def test_sam_build_packs_the_same_bootstrap_and_nothing_else(built, bootstrap):
    code = built / "EnricherFunction"
    assert [file.name for file in code.iterdir()] == ["bootstrap"]
    assert (code / "bootstrap").read_bytes() == bootstrap.read_bytes()


def test_the_deployed_function_has_the_environment_that_the_template_states(deployed, aws, translated):
    stated = cloudformation.resolve(translated, OktaOrgUrl=ORG, OktaSecretArn=aws.secret, EventSourceName=EVENT_SOURCE)
    configuration = deployed.configuration()
    variables = stated["Resources"]["EnricherFunction"]["Properties"]["Environment"]["Variables"]
    assert configuration["Environment"]["Variables"] == variables | {"LEDGER_TABLE": deployed.outputs["LedgerTableName"]}
    assert (configuration["Runtime"], configuration["Timeout"]) == ("provided.al2023", 90)


def test_the_rule_takes_created_access_requests_and_no_other_event(deployed, aws):
    events = aws.client("events")
    (rule,) = events.list_rules(EventBusName=deployed.outputs["EventBusName"])["Rules"]
    assert deployed.outputs["EventBusName"] == EVENT_SOURCE
    assert rule["Arn"] == deployed.outputs["RuleArn"]
    (target,) = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=EVENT_SOURCE)["Targets"]
    assert target.keys() >= {"RetryPolicy", "DeadLetterConfig"}

    def taken(sample: dict) -> bool:
        return events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(sample))["Result"]

    assert taken(event("access.request.create--v2"))
    assert taken(event("access.request.create--v1"))
    assert not taken(event("access.request.resolve--other-event-type"))
    assert not taken(event("user.session.start--other-event-type"))
    assert not taken(event("access.request.create--v2") | {"source": "my.application"})


def test_the_ledgers_table_takes_the_programs_records(deployed, aws):
    table = aws.client("dynamodb").describe_table(TableName=deployed.outputs["LedgerTableName"])["Table"]
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]


def test_the_schedule_starts_the_function_from_the_default_bus(deployed, aws):
    events = aws.client("events")
    (rule,) = [rule for rule in events.list_rules(NamePrefix=deployed.name)["Rules"] if rule.get("ScheduleExpression")]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 hour)", "ENABLED")
    (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"] == deployed.outputs["FunctionArn"]


def test_each_alarm_leads_to_the_runbook_and_the_dashboard_is_there(deployed, aws):
    cloudwatch = aws.client("cloudwatch")
    descriptions = [alarm["AlarmDescription"] for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=deployed.name)["MetricAlarms"]]
    assert len(descriptions) == 10  # the twelve without those on metric math
    assert [text for text in descriptions if " docs/runbook.md#" not in text] == []
    json.loads(cloudwatch.get_dashboard(DashboardName=f"{deployed.name}-{os.environ['AWS_REGION']}")["DashboardBody"])


def test_the_alarms_watch_the_rule_and_the_function_that_were_made(deployed, aws):
    alarms = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=deployed.name)["MetricAlarms"]
    watched = {"AWS/Events": [], "OktaRequestEnricher": []}
    for alarm in alarms:
        dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
        watched.setdefault(alarm["Namespace"], []).append(dimensions)
    (rule,) = aws.client("events").list_rules(EventBusName=EVENT_SOURCE)["Rules"]
    assert deployed.outputs["RuleName"] == rule["Name"]
    assert watched["AWS/Events"] == [{"EventBusName": EVENT_SOURCE, "RuleName": rule["Name"]}] * 3
    assert watched["OktaRequestEnricher"] == [{"FunctionName": deployed.name}] * 2


def test_an_event_becomes_a_message_on_the_request(function, okta):
    function.send(event("access.request.create--v2"))
    (message,) = wait_for("the message", okta.messages, 120)
    assert (message["request_id"], message["api"]) == ("req16zRXf4PBGnr7o18A", "v2")
    assert function.dead_letters() == []


def test_the_rules_target_hands_the_event_over_as_it_came(function, aws, okta):
    """By a second rule on the bus with the deployed rule's target, since nobody but Okta can send with Okta's source."""
    events, bus = aws.client("events"), function.outputs["EventBusName"]
    name = function.outputs["RuleArn"].rsplit("/", 1)[1]
    pattern = json.loads(events.describe_rule(Name=name, EventBusName=bus)["EventPattern"])
    targets = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    events.put_rule(Name="test", EventBusName=bus, EventPattern=json.dumps(pattern | {"source": ["e2e"]}))
    events.put_targets(Rule="test", EventBusName=bus, Targets=targets)
    sample = event("access.request.create--v1")
    entry = {"Source": "e2e", "DetailType": sample["detail-type"], "EventBusName": bus, "Detail": json.dumps(sample["detail"])}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (message,) = wait_for("the message", okta.messages, 120)
    assert (message["request_id"], message["api"]) == ("69a97622417fb5da41baf7b4", "v1")


def test_an_event_that_cannot_succeed_is_tried_three_times_and_ends_in_the_queue_with_its_error(function, okta):
    before = function.invocations()
    poisoned = of_unknown_request(event("access.request.create--v2"))
    function.send(poisoned)
    (letter,) = wait_for("the dead letter", function.dead_letters, 300)
    assert letter["requestPayload"] == poisoned
    assert letter["requestContext"]["condition"] == "RetriesExhausted"
    assert letter["responsePayload"]["errorType"] in {"Retryable", "Permanent"}
    assert letter["responsePayload"]["errorMessage"]
    assert okta.messages() == []
    assert function.invocations() == before + 3
