"""A part of the benchmark in a process of its own, so that its time and its peak memory are nobody else's.

Holds: both ends of the talk: the request as an argument, the reply as a file.
Never holds: what a part does, nor imports of the software: a process that grew large hands its peak on to its children.
Neighbour: ``bench.py`` asks; ``making.py``, ``day.py`` and ``floor.py`` answer.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class PartError(Exception):
    """A part ended without a reply; the text is what it said last."""


def ask(part: str, request: dict[str, Any], threads: int | None = None) -> dict[str, Any]:
    """The reply of ``tests/bench/<part>.py``, with ``process_seconds``: from its start to its end, imports and all.

    ``threads`` bounds the threads of Polars, which are set for a process once; raises PartError when it fails.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("SETTLE_HOME", "DAGSTER_HOME")}
    if threads:
        environment["POLARS_MAX_THREADS"] = str(threads)
    with tempfile.TemporaryDirectory(prefix="settle-bench-") as folder:
        reply = Path(folder, "reply.json")
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{part}", json.dumps(request), str(reply)],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - started
        if done.returncode or not reply.is_file():
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
            raise PartError(f"{part} ended with exit code {done.returncode}:\n{said}")
        return {**json.loads(reply.read_bytes()), "process_seconds": seconds}


def answer(work: Callable[..., dict[str, Any]]) -> None:
    """Be the part: do ``work`` as the arguments ask and leave what it returns."""
    request, reply = sys.argv[1:]
    content = work(**json.loads(request))
    Path(reply).write_text(json.dumps(content), encoding="utf-8")


def peak_bytes() -> int:
    """The most memory that this process had at any time."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
