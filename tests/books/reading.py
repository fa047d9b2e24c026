"""Books read back by the programs that they are for: the balances that these compute, by account of the ledger.

Holds: running beancount and hledger, the balances that sealed days name, comparing the two.
Never holds: code of ``assets/books/``: the names of accounts are read from what stands beside them.
Neighbour: ``tests/golden/test_cases.py`` compares whole cases.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from beancount import loader
from beancount.core import data, realization

from assets.books.beancount import beancount
from assets.books.gathering import gather
from assets.foundation.store import Home
from assets.payouts.channels import read_rules
from assets.verification.books import DEBIT_ACCOUNTS


def needs_hledger(test: Callable[..., None]) -> Callable[..., None]:
    """Leave a test out where the program is not: `make test-full` brings it."""
    found = pytest.mark.skipif(not shutil.which("hledger"), reason="needs hledger (make test-full)")
    return pytest.mark.system(found(test))


Key = tuple[str, str, str]  # account and holder in the ledger ("" where holders are summed), commodity
# Channels keep accounts of their own where holders are summed.
CHANNELS = ("bank", "payout_in_transit")
_DECLARED = re.compile(r"^account (.+?)  ; account:([^,\n]+)(?:, holder:(.*))?$", re.MULTILINE)


def sealed(home: Home, day: date, *, by_holder: bool) -> dict[Key, Decimal]:
    """What every account is at the close, debit less credit, in yuan and whole units; none that is zero."""
    version = read_rules(home.rules_file).last_enabled("points", day)
    sizes = {"CNY": 100, "POINT": 10_000 if version and version.points.mode == "pool_priced" else 1}
    found: dict[Key, Decimal] = {}
    for account, holder, commodity, balance in pl.read_parquet(home.settlement(day) / "balances.parquet").rows():
        key = account, holder if by_holder or account in CHANNELS else "", commodity
        signed = balance if account in DEBIT_ACCOUNTS else -balance
        found[key] = found.get(key, Decimal()) + Decimal(signed) / sizes.get(commodity, 1)
    return {key: amount for key, amount in found.items() if amount}


def by_beancount(path: Path) -> dict[Key, Decimal]:
    """The balances that beancount computes; no error, assertions and all."""
    entries, errors, _ = loader.load_file(str(path))
    assert not errors, errors[:3]
    ledger = {one.account: (one.meta["account"], one.meta.get("holder", ""))
              for one in entries if isinstance(one, data.Open)}  # fmt: skip
    root = realization.realize(entries)
    return {
        (*ledger[leaf.account], position.units.currency): position.units.number
        for leaf in realization.iter_children(root)
        for position in leaf.balance
        if position.units.number
    }


def by_hledger(path: Path) -> dict[Key, Decimal]:
    """The balances that hledger computes, once its strictest check has found nothing."""
    run_hledger(path, "check", "--strict", "ordereddates")
    ledger = {name: (account, holder) for name, account, holder in
              _DECLARED.findall(path.read_text(encoding="utf-8"))}  # fmt: skip
    table = run_hledger(path, "balance", "--flat", "-N", "--layout=bare", "-O", "csv")
    rows = csv.DictReader(io.StringIO(table))
    found = {(*ledger[row["account"]], row["commodity"]): Decimal(row["balance"]) for row in rows}
    return {key: amount for key, amount in found.items() if amount}


def run_hledger(path: Path, *words: str) -> str:
    """What hledger says of a journal."""
    done = subprocess.run(["hledger", "-f", path, *words], env={**os.environ, "LC_ALL": "C.UTF-8"},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def books_agree(root: Path, scratch: Path) -> int:
    """The books of all days of a home, both ways, are what its last day sealed; returns how many balances that was."""
    home, compared = Home(root), 0
    for by_holder in (False, True):
        path = scratch / f"books-{by_holder}.beancount"
        path.write_text("".join(beancount(gather(home, None, None, by_holder=by_holder))), encoding="utf-8")
        expected = sealed(home, home.settled_days()[-1], by_holder=by_holder)
        assert by_beancount(path) == expected
        compared += len(expected)
    return compared
