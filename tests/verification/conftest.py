"""Four settled days for the second opinion, and the tools of a forger: change a file, or change it and seal anew.

Never holds: an expectation. Neighbour: ``test_tampering.py``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation.files import content_sha256, write_parquet
from assets.foundation.store import Home, canonical_json
from tests.pipelines.homes import D1, D2, D3, D4, DAYS, ORDERS, REFUNDS, settle_days, write_home

# To the days of the neighbouring room: more money at T than its queue asks for, a late refund of O5 whose claim was
# paid out already (a debt of A, collected in part), one payout that arrived and one that failed and is cut again.
RICH = {
    **DAYS,
    D3: {**DAYS[D3], "orders.csv": DAYS[D3]["orders.csv"] + "O8,1,C,T,P1,300.03,1,0,2025-11-03T10:00:00\n"},
    D4: {
        "_SUCCESS": "",
        "orders.csv": ORDERS,
        "refunds.csv": REFUNDS + "R3,O5,90.00,2025-11-04T12:00:00\n",
        "payout_results.csv": "payout_id,status,amount,reason,at\n"
        "P20251103KPVGMEMCTU4KTHM,paid,138.00,,2025-11-04T09:00:00\n"
        "P20251103RFE3TSL3PXYV6JL,failed,3.85,closed,2025-11-04T09:00:00\n",
    },
}


@dataclass(frozen=True)
class Forger:
    """A copy of the settled home to tamper with."""

    home: Home

    def path(self, day: date, name: str) -> Path:
        return self.home.settlement(day) / name

    def flip(self, path: Path, at: int = 100) -> None:
        """Change one byte of a file."""
        raw = bytearray(path.read_bytes())
        raw[at] ^= 1
        path.write_bytes(bytes(raw))

    def manifest(self, day: date, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a seal and nothing else."""
        path = self.path(day, "manifest.json")
        content = json.loads(path.read_bytes())
        change(content)
        path.write_bytes(canonical_json(content))

    def table(self, day: date, name: str, where: pl.Expr, **changes: pl.Expr) -> None:
        """Change columns of the rows ``where`` holds, then seal this day and all later ones anew."""
        path = self.path(day, f"{name}.parquet")
        before = pl.read_parquet(path)
        assert before.filter(where).height, "the row to tamper with is not there"
        frame = before.with_columns(
            pl.when(where).then(value).otherwise(pl.col(column)).cast(before.schema[column]).alias(column)
            for column, value in changes.items()
        )
        write_parquet(frame, path)
        self.reseal(day, {f"{name}.parquet": content_sha256(frame)})

    def reseal(self, day: date, contents: dict[str, str] | None = None) -> None:
        """Name in the seal of ``day`` what lies there now, and let every later seal follow; the log would tell."""
        self.home.audit_file.unlink(missing_ok=True)

        def name_files(content: dict[str, Any]) -> None:
            for file, listed in content["outputs"].items():
                raw = self.path(day, file).read_bytes()
                listed |= {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
                if contents and file in contents:
                    listed["content_sha256"] = contents[file]

        self.manifest(day, name_files)
        for earlier, later in zip(days := self.home.settled_days(), days[1:], strict=False):
            sha256 = hashlib.sha256(self.path(earlier, "manifest.json").read_bytes()).hexdigest()
            self.manifest(later, lambda content, sha256=sha256: content["previous"].update(sha256=sha256))


@pytest.fixture(scope="package")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home, settled; never changed by a test."""
    home = write_home(tmp_path_factory.mktemp("verification") / "home", RICH)
    settle_days(home, D1, D2, D3, D4)
    return home


@pytest.fixture
def forger(settled: Home, tmp_path: Path) -> Forger:
    shutil.copytree(settled.root, tmp_path / "home")
    return Forger(Home(tmp_path / "home"))
