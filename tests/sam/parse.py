"""Run by SAM's own python: what SAM makes of the `parameter_overrides` of each samconfig.toml that is named. Prints JSON."""

import json
import pathlib
import sys

import click
from samcli.cli.types import CfnParameterOverridesType
from samcli.lib.config.file_manager import TomlFileManager


def overrides(file: str) -> dict | str:
    """The parameters by name, or why SAM refuses them."""
    document = TomlFileManager.read(pathlib.Path(file))
    try:
        return CfnParameterOverridesType().convert(document["default"]["global"]["parameters"]["parameter_overrides"], None, None)
    except click.BadParameter as refusal:
        return refusal.format_message()


print(json.dumps([overrides(file) for file in sys.argv[1:]]))
