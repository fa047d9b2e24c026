"""Holding a frame against its pandera model: in one look where it agrees, by pandera where it does not.

Pandera takes some 20 ms a frame, however short it is; of a day's tables nearly all agree.

Holds: that look, made from the model alone.
Never holds: which models there are.
Neighbour: ``assets/outputs.py`` and ``assets/exports/models.py`` hold models. Import this module late: pandera is slow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pandera.polars as pa
import polars as pl

# What pandera's checks ask of a value, by their names; a value that is missing is none of theirs.
_ASKED: dict[str, Callable[[pl.Expr, dict[str, Any]], pl.Expr]] = {
    "greater_than_or_equal_to": lambda value, asked: value >= asked["min_value"],
    "less_than_or_equal_to": lambda value, asked: value <= asked["max_value"],
    "isin": lambda value, asked: value.is_in(asked["allowed_values"]),
}


def agree(model: type[pa.DataFrameModel], frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, which has the model's columns, types and values; raises pandera's SchemaErrors where it has not."""
    questions = _questions(model)
    if questions is None or not set(frame.columns) >= model.to_schema().columns.keys():
        return model.validate(frame, lazy=True)
    _check_types(model, tuple(frame.schema.items()))
    if questions and not all(frame.select(questions).row(0)):
        return model.validate(frame, lazy=True)
    return frame


@cache
def _questions(model: type[pa.DataFrameModel]) -> list[pl.Expr] | None:
    """Whether each column is there in all rows, and fulfils each check; None where a check is none of ``_ASKED``."""
    found: list[pl.Expr] = []
    for name, column in model.to_schema().columns.items():
        value = pl.col(name)
        if not column.nullable:
            found.append(value.null_count() == 0)
        for check in column.checks:
            if check.name not in _ASKED or not check.ignore_na:
                return None
            found.append(_ASKED[check.name](value, check.statistics).all())
    return [one.alias(str(place)) for place, one in enumerate(found)]


@cache
def _check_types(model: type[pa.DataFrameModel], schema: tuple[tuple[str, pl.DataType], ...]) -> None:
    """Raise pandera's SchemaErrors unless the columns are the model's; each set of columns is looked at once."""
    model.validate(pl.LazyFrame(schema=dict(schema)), lazy=True)
