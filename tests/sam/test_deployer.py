"""docs/deployer-policy.json allows what CloudFormation does with the deployer's rights, and grants nothing that is void or unbounded."""

import json
import re
from fnmatch import fnmatchcase

import cloudformation
import pytest
from permissions import POLICY, STACK, TRANSFORM, Policy, Reference, as_list

# Actions that AWS's schema names for a property which our resource does not have. If it gets the property, the test wants the action.
ONLY_WITH = {
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": ["dynamodb:UpdateContributorInsights"],
        "ImportSourceSpecification": ["dynamodb:ImportTable", "dynamodb:DescribeImport", "s3:*", "logs:*"],
        "KinesisStreamSpecification": ["dynamodb:*KinesisStreamingDestination", "kinesis:*"],
        "ResourcePolicy": ["dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"],
    },
    "AWS::Events::Archive": {"KmsKeyIdentifier": ["kms:*"]},
    "AWS::Events::EventBus": {"KmsKeyIdentifier": ["kms:*"], "Policy": ["events:PutPermission", "events:RemovePermission"]},
    "AWS::IAM::Role": {"ManagedPolicyArns": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]},
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": ["lambda:PassCapacityProvider", "lambda:*FunctionScalingConfig"],
        "CodeSigningConfigArn": [f"lambda:{action}CodeSigningConfig" for action in ("Get", "PutFunction", "DeleteFunction")],
        "FileSystemConfigs": ["elasticfilesystem:*", "s3files:*"],
        "KmsKeyArn": ["kms:*"],
        "Layers": ["lambda:GetLayerVersion"],
        "PublishToLatestPublished": ["lambda:PublishVersion"],
        "RecursiveLoop": ["lambda:PutFunctionRecursionConfig"],
        "RuntimeManagementConfig": ["lambda:PutRuntimeManagementConfig", "lambda:AssociateRuntimeAlias"],
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": ["logs:PutBearerTokenAuthentication"],
        "DataProtectionPolicy": ["logs:PutDataProtectionPolicy", "logs:CreateLogDelivery", "s3:*", "firehose:*"],
        "DeletionProtectionEnabled": ["logs:PutLogGroupDeletionProtection"],
        "FieldIndexPolicies": ["logs:PutIndexPolicy", "logs:DeleteIndexPolicy"],
        "ResourcePolicyDocument": ["logs:PutResourcePolicy", "logs:DeleteResourcePolicy"],
    },
}
# Named by AWS's schemas, and not needed: what copies a table into other regions, which takes another type of resource (GlobalTable).
REPLICAS = {
    *(f"dynamodb:{action}" for action in ("CreateTableReplica", "AssociateTableReplica", "BatchWriteItem")),
    *(f"dynamodb:{action}" for action in ("Scan", "Query", "GetItem", "PutItem", "UpdateItem", "DeleteItem")),
    "iam:CreateServiceLinkedRole",
}
# Nor this: our key is given by its ARN, not by its alias.
NEVER = REPLICAS | {"kms:ListAliases"}
# Writing actions that may stand on `*`, since AWS narrows them to nothing.
BOUNDED_BY_NOTHING = {"logs:PutQueryDefinition", "logs:DeleteQueryDefinition"}
# Granted for the stack's own bus, and to `enricher doctor` for the bus of OutcomeBusName, whatever its name.
GRANTED_TWICE = {"events:DescribeEventBus"}


@pytest.fixture(scope="module")
def reference(home) -> Reference:
    return Reference(home / "awscli", home / "sam")


@pytest.fixture(scope="module")
def resources() -> dict[str, set[str]]:
    """The properties that resources of each type may have, of the translated template."""
    properties: dict[str, set[str]] = {}
    for resource in cloudformation.translate(cloudformation.source())["Resources"].values():
        properties.setdefault(resource["Type"], set()).update(resource.get("Properties", {}))
    return properties


