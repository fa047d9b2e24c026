"""Statements in DuckDB's words carried to Spark SQL by sqlglot.

Holds: what of a statement reads otherwise there: the functions of ours, the types of what counts and measures, the
names of bound parameters.
Never holds: a statement, a session, a rule of any scheme.
Neighbour: ``engine.py`` holds the same functions for DuckDB.
"""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

# Spark's are 32 bits wide, DuckDB's 64.
_COUNTING = (exp.RowNumber, exp.StrPosition, exp.Extract, exp.Length)


@cache
def to_spark(text: str) -> str:
    """One DuckDB statement as Spark SQL that gives the same rows; ``$name`` becomes ``:name``.

    Raises sqlglot's errors for what cannot be carried.
    """
    tree = sqlglot.parse_one(text, read="duckdb", error_level=ErrorLevel.RAISE).transform(_carried)
    return tree.sql("spark", unsupported_level=ErrorLevel.RAISE, comments=False)


def _carried(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "mul_div":
        return _mul_div(*(part.transform(_carried) for part in node.expressions))
    counted = node.this if isinstance(node, exp.Window) else node
    if isinstance(counted, _COUNTING) and not isinstance(node.parent, exp.Window):
        return exp.cast(node.copy(), "bigint")
    return node


def _mul_div(a: exp.Expression, b: exp.Expression, c: exp.Expression) -> exp.Expression:
    """The floor of a * b / c. A product of two bigints has 38 digits at most; less its rest it is divided without
    rounding, and what is no bigint is an error."""
    product, by = "(cast({a} as decimal(19, 0)) * cast({b} as decimal(19, 0)))", "cast({c} as decimal(19, 0))"
    made = f"cast(({product} - {product} % {by}) / {by} as bigint)"
    return sqlglot.parse_one(made.format(a="_a", b="_b", c="_c"), read="spark").transform(
        lambda node: {"_a": a, "_b": b, "_c": c}[node.name].copy() if isinstance(node, exp.Column) else node
    )
