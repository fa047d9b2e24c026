"""Carrying statements from DuckDB's SQL to Spark's, so that both engines run one set of them.

Holds: the text in Spark's words, what of DuckDB has no word there and how it is said instead.
Never holds: running anything; statements of Spark's own.
Neighbour: ``spark.py`` runs what comes out here. What cannot be carried is changed in ``sql/``, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import ErrorLevel, exp

_KEPT = 4096  # carried texts that are kept; those of sql/ are some 280
_OPEN, _SHUT = "\u2983", "\u2984"  # around the name of a relation that is put in later
_HALF = 16  # digits of the half of an md5 that a key is made of
# Functions that count in 64 bits in DuckDB and in 32 in Spark.
_WIDER = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.StrPosition, exp.Length, exp.Extract)


@dataclass(frozen=True)
class Carried:
    """A statement in Spark's words, but for the relations that it reads: these are named when it is run."""

    source: str
    text: str
    reads: tuple[str, ...]
    params: tuple[str, ...]
    # The relations that it lays one after the other, each with the columns taken, where it does nothing else.
    laid: tuple[tuple[str, tuple[str, ...]], ...] = ()


@lru_cache(_KEPT)
def carry(text: str) -> Carried:
    """A statement of ours, in DuckDB's SQL, as Spark is to run it.

    Raises sqlglot's errors (ParseError, UnsupportedError) for what cannot be carried.
    """
    tree = sqlglot.parse_one(text, read="duckdb", error_level=ErrorLevel.RAISE)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = [table for table in tree.find_all(exp.Table) if table.name.lower() not in own]
    reads, laid = tuple(dict.fromkeys(table.name for table in tables)), _laid(tree)
    params = tuple(sorted({node.name for node in tree.find_all(exp.Placeholder, exp.Parameter)}))
    for table in tables:
        name = table.name
        table.set("this", exp.to_identifier(f"{_OPEN}{name}{_SHUT}", quoted=True))
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
    for node in reversed(list(tree.walk())):  # what stands inside another is said first
        if (said := _said(node)) is not node:
            node.replace(said)
    spark = tree.sql("spark", unsupported_level=ErrorLevel.RAISE, comments=False)
    return Carried(text, spark, reads, params, laid)


def to_spark(text: str, names: Mapping[str, str] | None = None) -> str:
    """A statement in Spark's words, each relation that it reads under the name that it has there, else its own."""
    carried = carry(text)
    spark = carried.text
    for name in carried.reads:
        spark = spark.replace(f"{_OPEN}{name}{_SHUT}", (names or {}).get(name, name))
    return spark


