"""The wheel, on a machine without Rust: install, look, deploy, change a word, upgrade, roll back, remove.

Nothing but the installed programs is on PATH. Of AWS it sees an emulator.
"""

import os
import pathlib
import subprocess
import sys
import time
import zipfile

import pytest
from emulators import REPOSITORY, Okta, event, wait_for
from samtranslator.yaml_helper import yaml_parse
from test_deployed import for_the_emulator

import cloudformation

STACK = "kit"
EVENT_SOURCE = "aws.partner/okta.com/acme/kit"
ARCHITECTURE = "x86_64"


def built(folder: pathlib.Path, bootstrap: pathlib.Path) -> pathlib.Path:
    """The wheel that .ci/wheel builds, with the one Lambda that can be built here."""
    done = subprocess.run(
        [REPOSITORY / ".ci" / "wheel", folder, f"{ARCHITECTURE}={bootstrap}"], capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, done.stderr[-4000:]
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(home, bootstrap) -> pathlib.Path:
    return built(home / "wheel", bootstrap)


@pytest.fixture(scope="module")
def older(home, bootstrap) -> pathlib.Path:
    """A wheel with another Lambda: the loader takes no notice of what follows the program."""
    changed = home / "older-bootstrap"
    changed.write_bytes(bootstrap.read_bytes() + b"older")
    return built(home / "older-wheel", changed)


class Operator:
    """Someone with Python, in an empty folder of their own."""

    def __init__(self, home: pathlib.Path, folder: pathlib.Path):
        self.sam = home / "sam" / "bin" / "sam"
        self.folder = folder
        self.venv = folder.parent / "venv"
        subprocess.run([sys.executable, "-m", "venv", self.venv], check=True)

    def run(self, program: str | pathlib.Path, *arguments, **environment) -> str:
        """What a program says that must succeed. A bare name is one of those that the wheel brought."""
        done = subprocess.run(
            [self.venv / "bin" / program, *map(str, arguments)],
            cwd=self.folder,
            env={"PATH": str(self.venv / "bin"), "HOME": str(self.folder)} | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{program} {arguments}:\n{done.stdout[-4000:]}"
        return done.stdout

    def install(self, wheel: pathlib.Path):
        self.run("pip", "install", "--disable-pip-version-check", "--no-index", "--force-reinstall", wheel)


@pytest.fixture
def operator(home, tmp_path) -> Operator:
    folder = tmp_path / "work"
    folder.mkdir()
    return Operator(home, folder)


class Kit:
    """The kit of an operator, as a stack in the emulated AWS."""

    def __init__(self, operator: Operator, aws):
        self.operator, self.aws = operator, aws
        self.folder = operator.folder / "kit"
        self.lambdas = aws.client("lambda")

    def edit(self, file: str, before: str, after: str):
        path = self.folder / file
        text = path.read_text()
        assert text.count(before) == 1, f"{before!r} in {file}"
        path.write_text(text.replace(before, after))

    def deploy(self, okta):
        """`sam deploy`, but of what ministack knows of the template; and the function then turned to the emulated Okta."""
        emulated = self.folder / "emulated.json"
        emulated.write_text(cloudformation.json_of(for_the_emulator(yaml_parse((self.folder / "template.yaml").read_text()))))
        self.sam("deploy", "--template-file", emulated, "--stack-name", STACK, "--no-confirm-changeset")
        variables = self.function()["Environment"]["Variables"] | self.aws.environment() | {"OKTA_ORG_URL": okta.url}
        self.lambdas.update_function_configuration(FunctionName=self.name(), Environment={"Variables": variables})
        wait_for("the new configuration", lambda: self.function()["LastUpdateStatus"] == "Successful")

    def sam(self, *arguments):
        credentials = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        self.operator.run(self.operator.sam, *arguments, **credentials, SAM_CLI_TELEMETRY="0", AWS_ENDPOINT_URL=self.aws.url)
