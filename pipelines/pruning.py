"""`settle prune`: what went or would go, by table, and what the home takes on disk.

Holds: the wording, and holding the home's lock meanwhile.
Never holds: what is superseded, or deleting it (``assets/pruning.py``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console

from assets.foundation.store import Home, HomeLock
from assets.pruning import Disk, StateFile, Superseded, disk, prune, superseded
from pipelines.terminal import open_table


def prune_and_show(console: Console, home: Home, keep: int, *, dry_run: bool) -> None:
    """Prune, or look what would go; say how many files and bytes per table, and the disk before and after.

    Raises Refused when the home has another writer, or where what is superseded is not sure.
    """
    before = disk(home)
    # Looking needs no lock: what is settled meanwhile adds days and takes nothing away.
    found = superseded(home, keep) if dry_run else _prune(console, home, keep)
    after = _less(before, found) if dry_run else disk(home)
    _say(console, _standing(found, keep))
    if found.files:
        title = "Would be pruned" if dry_run else "Pruned"
        _show(console, title, ("Table", "Files", "Bytes"), _by_table(found.files))
    elif not found.altered:
        _say(console, "nothing is left to prune")
    if found.altered:
        _say(console, f"{len(found.altered)} more are not what their day sealed and stay; settle verify names them:")
        for one in found.altered:
            _say(console, f"  {one.file}")
    _show(console, "Disk", ("Part", "Bytes before", "Bytes after"), _by_part(before, after))


def _prune(console: Console, home: Home, keep: int) -> Superseded:
    lock = HomeLock(home, "pruning", datetime.now(UTC).isoformat(timespec="seconds"))
    with home.rights().kept():
        lock.acquire()
        try:
            if not console.is_terminal:
                return prune(home, keep)
            with console.status("pruning"):
                return prune(home, keep)
        finally:
            lock.release()


def _less(before: Disk, found: Superseded) -> Disk:
    going = sum(one.bytes for one in found.files)
    return Disk(before.exports, before.outputs, before.state - going, before.other)


def _standing(found: Superseded, keep: int) -> str:
    if not found.kept:
        return "no day is settled"
    if found.settled <= keep + 1:
        return f"all {found.settled} settled days keep their state: {found.kept[0]} to {found.kept[-1]}"
    return (
        f"of {found.settled} settled days the newest {keep} keep their state and the one they start from:"
        f" {found.kept[0]} to {found.kept[-1]}"
    )


def _by_table(files: list[StateFile]) -> Iterator[tuple[str, int, int]]:
    for table in sorted({one.table for one in files}):
        sizes = [one.bytes for one in files if one.table == table]
        yield table, len(sizes), sum(sizes)
    yield "in all", len(files), sum(one.bytes for one in files)


def _by_part(before: Disk, after: Disk) -> Iterator[tuple[str, int, int]]:
    was, now = asdict(before), asdict(after)
    yield from ((part, was[part], now[part]) for part in was)
    yield "in all", sum(was.values()), sum(now.values())


def _show(console: Console, title: str, columns: tuple[str, ...], rows: Iterator[tuple[str, int, int]]) -> None:
    """A table in a terminal, a line a row elsewhere."""
    if not console.is_terminal:
        for name, first, second in rows:
            _say(console, f"{title.lower()}: {name}: {columns[1].lower()} {first:,}, {columns[2].lower()} {second:,}")
        return
    table = open_table(title, columns[:1], columns[1:])
    for name, first, second in rows:
        table.add_row(name, f"{first:,}", f"{second:,}")
    console.print(table)


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
