"""Each `"Name=value"` that samconfig.toml and the documentation show is what SAM's own parser takes it for, and the template allows it."""

import json
import re
import subprocess

import pytest
from endpoint import fault_of
from examples import Example, for_samconfig, on_command_lines
from kit import REPOSITORY

DOCUMENTS = [
    REPOSITORY / name
    for name in ("README.md", "SECURITY.md", "docs/deploy.md", "docs/configuration.md", "docs/runbook.md", "docs/operations.md")
]
FOR_SAM = [example for file in [REPOSITORY / "samconfig.toml", *DOCUMENTS] for example in for_samconfig(file)]
FOR_SAM += [example for file in DOCUMENTS for example in on_command_lines(file, "sam")]
FOR_THE_AWS_CLI = [example for file in DOCUMENTS for example in on_command_lines(file, "aws")]


@pytest.fixture(scope="module")
def by_sam(home, tmp_path_factory):
    """by_sam(texts): what SAM makes of samconfig.toml with each of these TOML strings as its only override."""

    def parse(texts: list[str]) -> list[dict | str]:
        folder = tmp_path_factory.mktemp("samconfigs")
        files = [folder / f"{number}.toml" for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(f"version = 0.1\n[default.global.parameters]\nparameter_overrides = [\n  {text},\n]\n")
        command = [home / "sam" / "bin" / "python", REPOSITORY / "tests" / "sam" / "parse.py", *files]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return parse


def test_examples_are_found_in_every_place_that_has_them():
    """Or the tests below would hold nothing."""
    places = {example.place for example in FOR_SAM}
    assert places >= {"samconfig.toml", "README.md", "deploy.md"}
    assert {"OktaOrgUrl", "OktaSecretArn", "EventSourceName", "AlarmTopicArn", "DryRun"} <= {example.name for example in FOR_SAM}


def test_sam_takes_each_example_for_the_parameter_and_value_that_it_shows(by_sam):
    examples = [example for example in FOR_SAM if not example.is_placeholder]
    taken = by_sam([example.text for example in examples])
    assert [(example, made) for example, made in zip(examples, taken, strict=True) if not right(example, made)] == []


def right(example: Example, made: dict | str) -> bool:
    """Whether SAM makes of the example what the document says: the parameter and the value, or a refusal."""
    return isinstance(made, str) if example.is_refused else made == {example.name: example.value}


def test_each_example_is_a_parameter_of_the_template_with_a_value_that_it_allows(parameters):
    shown = FOR_SAM + FOR_THE_AWS_CLI
    assert [example for example in shown if example.name not in parameters] == []
    right = [example for example in shown if example.is_placeholder or not fault_of(example.value, parameters[example.name])]
    assert [example for example in shown if example not in right] == []


def test_what_enricher_says_to_deploy_with_can_be_pasted_into_samconfig(by_sam, parameters):
    sources = "".join(file.read_text() for folder in ("src", "cli/src") for file in sorted((REPOSITORY / folder).rglob("*.rs")))
    assignment = rf"""\b({"|".join(parameters)})=("[^"]*"|'[^']*'|[^\s"',;)]*)"""
    shown = sorted(set(re.findall(assignment, sources.replace('\\"', '"'))))
    shown = [(name, value) for name, value in shown if not re.search("[<{]", value)]  # to be filled in
    assert {"DryRun", "EventBusName", "HousekeepingSchedule"} <= {name for name, _ in shown}
    taken = by_sam([f'"{name}={value}"' for name, value in shown])
    assert taken == [{name: value.strip("'")} for name, value in shown]
    assert [made for made in taken for name, value in made.items() if fault_of(value, parameters[name])] == []


def test_a_kits_samconfig_holds_to_the_same(made, by_sam, parameters):
    examples = for_samconfig(made / "samconfig.toml")
    assert {example.name for example in examples} >= {"OktaOrgUrl", "OktaSecretArn", "EventSourceName", "AlarmTopicArn", "DryRun"}
    whole = [example for example in examples if not example.is_placeholder]
    assert by_sam([example.text for example in whole]) == [{example.name: example.value} for example in whole]
    assert [example for example in whole if fault_of(example.value, parameters[example.name])] == []


def test_samconfigs_placeholders_are_refused_by_the_template(by_sam, parameters):
    """So that nobody deploys with one that was forgotten."""
    lines = [example for example in for_samconfig(REPOSITORY / "samconfig.toml") if example.is_placeholder and example.name != "RunbookUrl"]
    assert {"OktaOrgUrl", "OktaSecretArn", "EventSourceName"} <= {example.name for example in lines}
    for example, made in zip(lines, by_sam([example.text for example in lines]), strict=True):
        assert fault_of(made[example.name], parameters[example.name]), f"{example.text} would be deployed"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('"RequestTypes=Jira access"', {"RequestTypes": "Jira"}),
        ('''"RequestTypes='Jira access'"''', {"RequestTypes": "Jira access"}),
        ("""'RequestTypes="Jira access"'""", {"RequestTypes": "Jira access"}),
        ('''"RequestTypes=''"''', {"RequestTypes": ""}),
        ('"RequestTypes=Jira*,Sales*"', {"RequestTypes": "Jira*,Sales*"}),
    ],
)
def test_these_are_sams_rules_for_spaces_and_empty_values(by_sam, text, made):
    assert by_sam([text]) == [made]


def test_an_empty_value_without_quotes_is_no_parameter_for_sam(by_sam):
    (refusal,) = by_sam(['"RequestTypes="'])
    assert "not a valid format" in refusal
