"""A deployment kit, and AWS's own programs that deploy it: SAM and the AWS CLI. They talk to the endpoint, and to nobody else."""

import os
import pathlib
import re
import subprocess

import cloudformation
from endpoint import Endpoint
from samtranslator.yaml_helper import yaml_parse

REPOSITORY = pathlib.Path(__file__).parents[2]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
# What AWS's clients take from the environment of whoever runs the tests.
AWS_VARIABLES = re.compile("^(AWS|SAM|BOTO)_")


class Kit:
    """A kit of `enricher init`, and the programs that deploy it to the endpoint."""

    def __init__(self, folder: pathlib.Path, home: pathlib.Path, endpoint: Endpoint):
        self.folder = folder
        self.home = home
        self.endpoint = endpoint

    def parameters(self) -> dict:
        return yaml_parse((self.folder / "template.yaml").read_text())["Parameters"]

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

    def shell(self, commands: str, **environment: str) -> subprocess.CompletedProcess:
        """The same for lines of a shell, which find `aws` and `sam`. The first command that fails ends them."""
        programs = f"{self.home / 'awscli' / 'bin'}:{self.home / 'sam' / 'bin'}:/usr/bin:/bin"
        return self.run(pathlib.Path("/bin/bash"), "-euc", commands, PATH=programs, **environment)

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
                "HOME": str(self.folder.parent),
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
