"""Books in beancount's syntax (https://beancount.github.io/docs/beancount_language_syntax.html).

Holds: its directives: options, commodities, accounts, transactions, assertions of balances.
Never holds: what is in the books.
Neighbour: ``hledger.py`` writes the same books.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from assets.books.gathering import Books, days_of
from assets.books.writing import COMMODITIES, NOTES, TITLE, accounts_told, amount_text, opening, under_heads


def beancount(books: Books) -> Iterator[str]:
    """The books, a part at a time; assertions hold to the fen (``~ 0``): beancount by itself lets one fen go by."""
    first, last = books.days[0], books.days[-1]
    said = {"first": first, "last": last, "seal": books.seal, "accounts": accounts_told(by_holder=books.by_holder)}
    yield "".join(f"; {line.format(**said)}\n" for line in NOTES)
    yield f'\noption "title" "{TITLE.format(**said)}"\noption "operating_currency" "CNY"\n\n'
    used = set(books.accounts["commodity"])
    yield "".join(f'{first} commodity {one}\n  name: "{name}"\n' for one, name in COMMODITIES.items() if one in used)
    yield "\n"
    yield _opened(books)
    yield _transactions(opening(books.accounts), first, books.point_units)
    for day, rows, closing in days_of(books):
        yield _transactions(rows, day, books.point_units)
        if closing is not None:
            yield _asserted(closing, day, books.point_units)


def _opened(books: Books) -> str:
    """Every account with its name in the ledger, and whose it is."""
    holder = pl.concat_str(pl.lit('  holder: "'), _quoted("holder"), pl.lit('"\n'))
    line = pl.concat_str(
        pl.col("since").cast(pl.String), pl.lit(" open "), "name", pl.lit(" "), "commodities",
        pl.lit('\n  account: "'), "account", pl.lit('"\n'),
        pl.when(pl.col("holder") != "").then(holder).otherwise(pl.lit("")),
    )  # fmt: skip
    return "".join(books.names().select(line).to_series())


def _quoted(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)


def _transactions(rows: pl.DataFrame, day: date, point_units: int) -> str:
    head = pl.concat_str(pl.lit(f'\n{day} * "'), "memo", pl.lit('"\n  txn: "'), "txn_id", pl.lit('"\n'))
    line = pl.concat_str(
        pl.lit("  "), "name", pl.lit("  "), amount_text("amount", point_units), pl.lit(" "), "commodity", pl.lit("\n")
    )
    return under_heads(rows, head, line)


def _asserted(closing: pl.DataFrame, day: date, point_units: int) -> str:
    """What every account is after ``day``: an assertion holds at the beginning of its date."""
    line = pl.concat_str(
        pl.lit(f"{day + timedelta(days=1)} balance "), "name", pl.lit("  "), amount_text("amount", point_units),
        pl.lit(" ~ 0 "), "commodity", pl.lit("\n"),
    )  # fmt: skip
    return "\n" + "".join(closing.select(line).to_series())
