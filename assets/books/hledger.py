"""Books in hledger's journal format (https://hledger.org/hledger.html#journal).

Holds: its directives: commodities, accounts, transactions, assertions of balances.
Never holds: what is in the books.
Neighbour: ``beancount.py`` writes the same books.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from assets.books.gathering import Books, days_of
from assets.books.writing import COMMODITIES, NOTES, TITLE, accounts_told, amount_text, opening, under_heads
from assets.units import decimals


def hledger(books: Books) -> Iterator[str]:
    """The books, a part at a time; all that ``hledger check --strict`` wants declared is."""
    first, last = books.days[0], books.days[-1]
    said = {"first": first, "last": last, "seal": books.seal, "accounts": accounts_told(by_holder=books.by_holder)}
    yield "".join(f"; {line.format(**said)}\n" for line in (TITLE + ".", *NOTES))
    yield "\n"
    used = set(books.accounts["commodity"])
    for commodity, name in COMMODITIES.items():
        if commodity in used:
            yield f"commodity 1000.{'0' * decimals(commodity, books.point_units)} {commodity}  ; {name}\n"
    yield "\n"
    yield _declared(books)
    yield _transactions(opening(books.accounts), first, books.point_units)
    for day, rows, closing in days_of(books):
        yield _transactions(rows, day, books.point_units)
        if closing is not None:
            yield _asserted(closing, day, books.point_units)


def _declared(books: Books) -> str:
    """Every account with its name in the ledger, and whose it is."""
    whose = pl.when(pl.col("holder") != "").then(pl.concat_str(pl.lit(", holder:"), "holder")).otherwise(pl.lit(""))
    line = pl.concat_str(pl.lit("account "), "name", pl.lit("  ; account:"), "account", whose, pl.lit("\n"))
    return "".join(books.names().select(line).to_series())


def _transactions(rows: pl.DataFrame, day: date, point_units: int) -> str:
    head = pl.concat_str(pl.lit(f"\n{day} * ("), "txn_id", pl.lit(") "), "memo", pl.lit("\n"))
    line = pl.concat_str(
        pl.lit("    "), "name", pl.lit("  "), amount_text("amount", point_units), pl.lit(" "), "commodity", pl.lit("\n")
    )
    return under_heads(rows, head, line)


def _asserted(closing: pl.DataFrame, day: date, point_units: int) -> str:
    """What every account is after ``day``: postings of nothing that say so."""
    line = pl.concat_str(
        pl.lit("    "), "name", pl.lit("  0 "), "commodity", pl.lit(" = "), amount_text("amount", point_units),
        pl.lit(" "), "commodity", pl.lit("\n"),
    )  # fmt: skip
    return f"\n{day} * balances at the close of {day}\n" + "".join(closing.select(line).to_series())