def needed(reference: Reference, resource_type: str, properties: set[str]) -> set[str]:
    absent = {name: patterns for name, patterns in ONLY_WITH.get(resource_type, {}).items() if name not in properties}
    without = [pattern for patterns in absent.values() for pattern in patterns]
    return {action for action in reference.needs(resource_type) - NEVER if not any(fnmatchcase(action, pattern) for pattern in without)}


def test_each_property_that_would_take_more_is_one_of_its_type(reference):
    """A name that AWS does not have would excuse its actions for ever."""
    unknown = [(kind, name) for kind, names in ONLY_WITH.items() for name in names if name not in reference.schema(kind)["properties"]]
    assert unknown == []


def test_cloudformation_may_make_change_and_delete_every_resource(reference, resources):
    policy = Policy()
    missing = [
        (resource_type, action, resource)
        for resource_type, properties in sorted(resources.items())
        for action in sorted(needed(reference, resource_type, properties))
        for resource in reference.narrowed_to(action)
        if not policy.allows(action, resource)
    ]
    assert missing == []


def test_cloudformation_may_use_sams_resource_types():
    assert Policy().allows("cloudformation:CreateChangeSet", TRANSFORM)


def test_each_action_exists(reference):
    patterns = [action for statement in Policy().statements for action in as_list(statement["Action"])]
    assert [pattern for pattern in patterns if not reference.actions(pattern)] == []


def test_no_action_stands_where_it_is_void(reference):
    """AWS ignores an action on resources that it is not narrowed to."""
    void = []
    for statement in Policy().statements:
        alone = Policy(json.dumps({"Statement": [statement]}))
        for action in as_list(statement["Action"]):
            known = reference.action(action)
            kinds = [kind for kind in (known or {"resource_types": {}})["resource_types"] if kind]
            if known and not kinds and not alone.allows(action, "*"):
                void.append((statement["Sid"], action))
    assert void == []


def test_what_writes_is_bounded_to_the_stacks_resources(reference):
    unbounded = [
        (statement["Sid"], action)
        for statement in Policy().statements
        if "*" in as_list(statement["Resource"])
        for pattern in as_list(statement["Action"])
        for action in reference.actions(pattern)
        if reference.action(action)["access_level"] not in ("Read", "List") and action not in BOUNDED_BY_NOTHING
    ]
    assert unbounded == []


def test_it_fits_into_a_managed_policy_also_if_the_stack_has_a_longer_name():
    """IAM takes 6,144 characters, spaces and line breaks not counted."""
    text = POLICY.read_text().replace("ACCOUNT", "123456789012").replace(STACK, "x" * 32)
    assert len(re.sub(r"\s", "", text)) <= 6144


def test_packages_are_neither_written_to_nor_read_from_a_bucket_of_another_account():
    """The names of buckets belong to all accounts, and anyone can take one that begins like ours."""
    on_buckets = [s for s in json.loads(POLICY.read_text())["Statement"] if any(action.startswith("s3:") for action in as_list(s["Action"]))]
    assert [s["Condition"] for s in on_buckets] == [{"StringEqualsIfExists": {"aws:ResourceAccount": "ACCOUNT"}}]


def test_a_missing_action_would_be_noticed(reference, resources):
    """Each single one that a resource needs: a policy without it fails."""
    text = json.loads(POLICY.read_text())
    kept = [action for statement in text["Statement"] for action in as_list(statement["Action"])]
    wanted = {action for resource_type, properties in resources.items() for action in needed(reference, resource_type, properties)}
    for gone in [action for action in kept if action in wanted - GRANTED_TWICE]:
        statements = [s | {"Action": [a for a in as_list(s["Action"]) if a != gone]} for s in text["Statement"]]
        policy = Policy(json.dumps({"Statement": statements}))
        assert not all(policy.allows(gone, resource) for resource in reference.narrowed_to(gone)), f"{gone} is granted twice"
