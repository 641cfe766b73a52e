"""`enricher simulate` as another program sees it: a process that answers HTTP. Nothing here knows its source."""

import dataclasses
import http.client
import json
import os
import pathlib
import re
import subprocess
import urllib.parse

REPOSITORY = pathlib.Path(__file__).parents[2]
BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "debug" / "enricher"


def from_help(pattern: str) -> str:
    """What `enricher simulate --help` says of its credentials."""
    told = subprocess.run([BINARY, "simulate", "--help"], capture_output=True, text=True, check=True).stdout
    (found,) = re.findall(pattern, told)
    return found


@dataclasses.dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


class Simulator:
    """One running simulator. `log` is a file that gets what it writes on stderr."""

    def __init__(self, log: pathlib.Path, *options: str):
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [BINARY, "simulate", "--port", "0", *options], stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        self.url = self.process.stdout.readline().strip()
        assert self.url, f"it ended at once:\n{log.read_text()}"
        self.token = from_help(r"API token is (\S+)")
        self.client_id = from_help(r"service app is (\w+)")

    def end(self):
        self.process.terminate()
        self.process.wait()

    def send(self, method: str, path: str, headers: dict | None = None, body: str | None = None) -> Reply:
        """One call as it is: no proxy, no redirect, no retry."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path: str, **parameters: str) -> Reply:
        """GET with the API token."""
        query = "?" + urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote) if parameters else ""
        return self.send("GET", path + query, {"Authorization": f"SSWS {self.token}"})

    def post(self, path: str, body) -> Reply:
        """POST of JSON with the API token."""
        headers = {"Authorization": f"SSWS {self.token}", "Content-Type": "application/json"}
        return self.send("POST", path, headers, json.dumps(body))

    def seen(self, what: str) -> list:
        """What it recorded: `calls`, `messages` or `complaints`."""
        return self.send("GET", f"/_simulator/{what}").json()
