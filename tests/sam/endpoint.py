"""An AWS that only listens: CloudFormation, S3 and STS on loopback, for clients that are given its address (AWS_ENDPOINT_URL).

It keeps what a client sends, above all the change set, and makes nothing. Like AWS it refuses a change set whose parameters are
missing, unknown or against the template's constraints, so what it accepts would be accepted there too. A call that it does not know
is refused and kept in `unknown`. There is one stack at most: `stack` is its parameters, which a change set that is executed sets.
"""

import dataclasses
import http.server
import re
import threading
import urllib.parse
import xml.sax.saxutils

import cloudformation
from samtranslator.yaml_helper import yaml_parse

STACK = "okta-request-enricher"
BUCKET = "aws-sam-cli-managed-default-samclisourcebucket"
ACCOUNT = "123456789012"
STACK_ARN = f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/{{}}/5e1f0000-0000-0000-0000-000000000000"
# What CloudFormation takes as TemplateBody; a longer one must be uploaded.
LONGEST_BODY = 51_200


@dataclasses.dataclass
class Call:
    """One call of a client. Service and region are those for which it was signed."""

    service: str
    action: str
    region: str


class Refusal(Exception):
    """CloudFormation's ValidationError, in its words."""


class Endpoint:
    def __init__(self):
        self.stack: dict[str, str] | None = None
        self.template = ""
        self.status = "UPDATE_COMPLETE"
        self.calls: list[Call] = []
        self.unknown: list[str] = []
        self.change_sets: list[dict] = []
        self.objects: dict[str, bytes] = {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def change_set(self) -> dict:
        """The only change set that was created: its `type`, `parameters`, `capabilities` and `template`."""
        (change_set,) = self.change_sets
        return change_set

    # ---- CloudFormation ----

    def cloudformation(self, query: dict[str, str]) -> str:
        answer = getattr(self, f"_{query['Action']}", None)
        if answer is None:
            self.unknown.append(f"cloudformation {query['Action']}")
            raise Refusal(f"this endpoint does not know {query['Action']}")
        return answer(query)

    def _DescribeStacks(self, query: dict[str, str]) -> str:
        name = query["StackName"]
        if name == "aws-sam-cli-managed-default":
            return _stack(name, "CREATE_COMPLETE", outputs={"SourceBucket": BUCKET}, tags={"ManagedStackSource": "AwsSamCli"})
        if name != STACK or self.stack is None:
            raise Refusal(f"Stack with id {name} does not exist")
        return _stack(name, self.status, parameters=self.stack)

    def _GetTemplateSummary(self, query: dict[str, str]) -> str:
        assert query["StackName"] == STACK
        return "<Parameters>" + "".join(f"<member>{_tag('ParameterKey', key)}</member>" for key in self.stack) + "</Parameters>"

    def _CreateChangeSet(self, query: dict[str, str]) -> str:
        template = query.get("TemplateBody", "")
        if len(template.encode()) > LONGEST_BODY:
            raise Refusal(f"1 validation error detected: 'templateBody' must have length less than or equal to {LONGEST_BODY}")
        if "TemplateURL" in query:
            path = urllib.parse.unquote(urllib.parse.urlsplit(query["TemplateURL"]).path)
            template = self.objects[path].decode()
        if query.get("UsePreviousTemplate") == "true":
            template = self.template
        change_set = {
            "type": query.get("ChangeSetType", "UPDATE"),
            "mode": query.get("DeploymentMode", ""),
            "source": template,
            "parameters": _list(query, "Parameters"),
            "capabilities": _list(query, "Capabilities"),
            "template": yaml_parse(template),
        }
        change_set["values"] = self._values(change_set)
        self.change_sets.append(change_set)
        return _tag("Id", f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:changeSet/{query['ChangeSetName']}/1") + _tag(
            "StackId", STACK_ARN.format(STACK)
        )

    def _values(self, change_set: dict) -> dict[str, str]:
        """The parameters of the stack, once the change set is executed."""
        values = {}
        before = self.stack or {}
        given = {parameter["ParameterKey"]: parameter for parameter in change_set["parameters"]}
        for name, specification in change_set["template"]["Parameters"].items():
            parameter = given.pop(name, {})
            if parameter.get("UsePreviousValue") == "true":
                if name not in before:
                    raise Refusal(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a new parameter")
                value = before[name]
            elif "ParameterValue" in parameter:
                value = parameter["ParameterValue"]
            elif "Default" in specification:
                value = str(specification["Default"])
            else:
                raise Refusal(f"Parameters: [{name}] must have values")
            if fault := fault_of(value, specification):
                raise Refusal(f"Parameter {name} failed to satisfy constraint: {fault}")
            values[name] = value
        if given:
            raise Refusal(f"Parameters: {sorted(given)} do not exist in the template")
        return values

    def _DescribeChangeSet(self, query: dict[str, str]) -> str:
        return "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><Changes/>"

    def _ExecuteChangeSet(self, query: dict[str, str]) -> str:
        change_set = self.change_sets[-1]
        self.stack, self.status = change_set["values"], f"{change_set['type']}_COMPLETE"
        self.template = change_set["source"]
        return ""

    # ---- S3 and STS ----

    def sts(self, query: dict[str, str]) -> str:
        if query["Action"] != "GetCallerIdentity":
            self.unknown.append(f"sts {query['Action']}")
            raise Refusal(f"this endpoint does not know {query['Action']}")
        return _tag("Account", ACCOUNT) + _tag("UserId", "deployer") + _tag("Arn", f"arn:aws:iam::{ACCOUNT}:user/deployer")

    def s3(self, method: str, path: str, body: bytes) -> int:
        """The status of the reply to a PUT or HEAD of an object, or to the PUT of a bucket."""
        if method == "PUT":
            self.objects[path] = body
        return 200 if path in self.objects else 404


def fault_of(value: str, specification: dict) -> str | None:
    """Why CloudFormation refuses this value of a parameter: its ConstraintDescription, or None."""
    return None if cloudformation.accepts(specification, value) else specification.get("ConstraintDescription", "its type")


def _handler(endpoint: Endpoint):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def reply(self, status: int, body: str = ""):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.send_header("ETag", '"0"')
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body.encode())

        def body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                return b"".join(iter(self.chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def chunk(self) -> bytes:
            data = self.rfile.read(int(self.rfile.readline().split(b";")[0], 16))
            self.rfile.readline()
            return data

        def any(self):
            body = self.body()
            scope = re.search(r"Credential=[^/]+/[0-9]+/([^/]+)/([^/]+)/", self.headers.get("Authorization", ""))
            region, service = scope.groups() if scope else ("", "")
            if service == "s3":
                endpoint.calls.append(Call(service, self.command, region))
                return self.reply(endpoint.s3(self.command, urllib.parse.unquote(self.path), _unframed(body, self.headers)))
            query = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            action = query.get("Action", self.path)
            endpoint.calls.append(Call(service, action, region))
            try:
                if service not in ("cloudformation", "sts"):
                    endpoint.unknown.append(f"{service} {action}")
                    raise Refusal(f"this endpoint does not know {service}")
                result = endpoint.sts(query) if service == "sts" else endpoint.cloudformation(query)
            except Refusal as refusal:
                error = _tag("Code", "ValidationError") + _tag("Message", str(refusal))
                return self.reply(400, f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>")
            self.reply(200, f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")

        do_GET = do_HEAD = do_POST = do_PUT = any

    return Handler


def _unframed(body: bytes, headers) -> bytes:
    """The object in an upload that carries its checksum in a trailer (aws-chunked)."""
    if "aws-chunked" not in headers.get("Content-Encoding", ""):
        return body
    content = b""
    while True:
        head, _, body = body.partition(b"\r\n")
        length = int(head.split(b";")[0], 16)
        if length == 0:
            return content
        content, body = content + body[:length], body[length + 2 :]


def _list(query: dict[str, str], name: str) -> list:
    """`Name.member.1`, `Name.member.2` …, each a text or, for a structure, a dict of its members."""
    found: dict[int, object] = {}
    for key, value in query.items():
        if match := re.fullmatch(rf"{name}\.member\.([0-9]+)(?:\.(.+))?", key):
            if match[2]:
                found.setdefault(int(match[1]), {})[match[2]] = value
            else:
                found[int(match[1])] = value
    return [found[number] for number in sorted(found)]


def _tag(name: str, text: str) -> str:
    return f"<{name}>{xml.sax.saxutils.escape(text)}</{name}>"


def _stack(name: str, status: str, parameters: dict = {}, outputs: dict = {}, tags: dict = {}) -> str:
    def members(kind: str, key: str, value: str, pairs: dict) -> str:
        return f"<{kind}>" + "".join(f"<member>{_tag(key, k)}{_tag(value, v)}</member>" for k, v in pairs.items()) + f"</{kind}>"

    return (
        "<Stacks><member>"
        + _tag("StackName", name)
        + _tag("StackId", STACK_ARN.format(name))
        + "<CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        + _tag("StackStatus", status)
        + members("Parameters", "ParameterKey", "ParameterValue", parameters)
        + members("Outputs", "OutputKey", "OutputValue", outputs)
        + members("Tags", "Key", "Value", tags)
        + "</member></Stacks>"
    )
