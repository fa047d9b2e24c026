"""Looking back: what a sealed day took in and left, compared with what lies there now.

Holds: changed inputs and outputs of a sealed day, and figures of the sealed state for status.
Never holds: settling; writing of any kind.
Neighbour: the command line asks it before and instead of running a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import polars as pl

from assets.day import changed_versions
from assets.exports.reading import find_files, find_imports
from assets.foundation.duck import DuckEngine
from assets.foundation.engine import Engine
from assets.foundation.errors import Refused
from assets.foundation.state import State
from assets.foundation.store import Home, Seal, sha256_file
from assets.payouts.channels import read_rules
from assets.tables import STATE_TABLES


def changed_inputs(home: Home, seal: Seal) -> list[str]:
    """What of the inputs of a sealed day is not as it was: one sentence each, [] when all is the same."""
    said: list[str] = []
    sealed = seal.content["inputs"]
    for path, was in sorted(sealed.items()):
        now = home.root / path
        if not now.is_file():
            said.append(f"{path} was taken and is gone")
        elif sha256_file(now) != was["sha256"]:
            said.append(f"{path} is not the file that was taken")
    folder = home.exports(seal.day)
    present = list(find_files(folder)[0].values()) if folder.is_dir() else []
    found = {path.relative_to(home.root).as_posix() for path in [*present, *find_imports(home.root, seal.day)]}
    said += [f"{path} was not there when the day was settled" for path in sorted(found - sealed.keys())]
    said += [
        f"rules version {name} is not what the day was settled with: {told}"
        for name, told in changed_versions(read_rules(home.rules_file), seal).items()
    ]
    return said


def changed_outputs(home: Home, seal: Seal) -> list[str]:
    """What of the outputs of a sealed day is not as sealed: one sentence each, [] when all is the same."""
    folder, said = home.settlement(seal.day), []
    for name, sealed in sorted(seal.content["outputs"].items()):
        where = (folder / name).relative_to(home.root).as_posix()
        if not (folder / name).is_file():
            said.append(f"{where} was sealed and is gone")
        elif sha256_file(folder / name) != sealed["sha256"]:
            said.append(f"{where} is not the file that was sealed")
    return said


@contextmanager
def sealed_state(home: Home, seal: Seal, *names: str) -> Iterator[Engine]:
    """An engine with these tables of the state (``prior_<name>``) as ``seal`` left them; reads no other file of it.

    Raises Refused when one of their files is gone.
    """
    tables = [table for table in STATE_TABLES if table.name in names]
    for table in tables:
        for segment in seal.content["state"].get(table.name, []):
            if not (home.root / segment["file"]).is_file():
                raise Refused(f"{segment['file']} is part of the sealed state of {seal.day} and is gone")
    engine = DuckEngine()
    try:
        State(engine, home.root, seal.day, tables, seal.content["state"])
        yield engine
    finally:
        engine.close()


@dataclass(frozen=True)
class Standing:
    """Figures of the sealed state at a day's close: payouts without a result by day, and open debts."""

    in_transit: list[tuple[date, int, int]]
    debtors: int
    debt_fen: int


def standing(home: Home, seal: Seal) -> Standing:
    """Read the payouts and debts as ``seal`` left them, and no other file of the state.

    Raises Refused when one of these files is gone.
    """
    with sealed_state(home, seal, "payouts", "debts") as engine:
        transit = engine.query(
            "select paid_on, count(*), cast(sum(net) as bigint) from prior_payouts where status = 'in_transit'"
            " group by paid_on order by paid_on"
        )
        debts = engine.query(
            "select count(distinct member_id), coalesce(cast(sum(remaining) as bigint), 0) from prior_debts"
            " where remaining > 0"
        )[0]
    return Standing([(row[0], int(row[1]), int(row[2])) for row in transit], int(debts[0]), int(debts[1]))


def payouts_with_results(home: Home, seal: Seal, payout_ids: pl.Series) -> list[tuple[str, str]]:
    """Those of the payouts that are no longer in transit as ``seal`` left them, and that they are ``paid`` or so.

    Raises Refused when a file of this part of the state is gone.
    """
    with sealed_state(home, seal, "payouts") as engine:
        engine.put("asked", payout_ids.to_frame("payout_id"))
        known = engine.query(
            "select payout_id, status from prior_payouts semi join asked using (payout_id)"
            " where status <> 'in_transit' order by payout_id"
        )
    return [(str(payout), f"is {status} already") for payout, status in known]
