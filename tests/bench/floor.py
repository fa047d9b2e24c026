"""The copy floor of a settled day: what reading its inputs and writing its outputs costs when nothing is worked out.

Holds: the strict floor, in seconds and bytes. Read is what no implementation can do without: every export file of the
day, whole, as text columns; the balances at the close of the day before; of the prior state the tables that say who
people are and where their money goes (members, merchants, accounts). The history (orders, tickets, claims, lots) is not
read: looking things up in it is the day's own work. Written is everything the day left, state segments and their
indexes included: Parquet with the settings of ``assets/foundation/files.py``, other files byte for byte; then all of it
is brought to disk, as the seal does. Having the outputs in memory before they are written costs nothing here, nor does
a hash.
Never holds: arithmetic of any kind.
Neighbour: ``bench.py`` puts the day's seconds over these.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from assets.foundation.files import ROW_GROUP
from assets.foundation.store import Home, sync_tree
from tests.bench.fresh import answer, peak_bytes

_PEOPLE = ("members", "merchants", "accounts")
ROWS = 5_000_000  # of a table in memory at a time; what is longer is written as several files of that many
_BLOCK = 64 << 20  # of any other file


class Meter:
    """Seconds and bytes of one side of the copy."""

    def __init__(self) -> None:
        self.seconds, self.bytes = 0.0, 0

    @contextmanager
    def on(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - started


def copy(home: str, prior: str, day: str, scratch: str) -> dict[str, Any]:
    """Read the inputs and write the outputs of ``day`` again, into ``scratch``, which is gone afterwards."""
    place, folder = Home(Path(home)), Path(scratch)
    before, today = date.fromisoformat(prior), date.fromisoformat(day)
    reading, writing, syncing = Meter(), Meter(), Meter()
    _read_inputs(place, before, today, reading)
    try:
        write_again(place.settlement(today), folder, writing)
        with syncing.on():
            sync_tree(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "seconds": reading.seconds + writing.seconds + syncing.seconds,
        "read_seconds": reading.seconds, "read_bytes": reading.bytes,
        "write_seconds": writing.seconds, "write_bytes": writing.bytes,
        "sync_seconds": syncing.seconds, "peak_bytes": peak_bytes(),
    }  # fmt: skip


def _read_inputs(home: Home, before: date, today: date, meter: Meter) -> None:
    for path in sorted(home.exports(today).iterdir()):
        if path.suffix == ".csv":
            with meter.on():
                pl.read_csv(path, infer_schema=False)
            meter.bytes += path.stat().st_size
        elif path.suffix == ".parquet":
            _read_table(path, meter)
    for path in _sealed_inputs(home, before):
        _read_table(path, meter)


def _sealed_inputs(home: Home, before: date) -> list[Path]:
    seal = home.seal(before)
    if seal is None:
        raise ValueError(f"{home.root}: {before} is not settled")
    state = seal.content["state"]
    segments = [home.root / segment["file"] for table in _PEOPLE for segment in state[table]]
    return [home.settlement(before) / "balances.parquet", *segments]


def _read_table(path: Path, meter: Meter) -> None:
    with meter.on():
        for _ in slices(path):
            pass
    meter.bytes += path.stat().st_size


def slices(path: Path) -> Iterator[pl.DataFrame]:
    """A table in parts that fit into memory, at least one."""
    lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    rows = lazy.select(pl.len()).collect().item()
    for start in range(0, max(1, rows), ROWS):
        yield (lazy.slice(start, ROWS) if rows > ROWS else lazy).collect()


def write_again(sealed: Path, scratch: Path, meter: Meter) -> None:
    """Write every file of a sealed folder again below ``scratch``; only the writing is measured."""
    for path in sorted(path for path in sealed.rglob("*") if path.is_file()):
        target = scratch / path.relative_to(sealed)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            _write_table(path, target, meter)
        else:
            _write_bytes(path, target, meter)


def _write_table(path: Path, target: Path, meter: Meter) -> None:
    groups = _row_group(path)
    for number, part in enumerate(slices(path)):
        whole, file = part.rechunk(), target.with_suffix(f".{number}.parquet") if number else target
        with meter.on():
            whole.write_parquet(file, compression="zstd", compression_level=1, row_group_size=groups)
        meter.bytes += file.stat().st_size


def _row_group(path: Path) -> int:
    """The rows that the file's writer put into a group; of a single group nobody can tell, nor need to."""
    metadata = pq.read_metadata(path)
    return int(metadata.row_group(0).num_rows) if metadata.num_row_groups > 1 else ROW_GROUP


def _write_bytes(path: Path, target: Path, meter: Meter) -> None:
    with path.open("rb") as source, target.open("wb", buffering=0) as copied:
        while block := source.read(_BLOCK):
            with meter.on():
                copied.write(block)
            meter.bytes += len(block)


if __name__ == "__main__":
    answer(copy)
