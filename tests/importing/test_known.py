"""Payments found by the numbers that a channel uses, in sealed days alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.importing.known import KNOWN, known_payments
from tests.importing.homes import OF_A, OF_B, with_serials
from tests.pipelines.homes import D2, D3, D4, PAID

FIRST = (PAID, PAID, "alipay", "", 2400, "a@example.org", "An")
A, B = (OF_A, "alipay", "", 13800, "a@example.org", "An"), (OF_B, "alipay", "", 385, "b@example.org", "Bo")


def found(home: Home, *numbers: str, batch: str = "") -> list[tuple[object, ...]]:
    frame = known_payments(home, pl.Series("serial", numbers, dtype=pl.String), batch)
    assert dict(frame.schema) == KNOWN
    return sorted(frame.rows())


def test_by_payout_id(settled: Home) -> None:
    assert found(settled, PAID, OF_B) == [FIRST, (OF_B, *B)]


def test_by_serials_of_the_channel_or_payout_ids(home: Home) -> None:
    serials = with_serials(home, D3, "B20251103X")
    of_a, of_b = (*A[:2], "B20251103X", *A[3:]), (*B[:2], "B20251103X", *B[3:])
    assert sorted(serials.values()) == ["20251103000001", "20251103000002"]
    assert found(home, serials[OF_B]) == [(serials[OF_B], *of_b)]
    assert found(home, OF_A, serials[OF_B]) == [(serials[OF_B], *of_b), (OF_A, *of_a)]


def test_all_of_a_batch_by_every_number(home: Home) -> None:
    serials = with_serials(home, D3, "B20251103X")
    numbers = {number for number, *_ in found(home, batch="B20251103X")}
    assert numbers == {OF_A, OF_B, *serials.values()}
    assert found(home, PAID, batch="B20251103Y") == [FIRST]


def test_files_without_a_batch_are_no_batch(settled: Home) -> None:
    assert found(settled, OF_A, batch="") == [(OF_A, *A)]


def test_numbers_that_name_no_settled_day(settled: Home) -> None:
    assert found(settled, "", "P9", "P99999999X", f"P{D4:%Y%m%d}MONKW7H5Q63FSEO", "20251103", f"X{PAID}") == []


def test_only_days_that_are_named_are_read(home: Home) -> None:
    for path in (home.settlement(D2) / "payouts").iterdir():
        path.unlink()
    (home.settlement(D2) / "payouts.parquet").unlink()
    assert found(home, OF_A) == [(OF_A, *A)]
    with pytest.raises(Refused, match=r"2025-11-02/payouts\.parquet is not what 2025-11-02 sealed"):
        found(home, PAID)


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize("name", ["payouts.parquet", "payouts/manifest.json", "payouts/payouts-20251103-alipay.csv"])
@pytest.mark.parametrize("change", [edit, Path.unlink])
def test_what_is_not_as_sealed_is_no_measure(home: Home, name: str, change: object) -> None:
    change(home.settlement(D3) / name)  # type: ignore[operator]
    with pytest.raises(Refused, match=rf"{name} is not what 2025-11-03 sealed; nothing was imported"):
        found(home, OF_A)
