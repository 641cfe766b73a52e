"""Which changes of the measured figures `.ci/figures` lets pass, and what a renewal stores."""

import json
import subprocess
import sys

import pytest
from emulators import REPOSITORY

MEASURED = {
    "instructions": {"profile_only_start": 10_000_000, "everything_warm_event": 8_000_000},
    "allocations": {"profile_only_start": 3_500, "everything_warm_event": 5_000},
    "memory": {"kilobytes": 8_500},
}
ZIP_BYTES = 3_100_000


class Figures:
    def __init__(self, folder):
        self.stored = folder / "figures.toml"
        self.measured = folder / "measured.json"
        self.archive = folder / "lambda.zip"

    def run(self, *options, zip_bytes=ZIP_BYTES, **changed) -> subprocess.CompletedProcess:
        """Compares MEASURED, with some kinds of figures changed by a factor."""
        figures = {
            kind: {name: round(value * changed.get(kind, 1)) for name, value in values.items()}
            for kind, values in MEASURED.items()
        }
        self.measured.write_text(json.dumps(figures))
        self.archive.write_bytes(bytes(zip_bytes))
        command = [sys.executable, REPOSITORY / ".ci" / "figures.py", self.stored, self.measured, self.archive, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def figures(tmp_path):
    """Figures that are stored."""
    figures = Figures(tmp_path)
    assert figures.run("--renew").returncode == 0
    return figures


@pytest.mark.parametrize(
    "change",
    [{}, {"instructions": 1.019}, {"instructions": 0.981}, {"allocations": 1.019}, {"memory": 1.09}, {"zip_bytes": 3_160_000}],
)
def test_a_change_within_its_tolerance_passes(figures, change):
    result = figures.run(**change)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"instructions": 1.03}, "everything_warm_event 8,000,000 8,240,000 +3.00 % WORSE > 2 %"),
        ({"instructions": 0.9}, "everything_warm_event 8,000,000 7,200,000 -10.00 % BETTER > 2 %"),
        ({"allocations": 1.03}, "allocations profile_only_start 3,500 3,605 +3.00 % WORSE > 2 %"),
        ({"memory": 1.12}, "memory kilobytes 8,500 9,520 +12.00 % WORSE > 10 %"),
        ({"zip_bytes": 3_190_000}, "zip bytes 3,100,000 3,190,000 +2.90 % WORSE > 2 %"),
    ],
)
def test_a_greater_change_fails_and_is_told_with_the_way_to_store_it(figures, change, line):
    result = figures.run(**change)
    assert result.returncode == 1
    assert line in " ".join(result.stdout.split())
    assert ".ci/figures --renew" in result.stdout


def test_less_memory_passes(figures):
    """Another kernel or libc can take less. The same build takes as many instructions everywhere."""
    assert figures.run(memory=0.8).returncode == 0


def test_a_figure_that_is_not_stored_or_not_measured_fails(figures):
    stored = figures.stored.read_text()
    figures.stored.write_text(stored.replace("everything_warm_event", "everything_hot_event", 1))
    result = figures.run()
    assert result.returncode == 1
    assert "NOT STORED" in result.stdout
    assert "NOT MEASURED" in result.stdout


@pytest.mark.parametrize("damage", ["", "<<<<<<< HEAD\nrustc = 1\n", None])
def test_a_renewal_needs_no_readable_file(figures, damage):
    if damage is None:
        figures.stored.unlink()
    else:
        figures.stored.write_text(damage)
    assert figures.run().returncode == 1
    assert figures.run("--renew").returncode == 0
    assert figures.run().returncode == 0


def test_a_renewal_stores_what_was_measured_and_keeps_the_tolerances(figures):
    figures.stored.write_text(figures.stored.read_text().replace("tolerance = 10", "tolerance = 5"))
    assert figures.run("--renew", instructions=1.5).returncode == 0
    assert figures.run(instructions=1.5).returncode == 0
    assert figures.run(instructions=1.5, memory=1.07).returncode == 1


def test_a_renewal_does_not_lift_the_limit_of_memory(figures):
    stored = figures.stored.read_text()
    result = figures.run("--renew", memory=1.2)
    assert result.returncode == 1
    assert "limit" in result.stdout
    assert figures.stored.read_text() == stored
