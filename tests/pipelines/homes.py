"""Small homes from literals, the command line as a process, and trees to compare.

Holds: four days of a home with every scheme that is built, its rules, and what tests of the running share.
Never holds: an expectation. Neighbours: the tests of this folder, and those of the store and the engine.
"""

from __future__ import annotations

import csv
import grp
import hashlib
import io
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.foundation.store import Home
from assets.stages import STAGES
from pipelines.desk import Desk

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
D1, D2, D3, D4 = (date(2025, 11, day) for day in (1, 2, 3, 4))

RULES = """\
timezone: Asia/Shanghai
versions:
  - version: launch
    effective_from: 2025-11-01
    freeze_days: 1
    margin_bp: 9000
    max_paid_depth: 1
    quarantine_limit_bp: 500
    late_limit_days: 30
    points:   {enabled: true, mode: fixed, grant_bp: 7000, cost_bp: 1000, expire_months: 24}
    referral: {enabled: true, n: 3, ladder_bp: [1000, 2000, 7000], reserve_bp: 2000, after: cycle, flat_bp: 1000,
               base: min, need_buy: false, repeat_invitee: true, min_order_fen: 0}
    queue:    {enabled: true, scope: merchant, mode: fifo, target_bp: 10000, target_max_fen: 0, min_order_fen: 0,
               pot_bp: 2000, direct_bp: 5000, repurchase_bp: 0, split_unit_fen: 0, seats_bp: [5000, 3000, 2000],
               exit_bp: 6000, exit_after_days: 1, exit_cost_bp: 2000}
    tax:      {queue: rebate, points: rebate, referral: labour}
    payout:   {min_fen: 100, max_fen: 0, labour_method: monthly}
"""
LATER_VERSION = """\
  - version: winter
    effective_from: 2025-12-01
    margin_bp: 9000
    points:   {enabled: true, mode: fixed, grant_bp: 5000, cost_bp: 1000, expire_months: 24}
"""
ORDERS = "order_id,line_no,member_id,merchant_id,product_id,unit_price,quantity,discount,completed_at\n"
REFUNDS = "refund_id,order_id,amount,refunded_at\n"
# What A was paid on 2 November, 24.00 yuan: a payout id follows from the day and the member alone.
PAID = "P20251102MONKW7H5Q63FSEO"
Days = Mapping[date, Mapping[str, str]]

DAYS: Days = {
    D1: {
        "_SUCCESS": "",
        "members.csv": "member_id,sponsor_id,joined_at\n"
        "A,,2025-10-01T09:00:00\nB,A,2025-10-02T09:00:00\nC,A,2025-10-03T09:00:00\nE,B,2025-10-04T09:00:00\n",
        "merchants.csv": "merchant_id,name,group,concession_bp,referrer_id\nS,Tea house,,0,\nT,Bakery,,0,\n",
        "payout_accounts.csv": "member_id,channel,account_no,account_name,status\n"
        "A,alipay,a@example.org,An,active\nB,alipay,b@example.org,Bo,active\nC,wechat,oC,Chen,active\n",
        "orders.csv": ORDERS + "O1,1,A,S,P1,100.00,1,0,2025-11-01T09:00:00\nO2,1,B,S,P1,60.00,1,0,2025-11-01T10:00:00\n"
        "O2,2,B,S,P2,10.00,2,0,2025-11-01T10:00:00\nO3,1,C,S,P1,80.00,1,0,2025-11-01T11:00:00\n"
        "OX,1,A,S,P1,free,1,0,2025-11-01T12:00:00\n",
    },
    D2: {
        "_SUCCESS": "",
        "orders.csv": ORDERS + "O4,1,B,S,P1,50.00,1,0,2025-11-02T09:00:00\nO5,1,C,S,P1,90.00,1,0,2025-11-02T10:00:00\n"
        "O6,1,E,T,P3,40.00,1,1.50,2025-11-02T11:00:00\n",
        "refunds.csv": REFUNDS + "R1,O1,10.00,2025-11-02T12:00:00\n",
    },
    D3: {
        "_SUCCESS": "",
        "orders.csv": ORDERS + "O7,1,A,S,P1,30.00,1,0,2025-11-03T09:00:00\n",
        "refunds.csv": REFUNDS + "R2,O3,80.00,2025-11-03T12:00:00\n",
        "redemptions.csv": "redemption_id,member_id,kind,commodity,amount,merchant_id,requested_at\n"
        "D1,A,redeem,POINT,500,,2025-11-03T13:00:00\nD2,A,redeem,POINT,99999999,,2025-11-03T14:00:00\n",
        "queue_exits.csv": "exit_id,order_id,requested_at\nX1,O2,2025-11-03T15:00:00\n",
        "payout_results.csv": f"payout_id,status,amount,reason,at\n{PAID},failed,24.00,closed,2025-11-03T16:00:00\n",
    },
    D4: {"_SUCCESS": "", "orders.csv": ORDERS},
}
# As many days again, a few orders each: the state of every day takes in that of the one before.
LATER = tuple(date(2025, 11, day) for day in (5, 6, 7, 8))
EIGHT_DAYS: Days = {
    **DAYS,
    **{
        day: {
            "_SUCCESS": "",
            "orders.csv": ORDERS
            + "".join(
                f"{buyer}{day.day},1,{buyer},{shop},P1,{yuan}.00,1,0,{day}T10:00:00\n"
                for buyer, shop, yuan in (("A", "S", 30), ("B", "T", 40), ("C", "S", 50), ("E", "T", 60))
            ),
            "refunds.csv": REFUNDS + f"R{day.day},O{day.day - 1},1.00,{day}T12:00:00\n",
        }
        for day in LATER
    },
}


