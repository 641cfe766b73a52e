"""The release bootstrap under AWS's Runtime Interface Emulator, in the environment that template.yaml gives the function.

So each optional parameter is held to its whole way: parameter, condition, variable, and what the program makes of it.
"""

import json

import cloudformation
import pytest
from emulators import Lambda, event, of_unknown_request, wait_for


@pytest.fixture
def function(processes, home, bootstrap, aws, okta, translated):
    """function(DryRun="true"): the function, as deployed with these parameters."""
    started = []
    ledger = aws.ledger()  # for each test, since each has its own Okta with the same requests

    def start(**parameters):
        deployed = cloudformation.resolve(translated, OktaOrgUrl=okta.url, OktaSecretArn=aws.secret, **parameters)
        properties = deployed["Resources"]["EnricherFunction"]["Properties"]
        assert properties["Environment"]["Variables"]["LEDGER_TABLE"] == "${LedgerTable}"
        properties["Environment"]["Variables"]["LEDGER_TABLE"] = ledger
        started.append(Lambda(processes, home, bootstrap, properties, aws.environment()))
        return started[-1]

    yield start
    for function in started:
        function.__exit__()


def test_the_message_stands_on_the_request(function, okta):
    answer = function().invoke(event("access.request.create--v2"))
    assert answer.get("outcome") == "posted", answer
    assert answer["api"] == "v2"
    (message,) = okta.messages()
    assert (message["request_id"], message["api"]) == (answer["request_id"], "v2")
    assert message["message"]


def test_an_invocation_writes_json_lines_with_a_level_and_no_personal_data(function):
    function = function()
    sample = event("access.request.create--v2")
    function.invoke(sample)
    log = function.log()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert lines
    assert all("level" in line for line in lines), lines
    actor = sample["detail"]["actor"]
    assert actor["alternateId"] not in log
    assert actor["displayName"] not in log


def test_a_request_that_okta_does_not_know_is_an_error_in_words(function, okta):
    answer = function().invoke(of_unknown_request(event("access.request.create--v2")))
    assert answer["errorType"] in {"Retryable", "Permanent"}, answer
    assert answer["errorMessage"]
    assert okta.messages() == []


def test_dry_run_answers_the_message_and_posts_nothing(function, okta):
    answer = function(DryRun="true").invoke(event("access.request.create--v2"))
    assert answer.get("outcome") == "dry_run", answer
    assert answer["message"]
    assert okta.messages() == []


def test_request_types_leave_other_requests_alone(function, okta):
    answer = function(RequestTypes="no such request type").invoke(event("access.request.create--v2"))
    assert answer.get("outcome") == "skipped", answer
    assert okta.messages() == []


def test_max_event_age_skips_what_is_older(function, okta):
    function = function(MaxEventAge="60")
    answer = function.invoke(event("access.request.create--v2", seconds_ago=3600))
    assert answer.get("outcome") == "skipped", answer
    assert okta.messages() == []
    assert function.invoke(event("access.request.create--v2"))["outcome"] == "posted"


def test_the_outcome_bus_gets_an_event_without_personal_data(function, aws):
    events, queues = aws.client("events"), aws.client("sqs")
    events.create_event_bus(Name="security")
    queue = queues.create_queue(QueueName="outcomes")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName="security", EventPattern='{"source": ["okta-request-enricher"]}')
    events.put_targets(Rule="all", EventBusName="security", Targets=[{"Id": "queue", "Arn": arn}])

    sample = event("access.request.create--v2")
    answer = function(OutcomeBusName="security").invoke(sample)
    assert answer.get("outcome") == "posted", answer

    received = wait_for("the outcome event", lambda: queues.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), 10)
    body = received[0]["Body"]
    outcome = json.loads(body)
    assert outcome["detail-type"] == "Access Request Enriched"
    assert answer["request_id"] in body
    assert sample["detail"]["actor"]["alternateId"] not in body
