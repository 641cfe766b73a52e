"""What the Lambda is said to be made of, against the program itself."""

import json
import re
import subprocess

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from emulators import REPOSITORY

SOURCE_FILE = re.compile(rb"registry/src/[^/]+/([a-zA-Z0-9_-]+?)-(\d+\.\d+\.\d+[^/]*)/")


@pytest.fixture(scope="module")
def sbom(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("sbom") / "lambda.cdx.json"
    subprocess.run([REPOSITORY / ".ci" / "sbom", "okta-request-enricher", "x86_64-unknown-linux-gnu", file], check=True)
    return file.read_text()


def test_it_is_cyclonedx_with_the_number_that_github_asks_for(sbom):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom) is None
    assert re.fullmatch("urn:uuid:[0-9a-f-]{36}", json.loads(sbom)["serialNumber"])


def test_each_crate_that_a_panic_of_the_program_could_name_is_in_it(sbom, bootstrap):
    listed = {(component["name"], component["version"]) for component in json.loads(sbom)["components"]}
    named = {(name.decode(), version.decode()) for name, version in SOURCE_FILE.findall(bootstrap.read_bytes())}
    assert len(named) > 50
    assert named - listed == set()


def test_crates_of_tests_and_of_the_command_line_are_not_in_it(sbom):
    listed = {component["name"] for component in json.loads(sbom)["components"]}
    locked = set(re.findall('^name = "(.*)"$', (REPOSITORY / "Cargo.lock").read_text(), re.MULTILINE))
    for other in ("aws-sdk-sqs", "aws-sdk-sso", "p256", "clap", "insta", "proptest", "enricher"):
        assert other in locked
        assert other not in listed
