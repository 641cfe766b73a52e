"""The life of a stack: deployed dry, made live by an update, parts turned off by another, removed. As docs/runbook.md tells it.

Each stage is a fixture that deploys once, sends the same event, and keeps what it saw; the tests look at that.
"""

import dataclasses
import json

import pytest
from emulators import Okta, event, sam, wait_for
from permissions import Policy, Reference
from test_deployed import DEPLOYER, ORG, Deployed, deploy

STACK = "changing-enricher"
EVENT_SOURCE = "aws.partner/okta.com/acme/changing"
# What the properties of SAM's own bucket take.
BUCKET_ACTIONS = {
    "BucketEncryption": "s3:PutEncryptionConfiguration",
    "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
    "Tags": "s3:PutBucketTagging",
    "VersioningConfiguration": "s3:PutBucketVersioning",
}


@dataclasses.dataclass
class Stage:
    """What a deployment made."""

    status: str
    configuration: dict
    resources: dict[str, str]
    """What AWS calls each resource, by its name in the template."""
    outcome: str
    """What the function made of the event that was sent after the deployment."""
    messages: int
    """How many messages were on the request then."""

    @property
    def variables(self) -> dict:
        return self.configuration["Environment"]["Variables"]


@pytest.fixture(scope="module")
def okta_of_all_stages(processes):
    with Okta(processes) as okta:
        yield okta


@pytest.fixture(scope="module")
def stage(home, aws, built, okta_of_all_stages):
    """stage(DryRun="true"): the stack after a `sam deploy` with these parameters and no other."""

    def reach(**overrides: str) -> Stage:
        deployed = deploy(home, aws, built, STACK, **overrides)
        configuration = deployed.configuration()
        listed = aws.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
        resources = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in listed}
        deployed.turn_to(okta_of_all_stages)
        outcome = outcome_of(deployed)
        return Stage(deployed.status, configuration, resources, outcome, len(okta_of_all_stages.messages()))

    return reach


def outcome_of(deployed: Deployed) -> str:
    """What the log says of the same event, each time that it is sent."""

    def outcomes() -> list[str]:
        lines = [json.loads(line) for line in deployed.log() if line.startswith("{")]
        return [line["outcome"] for line in lines if "outcome" in line]

    before = len(outcomes())
    deployed.send(event("access.request.create--v2"))
    return wait_for("the event's outcome", lambda: outcomes()[before:])[-1]


@pytest.fixture(scope="module")
def dry(stage, aws) -> Stage:
    required = {"OktaOrgUrl": ORG, "OktaSecretArn": aws.secret, "EventSourceName": EVENT_SOURCE, "Architecture": "x86_64"}
    return stage(**required, DryRun="true", MaxEventAge="3600")


@pytest.fixture(scope="module")
def live(stage, dry) -> Stage:
    return stage(DryRun="false", MemorySize="512", LogRetentionDays="60", HousekeepingSchedule="rate(2 hours)")


@pytest.fixture(scope="module")
def reduced(stage, live) -> Stage:
    return stage(HousekeepingSchedule="", MaxEventAge="")


@pytest.fixture(scope="module")
def removed(home, aws, reduced) -> Stage:
    """The last stage before the removal, which is done."""
    arguments = ["--stack-name", STACK, "--no-prompts", "--region", "eu-central-1"]
    sam(home, "delete", *arguments, AWS_ENDPOINT_URL=aws.url, AWS_ACCESS_KEY_ID=DEPLOYER)
    return reduced


def test_a_dry_run_posts_nothing(dry):
    assert (dry.status, dry.variables["DRY_RUN"]) == ("CREATE_COMPLETE", "true")
    assert (dry.outcome, dry.messages) == ("dry_run", 0)


def test_dry_run_false_ends_the_dry_run(live):
    assert live.status == "UPDATE_COMPLETE"
    assert "DRY_RUN" not in live.variables
    assert (live.outcome, live.messages) == ("posted", 1)


def test_an_update_changes_what_it_was_told_and_keeps_the_rest(dry, live):
    assert live.configuration["MemorySize"] == 512
    assert live.variables["MAX_EVENT_AGE"] == "3600", "not given, so it keeps its value"
    assert live.variables["OKTA_ORG_URL"] == ORG, "changed by hand after the deployment before, which is lost"
    assert live.resources == dry.resources, "nothing is replaced"


