"""What a person reads of a run: the table of stages, the ratio to the floor, the costliest, the profile.

Holds: rich's objects and the wording; in a log there is no frame around the tables.
Never holds: measuring.
Neighbour: ``bench.py`` has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

_SHOWN = 40  # pieces of the profile; the file that --json names has them all
_LOG_WIDTH = 120


def console() -> Console:
    """The console of a run: as wide as its tables where nobody sees it."""
    seen = Console(highlight=False)
    return seen if seen.is_terminal else Console(highlight=False, width=_LOG_WIDTH)


def show_run(out: Console, run: dict[str, Any]) -> None:
    """The stages, then the day over its floor."""
    day, floor = run["day"], run["floor"]
    _show_stages(out, day)
    out.print()
    _say(
        out,
        f"day         {_seconds(day['seconds'])}   of processors {day['cpu_seconds']:.1f} s,"
        f" whole process {_seconds(day['process_seconds']).strip()}",
    )
    _say(
        out,
        f"copy floor  {_seconds(floor['seconds'])}   read {_volume(floor, 'read')}, write {_volume(floor, 'write')},"
        f" to disk {floor['sync_seconds']:.3f} s",
    )
    _say(out, f"ratio       {run['ratio']:>9.2f}     day / copy floor{_others(run['ratios'])}")
    _say(out, f"peak memory {_gib(day['peak_bytes']):>9} GiB (the copy: {_gib(floor['peak_bytes'])} GiB)")
    top = sorted(day["stages"], key=lambda stage: -stage["seconds"])[:3]
    told = ", ".join(f"{one['name']} {one['seconds']:.3f} s ({_share(one['seconds'], day['seconds'])})" for one in top)
    _say(out, f"costliest   {told}")


def show_profile(out: Console, day: dict[str, Any]) -> None:
    """Own seconds of the pieces by kind, then of the costliest ones, and what the rest of them comes to."""
    pieces = day["profile"]
    _show_kinds(out, day)
    table = _table(out, "The costliest pieces (own seconds: without the pieces inside)",
                   ("Stage", "Kind", "Piece"), ("Own s", "Share", "Calls", "Rows"))  # fmt: skip
    for piece in pieces[:_SHOWN]:
        table.add_row(
            piece["stage"], _kind(piece), piece["name"], *_cost(piece["own"], day), f"{piece['calls']:,}",
            _count(piece["rows"]),
        )  # fmt: skip
    rest = pieces[_SHOWN:]
    table.add_row("", "", f"{len(rest)} more", *_cost(sum(piece["own"] for piece in rest), day), "", "")
    out.print(table)
    _say(out, "(beside): in another thread than the stages; the others add up to the day.")


def _show_kinds(out: Console, day: dict[str, Any]) -> None:
    own: dict[str, float] = {}
    calls: dict[str, int] = {}
    for piece in day["profile"]:
        kind = _kind(piece)
        own[kind] = own.get(kind, 0.0) + piece["own"]
        calls[kind] = calls.get(kind, 0) + piece["calls"]
    table = _table(out, "Where the time goes", ("Kind",), ("Own s", "Share", "Calls"))
    for kind in sorted(own, key=lambda kind: -own[kind]):
        table.add_row(kind, *_cost(own[kind], day), f"{calls[kind]:,}")
    out.print(table)
    out.print()


def _kind(piece: dict[str, Any]) -> str:
    return f"{piece['kind']} (beside)" if piece["beside"] else str(piece["kind"])


def _cost(seconds: float, day: dict[str, Any]) -> tuple[str, str]:
    return f"{seconds:.3f}", _share(seconds, day["seconds"])


def _show_stages(out: Console, day: dict[str, Any]) -> None:
    table = _table(out, "Stages", ("Stage",), ("Seconds", "Share", "Rows", "Rows/s", "Bytes", "Peak GiB so far"))
    for stage in day["stages"]:
        rows, seconds = stage["rows"], stage["seconds"]
        table.add_row(
            stage["name"], *_cost(seconds, day), _count(rows),
            _count(round(rows / seconds) if rows is not None else None), _count(stage["bytes"]),
            _gib(stage["peak_bytes"]),
        )  # fmt: skip
    around = day["seconds"] - sum(stage["seconds"] for stage in day["stages"])
    table.add_row("around the stages", *_cost(around, day), "", "", "", "")
    table.add_row("the day", f"{day['seconds']:.3f}", "", "", "", _count(sum(s["bytes"] for s in day["stages"])),
                  _gib(day["peak_bytes"]))  # fmt: skip
    out.print(table)


def _table(out: Console, title: str, texts: Sequence[str], numbers: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD if out.is_terminal else None)
    for name in texts:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _say(out: Console, line: str) -> None:
    out.print(line, soft_wrap=True, markup=False)


def _seconds(value: float) -> str:
    return f"{value:>9.3f} s"


def _volume(floor: dict[str, Any], side: str) -> str:
    return f"{floor[f'{side}_bytes'] / 1e6:,.1f} MB in {floor[f'{side}_seconds']:.3f} s"


def _others(ratios: list[float]) -> str:
    return f", the median of {', '.join(f'{ratio:.2f}' for ratio in ratios)}" if len(ratios) > 1 else ""


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}"


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _gib(value: int) -> str:
    return f"{value / 2**30:.2f}"
