"""What wakes an operator, and when."""

import re

from deployed import NAMESPACE, ROOT, TOPIC, alarms, own_metrics, properties

AT_THE_FUNCTION = {"FunctionName": "${EnricherFunction}"}
AT_THE_RULE = {"EventBusName": "${PartnerEventBus}", "RuleName": "${AccessRequestRule.RuleName}"}
AT_THE_QUEUE = {"QueueName": "${DeadLetterQueue.QueueName}"}
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
        f"{NAMESPACE} StreamActive", AT_THE_FUNCTION, "Minimum of 300 s LessThanThreshold 1, 1 in a row, ignore", "stream-off",
        WHILE_IT_LASTS,
    ),
    "DoubtfulPostsAlarm": (
        f"{NAMESPACE} Doubtful", AT_THE_FUNCTION, "Sum of 300 s GreaterThanThreshold 0, 1 in a row, notBreaching", "doubtful-posts", ONCE,
    ),
}
ALARMS_ON_MATH = {  # name: expression, metrics, dimensions, how each is summed up and the whole is judged, section of the runbook; they tell while it lasts
    "SilentStreamAlarm": (
        "filled = FILL(events, 0)", {"events": "AWS/Events Events"}, {"EventSourceName": "aws.partner/okta.com/acme/enricher"}, "Sum of 3600 s",
        "LessThanThreshold 1, 6 in a row, breaching", "silent-stream",
    ),
    "DegradedMessagesAlarm": (
        "share = IF(posted >= 5, degraded / posted, 0)", {"degraded": f"{NAMESPACE} Degraded", "posted": f"{NAMESPACE} Posted"},
        AT_THE_FUNCTION, "Sum of 86400 s", "GreaterThanOrEqualToThreshold 0.9, 1 in a row, notBreaching", "degraded-messages",
    ),
}  # fmt: skip


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


def test_a_run_that_reads_the_letters_does_not_end_their_alarm(stack):
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
    found = own_metrics(stack())
    assert len(found) == 4
    assert [metric for metric in found if dimensions_of(metric) != AT_THE_FUNCTION] == []


def test_the_stream_is_watched_as_long_as_chosen(stack):
    assert alarms(stack(SilentStreamHours="48"))["SilentStreamAlarm"]["EvaluationPeriods"] == "48"
    assert "SilentStreamAlarm" not in alarms(stack(SilentStreamHours="0"))
    assert "StreamOffAlarm" not in alarms(stack(HousekeepingSchedule=""))
