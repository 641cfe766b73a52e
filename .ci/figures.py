"""Compares measured figures with the stored ones, or stores them. `.ci/figures` measures, then calls this."""

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path

# In percent, for a file that has none. Memory also depends on the kernel and on libc; the others on the build alone.
TOLERANCES = {"instructions": 2, "allocations": 2, "memory": 10, "zip": 2}
# A renewal stores nothing above these. The limit of the zip is in tests/e2e/test_archive.py.
LIMITS = {"memory": 10_000}
# Less memory can come from another machine, so it is no reason to fail.
MAY_FALL = {"memory"}
RENEW = "`.ci/figures --renew`"
HEADER = f"""\
# What the deployed binary takes on x86_64. `.ci/figures` compares, {RENEW} writes this file; docs/performance.md
# explains the figures. A tolerance is in percent.
"""

Figures = dict[str, dict[str, int]]


def tolerances(stored: dict) -> dict[str, float]:
    return {kind: stored.get(kind, {}).get("tolerance", usual) for kind, usual in TOLERANCES.items()}


def render(figures: Figures, allowed: dict[str, float], rustc: str) -> str:
    lines = [f'{HEADER}rustc = "{rustc}"\n']
    for kind, values in figures.items():
        lines.append(f"\n[{kind}]\ntolerance = {allowed[kind]}\n")
        lines += [f"{name} = {value}\n" for name, value in values.items()]
    return "".join(lines)


def judge(kind: str, old: int | None, new: int | None, allowed: float) -> tuple[str, str, bool]:
    """The change of a figure, a word about it, and whether it may be so."""
    if old is None or new is None:
        return "", "NOT STORED" if old is None else "NOT MEASURED", False
    percent = 100 * (new / old - 1)
    if percent > allowed:
        word, may_be = f"WORSE > {allowed} %", False
    elif percent < -allowed:
        may_be = kind in MAY_FALL
        word = "less, on this machine" if may_be else f"BETTER > {allowed} %"
    else:
        word, may_be = "", True
    return f"{percent:+.2f} %", word, may_be


def compare(stored: dict, figures: Figures) -> tuple[list[str], int]:
    """A table of all figures, and how many may not be so."""
    rows, wrong = [("", "stored", "now", "change", "")], 0
    for kind, allowed in tolerances(stored).items():
        old = {name: value for name, value in stored.get(kind, {}).items() if name != "tolerance"}
        new = figures.get(kind, {})
        for name in old | new:
            before, after = old.get(name), new.get(name)
            change, word, may_be = judge(kind, before, after, allowed)
            numbers = ["" if number is None else f"{number:,}" for number in (before, after)]
            rows.append((f"{kind} {name}", *numbers, change, word))
            wrong += not may_be
    return [f"{label:36} {old:>10} {new:>10} {change:>8} {word}".rstrip() for label, old, new, change, word in rows], wrong


def above_limits(figures: Figures) -> list[str]:
    return [
        f"{kind} {name} is {value:,}, and the limit is {LIMITS[kind]:,}: only .ci/figures.py can lift it"
        for kind, values in figures.items() if kind in LIMITS
        for name, value in values.items() if value > LIMITS[kind]
    ]


def check(file: Path, figures: Figures, rustc: str) -> int:
    try:
        stored = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        print(f"figures: failed to read `{file}`: {error}. {RENEW} writes it anew.")
        return 1
    table, wrong = compare(stored, figures)
    too_much = above_limits(figures)
    print("\n".join(table + too_much))
    if wrong:
        print(
            f"figures: {wrong} changed by more than the tolerance, or not stored yet.\n"
            f"If you want this change, or if it is for the better, store it: {RENEW}\n"
            "Otherwise see which functions take the instructions: docs/performance.md, “Speed that cannot slip”"
        )
        if stored.get("rustc") != rustc:
            print(f"The stored figures were measured with Rust {stored.get('rustc')}, these with {rustc}: that alone changes them.")
    return 1 if wrong or too_much else 0


def renew(file: Path, figures: Figures, rustc: str) -> int:
    try:
        stored = tomllib.loads(file.read_text())
    except (OSError, ValueError):
        stored = {}  # There is no file yet, or a merge left its marks in it.
    too_much = above_limits(figures)
    print("\n".join(compare(stored, figures)[0] + too_much))
    if too_much:
        return 1
    new = file.with_suffix(".new")
    new.write_text(render(figures, tolerances(stored), rustc))
    new.replace(file)
    print(f"figures: stored in {file}; commit it")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stored", type=Path, help="the TOML file")
    parser.add_argument("measured", type=Path, help="the JSON that the benchmark `process` prints with --figures")
    parser.add_argument("archive", type=Path, help="the zip of the release")
    parser.add_argument("--renew", action="store_true", help="store what was measured")
    options = parser.parse_args()
    figures = json.loads(options.measured.read_text()) | {"zip": {"bytes": options.archive.stat().st_size}}
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    return (renew if options.renew else check)(options.stored, figures, rustc)


if __name__ == "__main__":
    sys.exit(main())
