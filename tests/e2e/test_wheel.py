"""The wheel, on a machine without Rust: install, look, deploy, change a word, upgrade, roll back, remove.

Of programs, only those that the wheel brought and SAM are there; of AWS, an emulator.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import time
import zipfile

import pytest
from emulators import REPOSITORY, Okta, event, wait_for
from samtranslator.yaml_helper import yaml_parse
from test_deployed import ORG, Deployed, for_the_emulator

STACK = "enricher-of-a-kit"
EVENT_SOURCE = "aws.partner/okta.com/acme/kit"
LAMBDA = "share/okta-request-enricher/x86_64/bootstrap"  # the one that can be built here


def built(folder: pathlib.Path, bootstrap: pathlib.Path) -> pathlib.Path:
    """The wheel of this machine, with this Lambda."""
    command = [REPOSITORY / ".ci" / "wheel", folder, f"x86_64={bootstrap}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-4000:]
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(bootstrap, tmp_path_factory) -> pathlib.Path:
    return built(tmp_path_factory.mktemp("wheel"), bootstrap)


@pytest.fixture(scope="module")
def older(bootstrap, tmp_path_factory) -> pathlib.Path:
    """A wheel with another Lambda, which does the same: nobody reads what follows a program in its file."""
    folder = tmp_path_factory.mktemp("older")
    changed = folder / "bootstrap"
    changed.write_bytes(bootstrap.read_bytes() + b"older")
    return built(folder, changed)


class Operator:
    """Someone with Python, in an empty folder of their own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / "work"
        self.folder.mkdir()
        self.venv = folder / "venv"
        subprocess.run([sys.executable, "-m", "venv", self.venv], check=True)

    def run(self, program: str | pathlib.Path, *arguments, **environment) -> str:
        """What a program says on its standard output. It must succeed. A bare name is one of the environment's."""
        done = subprocess.run(
            [self.venv / "bin" / program, *map(str, arguments)],
            cwd=self.folder,
            env={"PATH": str(self.venv / "bin"), "HOME": str(self.folder.parent)} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{program} {arguments}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    def install(self, wheel: pathlib.Path):
        self.run("pip", "install", "--disable-pip-version-check", "--no-index", "--force-reinstall", wheel)


class Kit:
    """The folder that `enricher init` wrote, and the stack that is deployed from it."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def edit(self, file: str, *changes: tuple[str, str]):
        text = (self.folder / file).read_text()
        for before, after in changes:
            assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {file}"
            text = text.replace(before, after)
        (self.folder / file).write_text(text)

    def sam(self, home: pathlib.Path, aws, *arguments):
        done = subprocess.run(
            [home / "sam" / "bin" / "sam", *arguments],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name.startswith("AWS_")}
            | {"HOME": str(self.folder.parent), "PATH": "", "SAM_CLI_TELEMETRY": "0", "AWS_ENDPOINT_URL": aws.url},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"sam {arguments}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"

    def deploy(self, home: pathlib.Path, aws) -> Deployed:
        """`sam deploy`, of what the emulator knows of the template."""
        emulated = self.folder / "emulated.json"  # JSON is YAML
        emulated.write_text(json.dumps(for_the_emulator(yaml_parse((self.folder / "template.yaml").read_text()))))
        self.sam(home, aws, "deploy", "--template-file", emulated.name, "--no-confirm-changeset")
        emulated.unlink()
        return Deployed(aws, STACK)


@pytest.fixture
def operator(tmp_path) -> Operator:
    return Operator(tmp_path)


@pytest.fixture
def okta(operator, wheel, processes):
    """The simulator that the wheel brings."""
    operator.install(wheel)

    class Installed(Okta):
        BINARY = operator.venv / "bin" / "enricher"

    with Installed(processes) as okta:
        yield okta


def policy_of(deployed: Deployed) -> str:
    """The text of the policy that the function says it uses."""
    reply = deployed.lambdas.invoke(FunctionName=deployed.name, Payload=b'{"describe":true}')
    return json.load(reply["Payload"])["policy_text"]


def message_after(okta: Okta, sample: dict, deployed: Deployed) -> str:
    """The text on the request once the deployed function has had this event."""
    deployed.turn_to(okta)
    before = len(okta.messages())
    deployed.send(sample)
    wait_for("the message", lambda: len(okta.messages()) > before, 120)
    return okta.messages()[-1]["message"]


def test_the_wheel_runs_on_old_systems_and_has_programs_and_licences(wheel):
    assert wheel.name.endswith("-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl")
    with zipfile.ZipFile(wheel) as archive:
        modes = {entry.filename.split("/", 1)[1]: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    programs = {f"data/{LAMBDA}": 0o755, "scripts/enricher": 0o755}
    assert modes.items() >= (programs | {"licenses/LICENSE-APACHE": 0o644, "licenses/LICENSE-MIT": 0o644}).items()


def test_the_tarball_has_the_wheels_programs_where_they_find_each_other(wheel, bootstrap, tmp_path):
    subprocess.run([REPOSITORY / ".ci" / "tarball", wheel, "this-machine", tmp_path], check=True)
    (packed,) = tmp_path.glob("enricher-*-this-machine.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="tar")
    unpacked = tmp_path / packed.name.removesuffix(".tar.gz")
    subprocess.run([unpacked / "bin" / "enricher", "init", tmp_path / "kit"], check=True, env={}, capture_output=True)
    assert (tmp_path / "kit" / "function" / "bootstrap").read_bytes() == bootstrap.read_bytes()


def test_a_message_is_seen_soon_after_the_installation_began(operator, wheel, bootstrap, capsys):
    began = time.monotonic()
    operator.install(wheel)
    (sbom,) = wheel.parent.glob("enricher-*.cdx.json")  # the wheel's own name has the version in Python's form
    version = re.fullmatch(r"enricher-(.+)-[a-z0-9_]+-unknown-linux-gnu\.cdx\.json", sbom.name)[1]
    assert operator.run("enricher", "--version") == f"enricher {version}\n"
    operator.run("enricher", "init", "kit")
    operator.run("enricher", "check", "kit/function/enrichment.toml")
    policy = {"ENRICHMENT_FILE": "kit/function/enrichment.toml"}
    shown = operator.run("enricher", "replay", "kit/events/access.request.create--v2.json", **policy)
    with capsys.disabled():
        print(f"\n{time.monotonic() - began:.1f} s from the start of `pip install` to the message")
    assert "message posted to the simulator on req16zRXf4PBGnr7o18A" in shown
    assert (operator.folder / "kit" / "function" / "bootstrap").read_bytes() == bootstrap.read_bytes()


def test_a_kit_is_deployed_changed_upgraded_rolled_back_and_removed(home, aws, operator, wheel, older, okta):
    operator.run("enricher", "init", "kit")
    kit = Kit(operator.folder / "kit")
    kit.edit(
        "samconfig.toml",
        ("<https://acme.okta.com>", ORG),
        ("<arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX>", aws.secret),
        ("<aws.partner/okta.com/...>", EVENT_SOURCE),
        ('stack_name = "okta-request-enricher"', f'stack_name = "{STACK}"'),  # the name is taken by other tests
    )
    deployed = kit.deploy(home, aws)
    assert deployed.status == "CREATE_COMPLETE"
    assert "\nTitle: " in message_after(okta, event("access.request.create--v2"), deployed)

    kit.edit("function/enrichment.toml", ('\n  { name = "title", label = "Title" }', '\n  { name = "title", label = "Position" }'))
    operator.run("enricher", "check", "kit/function/enrichment.toml")
    changed = kit.deploy(home, aws)
    assert (changed.status, changed.name) == ("UPDATE_COMPLETE", deployed.name)
    assert "\nPosition: " in message_after(okta, event("access.request.create--v1"), changed)
    code, policy = changed.configuration()["CodeSha256"], (kit.folder / "function" / "enrichment.toml").read_text()
    assert policy_of(changed) == policy

    operator.install(older)
    operator.run("enricher", "init", "--upgrade", "kit")
    other = kit.deploy(home, aws)
    assert other.configuration()["CodeSha256"] != code
    assert "\nPosition: " in message_after(okta, event("access.request.create--sod-conflict"), other)

    operator.install(wheel)
    operator.run("enricher", "init", "--upgrade", "kit")
    back = kit.deploy(home, aws)
    assert (back.configuration()["CodeSha256"], policy_of(back)) == (code, policy)

    kit.sam(home, aws, "delete", "--no-prompts", "--region", os.environ["AWS_REGION"])
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert [stack["StackStatus"] for stack in stacks if stack["StackName"] == STACK] == ["DELETE_COMPLETE"]
    assert deployed.name not in [function["FunctionName"] for function in deployed.lambdas.list_functions()["Functions"]]
