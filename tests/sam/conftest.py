import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "template"))

import cloudformation  # noqa: E402 (tests/template, found by the line above)
from endpoint import Endpoint  # noqa: E402
from kit import TOPIC, Kit  # noqa: E402


@pytest.fixture(scope="session")
def home() -> pathlib.Path:
    """The folder of .ci/e2e, below target/."""
    assert "E2E_HOME" in os.environ, "run .ci/e2e, which installs and builds what these tests need"
    return pathlib.Path(os.environ["E2E_HOME"])


@pytest.fixture(scope="session")
def parameters() -> dict:
    """The template's parameters, as template.yaml states them."""
    return cloudformation.source()["Parameters"]


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> pathlib.Path:
    """The folder that `enricher init` makes, with a function that nobody runs."""
    folder = tmp_path_factory.mktemp("made")
    bootstrap = folder / "bootstrap"
    # The head of a Linux program for x86_64 (elf(5)), and what makes it one of Lambda's.
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(44)
    bootstrap.write_bytes(header + b"AWS_LAMBDA_RUNTIME_API")
    enricher = pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "debug" / "enricher"
    subprocess.run([enricher, "init", folder / "kit", "--bootstrap", bootstrap], check=True, capture_output=True)
    return folder / "kit"


@pytest.fixture
def endpoint():
    """An account in which the stack was not deployed yet."""
    with Endpoint() as endpoint:
        yield endpoint
        assert endpoint.unknown == [], "the client makes calls that the endpoint does not know"


@pytest.fixture
def kit(made, tmp_path, home, endpoint) -> Kit:
    shutil.copytree(made, tmp_path / "kit")
    return Kit(tmp_path / "kit", home, endpoint)


@pytest.fixture
def deployed(kit, endpoint) -> Endpoint:
    """An account in which the kit was deployed with its defaults, but dry, with an allow-list and with alarms that tell someone."""
    defaults = {name: str(entry["Default"]) for name, entry in kit.parameters().items() if "Default" in entry}
    endpoint.stack = defaults | cloudformation.REQUIRED | {"DryRun": "true", "AlarmTopicArn": TOPIC, "RequestTypes": "Jira*"}
    return endpoint
