"""Each attribute that the template reads of a resource is one that AWS has in every region: an unknown one fails a deployment.

By the resource schemas that cfn-lint brings, one set for each region.
"""

import json
import pathlib
import re

import cloudformation
import pytest


@pytest.fixture(scope="module")
def schemas(home) -> pathlib.Path:
    (schemas,) = (home / "sam").glob("lib/python*/site-packages/cfnlint/data/schemas")
    return schemas


def read(node, resources: dict):
    """The attributes that the template reads, as (logical id, attribute)."""
    if isinstance(node, list):
        for item in node:
            yield from read(item, resources)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Fn::GetAtt":
                yield tuple(value if isinstance(value, list) else value.split(".", 1))
            elif key == "Fn::Sub":
                found = re.findall(r"\$\{(\w+)\.(\w+)\}", value)
                yield from ((name, attribute) for name, attribute in found if name in resources)
            else:
                yield from read(value, resources)


def test_each_attribute_is_there_in_every_region(schemas):
    template = cloudformation.translate(cloudformation.source())
    resources = template["Resources"]
    wanted = {(resources[name]["Type"], attribute) for name, attribute in read([resources, template["Outputs"]], resources)}
    assert ("AWS::Events::Rule", "RuleName") in wanted
    regions = [json.loads(file.read_text()) for file in sorted((schemas / "providers").glob("*-*.json"))]
    assert len(regions) > 30
    missing = set()
    for region in regions:
        for resource_type, attribute in wanted:
            schema = json.loads((schemas / "resources" / f"{region[resource_type]}.json").read_text())
            if attribute not in schema["properties"]:
                missing.add((resource_type, attribute))
    assert missing == set()
