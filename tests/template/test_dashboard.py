"""What an operator looks at: the dashboard, and the queries for the log."""

import textwrap

from deployed import NAMESPACE, alarms, of_type, widgets, written_out


def own(*names: str) -> list:
    return [[NAMESPACE, name, "FunctionName", "${EnricherFunction}"] for name in names]


def test_the_dashboard_shows_from_outcome_to_stream_what_there_is_to_see(stack):
    deployed = stack()
    dashboard = deployed["Resources"]["Dashboard"]
    assert dashboard["Type"] == "AWS::CloudWatch::Dashboard"
    assert dashboard["Properties"].keys() == {"DashboardName", "DashboardBody"}
    # With the region: an account has its dashboards in all regions at once.
    assert dashboard["Properties"]["DashboardName"] == "${AWS::StackName}-${AWS::Region}"
    alarm_list, *charts, log = widgets(deployed)
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
    taken = set()
    for widget in widgets(stack()):
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
    shown = widgets(stack())[0]["properties"]["alarms"]
    always = alarms(stack(HousekeepingSchedule="", SilentStreamHours="0"))
    assert sorted(shown) == sorted(f"${{{name}.Arn}}" for name in always)


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
    assert of_type(stack(), "AWS::Logs::QueryDefinition") == {
        resource: {
            "Name": f"${{AWS::StackName}}/{name}",
            "LogGroupNames": ["${LogGroup}"],
            "QueryString": textwrap.dedent(query).strip(),
        }
        for resource, (name, query) in QUERIES.items()
    }
