"""How events come to the function: the bus, the rule on it, the archive beside it, and the schedule."""

from deployed import QUEUE, RULE, of_type, properties


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


def permission_of(rule: str) -> dict:
    return {
        "Action": "lambda:InvokeFunction",
        "FunctionName": "${EnricherFunction}",
        "Principal": "events.amazonaws.com",
        "SourceArn": rule,
    }


def test_only_the_rule_and_the_schedule_may_invoke_the_function(stack):
    assert of_type(stack(), "AWS::Lambda::Permission") == {
        "InvokePermission": permission_of(RULE),
        "HousekeepingPermission": permission_of("${HousekeepingRule.Arn}"),
    }


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
    assert of_type(deployed, "AWS::Lambda::Permission").keys() == {"InvokePermission"}
