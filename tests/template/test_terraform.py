"""examples/terraform deploys a kit of this template: its syntax is right, and it sets the parameters that there are."""

import cloudformation
import hcl2
import pytest
from deployed import ROOT, required

EXAMPLE = ROOT / "examples/terraform/main.tf"


def plain(value):
    """python-hcl2 keeps the quotes around strings and labels."""
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.strip('"') if isinstance(value, str) else value


@pytest.fixture(scope="module")
def stack_resource() -> dict:
    with EXAMPLE.open() as file:
        (resource,) = plain(hcl2.load(file))["resource"]
    return resource["aws_cloudformation_stack"]["enricher"]


def test_it_sets_parameters_of_the_template_and_all_required_ones(stack_resource, source):
    given = stack_resource["parameters"].keys()
    assert given <= source["Parameters"].keys()
    assert set(required(source)) <= given


def test_its_values_are_ones_that_the_template_takes(stack_resource, source):
    given = stack_resource["parameters"].items()
    assert [name for name, value in given if not cloudformation.accepts(source["Parameters"][name], value)] == []


def test_it_allows_what_the_stack_needs(stack_resource):
    # A role, and SAM's transformation.
    assert set(stack_resource["capabilities"]) == {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"}
    assert stack_resource["template_body"] == '${file("${path.module}/packaged.yaml")}'
