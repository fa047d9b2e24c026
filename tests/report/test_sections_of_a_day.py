"""What the sections of a report say, by hand: flow of money, queues, the ladder, the meter; and its one spelling.

Holds: figures of the home in ``conftest.py``, of a cycle that closes and opens again, of the thirty days.
Never holds: the page. Neighbour: ``test_page_of_a_day.py``.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation.duck import DuckEngine
from assets.foundation.store import Home
from assets.report.sections import as_json, from_json
from assets.tables import STATE_TABLES
from tests.report.conftest import DAY1, DAY2, report_of, rows
from tests.settlement.ledger import Book, rules
from tests.settling import settle_day


def test_where_money_came_from_and_where_it_went(shop: Book) -> None:
    # Pots 20.00 + 10.00 wait for tickets of tomorrow; O2 pays in 16.67, rounded up, of which A gets 5.00.
    assert rows(report_of(shop, DAY1), "flow") == [
        ("queue", 3000, 0, 0, 0, 0, 3000, True),
        ("referral", 1667, 500, 0, 0, 0, 1167, True),
    ]
    # A's ticket gets 34.00. 5.00 are taken back from him for O2, of what he got so, and 2.00 he gets for O3.
    assert rows(report_of(shop, DAY2), "flow") == [
        ("queue", 400, 3400, 0, 0, 0, -3000, True),
        ("referral", 667, -300, 0, 0, 0, 967, True),
    ]


def test_payouts_by_channel_and_class(shop: Book) -> None:
    assert rows(report_of(shop, DAY1), "payout_classes") == [("bank", "labour", 1, 500, 0, 500)]
    second = report_of(shop, DAY2)
    assert rows(second, "payout_classes") == [("bank", "rebate", 1, 2900, 0, 2900), ("bank", "labour", 1, 200, 0, 200)]
    assert (second.payouts, second.gross, second.tax, second.net) == (1, 3100, 0, 3100)


def test_health_of_a_queue(shop: Book) -> None:
    # Both tickets entered today and need 150.00; 30.00 came in on the one day there is: a fifth, five days.
    assert rows(report_of(shop, DAY1), "waiting") == [("platform", 2, 15000, 3000, 2000, 5, 0)]
    # A's still needs 66.00, B's is cancelled, C's 20.00 entered. 34.00 in two days: ⌈86.00 × 2 / 34.00⌉ = 6 days.
    assert rows(report_of(shop, DAY2), "waiting") == [("platform", 2, 8600, 3400, 3953, 6, 1)]


def test_the_ladder_and_a_place_that_is_free_again(shop: Book) -> None:
    first, second = report_of(shop, DAY1), report_of(shop, DAY2)
    assert rows(first, "referral_ladder") == [
        (1, 1000, 0, 1, 500, 0, 0), (2, 2000, 1, 0, 0, 0, 0), (3, 7000, 0, 0, 0, 0, 0)
    ]  # fmt: skip
    # O2 left its place, O3 took it: A stands where he stood.
    assert rows(second, "referral_ladder") == [
        (1, 1000, 0, 1, 200, 0, 0), (2, 2000, 1, 0, 0, 0, 0), (3, 7000, 0, 0, 0, 0, 0)
    ]  # fmt: skip
    assert rows(first, "referral_cycles") == rows(second, "referral_cycles") == [(1, 0, 0)]


CYCLE = """
2026-11-01
member A
member B A
member C A
member D A
merchant S
order O1 B S 10.00 09:00
order O2 C S 10.00 10:00
order O3 D S 10.00 11:00
2026-11-02
refund R1 O3 10.00
"""


def test_what_a_complete_cycle_leaves_over_until_it_is_open_again(tmp_path: Path) -> None:
    book = Book(tmp_path, rules(referral={}), CYCLE)
    # Thrice ⌈10.00 × 33.34 %⌉ = 3.34 came in, 1.00 + 2.00 + 7.00 went out; his next referral is a first step.
    first = report_of(book, "2026-11-01")
    assert rows(first, "referral_cycles") == [(1, 1, 2)]
    assert [row[2] for row in rows(first, "referral_ladder")] == [1, 0, 0]
    second = report_of(book, "2026-11-02")
    assert rows(second, "referral_cycles") == [(1, 0, 0)]
    assert [row[2] for row in rows(second, "referral_ladder")] == [0, 0, 1]


LIVES = """
2026-11-01
member A
member E
member B A
member C A
member D A
member F A
member G A
member H E
merchant S
order O1 B S 10.00
order O2 C S 70.00
2026-11-02
order O3 D S 10.00
order O4 F S 30.00
order O5 H S 20.00
2026-11-03
refund R1 O1 10.00
refund R2 O2 35.00
2026-11-04
order  O6 G S 40.00
refund R3 O5 20.00
"""


@pytest.mark.parametrize("after", ["cycle", "flat"])
def test_the_steps_of_every_day_are_those_of_all_referrals(tmp_path: Path, after: str) -> None:
    """What is kept day by day equals what is counted anew over the whole history."""
    book = Book(tmp_path, rules(referral={"after": after}), LIVES)
    for day in ("2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"):
        kept = {
            row["step"]: (row["sponsors"], row["cycles"], row["left_over"])
            for row in _state(book, day, "referral_steps")
        }
        assert {step: told for step, told in kept.items() if any(told)} == _counted(book, day)


def _state(book: Book, day: str, table: str) -> list[dict[str, Any]]:
    """All rows of a state table as of a day, the newest of each key."""
    home = Home(book.root)
    seal = home.seal(date.fromisoformat(day))
    assert seal
    key = next(one.key for one in STATE_TABLES if one.name == table)
    parts = [pl.read_parquet(home.root / one["file"]) for one in seal.content["state"].get(table, [])]
    return pl.concat(parts).unique(key, keep="last", maintain_order=True).to_dicts() if parts else []


def _counted(book: Book, day: str) -> dict[int, tuple[int, int, int]]:
    claimed = {row["order_id"]: row["amount"] for row in _state(book, day, "claims")}
    cycles: dict[str, dict[Any, list[int]]] = {}
    for row in _state(book, day, "referrals"):
        own = row["cycle"] if row["cycle"] >= 0 else row["order_id"]
        live, rest = cycles.setdefault(row["sponsor_id"], {}).get(own, [0, 0])
        left = rest + row["share"] - claimed.get(row["order_id"], 0)
        cycles[row["sponsor_id"]][own] = [live + (row["status"] == "live"), left]
    found: dict[int, tuple[int, int, int]] = {}
    for of in cycles.values():
        whole = {own: told for own, told in of.items() if isinstance(own, str) or told[0] == 3}
        step = next((of[own][0] for own in sorted(set(of) - set(whole))), 0)
        sponsors, complete, left = found.get(step, (0, 0, 0))
        complete += sum(not isinstance(own, str) for own in whole)
        found[step] = (sponsors + 1, complete, left + sum(rest for _, rest in whole.values()))
    return found


def test_the_meter_of_the_law(shop: Book) -> None:
    names = [column.name for column in report_of(shop, DAY1).section("compliance").columns]  # type: ignore[union-attr]
    first, second = (dict(zip(names, rows(report_of(shop, day), "compliance")[0], strict=True)) for day in (DAY1, DAY2))
    assert (first["depth"], first["limit"], first["ok"]) == (1, 1, True)
    assert (first["rewarded"], first["recruiting"], first["recruiting_bp"]) == (500, 500, 10000)
    assert (first["returned"], first["rewarded_bp"]) == (0, None)
    # 34.00 of the queue and 2.00 for a referral; O2 came back whole, its 5.00 had been paid.
    assert (second["rewarded"], second["recruiting"], second["recruiting_bp"]) == (3600, 200, 555)
    told = ("returned", "returned_whole", "rewarded_before", "rewarded_bp", "taken_back")
    assert [second[name] for name in told] == [1, 1, 1, 10000, 500]


def test_quarantine_controls_and_files(shop: Book) -> None:
    report = report_of(shop, DAY2)
    assert rows(report, "quarantine") == [("quarantine/orders.csv", "unknown_member", 1, 1000)]
    assert sum(row[1] for row in rows(report, "control_groups")) == report.controls == len(rows(report, "controls"))
    assert report.failed == 0
    folder = shop.root / "settlements" / DAY2
    listed = dict(rows(report, "files"))
    tables = [name for name in listed if name.endswith(".parquet")]
    assert {name: listed[name] for name in tables} == {name: pl.read_parquet(folder / name).height for name in tables}
    later = {"report.html", "report.json", "report.xlsx", "manifest.json"}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in there if not name.startswith("state/")} == listed.keys() | later


def test_inflow_of_thirty_days_and_the_oldest_ticket_that_waits() -> None:
    """Money of the thirtieth day counts, of the one before no more; a ticket that was paid today waits no more."""
    day = date(2026, 11, 30)
    engine = DuckEngine(threads=1)
    inflows = [("platform", date(2026, 10, 31), 1), ("platform", date(2026, 11, 1), 20), ("else", day, 7)]
    engine.put("prior_inflows", pl.DataFrame(inflows, schema=["queue_id", "paid_on", "amount"], orient="row"))
    engine.put("changed_inflows", pl.DataFrame({"queue_id": ["platform"], "paid_on": [day], "amount": [300]}))
    waiting = pl.DataFrame({"place": [1], "queue_id": ["platform"], "tickets": [2], "need": [900], "name": ["x"]})
    engine.put("queues_waiting", waiting)
    engine.put("queues_listed", waiting)
    tickets = {"queue_id": ["platform"] * 2, "ticket_no": [1, 2], "status": ["waiting"] * 2}
    engine.put("first_tickets", pl.DataFrame({**tickets, "entered_on": [date(2026, 11, 2), date(2026, 11, 5)]}))
    done = {"queue_id": ["platform"], "ticket_no": [1], "status": ["done"], "entered_on": [date(2026, 11, 2)]}
    engine.put("changed_tickets", pl.DataFrame(done))
    engine.run("report/queue_ages", day=day)
    assert engine.query("select need, oldest_on, inflow from queue_ages") == [(900, date(2026, 11, 5), 320)]
    engine.run("report/queues_total", day=day)
    assert engine.query("select * from queues_total") == [(1, 2, 900, 320)]  # nothing waits in the other queue


def test_report_json_is_read_as_it_was_written(shop: Book) -> None:
    raw = (shop.root / "settlements" / DAY2 / "report.json").read_bytes()
    assert as_json(from_json(raw)) == raw
    numbers = re.findall(rb"(?m)^ *(-?[\d.e+-]+),?$", raw)
    assert numbers and all(re.fullmatch(rb"-?\d+", number) for number in numbers)  # no float anywhere


@pytest.mark.parametrize("threads", [2])
def test_the_same_bytes_on_more_threads(shop: Book, tmp_path: Path, threads: int) -> None:
    (tmp_path / "exports").symlink_to(shop.root / "exports")
    (tmp_path / "rules.yaml").write_bytes((shop.root / "rules.yaml").read_bytes())
    for day in (DAY1, DAY2):
        folder = settle_day(tmp_path, date.fromisoformat(day), threads)
        for name in ("report.html", "report.json"):
            assert (folder / name).read_bytes() == (shop.root / "settlements" / day / name).read_bytes()
