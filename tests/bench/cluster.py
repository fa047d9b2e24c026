"""One generated day on both engines: the same tables, the seconds of each stage, and what Spark moved for it.

``python -m tests.bench.cluster --orders 1M --master 'local[*]'``

Holds: the options, the order of a run, the table.
Never holds: measuring (``day.py``, ``spark_day.py``).
Neighbour: ``bench.py`` holds the default engine against the copy floor; docs/scale.md has figures of this one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assets.foundation.store import MANIFEST
from tests.bench.bench import MODES, number
from tests.bench.fresh import PartError, ask
from tests.bench.showing import console
from tests.bench.spark_day import METRICS

_MIB = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; returns the exit code: 0 done and equal, 1 a part failed or the engines differ."""
    options = parser().parse_args(arguments)
    out = console()
    size = {name: getattr(options, name) for name in ("orders", "waiting", "mode", "seed", "each")}
    with ExitStack() as stack:
        home = options.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="settle-bench-")), "home")
        try:
            cluster = {"master": options.master, "conf": dict(options.conf)}
            cluster |= {"near_rows": options.near} if options.near else {}
            run = measured(out, str(home.resolve()), size, cluster)
        except PartError as failed:
            sys.stderr.write(f"{failed}\n")
            return 1
    _show(out, run)
    if options.json:
        with options.json.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(run) + "\n")
    return 0 if not run["differ"] else 1


def parser() -> argparse.ArgumentParser:
    """The options, each with what it is without being given."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench.cluster", description="Settle one generated day on DuckDB and on Spark."
    )
    add = options.add_argument
    add("--orders", type=number, default=100_000, metavar="N", help="orders of the day: 10M, 1M, any number (100k)")
    add("--waiting", type=int, default=5, metavar="K", help="waiting tickets, K an order (5)")
    add("--mode", choices=MODES, default="fifo", help="discipline of the queues (fifo)")
    add("--seed", type=int, default=1, metavar="N", help="another seed makes another home of the same size (1)")
    add("--each", type=number, default=2, metavar="N", help="orders of the day a member (2)")
    add("--master", default="local[*]", metavar="URL", help="the cluster (local[*])")
    add(
        "--conf", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="a setting of Spark; repeat it"
    )
    add(
        "--near", type=number, metavar="N", help="rows up to which a relation stays on the driver; its own if not given"
    )
    add("--home", type=Path, metavar="DIR", help="keep the home in DIR, and take it again if it is of this size")
    add("--json", type=Path, metavar="FILE", help="keep the run in FILE")
    return options


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed NAME=VALUE")
    return name, value


def measured(out: Console, home: str, size: dict[str, Any], cluster: dict[str, Any]) -> dict[str, Any]:
    """Both engines over the same day, and which of its tables differ."""
    out.print(f"making a home of {size['orders']:,} orders", highlight=False)
    made = ask("making", {"home": home, "size": size})
    out.print("settling on DuckDB", highlight=False)
    duck = ask("day", {"home": home, "day": made["day"], "threads": None, "memory": None, "profile": False})
    tables = _tables(home, made["day"])
    ask("making", {"home": home, "size": size})
    out.print(f"settling on Spark at {cluster['master']}", highlight=False)
    spark = ask("spark_day", {"home": home, "day": made["day"], "cluster": cluster})
    again = _tables(home, made["day"])
    differ = sorted(name for name in tables.keys() | again.keys() if tables.get(name) != again.get(name))
    return {"parameters": {**size, **cluster}, "duckdb": duck, "spark": spark,
            "compared": len(tables), "differ": differ}  # fmt: skip


def _tables(home: str, day: str) -> dict[str, str]:
    """Every table of the day and of the state it left, by the hash of its rows or its file."""
    content = json.loads(Path(home, "settlements", day, MANIFEST).read_bytes())
    tables = {name: one["content_sha256"] for name, one in content["outputs"].items() if "content_sha256" in one}
    segments = (one for kept in content["state"].values() for one in kept)
    return tables | {one["file"]: one["sha256"] for one in segments}


def _show(out: Console, run: dict[str, Any]) -> None:
    table = Table("stage", title="One day on both engines")
    for head in (
        "DuckDB s",
        "Spark s",
        "tasks",
        "processor s",
        "shuffled MiB",
        "shuffled rows",
        "read MiB",
        "spilled MiB",
    ):
        table.add_column(head, justify="right")
    duck = {stage["name"]: stage["seconds"] for stage in run["duckdb"]["stages"]}
    for stage in run["spark"]["stages"]:
        table.add_row(stage["name"], f"{duck[stage['name']]:.2f}", *_cells(stage))
    total = {name: sum(stage[name] for stage in run["spark"]["stages"]) for name in METRICS}
    table.add_section()
    table.add_row("the day", f"{run['duckdb']['seconds']:.2f}", *_cells({**total, "seconds": run["spark"]["seconds"]}))
    out.print(table)
    out.print(
        f"processors: DuckDB {run['duckdb']['cpu_seconds']:.1f} s; Spark's tasks {total['cpu_seconds']:.1f} s and the"
        f" driver's own {run['spark']['driver_seconds']:.1f} s",
        highlight=False,
    )
    said = f"differ: {', '.join(run['differ'])}" if run["differ"] else "all equal"
    out.print(f"{run['compared']} tables compared, {said}", highlight=False)


def _cells(figures: dict[str, Any]) -> list[str]:
    return [
        f"{figures['seconds']:.2f}", f"{figures['tasks']:,.0f}", f"{figures['cpu_seconds']:.1f}",
        f"{figures['shuffle_bytes'] / _MIB:,.1f}", f"{figures['shuffle_rows']:,.0f}",
        f"{figures['read_bytes'] / _MIB:,.1f}", f"{figures['spilled_bytes'] / _MIB:,.1f}",
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
