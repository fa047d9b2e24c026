"""`settle demo`: a home with 14 real days, copied from ``data/demo``.

Holds: the copy, which never overwrites anything that differs.
Never holds: settling.
Neighbour: ``cli.py``; ``data/demo/README.md`` says where the days come from.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.foundation.errors import Refused
from assets.foundation.store import Home

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"


def write_demo(folder: Path) -> tuple[date, date, int]:
    """Write the sample home to ``folder``; returns its first and last day and the number of files.

    Raises Refused when a file of that name with other content is there already; what is the same stays.
    """
    sources = sorted(path for path in DEMO.rglob("*") if path.is_file())
    targets = [folder / source.relative_to(DEMO) for source in sources]
    for source, target in zip(sources, targets, strict=True):
        if target.exists() and target.read_bytes() != source.read_bytes():
            raise Refused(f"{target} is there already and differs from the sample; nothing was written")
    rights = Home(folder).rights()
    with rights.kept():
        folder.mkdir(parents=True, exist_ok=True)
        rights.make_folder(folder / "exports")
        for source, target in zip(sources, targets, strict=True):
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
                rights.give(target)
    days = Home(DEMO).export_days()
    return days[0], days[-1], len(sources)
