"""What an update of the stack replaces, by the properties that AWS's resource schemas call create-only.

CloudFormation replaces a resource whose create-only property changes: it makes the new one first. It refuses to, if the
old one has a fixed name that does not change as well.
"""

import re

import pytest
from deployed import BOUNDARY, KEY, TOPIC

# From the schemas of the CloudFormation registry: `createOnlyProperties` and `conditionalCreateOnlyProperties`.
# The name is the first; an empty one stands for a type without names of one's own.
CREATE_ONLY = {
    "AWS::Events::EventBus": ["Name"],
    "AWS::Events::Rule": ["Name", "EventBusName"],
    "AWS::Events::Archive": ["ArchiveName", "SourceArn"],
    "AWS::Lambda::Function": ["FunctionName", "PackageType"],
    "AWS::Lambda::Permission": ["", "Action", "FunctionName", "Principal", "SourceArn"],
    "AWS::Lambda::EventInvokeConfig": ["", "FunctionName", "Qualifier"],
    "AWS::IAM::Role": ["RoleName", "Path"],
    "AWS::DynamoDB::Table": ["TableName", "KeySchema"],
    "AWS::SQS::Queue": ["QueueName", "FifoQueue"],
    "AWS::SQS::QueuePolicy": [""],
    "AWS::Logs::LogGroup": ["LogGroupName"],
    "AWS::Logs::QueryDefinition": [""],
    "AWS::CloudWatch::Alarm": ["AlarmName"],
    "AWS::CloudWatch::Dashboard": ["DashboardName"],
}
FOLLOWS_THE_BUS = {"AccessRequestRule", "InvokePermission", "EventArchive"}
# parameter, another value, what is replaced, what is no longer made
CHANGES = [
    ("OktaOrgUrl", "https://login.example.com", set(), set()),
    ("OktaSecretArn", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:other-AbC123", set(), set()),
    ("EventSourceName", "aws.partner/okta.com/acme/other", {"PartnerEventBus", *FOLLOWS_THE_BUS}, set()),
    ("RequestTypes", "Jira*", set(), set()),
    ("MaxEventAge", "3600", set(), set()),
    ("DryRun", "true", set(), set()),
    ("EventBusName", "security", FOLLOWS_THE_BUS, {"PartnerEventBus"}),
    ("SecretKmsKeyArn", KEY, set(), set()),
    ("KmsKeyArn", KEY, set(), set()),
    ("OutcomeBusName", "security", set(), set()),
    ("SubnetIds", "subnet-1", set(), set()),
    ("SecurityGroupIds", "sg-1", set(), set()),
    ("PermissionsBoundaryArn", BOUNDARY, set(), set()),
    ("Architecture", "x86_64", set(), set()),
    ("MemorySize", "512", set(), set()),
    ("ReservedConcurrency", "2", set(), set()),
    ("HousekeepingSchedule", "rate(5 minutes)", set(), set()),
    ("HousekeepingSchedule", "", set(), {"HousekeepingRule", "HousekeepingPermission", "StreamOffAlarm"}),
    ("ArchiveRetentionDays", "7", set(), set()),
    ("ArchiveRetentionDays", "0", set(), {"EventArchive"}),
    ("LedgerDeletionProtection", "false", set(), set()),
    ("LedgerPointInTimeRecovery", "false", set(), set()),
    ("AlarmTopicArn", TOPIC, set(), set()),
    ("SilentStreamHours", "48", set(), set()),
    ("SilentStreamHours", "0", set(), {"SilentStreamAlarm"}),
    ("RunbookUrl", "https://wiki.example.com/enricher", set(), set()),
    ("LogLevel", "DEBUG", set(), set()),
    ("LogRetentionDays", "365", set(), set()),
]


def replaced(before: dict, after: dict) -> set:
    """The resources with another create-only property, and those whose create-only property refers to such a one."""
    found = set()
    while True:
        more = {name for name in before.keys() & after.keys() - found if changes(before[name], after[name], found)}
        if not more:
            return found
        found |= more


def changes(before: dict, after: dict, replaced: set) -> bool:
    for name in CREATE_ONLY[after["Type"]]:
        old, new = before["Properties"].get(name), after["Properties"].get(name)
        if old != new or replaced & set(re.findall(r"\$\{(\w+)", str(new))):
            return True
    return False


def fixed_name(resource: dict):
    return resource["Properties"].get(CREATE_ONLY[resource["Type"]][0])


def test_each_parameter_is_changed_here(source):
    assert {parameter for parameter, *_ in CHANGES} == source["Parameters"].keys()


@pytest.mark.parametrize(("parameter", "value", "replaces", "ends"), CHANGES)
def test_a_change_replaces_what_it_must_and_nothing_with_a_fixed_name(stack, parameter, value, replaces, ends):
    before, after = stack()["Resources"], stack(**{parameter: value})["Resources"]
    assert replaced(before, after) == replaces
    assert before.keys() - after.keys() == ends
    for name in replaces:
        fixed = fixed_name(before[name])
        assert fixed is None or fixed != fixed_name(after[name]), f"CloudFormation refuses to replace {name}"


def test_what_an_update_takes_out_or_replaces_stays_if_others_need_it(stack):
    """The bus carries Okta's stream, ledger and log are the record of what was done. The archive holds personal data, and goes."""
    kept = {
        name
        for name, resource in stack()["Resources"].items()
        if resource.get("DeletionPolicy", "Delete") != "Delete" or resource.get("UpdateReplacePolicy", "Delete") != "Delete"
    }
    assert kept == {"PartnerEventBus", "LedgerTable", "LogGroup"}
    for name in kept:
        resource = stack()["Resources"][name]
        assert resource["DeletionPolicy"].startswith("Retain"), name
        assert resource["UpdateReplacePolicy"] == "Retain", name
