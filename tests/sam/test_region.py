"""Which region AWS's clients take from the environment. SAM and version 1 of the AWS CLI ignore AWS_REGION.

So the guide has both variables exported. Version 2 of the AWS CLI and `enricher` prefer AWS_REGION; both must name the same region.
"""

import re

from kit import REPOSITORY
from test_awscli import DEPLOY, PACKAGE, REQUIRED

REGION = "eu-central-1"


def regions(endpoint) -> set[str]:
    return {call.region for call in endpoint.calls}


def test_sam_takes_no_region_from_aws_region_alone(kit, endpoint):
    done = kit.sam("deploy", "--no-execute-changeset", AWS_REGION=REGION)
    assert done.returncode != 0
    assert "AWS_DEFAULT_REGION" in done.stderr, "the message that the guide quotes"
    assert endpoint.calls == []


def test_both_variables_as_the_guide_exports_them_bring_sam_and_the_aws_cli_to_the_region(kit, endpoint):
    both = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    kit.fill_in()
    kit.change_set(**both)
    assert kit.aws(*PACKAGE, **both).returncode == 0
    assert kit.aws(*DEPLOY, *REQUIRED, **both).returncode == 0
    assert regions(endpoint) == {REGION}


def test_the_aws_cli_uploads_into_another_region_by_aws_region_alone_and_deploys_into_none(kit, endpoint):
    """Version 1, which PyPI has. S3 alone has a default, and not the region that was meant."""
    assert kit.aws(*PACKAGE, AWS_REGION=REGION).returncode == 0
    assert regions(endpoint) == {"us-east-1"}
    done = kit.aws(*DEPLOY, *REQUIRED, AWS_REGION=REGION)
    assert done.returncode != 0
    assert "You must specify a region" in done.stderr


def test_a_region_in_samconfig_is_taken_by_sam_whatever_the_environment_says(kit, endpoint):
    kit.fill_in()
    configuration = kit.folder / "samconfig.toml"
    configuration.write_text(configuration.read_text().replace("stack_name =", f'region = "{REGION}"\nstack_name =', 1))
    kit.change_set(AWS_DEFAULT_REGION="us-west-2")
    assert regions(endpoint) == {REGION}


def test_the_documentation_never_exports_one_of_the_two_alone():
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]
    exports = [re.findall(r"export AWS_REGION=.*\n *(.*)", page.read_text()) for page in pages]
    assert sum(map(len, exports)) >= 3
    assert {line for lines in exports for line in lines} == {"export AWS_DEFAULT_REGION=$AWS_REGION"}
