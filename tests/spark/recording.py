"""What the statements of ``sql/`` are given on days of small homes, and what DuckDB makes of it.

Holds: the recording, the days that together run every statement with rows, and rows by hand for what they lack.
Never holds: Spark. Neighbours: ``sessions.py``, and the tests of this folder.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import SQL_ROOT, statement
from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.importing.reconciling import reconcile
from tests.pipelines.homes import DAYS, settle_days, write_home
from tests.settlement import test_chain
from tests.settlement.ledger import Book, version
from tests.settling import settle_day

CASES = Path(__file__).parents[1] / "cases"
# Of the golden homes the days, from the first, on which statements are recorded: together they reach nearly all with
# rows, and of each nearly every relation that it reads.
LIVES = {
    "average-group": (2, 5), "schemes-fixed-points": (2, 3, 5), "seats": (3, 4), "schemes-alone": (7,),
    "schemes-all": (1, 5), "fifo-platform": (2,), "pro-rata": (3,),
}  # fmt: skip
# Points that are not all gone when their mode changes.
_PRICED = {"mode": "pool_priced", "pool_bp": 3000, "grant_bp": 3000, "min_units": 0}
_PRICED_DAYS = """
2026-11-01
member A
merchant S
order O1 A S 300.00
2026-11-02
order O2 A S 300.00
2026-11-03
sell X1 A 1000000
"""
_EARLY, _DAY = date(2026, 9, 1), date(2026, 9, 2)
_CLAIM = {
    "claim_id": "c/1", "member_id": "A", "order_id": "O1", "cap": 900, "amount": 700, "received": 300, "status": "open",
    "claimed_on": _EARLY, "rule_version": "v", "seq": 4, "ordinal": 2, "rate_bp": 1000, "base_order_id": "",
}  # fmt: skip
# Rows for what happens on none of these days.
BY_HAND: dict[str, dict[str, list[dict[str, Any]]]] = {
    "chain/chain_changed_open_claims": {
        "chain_changed_claims": [_CLAIM, {**_CLAIM, "claim_id": "c/2", "status": "paid"}],
        "prior_open_claims": [{**_CLAIM, "claim_id": "c/2"}],
    },
    "referral/changed_open_claims": {
        "changed_claims": [_CLAIM, {**_CLAIM, "claim_id": "c/2", "status": "void"}],
        "prior_open_claims": [{**_CLAIM, "claim_id": "c/2"}],
    },
    "exports/orders_again": {
        "orders_before": [{"order_id": "O1"}, {"order_id": "O2"}], "read_orders": [{"order_id": "O2"}],
    },
    "circular/circular_takebacks": {
        "circular_refunded": [{"place": 2, "holder": "A", "order_id": "O1", "money_back": 40, "rule_version": "v"},
                              {"place": 3, "holder": "B", "order_id": "O2", "money_back": 0, "rule_version": "v"}],
        "versions": [{"version": "v", "tax_circular": "rebate"}],
    },
    "priced/points_destroyed": {"lots_refunded": [{"holder": "A", "destroyed": 5}, {"holder": "B", "destroyed": 0}]},
    "queue/vouchers_reversed": {
        "ticket_steps": [{"queue_id": "q", "ticket_no": 7, "place": 2, "voucher_back": 30},
                         {"queue_id": "q", "ticket_no": 8, "place": 3, "voucher_back": 0}],
        "refunded_tickets": [{"queue_id": "q", "ticket_no": no, "member_id": "A", "order_id": "O1"} for no in (7, 8)],
    },
    "queue/queue_vouchers_back": {
        "vouchers_reversed": [{"place": 2, "member_id": "A", "order_id": "O1", "rule_version": "v", "units": 30}],
    },
    "queue/lanes_alone": {
        "lanes_waiting": [{"queue_no": 1, "ticket_no": 7, "member_id": "A"}, {"queue_no": 1, "ticket_no": 8}],
        "tickets_waiting": [{"queue_no": 1, "ticket_no": 8}, {"queue_no": 2, "ticket_no": 7}],
    },
    "report/below_zero": {
        "balances": [{"account": "merchant_green", "holder": "S", "commodity": "GREEN", "balance": -3},
                     {"account": "member_points", "holder": "A", "commodity": "POINT", "balance": -4},
                     {"account": "bank", "holder": "platform", "commodity": "CNY", "balance": -9}],
    },
    "report/uncarried_payees": {
        "payees": [{"member_id": "A", "channel": "bank", "reason": "no phone", "verdict": "channel_cannot_carry",
                    "rebate": 5, "chance": 0, "labour": 7}, {"member_id": "B", "verdict": "paid"}],
    },
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A statement with its parameters, the rows of what it reads, and what DuckDB returned."""

    path: str
    params: dict[str, Any]
    inputs: dict[str, pa.Table]
    result: pa.Table

    def __str__(self) -> str:
        return f"{self.path} of {', '.join(f'{table.num_rows} {name}' for name, table in self.inputs.items())}"


def paths() -> list[str]:
    """All statements."""
    return sorted(path.relative_to(SQL_ROOT).with_suffix("").as_posix() for path in SQL_ROOT.rglob("*.sql"))


