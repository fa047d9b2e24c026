"""One process that judges inputs: what kills or stalls it is seen from outside.

Holds: the loop, memory and what libraries print to standard error meanwhile.
Never holds: the number of inputs, the time limit (``fuzz.py``).
"""

from __future__ import annotations

import os
import resource
import shutil
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

import pyarrow as pa

from tests.fuzz.inputs import write_input

MEMORY = 1_536 << 20  # bytes that the process may hold at most while it judges one input
_STOP = 6 << 30  # bytes of data at which the kernel says no, so that a bomb does not take the machine


@dataclass(frozen=True)
class Result:
    """What one input came to."""

    number: int
    way: str
    file: str
    form: str
    mutation: str
    outcome: str
    faults: tuple[str, ...]
    message: str
    seconds: float
    peak: int


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) << 10


def serve(calls: Connection, scratch: Path) -> None:
    """Judge the inputs whose seed, number and ways come in until None does."""
    resource.setrlimit(resource.RLIMIT_DATA, (_STOP, _STOP))
    os.environ.pop("RUST_BACKTRACE", None)
    os.environ["POLARS_MAX_THREADS"] = "1"  # the tables are small, and processes beside each other are faster
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    errors = scratch / "stderr"
    handle = os.open(errors, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 2)
    from tests.fuzz.oracle import Bench

    bench = Bench(scratch)
    while call := calls.recv():
        seed, number, ways = call
        home = scratch / "home"
        shutil.rmtree(home, ignore_errors=True)
        one = write_input(home, seed, number, ways)
        if one.way != "intake":
            shutil.rmtree(home)
            bench.prepare_day(home)
            write_input(home, seed, number, ways)
        pa.default_memory_pool().release_unused()  # what making the input took
        os.ftruncate(2, 0)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        started = perf_counter()
        verdict = bench.judge(home, one)
        seconds, peak = perf_counter() - started, _peak()
        if peak > MEMORY:
            verdict.fault(f"{peak >> 20} MiB of memory, allowed {MEMORY >> 20}")
        if said := errors.read_bytes():
            verdict.fault(f"printed: {said[-1_000:].decode('utf-8', 'replace')}")
        calls.send(
            Result(
                number, one.way, one.file, one.form, one.mutation, verdict.outcome, tuple(verdict.faults),
                verdict.message[:500], seconds, peak,
            )
        )  # fmt: skip
