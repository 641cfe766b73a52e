import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "template"))

import cloudformation  # noqa: E402 (tests/template, found by the line above)
from emulators import Aws, Okta, Processes, bootstrap_of, sam  # noqa: E402

# A CI that gives up sends SIGTERM; as an interrupt it lets the fixtures end their processes.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def home() -> pathlib.Path:
    """The folder of .ci/e2e, below target/."""
    assert "E2E_HOME" in os.environ, "run .ci/e2e, which installs and builds what these tests need"
    return pathlib.Path(os.environ["E2E_HOME"])


@pytest.fixture(scope="session")
def processes(home):
    with Processes(home / "logs") as processes:
        yield processes


@pytest.fixture(scope="session")
def archive() -> pathlib.Path:
    """What `cargo lambda build --release --output-format zip` made, as `sam build` calls it."""
    return pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "lambda" / "okta-request-enricher" / "bootstrap.zip"


@pytest.fixture(scope="session")
def released(home) -> pathlib.Path:
    """The zip that `.ci/lambda` made, as a release carries it."""
    (released,) = (home / "release").glob("okta-request-enricher-*-x86_64.zip")
    return released


@pytest.fixture(scope="session")
def bootstrap(released, tmp_path_factory) -> pathlib.Path:
    """The program in the release's zip, unpacked."""
    return bootstrap_of(released, tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="session")
def built(home):
    """The folder that `sam build` made, for x86_64: no other target is to be had here."""
    folder = home / "sam-build"
    sam(home, "build", "--build-dir", folder, "--parameter-overrides", "Architecture=x86_64")
    return folder


@pytest.fixture(scope="session")
def aws(processes, home) -> Aws:
    return Aws(processes, home)


@pytest.fixture
def okta(processes):
    """A fresh Okta with everyone whom the sample events name."""
    with Okta(processes) as okta:
        yield okta


@pytest.fixture(scope="session")
def translated() -> dict:
    """template.yaml as CloudFormation gets it."""
    return cloudformation.translate(cloudformation.source())
