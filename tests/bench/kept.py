"""Runs that were kept, a line of JSON each, and how a new one compares with the last of its kind.

Holds: what makes two runs comparable: the same parameters.
Never holds: a comparison of seconds: they are a machine's, the ratio to the copy floor is the software's.
Neighbour: ``bench.py`` keeps and compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name(".kept.jsonl")
_NOISE = 0.1  # two runs of the same software differ by about as much
_SAME = 0.01  # hashes and times in a report move the bytes of a day by less


def last_like(parameters: dict[str, Any], file: Path) -> dict[str, Any] | None:
    """The last run in ``file`` with these parameters, or None."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    runs = [json.loads(line) for line in lines if line.strip()]
    return next((run for run in reversed(runs) if run["parameters"] == parameters), None)


def keep(run: dict[str, Any], file: Path) -> None:
    """Put the run at the end of ``file``."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(run, ensure_ascii=False) + "\n")


def regression(run: dict[str, Any], last: dict[str, Any] | None) -> str:
    """One line: the ratio beside that of the last kept run, and what both wrote where that differs.

    A day that writes more raises its own floor: its ratio falls though nothing got better.
    """
    if last is None:
        return "regression: no kept run with these parameters (--json keeps one)"
    change = run["ratio"] / last["ratio"] - 1
    word = "slower" if change > _NOISE else "faster" if change < -_NOISE else "the same within noise"
    line = f"regression: {run['ratio']:.2f}, last kept {last['ratio']:.2f} ({last['at']}): {change:+.1%}, {word}"
    now, then = run["floor"]["write_bytes"], last["floor"]["write_bytes"]
    wrote = now / then - 1
    return f"{line}; the day wrote {wrote:+.1%} bytes, which moves the floor" if abs(wrote) > _SAME else line
