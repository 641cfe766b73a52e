"""Names that the template shares with files beside it: the metrics with the program, the links of its alarms with the runbook."""

import json
import pathlib
import re

REPOSITORY = pathlib.Path(__file__).parents[2]
NAMESPACE = "OktaRequestEnricher"


def metrics_of_the_template(stack) -> set:
    """Every metric of the program that an alarm watches or the dashboard shows."""
    resources = stack()["Resources"]
    found = set()
    for resource in resources.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            alarm = resource["Properties"]
            watched = [alarm, *(metric.get("MetricStat", {}).get("Metric", {}) for metric in alarm.get("Metrics", []))]
            found |= {metric["MetricName"] for metric in watched if metric.get("Namespace") == NAMESPACE}
    for widget in json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])["widgets"]:
        found |= {metric[1] for metric in widget["properties"].get("metrics", []) if metric[0] == NAMESPACE}
    return found


def quoted_in_the_program() -> str:
    return "\n".join(file.read_text() for file in sorted((REPOSITORY / "src").rglob("*.rs")))


def anchors_of(markdown: str) -> set:
    """The headings, as GitHub and most others make anchors of them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", markdown, flags=re.DOTALL | re.MULTILINE), flags=re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def allowed_to_the_role(stack) -> set:
    """Every action that the role has with one parameter or another."""
    key = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666"
    deployed = stack(SecretKmsKeyArn=key, KmsKeyArn=key, OutcomeBusName="security", SubnetIds="subnet-1", SecurityGroupIds="sg-1")
    statements = [s for policy in deployed["Resources"]["EnricherRole"]["Properties"]["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    actions = [s["Action"] for s in statements if s["Effect"] == "Allow"]
    return {action for entry in actions for action in ([entry] if isinstance(entry, str) else entry)}


def test_the_guide_names_what_a_permissions_boundary_must_allow(stack):
    guide = " ".join((REPOSITORY / "docs" / "deploy.md").read_text().split())
    (sentence,) = re.findall(r"The boundary must allow what the role needs: (.*?)\. ", guide)
    assert set(re.findall(r"`([a-z0-9]+:\w+)`", sentence)) == allowed_to_the_role(stack)


def test_the_program_emits_every_metric_that_the_template_names(stack):
    program = quoted_in_the_program()
    assert f'"{NAMESPACE}"' in program
    assert [name for name in sorted(metrics_of_the_template(stack)) if f'"{name}"' not in program] == []


def test_the_link_of_each_alarm_leads_to_a_section_of_the_runbook(stack):
    anchors = anchors_of((REPOSITORY / "docs" / "runbook.md").read_text())
    for name, resource in stack()["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            path, anchor = resource["Properties"]["AlarmDescription"].rsplit(" ", 1)[1].split("#")
            assert path == "docs/runbook.md"
            assert anchor in anchors, name