def write_home(folder: Path, days: Days = DAYS, rules: str = RULES) -> Home:
    """A home of the literals at ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    for day, files in days.items():
        place = folder / "exports" / day.isoformat()
        place.mkdir(parents=True)
        for name, text in files.items():
            (place / name).write_text(text, encoding="utf-8")
    return Home(folder)


def settle_days(home: Home, *days: date, threads: int | None = None) -> None:
    """Settle days without Dagster: the stages at a desk, in order."""
    desk = Desk(home, threads=threads)
    for day in days:
        for stage in STAGES:
            desk.stage(stage, day)


def as_parquet(path: Path, *, shuffled: bool = False) -> None:
    """Replace a CSV export by Parquet with the same rows as text."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    frame = pl.DataFrame(rows)
    frame = frame.reverse().select(reversed(frame.columns)) if shuffled else frame
    frame.write_parquet(path.with_suffix(".parquet"))
    path.unlink()


def tree(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Everything below ``folder``: mode, and of files the time of change and the hash of the bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        stat = path.lstat()
        if path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[path.relative_to(folder).as_posix()] = (stat.st_mode, stat.st_mtime_ns, digest)
        else:
            found[path.relative_to(folder).as_posix() + "/"] = (stat.st_mode, 0, "")
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def disk_steps(monkeypatch: pytest.MonkeyPatch, root: Path) -> list[str]:
    """From now on, in their order: ``sync <path>`` of every fsync and ``rename <target>``, paths below ``root``."""
    done: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def synced(handle: int) -> None:
        done.append("sync " + Path(f"/proc/self/fd/{handle}").readlink().relative_to(root).as_posix())
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        done.append(f"rename {target.relative_to(root).as_posix()}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    return done


@contextmanager
def another_group() -> Iterator[grp.struct_group]:
    """A group that this user is in beside his first one: root enters one meanwhile, who has none skips the test."""
    before, own = os.getgroups(), os.getegid()
    other = next((gid for gid in before if gid != own and _named(gid)), None)
    if other is None:
        if os.geteuid():
            pytest.skip("the user who runs the tests is in one group alone, and only root may enter another")
        other = next(group.gr_gid for group in grp.getgrall() if group.gr_gid != own)
        os.setgroups([*before, other])
    try:
        yield grp.getgrgid(other)
    finally:
        if not os.geteuid():
            os.setgroups(before)


def _named(gid: int) -> bool:
    return any(group.gr_gid == gid for group in grp.getgrall())


@dataclass(frozen=True)
class Said:
    """What a process ended with and printed."""

    code: int
    out: str
    err: str


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes, whoever writes it: as on a full disk, such a write fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def environment(**more: str) -> dict[str, str]:
    """The environment of a process: as it is, without a home of its own, with the code under test."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SETTLE_", "DAGSTER_"))}
    return {**own, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **more}


def settle(*words: object, cwd: Path | None = None, **more: str) -> Said:
    """`settle` with ``words`` as a process without a terminal; ``more`` is added to its environment."""
    done = subprocess.run(
        [BIN / "settle", *map(str, words)], capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        cwd=cwd, env=environment(**more),
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)
