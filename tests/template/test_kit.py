"""The kit that `enricher init` writes: its template and settings are the project's, but for what is said here."""

import os
import pathlib
import subprocess
import tomllib

import cloudformation
import pytest
from deployed import ROOT
from samtranslator.yaml_helper import yaml_parse

ENRICHER = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "enricher"
# By the ELF header: e_machine.
MACHINES = {"arm64": 183, "x86_64": 62}


@pytest.fixture(scope="module", params=MACHINES)
def architecture(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def kit(architecture, tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("kit")
    bootstrap = folder / "bootstrap"
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + MACHINES[architecture].to_bytes(2, "little")
    bootstrap.write_bytes(header + bytes(44) + b"AWS_LAMBDA_RUNTIME_API")
    subprocess.run([ENRICHER, "init", folder / "kit", "--bootstrap", bootstrap], check=True, env={})
    return folder / "kit"


@pytest.fixture
def template(kit) -> dict:
    return yaml_parse((kit / "template.yaml").read_text())


def test_the_template_is_the_project_s_but_for_the_binary_that_is_there(template, architecture):
    source = cloudformation.source()
    interface = source["Metadata"]["AWS::CloudFormation::Interface"]
    (group,) = [group for group in interface["ParameterGroups"] if "Architecture" in group["Parameters"]]
    group["Parameters"].remove("Architecture")
    del source["Parameters"]["Architecture"]
    source["Parameters"]["RunbookUrl"]["Default"] = "runbook.md"
    function = source["Resources"]["EnricherFunction"]
    del function["Metadata"]["BuildMethod"]
    function["Metadata"]["SkipBuild"] = True
    function["Properties"]["CodeUri"] = "function/"
    function["Properties"]["Architectures"] = [architecture]
    assert template == source


def test_nothing_refers_to_the_parameter_that_is_gone(kit):
    assert "!Ref Architecture" not in (kit / "template.yaml").read_text()
    assert "${Architecture}" not in (kit / "template.yaml").read_text()


def test_the_template_is_no_longer_than_the_project_s(kit):
    """test_whole.py says how long that may be."""
    assert (kit / "template.yaml").stat().st_size <= cloudformation.TEMPLATE.stat().st_size


def test_the_settings_are_the_project_s_without_building(kit):
    settings = tomllib.loads((kit / "samconfig.toml").read_text())
    project = tomllib.loads((ROOT / "samconfig.toml").read_text())
    del project["default"]["build"]
    project["default"]["global"]["parameters"]["template_file"] = "template.yaml"
    assert settings == project
    assert "build" not in (kit / "samconfig.toml").read_text().replace("a `sam build` has left", "")
