"""The processes of the end-to-end tests: the embedded Okta, an AWS (ministack), a Lambda (AWS's Runtime Interface Emulator).

Each gets a free port and a log below target/e2e/logs, and none outlives the tests.
"""

import ctypes
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
import zipfile

import boto3
import cloudformation

REPOSITORY = pathlib.Path(__file__).parents[2]
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def wait_for(what: str, probe, seconds: float = 60):
    """The first truthy answer of `probe`, which is asked until the time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := probe():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def http(url: str, body: bytes | None = None, seconds: float = 100) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=seconds) as reply:
        return reply.read()


class Processes:
    """Child processes, each in a group of its own, ended together with the block."""

    def __init__(self, logs: pathlib.Path):
        self.logs = logs
        self.running: list[subprocess.Popen] = []

    def __enter__(self):
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            self.end(process)

    def start(self, name: str, command: list, port: int, environment: dict, directory: pathlib.Path = REPOSITORY) -> "Process":
        """Starts a server and returns once it listens on `port`."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        self.running.append(process)

        def listens():
            assert process.poll() is None, f"{name} ended with {process.returncode}:\n{log.read_text()[-2000:]}"
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_for(f"{name} on port {port}, see {log}", listens)
        return Process(process, log)

    def end(self, process: subprocess.Popen):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(timeout=5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        if process in self.running:
            self.running.remove(process)


class Process:
    def __init__(self, process: subprocess.Popen, log: pathlib.Path):
        self.process = process
        self.log = log


class Okta:
    """`enricher simulate`: the project's own Okta, on loopback."""

    BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "debug" / "enricher"

    def __init__(self, processes: Processes):
        self.processes = processes
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.process = processes.start(
            f"okta-{port}", [self.BINARY, "simulate", "--port", port], port, {"PATH": os.environ["PATH"]}
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.processes.end(self.process.process)

    @classmethod
    def token(cls) -> str:
        """The API token that the embedded Okta accepts, as its help states it."""
        told = subprocess.run([cls.BINARY, "simulate", "--help"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"\b00[A-Za-z0-9_-]{10,}\b", told)
        assert found, f"`enricher simulate --help` names no token:\n{told}"
        return found[0]

    def messages(self) -> list[dict]:
        return json.loads(http(f"{self.url}/_simulator/messages"))


class Aws:
    """ministack, with one secret in it that opens the embedded Okta."""

    def __init__(self, processes: Processes, home: pathlib.Path):
        port = free_port()
        state = home / "ministack"
        state.mkdir(exist_ok=True)
        self.url = f"http://127.0.0.1:{port}"
        self.started = time.time()
        self.process = processes.start(
            "ministack",
            [home / "emulators" / "bin" / "ministack"],
            port,
            os.environ
            | {
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "LAMBDA_EXECUTOR": "local",
                "STATE_DIR": str(state),
                "TMPDIR": str(state),
                # It opens more doors by default, on fixed ports and every interface.
                "SFTP_ENABLED": "0",
                "IOT_MTLS_ENABLED": "0",
                # Lambda's one and two minutes, shortened.
                "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
                "LAMBDA_ASYNC_RETRY_MAX_SECONDS": "1",
                "CLOUDTRAIL_RECORDING": "1",
            },
        )
        self.secret = self.client("secretsmanager").create_secret(Name="okta/enricher", SecretString=Okta.token())["ARN"]

    def client(self, service: str):
        return boto3.client(service, endpoint_url=self.url)

    def calls(self, access_key: str) -> set[str]:
        """`service:Action` of every call that was made with this access key."""
        trail, by_key = self.client("cloudtrail"), [{"AttributeKey": "AccessKeyId", "AttributeValue": access_key}]
        found = set()
        # It answers the last 50 of a time at most, and has no further page: so it is asked second by second.
        for second in range(int(self.started), int(time.time()) + 1):
            start = datetime.datetime.fromtimestamp(second, datetime.UTC)
            end = start + datetime.timedelta(seconds=1)
            events = trail.lookup_events(LookupAttributes=by_key, StartTime=start, EndTime=end)["Events"]
            assert len(events) < 50, "some calls of this second are not told"
            for event in events:
                # A call of CloudFormation's protocol names its action inside.
                parameters = json.loads(event["CloudTrailEvent"]).get("requestParameters") or {}
                found.add(f"{event['EventSource'].partition('.')[0]}:{parameters.get('Action', event['EventName'])}")
        return found

    def ledger(self) -> str:
        """A new, empty table with the key that the template states, for a function that runs without the stack."""
        properties = cloudformation.source()["Resources"]["LedgerTable"]["Properties"]
        stated = {name: properties[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")}
        made = self.client("dynamodb").create_table(TableName=f"ledger-{uuid.uuid4()}", **stated)
        return made["TableDescription"]["TableName"]

    def environment(self) -> dict:
        """What a program needs in its environment to take this for AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": os.environ["AWS_REGION"],
            "AWS_ACCESS_KEY_ID": "e2e",
            "AWS_SECRET_ACCESS_KEY": "e2e",
        }


class Lambda:
    """The bootstrap under AWS's Runtime Interface Emulator, configured as the resolved template configures the function."""

    def __init__(self, processes: Processes, home: pathlib.Path, bootstrap: pathlib.Path, function: dict, environment: dict):
        (emulator,) = (home / "sam").glob("lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64")
        self.processes = processes
        port, runtime_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        self.timeout = function["Timeout"]
        logging = function["LoggingConfig"]
        self.process = processes.start(
            f"lambda-{port}",
            [
                emulator,
                "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
                "--runtime-api-address", f"127.0.0.1:{runtime_port}",
                bootstrap,
            ],
            port,
            # What Lambda itself derives from the configuration, then the function's own variables.
            environment
            | {
                "AWS_LAMBDA_FUNCTION_NAME": "okta-request-enricher",
                "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function["Timeout"]),
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function["MemorySize"]),
                "AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"],
                "AWS_LAMBDA_LOG_LEVEL": logging["ApplicationLogLevel"],
            }
            | function["Environment"]["Variables"],
            directory=bootstrap.parent,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.processes.end(self.process.process)

    def invoke(self, event: dict) -> dict:
        return json.loads(http(self.url, json.dumps(event).encode(), seconds=self.timeout + 10))

    def log(self) -> str:
        """What emulator and function wrote until the end of the last invocation."""
        read = self.process.log.read_text
        wait_for("the invocation's report", lambda: "REPORT RequestId" in read().splitlines()[-1])
        return read()


def sam(home, command: str, *arguments, **environment):
    """Runs SAM in the repository. What it does must succeed."""
    done = subprocess.run(
        [home / "sam" / "bin" / "sam", command, *map(str, arguments)],
        cwd=REPOSITORY,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0"} | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=1800,
    )
    assert done.returncode == 0, f"sam {command}:\n{done.stdout[-20000:]}\n{done.stderr[-4000:]}"


def bootstrap_of(archive: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
        mode = file.getinfo("bootstrap").external_attr >> 16
    program = folder / "bootstrap"
    program.chmod(mode & 0o777)  # extractall forgets it; Lambda does not
    return program


def event(name: str, seconds_ago: float = 0) -> dict:
    """A file of events/, published just now: the samples' own date is too old, or too new, to be answered."""
    sample = json.loads((REPOSITORY / "events" / f"{name}.json").read_text())
    published = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)
    sample["time"] = published.strftime("%Y-%m-%dT%H:%M:%SZ")
    sample["detail"]["published"] = published.strftime("%Y-%m-%dT%H:%M:%S.") + f"{published.microsecond // 1000:03}Z"
    return sample


def of_unknown_request(sample: dict) -> dict:
    """The same event about a request that Okta does not know, so that the function can only fail."""
    request = sample["detail"]["debugContext"]["debugData"]["accessRequestId"]
    text = json.dumps(sample)
    assert request in text
    return json.loads(text.replace(request, "reqUnknownToOkta0001"))
