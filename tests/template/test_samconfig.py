"""samconfig.toml is right as it is for all but the three values that only its reader knows."""

import shlex
import tomllib

import cloudformation
from deployed import ROOT, required


def test_samconfig_leaves_the_three_required_values_to_fill_in_and_deploys_nothing_until_then(source):
    given = in_samconfig()
    assert list(given)[:3] == required(source)
    assert [name for name in required(source) if cloudformation.accepts(source["Parameters"][name], given[name])] == []


def test_samconfig_writes_out_what_is_changed_after_the_first_days_since_a_line_taken_out_changes_nothing(source):
    given = in_samconfig()
    assert given.keys() - set(required(source)) == {"AlarmTopicArn", "DryRun"}
    for name in ("AlarmTopicArn", "DryRun"):
        assert given[name] == source["Parameters"][name]["Default"]


def in_samconfig() -> dict:
    """The values of samconfig.toml, unquoted. tests/sam reads them through SAM's own parser."""
    lines = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]["global"]["parameters"]["parameter_overrides"]
    (*pairs,) = (shlex.split(line) for line in lines)
    assert all(len(pair) == 1 for pair in pairs), "SAM cuts a value at its first space"
    return dict(pair[0].split("=", 1) for pair in pairs)