def test_an_update_that_turns_parts_off_takes_them_away(live, reduced):
    assert reduced.status == "UPDATE_COMPLETE"
    assert live.resources.keys() - reduced.resources.keys() == {"StreamOffAlarm", "HousekeepingRule", "HousekeepingPermission"}
    assert reduced.resources.items() <= live.resources.items()
    assert "MAX_EVENT_AGE" not in reduced.variables, "emptied"


def test_the_ledger_outlives_an_update(reduced):
    """The same request was answered before it."""
    assert (reduced.outcome, reduced.messages) == ("duplicate", 1)


def test_a_removal_leaves_the_ledger_the_log_and_the_bus(removed, aws):
    assert removed.resources["LedgerTable"] in aws.client("dynamodb").list_tables()["TableNames"]
    assert removed.resources["LogGroup"] in log_groups(aws)
    assert EVENT_SOURCE in buses(aws)


def test_a_removal_takes_the_rest_away(removed, aws):
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert [stack["StackStatus"] for stack in stacks if stack["StackName"] == STACK] == ["DELETE_COMPLETE"]
    assert aws.client("events").list_rules(EventBusName=EVENT_SOURCE)["Rules"] == []
    assert STACK not in [function["FunctionName"] for function in aws.client("lambda").list_functions()["Functions"]]
    assert removed.resources["DeadLetterQueue"] not in aws.client("sqs").list_queues().get("QueueUrls", [])
    assert removed.resources["EnricherRole"] not in [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]]
    assert aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=STACK)["MetricAlarms"] == []


def test_the_deployers_policy_allows_every_call_that_sam_made(removed, home, aws):
    reference, policy = Reference(home / "awscli", home / "sam"), Policy()
    calls = {call.replace("s3:HeadObject", "s3:GetObject") for call in aws.calls(DEPLOYER)}
    assert calls >= {"cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DeleteStack", "s3:PutObject"}
    refused = [(call, on) for call in calls for on in reference.narrowed_to(call) if not policy.allows(call, on)]
    assert refused == []


def test_the_deployers_policy_allows_the_bucket_that_sam_makes_for_packages(removed, home, aws):
    reference, policy = Reference(home / "awscli", home / "sam"), Policy()
    template = aws.client("cloudformation").get_template(StackName="aws-sam-cli-managed-default")["TemplateBody"]
    assert {resource["Type"] for resource in template["Resources"].values()} == {"AWS::S3::Bucket", "AWS::S3::BucketPolicy"}
    assert template["Resources"]["SamCliSourceBucket"]["Properties"].keys() == BUCKET_ACTIONS.keys()
    for action in [*BUCKET_ACTIONS.values(), "s3:CreateBucket", "s3:PutBucketPolicy"]:
        assert all(policy.allows(action, bucket) for bucket in reference.narrowed_to(action)), action


def test_a_first_deployment_that_failed_is_repeated_by_sam_deploy_alone(home, aws, built):
    """A bus is added that exists already, so it fails late. What was made goes again, or is in nobody's way: the ledger has no name."""
    source, name = f"{EVENT_SOURCE}-again", "failing-enricher"
    required = {"OktaOrgUrl": ORG, "OktaSecretArn": aws.secret, "EventSourceName": source, "Architecture": "x86_64"}
    aws.client("events").create_event_bus(Name="exists")
    made_before = ["PartnerEventBus", "LedgerTable", "LogGroup", "EnricherFunction", "AccessRequestRule"]
    fails = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "exists"}, "DependsOn": made_before}
    with pytest.raises(AssertionError, match="ROLLBACK_COMPLETE") as failure:
        deploy(home, aws, built, name, {"Fails": fails}, **required)
    assert "CREATE_COMPLETE          AWS::Lambda::Function" in str(failure.value), "it failed too early to show anything"
    assert source not in buses(aws)
    assert [group for group in log_groups(aws) if name in group] == []
    assert deploy(home, aws, built, name, **required).status == "CREATE_COMPLETE"


def buses(aws) -> list[str]:
    return [bus["Name"] for bus in aws.client("events").list_event_buses()["EventBuses"]]


def log_groups(aws) -> list[str]:
    return [group["logGroupName"] for group in aws.client("logs").describe_log_groups()["logGroups"]]
