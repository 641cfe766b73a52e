"""Compares measured figures with the stored ones, or stores them. `.ci/figures` measures and calls this."""

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path

# In percent. A figure of a build is exact; memory depends on the kernel and on libc, too.
TOLERANCES = {"instructions": 2, "allocations": 2, "memory": 10, "zip": 2}
# The most that a renewal may store. tests/e2e/test_archive.py limits the zip.
LIMITS = {"memory": 10_000}
# Of these, a smaller figure may come from the machine: no failure.
OF_THE_MACHINE = {"memory"}
RENEW = ".ci/figures --renew"
LOOK = "docs/performance.md says how to see which functions take the instructions."
HEADER = f"""\
# What the deployed binary takes on x86_64. `.ci/figures` compares, `{RENEW}` writes this file. docs/performance.md
# explains the figures. Tolerances are in percent.
"""


def measure(measured: Path, archive: Path) -> dict[str, dict[str, int]]:
    return json.loads(measured.read_text()) | {"zip": {"bytes": archive.stat().st_size}}


def tolerances(stored: dict) -> dict[str, float]:
    return {kind: stored.get(kind, {}).get("tolerance", usual) for kind, usual in TOLERANCES.items()}


def render(figures: dict[str, dict[str, int]], allowed: dict[str, float], rustc: str) -> str:
    lines = [f'{HEADER}rustc = "{rustc}"\n']
    for kind, values in figures.items():
        lines.append(f"\n[{kind}]\ntolerance = {allowed[kind]}\n")
        lines += [f"{name} = {value}\n" for name, value in values.items()]
    return "".join(lines)


def compare(stored: dict, figures: dict[str, dict[str, int]]) -> tuple[list[str], bool]:
    """A line for each figure, and whether all are within their tolerances."""
    lines, held = [], True
    for kind, allowed in tolerances(stored).items():
        old = {name: value for name, value in stored.get(kind, {}).items() if name != "tolerance"}
        new = figures.get(kind, {})
        for name in old | new:
            label = f"{kind} {name}"
            if name not in old or name not in new:
                held = False
                lines.append(f"{label}: {'not stored' if name in new else 'stored, but not measured'}")
                continue
            change = 100 * (new[name] / old[name] - 1)
            figure = f"{label}: {old[name]:,} -> {new[name]:,} ({change:+.2f} %, tolerance {allowed} %)"
            if change > allowed:
                held, figure = False, f"{figure}: WORSE"
            elif change < -allowed and kind in OF_THE_MACHINE:
                figure = f"{figure}: better, perhaps by this machine"
            elif change < -allowed:
                held, figure = False, f"{figure}: BETTER, store it so that a later slip shows"
            lines.append(figure)
    return lines, held


def above_limits(figures: dict[str, dict[str, int]]) -> list[str]:
    return [
        f"{kind} {name}: {value:,} is more than {LIMITS[kind]:,}; a renewal does not lift this limit"
        for kind, values in figures.items() if kind in LIMITS
        for name, value in values.items() if value > LIMITS[kind]
    ]


def check(file: Path, figures: dict[str, dict[str, int]], rustc: str) -> int:
    try:
        stored = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        print(f"failed to read `{file}`: {error}\n`{RENEW}` writes it anew.")
        return 1
    lines, held = compare(stored, figures)
    too_much = above_limits(figures)
    print("\n".join(lines + too_much))
    if not held:
        print(f"If the change is wanted, `{RENEW}` stores these figures. {LOOK}")
        if stored.get("rustc") != rustc:
            print(f"The stored figures are of Rust {stored.get('rustc')}, these of {rustc}: that changes them, too.")
    return 0 if held and not too_much else 1


def renew(file: Path, figures: dict[str, dict[str, int]], rustc: str) -> int:
    try:
        stored = tomllib.loads(file.read_text())
    except (OSError, ValueError):
        stored = {}  # No file yet, or the marks of a merge in it.
    too_much = above_limits(figures)
    print("\n".join(compare(stored, figures)[0] + too_much))
    if too_much:
        return 1
    new = file.with_suffix(".new")
    new.write_text(render(figures, tolerances(stored), rustc))
    new.replace(file)
    print(f"stored in {file}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stored", type=Path, help="the TOML file")
    parser.add_argument("measured", type=Path, help="the JSON file of the benchmark `process`")
    parser.add_argument("archive", type=Path, help="the zip of the release")
    parser.add_argument("--renew", action="store_true", help="store what was measured")
    options = parser.parse_args()
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    act = renew if options.renew else check
    return act(options.stored, measure(options.measured, options.archive), rustc)


if __name__ == "__main__":
    sys.exit(main())
