"""The template as a whole: its resources, its outputs, its length, and the security checks it does not follow."""

import json

import cloudformation
import yaml
from deployed import RULE


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
