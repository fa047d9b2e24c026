"""One day through the real job, measured: the whole of ``Runner.settle``, and every stage as the desk measured it.

Never holds: a way of settling of its own.
Neighbour: ``bench.py`` asks for it in a process of its own; ``profiling.py`` looks inside the stages.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

from assets.foundation.store import Home
from pipelines.desk import Done
from pipelines.running import Runner
from tests.bench.fresh import answer, peak_bytes
from tests.bench.profiling import Spans, put_spans


def settle(home: str, day: str, threads: int | None, memory: int | None, profile: bool) -> dict[str, Any]:
    """Settle ``day`` of ``home``; returns the figures."""
    place, today = Home(Path(home)), date.fromisoformat(day)
    spans = Spans()
    if profile:
        put_spans(spans)
    with Runner(place, until=today, threads=threads, memory=memory) as runner, spans.span("job", "all else of it"):
        started, spent = time.perf_counter(), time.process_time()
        outcome = runner.settle(today)
        seconds, processor = time.perf_counter() - started, time.process_time() - spent
    return {
        "seconds": seconds,
        "cpu_seconds": processor,
        "peak_bytes": peak_bytes(),
        "stages": [_stage(name, done) for name, done in outcome.stages],
        "profile": spans.pieces() if profile else None,
    }


def _stage(name: str, done: Done) -> dict[str, Any]:
    return {
        "name": name, "seconds": done.seconds, "rows": done.facts.get("rows"), "bytes": done.bytes_written,
        "peak_bytes": done.peak_memory,
    }  # fmt: skip


if __name__ == "__main__":
    answer(settle)
