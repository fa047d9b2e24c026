"""The home of a run: made anew, or taken again when it was made with the same parameters.

Holds: the mark of a home that the benchmark made, and bringing such a home back to the morning of its day: the run
history for the UI is there, empty, since setting it up falls to the first day of a home and not to each.
Never holds: what is in a home (``generate.py``).
Neighbour: ``bench.py`` asks for it in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import dagster as dg

from assets.foundation.store import Home
from pipelines.history import dagster_home
from tests.bench.fresh import ROOT, answer
from tests.bench.generate import PRIOR, TODAY, Size, write_home

MARK = ".bench.json"
# What decides how the prior state lies on disk: a home from before a change of it is made anew.
_LAYOUT = (
    "tests/bench/generate.py",
    *(f"assets/{name}.py" for name in ("tables", "outputs", "seal")),
    *(f"assets/foundation/{name}.py" for name in ("state", "index", "files", "store")),
)


def make(home: str, size: dict[str, Any]) -> dict[str, Any]:
    """Have the home of ``size`` in ``home``, with its day still to be settled.

    Raises ValueError when the folder holds something that the benchmark did not make: it is never cleared.
    """
    folder, mark = Path(home), _mark(size)
    found = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not found.is_file():
        raise ValueError(f"{folder}: there is something that no benchmark made; name a new or an empty folder")
    made = not (found.is_file() and json.loads(found.read_bytes()) == mark)
    if made:
        _write(folder, size)
        found.write_text(json.dumps(mark, indent=1), encoding="utf-8")
    _reopen(Home(folder))
    return {"made": made, "prior": PRIOR.isoformat(), "day": TODAY.isoformat(), "bytes": _bytes(folder)}


def _mark(size: dict[str, Any]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for name in _LAYOUT:
        digest.update((ROOT / name).read_bytes())
    return {"size": size, "layout": digest.hexdigest()}


def _write(folder: Path, size: dict[str, Any]) -> None:
    try:
        write_home(folder, Size(**size))
    except BaseException:
        # Half a home bears no mark, and would be in the way of the next run.
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _reopen(home: Home) -> None:
    from dagster._core.instance import InstanceRef  # as pipelines/history.py has it

    for used in (home.settlement(TODAY), home.staging_root, dagster_home(home)):
        shutil.rmtree(used, ignore_errors=True)
    home.issued(TODAY).unlink(missing_ok=True)  # a made-up home: what it issued went nowhere
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(dagster_home(home)))):
        pass


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    answer(make)
