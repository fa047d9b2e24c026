"""Amounts as books write them: exact decimals of whole numbers, with their sign."""

from __future__ import annotations

import polars as pl
import pytest

from assets.books.writing import amount_text


@pytest.mark.parametrize(
    ("commodity", "point_units", "told"),
    [
        ("CNY", 1, {0: "0.00", 1: "0.01", -1: "-0.01", -99: "-0.99", -100: "-1.00", 2**63 - 1: "92233720368547758.07"}),
        ("POINT", 1, {0: "0", -1: "-1", 12345: "12345"}),
        ("POINT", 10_000, {0: "0.0000", -1: "-0.0001", 12345: "1.2345", -20_000: "-2.0000"}),
        ("GREEN", 10_000, {0: "0", -1: "-1", 12345: "12345"}),
        ("VOUCHER", 10_000, {5: "5"}),
        ("STAR", 10_000, {5: "5"}),
    ],
)
def test_amounts(commodity: str, point_units: int, told: dict[int, str]) -> None:
    frame = pl.DataFrame({"commodity": commodity, "amount": list(told)}, schema_overrides={"amount": pl.Int64})
    assert frame.select(amount_text("amount", point_units)).to_series().to_list() == list(told.values())
