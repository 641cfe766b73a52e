import dataclasses
import itertools
import os
import pathlib
import signal

# Okta's SDK takes settings, proxies and `~/.okta/okta.yaml` from the developer's own environment. It also refuses
# http; the last variable is its own switch for that.
for name in list(os.environ):
    if name.startswith("OKTA_") or name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ["HOME"] = "/nonexistent"
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"

import pytest  # noqa: E402
from jwcrypto.jwk import JWK  # noqa: E402 (comes with the SDK)
from simulated import Simulator  # noqa: E402

# A CI that gives up sends SIGTERM; as an interrupt it lets the fixtures end their processes.
signal.signal(signal.SIGTERM, signal.default_int_handler)


@dataclasses.dataclass
class ClientKey:
    """The key pair of a service app: the SDK signs with RSA only."""

    private: dict
    public: pathlib.Path


@pytest.fixture(scope="session")
def key(tmp_path_factory) -> ClientKey:
    pair = JWK.generate(kty="RSA", size=2048, kid="of-the-judges")
    public = tmp_path_factory.mktemp("key") / "public.jwk.json"
    public.write_text(pair.export_public())
    return ClientKey(pair.export_private(as_dict=True), public)


@pytest.fixture(scope="module")
def start(key, tmp_path_factory):
    """start(*options): a simulator that knows `key`, until the module ends."""
    logs, number, running = tmp_path_factory.mktemp("simulators"), itertools.count(), []

    def start(*options: str) -> Simulator:
        log = logs / f"{next(number)}.log"
        running.append(Simulator(log, "--client-key", str(key.public), *options))
        return running[-1]

    yield start
    for simulator in running:
        simulator.end()


@pytest.fixture(scope="module")
def okta(start) -> Simulator:
    """A simulator without faults."""
    return start()
