"""The parameters that the documentation tells people to write: `"Name=value"` for samconfig.toml, `Name=value` on a command line.

An example is what a reader would copy: a string in a ```toml block with `parameter_overrides` or with nothing but such strings, a
string in quotes inside `backticks` or in a comment of samconfig.toml, and what follows `--parameter-overrides` in a shell block.
"""

import dataclasses
import json
import pathlib
import re
import shlex
import tomllib

# "Name=value" as TOML writes it; a parameter's name begins with a capital.
LINE = re.compile(r'''"(?:[A-Z][A-Za-z0-9]*)=(?:[^"\\\n]|\\.)*"|'(?:[A-Z][A-Za-z0-9]*)=[^'\n]*\'''')
GENERIC = '"Name=value"'
# What a reader replaces: <an address>, $TOPIC, arn:aws:….
PLACEHOLDER = re.compile(r"[<>…$]|\.\.\.")


@dataclasses.dataclass(frozen=True)
class Example:
    """One parameter as it is written (`text`: a TOML string, or a word of a shell line) and where."""

    place: str
    text: str
    is_refused: bool = False
    """Whether the document says so: SAM refuses `…`."""

    @property
    def written(self) -> str:
        """Name=value, without TOML's or the shell's quotes."""
        return tomllib.loads(f"text = {self.text}")["text"]

    @property
    def name(self) -> str:
        return self.written.partition("=")[0]

    @property
    def value(self) -> str:
        """The value that the writer meant: all of it, without quotes around it."""
        value = self.written.partition("=")[2]
        quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
        return value[1:-1] if quoted else value

    @property
    def is_placeholder(self) -> bool:
        return PLACEHOLDER.search(self.value) is not None


def for_samconfig(file: pathlib.Path) -> list[Example]:
    """The examples for samconfig.toml in a document, or in samconfig.toml itself, its comments included."""
    text = file.read_text()
    refused: set[str] = set()
    if file.suffix == ".toml":
        found = LINE.findall(text)
    else:
        shown = [block for block in blocks(text, "toml") if "parameter_overrides" in block or block.lstrip().startswith(('"', "'"))]
        spans = re.findall(r"(refuses )?`([^`\n]+)`", _without_blocks(text))
        refused = {span for refusal, span in spans if refusal}
        found = [line for block in shown for line in LINE.findall(block)] + [span for _, span in spans if LINE.fullmatch(span)]
    return [Example(file.name, line, line in refused) for line in found if line != GENERIC]


def on_command_lines(file: pathlib.Path, tool: str) -> list[Example]:
    """The words behind `--parameter-overrides` in the shell blocks of a document, of the commands of `sam` or of `aws`."""
    found = []
    for language in ("bash", "console", "sh", "zsh"):
        for block in blocks(file.read_text(), language):
            for command in block.replace("\\\n", " ").splitlines():
                call, option, rest = command.partition("--parameter-overrides")
                if not option or tool not in call.split():
                    continue
                words = shlex.split(rest, comments=True)
                end = next((place for place, word in enumerate(words) if word.startswith("-") or not word.strip("&|;")), len(words))
                found += [Example(file.name, json.dumps(word)) for word in words[:end]]
    return found


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, without the indentation of the list that they stand in."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", text, flags=re.S | re.M)


def _without_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)
