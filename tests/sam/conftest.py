import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "template"))

import cloudformation  # noqa: E402 (tests/template, found by the line above)
from endpoint import STACK, Endpoint  # noqa: E402

REPOSITORY = pathlib.Path(__file__).parents[2]
# What AWS's clients take from the environment of whoever runs the tests.
AWS_VARIABLES = re.compile("^(AWS|SAM|BOTO)_")


@pytest.fixture(scope="session")
def home() -> pathlib.Path:
    """The folder of .ci/e2e, below target/."""
    assert "E2E_HOME" in os.environ, "run .ci/e2e, which installs and builds what these tests need"
    return pathlib.Path(os.environ["E2E_HOME"])


@pytest.fixture(scope="session")
def parameters() -> dict:
    """The template's parameters, as template.yaml states them."""
    return cloudformation.source()["Parameters"]


@pytest.fixture
def endpoint():
    """An account in which the stack was not deployed yet."""
    with Endpoint() as endpoint:
        yield endpoint
        assert endpoint.unknown == [], "the client makes calls that the endpoint does not know"


@pytest.fixture
def deployed(endpoint, parameters) -> Endpoint:
    """An account in which the stack was deployed with its defaults, but dry, with an allow-list and with alarms that tell someone."""
    defaults = {name: str(specification["Default"]) for name, specification in parameters.items() if "Default" in specification}
    endpoint.stack = defaults | cloudformation.REQUIRED | {"DryRun": "true", "AlarmTopicArn": TOPIC, "RequestTypes": "Jira*"}
    return endpoint


TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"


class Kit:
    """A folder that deploys: the template, samconfig.toml and a function that nobody runs."""

    def __init__(self, folder: pathlib.Path, home: pathlib.Path, endpoint: Endpoint):
        self.folder = folder
        self.home = home
        self.endpoint = endpoint
        template = (REPOSITORY / "template.yaml").read_text()
        (folder / "template.yaml").write_text(template.replace("CodeUri: .\n", "CodeUri: function/\n"))
        (folder / "samconfig.toml").write_text((REPOSITORY / "samconfig.toml").read_text())
        (folder / "function").mkdir()
        (folder / "function" / "bootstrap").write_text("#!/bin/false\n")
        (folder / "function" / "bootstrap").chmod(0o755)
        (folder / "function" / "enrichment.toml").write_text((REPOSITORY / "enrichment.toml").read_text())

    def fill_in(self):
        """samconfig.toml with real values in place of its three placeholders, and not otherwise changed."""
        text = (self.folder / "samconfig.toml").read_text()
        for name, value in cloudformation.REQUIRED.items():
            text, found = re.subn(rf'"{name}=<[^"]*>"', f'"{name}={value}"', text)
            assert found == 1, f"samconfig.toml has no line with a placeholder for {name}"
        (self.folder / "samconfig.toml").write_text(text)

    def set(self, *overrides: str):
        """samconfig.toml with these lines as the value of parameter_overrides, instead of its own."""
        lines = "".join(f"  {override},\n" for override in overrides)
        before = (self.folder / "samconfig.toml").read_text()
        after, found = re.subn(r"parameter_overrides = \[\n.*?\n\]", lambda _: f"parameter_overrides = [\n{lines}]", before, flags=re.S)
        assert found == 1
        (self.folder / "samconfig.toml").write_text(after)

    def sam(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """`sam` with these arguments in this folder and, beside the endpoint's, with these variables and no other of AWS's."""
        return self.run(self.home / "sam" / "bin" / "sam", *arguments, **environment)

    def aws(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """The same for `aws`."""
        return self.run(self.home / "awscli" / "bin" / "aws", *arguments, **environment)

    def run(self, program: pathlib.Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        others = {name: value for name, value in os.environ.items() if not AWS_VARIABLES.match(name)}
        return subprocess.run(
            [str(program), *map(str, arguments)],
            cwd=self.folder,
            env=others
            | {
                "AWS_ENDPOINT_URL": self.endpoint.url,
                "AWS_ACCESS_KEY_ID": "e2e",
                "AWS_SECRET_ACCESS_KEY": "e2e",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_EC2_METADATA_DISABLED": "true",
                "SAM_CLI_TELEMETRY": "0",
                "HOME": str(self.folder),
            }
            | environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    def change_set(self, **environment: str) -> dict:
        """What `sam deploy` would have CloudFormation do, by samconfig.toml alone."""
        done = self.sam("deploy", "--no-execute-changeset", **({"AWS_DEFAULT_REGION": "eu-central-1"} | environment))
        assert done.returncode == 0, done.stdout + done.stderr
        return self.endpoint.change_set()


@pytest.fixture
def kit(tmp_path, home, endpoint) -> Kit:
    return Kit(tmp_path, home, endpoint)
