"""The oracle itself: literal figures of the law, golden homes, and what random homes really exercise.

Never compares the project with the oracle: that is the neighbour of each stage's own tests.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from tests.reference.homes import random_home, write_home
from tests.reference.settle_reference import (
    Queue,
    add_months,
    cumulative_tax,
    main,
    monthly_tax,
    payout_id_of,
    split_average,
    split_fifo,
    split_pro_rata,
    split_seats,
)

CASES = Path(__file__).parents[1] / "cases"
GOLDEN = (
    "average-group", "fifo-merchant", "fifo-platform", "pro-rata", "schemes-all", "schemes-alone",
    "schemes-fixed-points", "seats", "seats-platform",
)  # fmt: skip
RARE = {
    "base order refunded", "claim cut by its cap", "debt", "debt collected", "exit with parts behind",
    "grant over a negative balance", "later part entered", "old queue funded after a scope change", "ordinal freed",
    "ordinal refilled", "payment with money that came back", "payout failed", "payout replaces", "payout returned",
    "points below zero", "redeemed VOUCHER", "refund of an exited order", "returned without paid", "take-back",
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_home_agrees_in_every_row(name: str) -> None:
    assert main([str(CASES / name)]) == 0


MONTHS = [(80_000, 0), (400_000, 64_000), (400_001, 64_000), (2_500_000, 400_000), (7_000_000, 1_540_000)]


@pytest.mark.parametrize(("income", "tax"), MONTHS)
def test_monthly_tax(income: int, tax: int) -> None:
    assert monthly_tax(income) == tax


def test_cumulative_tax_takes_five_thousand_yuan_a_month() -> None:
    assert cumulative_tax(1_000_000, 1) == 9_000  # (10 000 - 2 000 - 5 000) x 3 %
    assert cumulative_tax(1_000_000, 2) == 0


def test_a_month_that_is_too_short_ends_at_its_last_day() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)


def test_payout_id_is_one_that_a_golden_home_holds() -> None:
    assert payout_id_of(date(2026, 9, 8), "M00000") == "P20260908BSH2LTUVDZ4FQAZ"


def test_splits_of_one_pot() -> None:
    needs = [(1, 50), (2, 10), (3, 100)]
    assert split_fifo(needs, 70) == [(1, 50), (2, 10), (3, 10)]
    assert split_average(needs, 71) == [(1, 30), (2, 10), (3, 30)]  # one fen is carried
    assert split_pro_rata(needs, 71) == [(1, 22), (2, 4), (3, 44)]
    # turn 1: 10 + 40, half to ticket 1, 3 of 10 to ticket 2; its rest of 15 joins turn 2, where ticket 2 is done
    assert split_seats(needs, 10, [40, 45], [5000, 3000]) == [(1, 25), (2, 10), (1, 25), (3, 18)]


def test_money_that_came_back_is_paid_out_first() -> None:
    queue = Queue("platform", returned=5, layers=[["O1", 10], ["O2", 10]])
    assert queue.draw(8) == {"": 5, "O1": 3}
    assert queue.draw(9) == {"O1": 7, "O2": 2}


def test_a_home_is_a_function_of_its_seed(tmp_path: Path) -> None:
    hashes = []
    for name in ("a", "b"):
        home = random_home(7, tmp_path / name)
        files = sorted(path for path in home.rglob("*") if path.is_file())
        hashes.append(hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest())
    assert hashes[0] == hashes[1]


def test_random_homes_meet_what_is_rare(tmp_path: Path) -> None:
    met: Counter[str] = Counter()
    for seed in range(40):
        for result in write_home(seed, tmp_path / str(seed), 8, 12):
            met.update(result.happened)
    assert {what for what in RARE if not met[what]} == set()


def test_points_expire_in_a_long_home(tmp_path: Path) -> None:
    met: Counter[str] = Counter()
    for seed in range(12):
        for result in write_home(seed, tmp_path / str(seed), 36, 5):
            met.update(result.happened)
    assert met["points expired"] > 0
