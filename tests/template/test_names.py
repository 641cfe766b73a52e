"""Names that the template shares with files beside it: the metrics with the program, the links of its alarms with the runbook."""

import re

from deployed import KEY, NAMESPACE, ROOT, alarms, own_metrics, policies, widgets, written_out


def metrics_of_the_template(stack) -> set:
    """Every metric of the program that an alarm watches or the dashboard shows."""
    deployed = stack()
    found = {metric["MetricName"] for metric in own_metrics(deployed)}
    for chart in widgets(deployed):
        if "metrics" in chart["properties"]:
            found |= {metric[1] for metric in written_out(chart) if metric[0] == NAMESPACE}
    return found


def quoted_in_the_program() -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / "src").rglob("*.rs")))


def anchors_of(markdown: str) -> set:
    """The headings, as GitHub and most others make anchors of them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", markdown, flags=re.DOTALL | re.MULTILINE), flags=re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def allowed_to_the_role(stack) -> set:
    """Every action that the role has with one parameter or another."""
    deployed = stack(SecretKmsKeyArn=KEY, KmsKeyArn=KEY, OutcomeBusName="security", SubnetIds="subnet-1", SecurityGroupIds="sg-1")
    actions = [s["Action"] for statements in policies(deployed).values() for s in statements if s["Effect"] == "Allow"]
    return {action for entry in actions for action in ([entry] if isinstance(entry, str) else entry)}


def test_the_guide_names_what_a_permissions_boundary_must_allow(stack):
    guide = " ".join((ROOT / "docs" / "deploy.md").read_text().split())
    (sentence,) = re.findall(r"The boundary must allow what the role needs: (.*?)\. ", guide)
    assert set(re.findall(r"`([a-z0-9]+:\w+)`", sentence)) == allowed_to_the_role(stack)


def test_the_program_emits_every_metric_that_the_template_names(stack):
    program = quoted_in_the_program()
    assert f'"{NAMESPACE}"' in program
    assert [name for name in sorted(metrics_of_the_template(stack)) if f'"{name}"' not in program] == []


def test_the_link_of_each_alarm_leads_to_a_section_of_the_runbook(stack):
    anchors = anchors_of((ROOT / "docs" / "runbook.md").read_text())
    for name, alarm in alarms(stack()).items():
        path, anchor = alarm["AlarmDescription"].rsplit(" ", 1)[1].split("#")
        assert path == "docs/runbook.md"
        assert anchor in anchors, name
