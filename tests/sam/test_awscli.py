"""The same deployment without SAM: `aws cloudformation package` and `aws cloudformation deploy`, by AWS's own command line."""

import io
import zipfile

import cloudformation
import pytest
from examples import blocks
from kit import REPOSITORY
from permissions import Policy, Reference
from test_changeset import kept, sent

REQUIRED = [f"{name}={value}" for name, value in cloudformation.REQUIRED.items()]
PACKAGE = "cloudformation package --template-file template.yaml --s3-bucket bucket --output-template-file packaged.yaml".split()
DEPLOY = (
    "cloudformation deploy --template-file packaged.yaml --stack-name okta-request-enricher --no-execute-changeset "
    "--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides"
).split()


@pytest.fixture
def packaged(kit):
    done = kit.aws(*PACKAGE, AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode == 0, done.stderr
    return kit


def deploy(kit, *overrides: str):
    return kit.aws(*DEPLOY, *overrides, AWS_DEFAULT_REGION="eu-central-1")


def test_the_first_deployment_sends_what_is_given(packaged):
    done = deploy(packaged, *REQUIRED, "DryRun=true")
    assert done.returncode == 0, done.stderr
    change_set = packaged.endpoint.change_set()
    assert (change_set["type"], change_set["capabilities"]) == ("CREATE", ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert sent(change_set) == cloudformation.REQUIRED | {"DryRun": "true"}


def test_an_update_keeps_what_is_not_given(packaged, deployed):
    done = deploy(packaged, "DryRun=false")
    assert done.returncode == 0, done.stderr
    change_set = packaged.endpoint.change_set()
    assert change_set["type"] == "UPDATE"
    assert sent(change_set) == {"DryRun": "false"}
    assert {"OktaOrgUrl", "AlarmTopicArn", "RequestTypes"} <= kept(change_set)


def test_empty_values_and_spaces_arrive_as_they_are_given(packaged, deployed):
    done = deploy(packaged, "AlarmTopicArn=", "RequestTypes=Jira access,Sales*")
    assert done.returncode == 0, done.stderr
    assert sent(packaged.endpoint.change_set()) == {"AlarmTopicArn": "", "RequestTypes": "Jira access,Sales*"}


def test_a_wrong_value_is_refused_with_the_reason(packaged):
    done = deploy(packaged, *REQUIRED, "OktaOrgUrl=https://acme-admin.okta.com")
    assert done.returncode != 0
    assert "OktaOrgUrl failed to satisfy constraint: must read like https://acme.okta.com" in done.stderr


def test_the_packaged_template_points_to_the_uploaded_function(packaged, endpoint):
    done = deploy(packaged, *REQUIRED)
    assert done.returncode == 0, done.stderr
    location = endpoint.change_set()["template"]["Resources"]["EnricherFunction"]["Properties"]["CodeUri"]
    with zipfile.ZipFile(io.BytesIO(endpoint.objects["/" + location.removeprefix("s3://")])) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert set(modes) == {"bootstrap", "enrichment.toml"}
    assert modes["bootstrap"] & 0o555 == 0o555, "Lambda runs it as another user"


S3_ACTIONS = {"HEAD": ["s3:GetObject"], "PUT": ["s3:PutObject", "s3:CreateBucket"]}


def test_the_guides_commands_deploy_word_by_word_and_say_what_the_guide_says(kit, home, endpoint):
    (commands,) = [block for block in blocks((REPOSITORY / "docs" / "deploy.md").read_text(), "bash") if "cloudformation package" in block]
    done = kit.shell(commands, AWS_REGION="eu-central-1", AWS_DEFAULT_REGION="eu-central-1")
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("make_bucket", "Successfully packaged artifacts", "Successfully created/updated stack - okta-request-enricher"):
        assert said in done.stdout
    assert endpoint.status == "CREATE_COMPLETE"
    assert endpoint.stack["AlarmTopicArn"] == "arn:aws:sns:eu-central-1:123456789012:okta-request-enricher-alarms"
    assert {call.region for call in endpoint.calls} == {"eu-central-1"}
    assert_deployer_may(endpoint, home)


def assert_deployer_may(endpoint, home):
    """The calls need no right that the guide does not give the deployer. Who one is, AWS tells everyone."""
    reference, policy = Reference(home / "awscli", home / "sam"), Policy()
    calls = {call.action: call.service for call in endpoint.calls if call.service != "sts"}
    actions = [action for call, service in calls.items() for action in S3_ACTIONS.get(call, [f"{service}:{call}"])]
    assert "cloudformation:ExecuteChangeSet" in actions
    assert [action for action in actions for on in reference.narrowed_to(action) if not policy.allows(action, on)] == []


def test_the_runbooks_commands_undo_what_was_changed_by_hand_and_change_no_parameter(kit, endpoint, home):
    (first,) = [block for block in blocks((REPOSITORY / "docs" / "deploy.md").read_text(), "bash") if "cloudformation package" in block]
    undo = [block for block in blocks((REPOSITORY / "docs" / "runbook.md").read_text(), "bash") if '"$CHANGES"' in block]
    regions = {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
    done = kit.shell(first, **regions)
    assert done.returncode == 0, done.stdout + done.stderr
    endpoint.stack |= {"DryRun": "true", "LogLevel": "DEBUG"}
    before = dict(endpoint.stack)
    done = kit.shell("STACK=okta-request-enricher\n" + "".join(undo), **regions)
    assert done.returncode == 0, done.stdout + done.stderr
    change_set = endpoint.change_sets[-1]
    assert (change_set["type"], change_set["mode"]) == ("UPDATE", "REVERT_DRIFT")
    assert change_set["source"] == endpoint.change_sets[0]["source"]
    assert kept(change_set) == before.keys()
    assert endpoint.stack == before
    assert_deployer_may(endpoint, home)