class Recorder:
    """Keeps of every statement the call that returned most and the one that read most."""

    def __init__(self) -> None:
        self.most: dict[str, tuple[tuple[int, int], Call]] = {}
        self.fullest: dict[str, tuple[tuple[int, int], Call]] = {}

    def calls(self) -> list[Call]:
        """All that are kept, by statement."""
        both = {id(call): call for kept in (self.most, self.fullest) for _, call in kept.values()}
        return sorted(both.values(), key=lambda call: call.path)

    def take(self, path: str, rows: int, full: int, call: Callable[[], Call]) -> None:
        """Keep a call that returns so many rows and has them in so many relations, where it tells more than those seen
        before."""
        made: Call | None = None
        for kept, told in ((self.most, (rows, full)), (self.fullest, (full, rows))):
            if path not in kept or told > kept[path][0]:
                made = made or call()
                kept[path] = told, made

    def add(self, call: Call) -> None:
        """As ``take``, for a call that there is."""
        self.take(call.path, call.result.num_rows, sum(one.num_rows > 0 for one in call.inputs.values()), lambda: call)


def _rows(engine: DuckEngine, name: str) -> pa.Table:
    return engine._db.sql(f'select * from "{name}"').to_arrow_table()


def _full(engine: DuckEngine, path: str) -> int:
    """How many of the relations that a statement reads have rows."""
    there = [f'(exists (select 1 from "{name}"))::int' for name in statement(path).reads]
    return int(engine.query(f"select {' + '.join(there) or '0'}")[0][0])


@contextmanager
def recording(recorder: Recorder) -> Iterator[pytest.MonkeyPatch]:
    """Whatever is run or named meanwhile is recorded."""
    run, name = DuckEngine.run, DuckEngine.name

    def recorded(self: DuckEngine, path: str, /, *, into: str | None = None, **params: Any) -> str:
        st, full = statement(path), _full(self, path)
        # What it replaces is kept before, all else only where the call is.
        before = {one: _rows(self, one) for one in st.reads if one == (into or path.rsplit("/", 1)[-1])}
        made = run(self, path, into=into, **params)

        def call() -> Call:
            inputs = {one: before[one] if one in before else _rows(self, one) for one in st.reads}
            return Call(path, {key: params[key] for key in st.params}, inputs, _rows(self, made))

        recorder.take(path, self.count(made), full, call)
        return made

    def named(self: DuckEngine, path: str) -> str:
        made = name(self, path)

        def call() -> Call:
            return Call(path, {}, {one: _rows(self, one) for one in statement(path).reads}, _rows(self, made))

        recorder.take(path, self.count(made), _full(self, path), call)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DuckEngine, "run", recorded)
        patch.setattr(DuckEngine, "name", named)
        yield patch


def record(folder: Path) -> list[Call]:
    """Settle the days in folders below this one; what the statements were given, every one with rows."""
    recorder = Recorder()
    for name, days in LIVES.items():
        _record_case(folder / name, CASES / name, days, recorder)
    with recording(recorder) as patch:
        patch.setattr("assets.day._FIRST", 1)
        (folder / "chain").mkdir()
        Book(folder / "chain", test_chain.RULES, test_chain.DAYS)
        (folder / "priced").mkdir()
        modes = [version("2026-11-01", points=_PRICED), version("2026-11-04", points={})]
        book = Book(folder / "priced", modes, _PRICED_DAYS)
        with pytest.raises(Refused, match="members have points"):
            book.settle("2026-11-04")
        settle_days(write_home(folder / "results"), *DAYS)
        reconcile(Home(folder / "results"))
    recorder.add(answered(replace(recorder.most["common/overlap"][1], path="common/overlap_long")))
    for path, rows in BY_HAND.items():
        recorder.add(answered(_by_hand(recorder.most[path][1], rows)))
    return recorder.calls()


def _record_case(home: Path, case: Path, days: tuple[int, ...], recorder: Recorder) -> None:
    shutil.copytree(case / "exports", home / "exports")
    shutil.copy(case / "rules.yaml", home)
    for number, day in enumerate(Home(home).export_days()[: max(days)], start=1):
        with recording(recorder) if number in days else pytest.MonkeyPatch.context() as patch:
            patch.setattr("assets.day._FIRST", 1)
            settle_day(home, day)


def _by_hand(call: Call, rows: dict[str, list[dict[str, Any]]]) -> Call:
    """The call over these rows; columns that they do not name are null."""
    inputs = {name: pa.Table.from_pylist(rows[name], table.schema) for name, table in call.inputs.items()}
    return replace(call, inputs=inputs)


def emptied(call: Call) -> Call:
    """The call without a row in anything that it reads."""
    return answered(replace(call, inputs={name: table.slice(0, 0) for name, table in call.inputs.items()}))


def answered(call: Call, text: str = "") -> Call:
    """The call with what DuckDB returns for it, or for another ``text`` over the same rows."""
    engine = DuckEngine(threads=1)
    try:
        for name, table in call.inputs.items():
            engine.put(name, table)
        engine._db.execute(f"create table answer as {text or statement(call.path).text}", call.params)
        found = _rows(engine, "answer")
    finally:
        engine.close()
    return replace(call, result=found)


def content(table: pa.Table) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """Names and types of the columns, and all rows in one order."""
    kinds = [(field.name, str(field.type).replace("large_", "").replace("_view", "")) for field in table.schema]
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return kinds, sorted(rows, key=repr)
