"""Where the tests find the parts of a deployment, and what they give to parameters."""

import json

import cloudformation

ROOT = cloudformation.TEMPLATE.parent
NAMESPACE = "OktaRequestEnricher"  # of the program's own metrics
QUEUE = "${DeadLetterQueue.Arn}"
RULE = "${AccessRequestRule.Arn}"
SECRET = cloudformation.REQUIRED["OktaSecretArn"]
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"


def required(source: dict) -> list[str]:
    """The parameters without a default, which a deployment must give."""
    return [name for name, spec in source["Parameters"].items() if "Default" not in spec]


def properties(stack: dict, resource: str) -> dict:
    return stack["Resources"][resource]["Properties"]


def of_type(stack: dict, kind: str) -> dict:
    """The properties of each resource of this type, by its name."""
    return {name: resource["Properties"] for name, resource in stack["Resources"].items() if resource["Type"] == kind}


def variables(stack: dict) -> dict:
    return properties(stack, "EnricherFunction")["Environment"]["Variables"]


def policies(stack: dict) -> dict:
    """The role's statements, by name of policy."""
    listed = properties(stack, "EnricherRole")["Policies"]
    assert all(policy["PolicyDocument"]["Version"] == "2012-10-17" for policy in listed)
    return {policy["PolicyName"]: policy["PolicyDocument"]["Statement"] for policy in listed}


def alarms(stack: dict) -> dict:
    return of_type(stack, "AWS::CloudWatch::Alarm")


def own_metrics(stack: dict) -> list[dict]:
    """The program's own metrics among those that the alarms watch, wherever they stand in an alarm."""

    def among(node):
        if isinstance(node, dict):
            if node.get("Namespace") == NAMESPACE:
                yield node
            node = list(node.values())
        if isinstance(node, list):
            for part in node:
                yield from among(part)

    return list(among(list(alarms(stack).values())))


def widgets(stack: dict) -> list[dict]:
    return json.loads(properties(stack, "Dashboard")["DashboardBody"])["widgets"]


def written_out(chart: dict) -> list:
    """The chart's metrics, each "." replaced by what stands in its place in the line above, as CloudWatch does."""
    above, metrics = [], []
    for metric in chart["properties"]["metrics"]:
        texts = [part for part in metric if isinstance(part, str)]
        above = [above[place] if text == "." else text for place, text in enumerate(texts)]
        metrics.append(above)
    return metrics
