"""template.yaml as CloudFormation would see it.

`translate` runs SAM's own transformation; `resolve` then answers what a deployment with given parameters would make:
conditions decided, parameters put in. What only a deployment knows stays readable text: the ARN of the queue is
"${DeadLetterQueue.Arn}", the region "${AWS::Region}". It deploys nothing and asks nobody.
"""

import copy
import functools
import logging
import pathlib
import re
from collections.abc import Mapping

import boto3
import samtranslator.translator.translator as sam
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = pathlib.Path(__file__).parents[2] / "template.yaml"
REQUIRED = {
    "OktaOrgUrl": "https://acme.okta.com",
    "OktaSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:okta/enricher-AbC123",
    "EventSourceName": "aws.partner/okta.com/acme/enricher",
}
NO_VALUE = object()
ANY_REGION = boto3.Session(region_name="eu-central-1")  # SAM wants to know one; no property comes from it

# SAM checks its own policy templates, which ours does not use, at each translation. Once will do: test_mutations.py makes thousands.
sam.make_policy_template_for_function_plugin = functools.cache(sam.make_policy_template_for_function_plugin)
logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of its own unpublished metrics


@functools.cache
def _parsed() -> dict:
    with TEMPLATE.open() as file:
        return yaml_parse(file)


def source() -> dict:
    """template.yaml as it is written."""
    return copy.deepcopy(_parsed())


def translate(template: dict) -> dict:
    """SAM's transformation. The code's place is a stand-in, as `sam package` would put one."""
    template = copy.deepcopy(template)
    template["Resources"]["EnricherFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"
    translator = Translator({}, Parser(), boto_session=ANY_REGION)
    return translator.translate(template, {}, get_managed_policy_map=dict)


def resolve(translated: dict, **parameters: str) -> dict:
    """The translated template with the required parameters, and those given, put in."""
    declared = translated["Parameters"]
    unknown = parameters.keys() - declared.keys()
    assert not unknown, f"the template has no parameter {unknown}"
    values = {name: spec["Default"] for name, spec in declared.items() if "Default" in spec}
    values |= REQUIRED | parameters
    resolver = _Resolver(values, translated.get("Conditions", {}))
    return {section: _Resolved(resolver, translated.get(section, {})) for section in ("Resources", "Outputs")}


def accepts(specification: dict, value: str) -> bool:
    """Whether CloudFormation takes this value of a parameter."""
    kind = specification["Type"]
    assert kind in {"String", "Number"}, f"teach tests/template/cloudformation.py {kind}"
    if kind == "Number" and not _is_number(value, specification):
        return False
    allowed = [str(option) for option in specification.get("AllowedValues", [value])]
    pattern = specification.get("AllowedPattern", "(?s:.*)")
    return value in allowed and len(value) <= specification.get("MaxLength", 4096) and re.fullmatch(pattern, value) is not None


def _is_number(value: str, specification: dict) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    return specification.get("MinValue", number) <= number <= specification.get("MaxValue", number)


class _Resolved(Mapping):
    """What a deployment makes of a section. Each entry is resolved when it is looked at, since a test looks at few."""

    def __init__(self, resolver: "_Resolver", section: dict):
        self.resolver = resolver
        self.section = {name: entry for name, entry in section.items() if resolver.holds(entry)}
        self.looked_at = {}

    def __getitem__(self, name: str):
        if name not in self.looked_at:
            self.looked_at[name] = self.resolver.value(self.section[name])
        return self.looked_at[name]

    def __iter__(self):
        return iter(self.section)

    def __len__(self) -> int:
        return len(self.section)


class _Resolver:
    def __init__(self, values: dict, conditions: dict):
        self.values = values
        self.conditions = conditions

    def holds(self, resource: dict) -> bool:
        return "Condition" not in resource or self.condition(resource["Condition"])

    def condition(self, name: str) -> bool:
        return self.value(self.conditions[name])

    def value(self, node):
        if isinstance(node, list):
            return [item for item in map(self.value, node) if item is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (function, argument), = node.items()
            if function == "Ref":
                return NO_VALUE if argument == "AWS::NoValue" else self.reference(argument)
            if function == "Fn::GetAtt":
                return "${" + (argument if isinstance(argument, str) else ".".join(argument)) + "}"
            if function == "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda match: str(self.reference(match[1])), argument)
            if function == "Fn::Split":
                delimiter, text = map(self.value, argument)
                return text.split(delimiter)
            if function == "Fn::If":
                condition, if_true, if_false = argument
                return self.value(if_true if self.condition(condition) else if_false)
            if function == "Fn::Equals":
                left, right = map(self.value, argument)
                return str(left) == str(right)
            if function == "Fn::And":
                return all(map(self.value, argument))
            if function == "Fn::Not":
                return not self.value(argument[0])
            assert not function.startswith("Fn::"), f"teach tests/template/cloudformation.py {function}"
        resolved = {key: self.value(item) for key, item in node.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def reference(self, name: str):
        return self.values.get(name, "${" + name + "}")
