"""A frame that agrees with its model passes in one look; one that does not gets pandera's word on it."""

from __future__ import annotations

from datetime import date

import pandera.polars as pa
import polars as pl
import pytest
from pandera.errors import SchemaErrors

from assets.foundation.models import agree


class _Model(pa.DataFrameModel):
    class Config:
        strict: bool = True
        ordered: bool = True

    ref: pl.String
    amount: pl.Int64 = pa.Field(ge=1, le=100)
    status: pl.String = pa.Field(isin=["paid", "failed"])
    ended_on: pl.Date = pa.Field(nullable=True)


class _Other(pa.DataFrameModel):
    ref: pl.String = pa.Field(str_startswith="P")


SOUND = pl.DataFrame(
    {"ref": ["P1", "P2"], "amount": [1, 100], "status": ["paid", "failed"], "ended_on": [None, date(2026, 11, 20)]}
)


@pytest.mark.parametrize("frame", [SOUND, SOUND.clear(), SOUND.slice(1)], ids=["two rows", "none", "a slice"])
def test_what_agrees_comes_back_unread_by_pandera(frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(_Model, SOUND)  # the types are looked at once
    monkeypatch.setattr(_Model, "validate", None)
    assert agree(_Model, frame) is frame


@pytest.mark.parametrize(
    ("column", "values", "check"),
    [
        ("ref", ["P1", None], "not_nullable"),
        ("amount", [1, None], "not_nullable"),
        ("amount", [0, 1], "greater_than_or_equal_to(1)"),
        ("amount", [1, 101], "less_than_or_equal_to(100)"),
        ("status", ["paid", "Paid"], "isin(['paid', 'failed'])"),
    ],
)
def test_a_value_that_does_not_is_named_by_its_check(column: str, values: list[object], check: str) -> None:
    frame = SOUND.with_columns(pl.Series(column, values, dtype=SOUND.schema[column]))
    with pytest.raises(SchemaErrors) as raised:
        agree(_Model, frame)
    assert raised.value.failure_cases.select("column", "check").rows() == [(column, check)]


@pytest.mark.parametrize(
    "frame",
    [
        SOUND.drop("amount"),
        SOUND.with_columns(more=1),
        SOUND.select("amount", "ref", "status", "ended_on"),
        SOUND.with_columns(pl.col("amount").cast(pl.Int32)),
    ],
    ids=["a column less", "a column more", "another order", "another type"],
)
def test_other_columns_are_refused_each_time(frame: pl.DataFrame) -> None:
    for _ in range(2):
        with pytest.raises(SchemaErrors):
            agree(_Model, frame)


def test_a_check_that_the_look_does_not_know_is_left_to_pandera() -> None:
    assert agree(_Other, pl.DataFrame({"ref": ["P1"]})).height == 1
    with pytest.raises(SchemaErrors):
        agree(_Other, pl.DataFrame({"ref": ["P1", "Q1"]}))
