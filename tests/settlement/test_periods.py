"""The release index of green points in whole numbers, and what a period end makes of lots (rules.md section 7).

Holds: the check figure, the formulas of the rules spelled out, properties of index and release.
Never holds: days (``test_green.py``). Neighbour: ``assets/programmes/periods.py``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from assets.foundation.rules import Green
from assets.programmes.periods import WHOLE, Period, ends, entries_living, rate
from assets.tables import STATE_TABLES

DAY = date(2026, 11, 1)
LOT = 2 * 10**13  # the largest that an order gives


def keys(**changed: int) -> Green:
    return Green(enabled=True, **changed)


def right(lot: int, reached: int) -> int:
    """As the statements take it, in two parts."""
    whole, part = divmod(reached, WHOLE)
    return lot * whole + lot * part // WHOLE


def spelled(lot: int, first_bp: int, multiple: int, growths: list[int]) -> int:
    """R of a lot at the end of the period of the last growth, as rules.md section 7 writes it."""
    index = [10**12]
    for growth in growths:
        index.append(index[-1] * (10_000 + growth) // 10_000)
    return min(lot * first_bp * sum(index) // (10_000 * 10**12), lot * multiple)


def test_two_hundred_yuan_at_half_a_percent_and_fifteen_a_period_end_in_period_36() -> None:
    growths = dict.fromkeys(range(1, 41), 1500)
    rights = [right(20_000, rate(keys(), growths, 1, upto)) for upto in range(1, 38)]
    assert rights[:3] == [100, 215, 347]
    assert rights[34:] == [88_117, 100_000, 100_000]
    assert [ends(keys(), rate(keys(), growths, 1, upto), 1, upto) for upto in (35, 36)] == [False, True]


@pytest.mark.parametrize(
    ("inflow", "base", "lasted", "growth"),
    [
        (0, 0, 1, None), (0, 0, 29, None), (0, 0, 30, 0), (1, 0, 1, 1500), (38, 258, 29, None), (39, 258, 1, 1500),
        (38, 258, 30, 1472), (0, 258, 30, 0), (0, 258, 31, 0), (15, 100, 1, 1500), (14, 100, 30, 1400),
    ],
)  # fmt: skip
def test_when_a_period_ends(inflow: int, base: int, lasted: int, growth: int | None) -> None:
    running = Period(2, DAY, base=base).took_in(inflow)
    assert running.growth_on(DAY + timedelta(days=lasted - 1), keys()) == growth


def test_without_growth_asked_any_inflow_ends_a_period_and_none_does_not() -> None:
    flat = keys(growth_bp=0)
    assert Period(2, DAY, base=10**9).took_in(1).growth_on(DAY, flat) == 0
    assert Period(2, DAY, base=10**9).growth_on(DAY, flat) is None


@pytest.mark.parametrize(("held", "due", "base"), [(107, 190, 190), (258, 154, 258), (0, 0, 0)])
def test_the_next_period_must_grow_against_what_is_left_or_what_was_due(held: int, due: int, base: int) -> None:
    ended = Period(1, DAY).ended(DAY, 1500, due=due, released=0)
    assert ended.following(DAY, held) == Period(2, DAY + timedelta(days=1), base=base)


def test_a_lot_ends_with_its_last_period_counted_from_its_own() -> None:
    two = keys(max_periods=2)
    assert [ends(two, 0, 5, upto) for upto in (5, 6)] == [False, True]
    assert list(entries_living(two, 6)) == [5, 6] and list(entries_living(two, 1)) == [1]
    assert rate(two, {}, 6, 5) == 0


BP = st.integers(0, 10_000)
GROWTHS = st.lists(BP, max_size=60)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, LOT), BP, st.integers(1, 10_000), GROWTHS)
def test_the_rate_says_what_the_formula_says(lot: int, first_bp: int, multiple: int, growths: list[int]) -> None:
    of = keys(first_release_bp=first_bp, exit_multiple=multiple, max_periods=10_000)
    by_period = dict(enumerate(growths, start=4))
    reached = rate(of, by_period, 3, 3 + len(growths))
    assert right(lot, reached) == spelled(lot, first_bp, multiple, growths)
    # In 64 bits, and a product in 128.
    assert divmod(reached, WHOLE)[0] <= 10_000 and right(lot, reached) < 2**63 and lot * WHOLE < 2**127
    # A right never falls, and a lot with all of it ends.
    before = rate(of, by_period, 3, 3 + max(0, len(growths) - 1))
    assert before <= reached
    if lot:
        assert ends(of, reached, 3, 3 + len(growths)) == (right(lot, reached) == lot * multiple)


# --- a period end over lots -------------------------------------------------------------------------------------------

LIVE = next(table.columns for table in STATE_TABLES if table.name == "live_lots")
FACES = {"varchar": "x", "bigint": 0, "date": None}
KINDS = {"varchar": pl.String(), "bigint": pl.Int64(), "date": pl.Date()}
RATES = ["rule_version", "period_in", "whole_before", "part_before", "whole", "part", "ends"]


@pytest.fixture(scope="module")
def engine() -> DuckEngine:
    made = DuckEngine(threads=2)
    made.empty("green_lots_granted", LIVE)
    made.empty("green_lots_refunded", LIVE)
    return made


def release(
    engine: DuckEngine, lots: list[tuple[int, int]], order: list[int], first_bp: int, growths: list[int], held: int
) -> list[Any]:
    """Lots of (units, entry period) at the end of the fourth period, lying in that order: per lot its number, due,
    ends, released, left, expired."""
    of = keys(first_release_bp=first_bp, exit_multiple=2, max_periods=4)
    by_period = dict(enumerate(growths, start=1))
    rates = []
    for entry in entries_living(of, 4):
        before, now = (rate(of, by_period, entry, upto) for upto in (3, 4))
        rates.append(("x", entry, *divmod(before, WHOLE), *divmod(now, WHOLE), ends(of, now, entry, 4)))
    rows = [
        {**{name: FACES[kind] for name, kind in LIVE.items()}, "lot_id": str(number), "programme": "green",
         "status": "live", "granted": lots[number][0], "left": lots[number][0], "period_in": lots[number][1]}
        for number in order
    ]  # fmt: skip
    engine.put("green_lots_found", pl.DataFrame(rows, {name: KINDS[kind] for name, kind in LIVE.items()}))
    engine.put("green_rates", pl.DataFrame(rates, RATES, orient="row"))
    engine.put("green_pool", pl.DataFrame({"amount": [held]}))
    engine.run("green/green_lots_due")
    engine.run("green/green_lots_released", day=DAY, green_period=4)
    changed = engine.query('select cast(lot_id as int), released, "left", expired from green_lots_released order by 1')
    due = {lot: owed for lot, *owed in engine.query("select cast(lot_id as int), due, ends from green_lots_due")}
    return [(lot, *due[lot], *rest) for lot, *rest in changed]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(1, 10**10), st.integers(1, 4)), min_size=1, max_size=8), BP,
    st.lists(BP, min_size=4, max_size=4), st.integers(0, 10**11), st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_period_end_never_releases_more_than_the_pool_holds_in_whatever_order_lots_lie(
    engine: DuckEngine, lots: list[tuple[int, int]], first_bp: int, growths: list[int], held: int, random: Any
) -> None:
    order = list(range(len(lots)))
    found = release(engine, lots, order, first_bp, growths, held)
    total = engine.total("green_lots_due", "due")
    released = sum(got for _, _, _, got, _, _ in found)
    assert released == total if total <= held else held - len(lots) < released <= held
    for number, owed, over, got, left, expired in found:
        units, entry = lots[number]
        now, before = (spelled(units, first_bp, 2, growths[entry:end]) for end in (4, 3))
        assert owed == now - (before if entry < 4 else 0)
        assert got == (owed if total <= held else owed * held // total)
        assert (left, expired) == ((0, units) if over else (units, 0))
    random.shuffle(order)
    assert release(engine, lots, order, first_bp, growths, held) == found