def _laid(tree: exp.Expr) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What ``Carried.laid`` holds: for ``select * from a``, ``select x, y from a union all select x, y from b``."""
    if isinstance(tree, exp.Union):
        if tree.args.get("distinct") or any(tree.args.get(key) for key in ("with_", "order", "limit", "by_name")):
            return ()
        left, right = _laid(tree.left), _laid(tree.right)
        return (*left, *right) if left and right else ()
    if not isinstance(tree, exp.Select) or {key for key, value in tree.args.items() if value} - {
        "expressions",
        "from_",
    }:
        return ()
    source = tree.args["from_"].this if tree.args.get("from_") else None
    if not isinstance(source, exp.Table) or source.args.get("joins"):
        return ()
    if tree.is_star:
        return ((source.name, ()),) if len(tree.expressions) == 1 else ()
    if not all(isinstance(one, exp.Column) for one in tree.expressions):
        return ()
    return ((source.name, tuple(one.name for one in tree.expressions)),)


@lru_cache(_KEPT)
def is_empty(text: str, empty: frozenset[str]) -> bool:
    """Whether a statement returns no rows, for certain, where these of the relations that it reads have none."""
    return no_rows(sqlglot.parse_one(text, read="duckdb"), empty)


def no_rows(tree: exp.Expr | None, empty: frozenset[str]) -> bool:
    """``is_empty`` of a query that is parsed; False where it cannot be said."""
    if isinstance(tree, exp.Subquery):
        return no_rows(tree.this, empty)
    if not isinstance(tree, exp.Query):
        return False
    for cte in tree.ctes:
        empty = empty | {cte.alias} if no_rows(cte.this, empty) else empty - {cte.alias}
    if isinstance(tree, exp.SetOperation):
        left, right = no_rows(tree.left, empty), no_rows(tree.right, empty)
        return (
            left if isinstance(tree, exp.Except) else left and right if isinstance(tree, exp.Union) else left or right
        )
    if not isinstance(tree, exp.Select) or (_sums_up(tree) and not tree.args.get("group")):
        return False
    return _without_rows(tree, empty)


def _without_rows(tree: exp.Select, empty: frozenset[str]) -> bool:
    """Whether nothing comes out of what a select reads, before it is grouped."""
    source = tree.args.get("from_")
    none = source is not None and _source_without_rows(source.this, empty)
    for join in tree.args.get("joins") or []:
        right = _source_without_rows(join.this, empty)
        if join.side in ("RIGHT", "FULL"):
            none = right and (none or join.side == "RIGHT")
        elif join.side != "LEFT" and join.kind != "ANTI":
            none = none or right
    where = tree.args.get("where")
    return none or (where is not None and any(_never(one, empty) for one in _all_of(where.this)))


def _all_of(condition: exp.Expr) -> list[exp.Expr]:
    """The conditions that must all hold."""
    if isinstance(condition, exp.And):
        return [*_all_of(condition.left), *_all_of(condition.right)]
    return [condition.unnest()]


def _source_without_rows(source: exp.Expr, empty: frozenset[str]) -> bool:
    return source.name in empty if isinstance(source, exp.Table) else no_rows(source, empty)


def _never(condition: exp.Expr, empty: frozenset[str]) -> bool:
    """Whether a condition asks for what is in a query without rows."""
    if isinstance(condition, exp.In):
        return no_rows(condition.args.get("query"), empty)
    return isinstance(condition, exp.Exists) and no_rows(condition.this, empty)


def _sums_up(tree: exp.Select) -> bool:
    """Whether a select makes one row of many: also where a function may do so that is not known here."""
    return any(
        isinstance(node, exp.AggFunc | exp.Anonymous | exp.AnonymousAggFunc)
        and node.name.lower() not in _FUNCTIONS
        and not isinstance(node.parent, exp.Window)
        for one in (*tree.expressions, tree.args.get("having"))
        if one
        for node in one.find_all(exp.Func)
    )


def _said(node: exp.Expr) -> exp.Expr:
    """One node as it is said for Spark."""
    if isinstance(node, exp.Anonymous) and (how := _FUNCTIONS.get(node.name.lower())):
        return how(node)
    if isinstance(node, exp.BitwiseRightShift):
        return _key(node)
    if isinstance(node, _WIDER) and not isinstance(node.parent, exp.Window):
        return exp.cast(node.copy(), "bigint")
    if isinstance(node, exp.Window) and isinstance(node.this, _WIDER):
        return exp.cast(node.copy(), "bigint")
    return node


def _mul_div(node: exp.Anonymous) -> exp.Expr:
    """``a * b // c`` without a product that wraps.

    Of 63 bits each, the product has at most 38 digits: a decimal holds it. A quotient of decimals is rounded and
    ``div`` drops what is above 64 bits, so the remainder is taken off first: then the quotient is whole, and the cast
    raises for one that is too large.
    """
    a, b, c = (exp.cast(one.copy(), "decimal(19, 0)") for one in node.expressions)
    product = exp.paren(exp.Mul(this=a, expression=b))
    whole = exp.paren(exp.Sub(this=product, expression=exp.Mod(this=product.copy(), expression=c)))
    return exp.cast(exp.Div(this=whole, expression=c.copy()), "bigint")


def _key(node: exp.BitwiseRightShift) -> exp.Expr:
    """``md5_number(text) >> 68``: the last eight bytes of the md5, the last one first, less their lowest four bits."""
    inner, by = node.this, node.expression
    hashed = inner.name.lower() == "md5_number" if isinstance(inner, exp.Anonymous) else False
    if not hashed or by.name != "68":
        raise sqlglot.UnsupportedError(f"{node.sql('duckdb')} has no words in Spark")
    half = exp.Substring(this=exp.MD5(this=inner.expressions[0].copy()), start=exp.Literal.number(_HALF + 1))
    turned = exp.RegexpReplace(
        this=half,
        expression=exp.Literal.string("(..)" * (_HALF // 2)),
        replacement=exp.Literal.string("".join(f"${place}" for place in range(_HALF // 2, 0, -1))),
    )
    digits = exp.Substring(this=turned, start=exp.Literal.number(1), length=exp.Literal.number(_HALF - 1))
    return exp.func("conv", digits, exp.Literal.number(16), exp.Literal.number(10), dialect="spark")


_FUNCTIONS: dict[str, Callable[[exp.Anonymous], exp.Expr]] = {"mul_div": _mul_div}
