"""Lines of books out of whole columns: amounts as exact decimals, postings under the head of their transaction.

Holds: what both formats of plain-text accounting have in common.
Never holds: a format's own syntax.
Neighbour: ``beancount.py`` and ``hledger.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from assets.units import decimals

COMMODITIES: Mapping[str, str] = {
    "CNY": "Yuan",
    "GREEN": "Green points",
    "POINT": "Points",
    "VOUCHER": "Vouchers, each worth a fen",
}
TITLE = "Settle, the books of {first} to {last}"
NOTES = (
    "Made from sealed days; the seal of {last} is {seal}.",
    "Accounts are {accounts}.",
)
_ACCOUNTS = {
    False: "control accounts: members, merchants and queues are summed",
    True: "by holder: a part that begins with X-- or has -<hexadecimal>- in it spells an id, which stands beside it",
}


def accounts_told(*, by_holder: bool) -> str:
    """In a sentence, what the accounts are."""
    return _ACCOUNTS[by_holder]


def amount_text(amount: str, point_units: int) -> pl.Expr:
    """The column as text with the decimals that its row's ``commodity`` has, exact."""
    told = pl.col(amount).cast(pl.String)
    for commodity in COMMODITIES:
        if places := decimals(commodity, point_units):
            told = pl.when(pl.col("commodity") == commodity).then(_decimal(amount, places)).otherwise(told)
    return told


def _decimal(amount: str, places: int) -> pl.Expr:
    size, units = 10**places, pl.col(amount)
    sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = (units.abs() // size).cast(pl.String)
    return pl.concat_str(sign, whole, pl.lit("."), (units.abs() % size).cast(pl.String).str.zfill(places))


def under_heads(rows: pl.DataFrame, head: pl.Expr, line: pl.Expr) -> str:
    """The lines of all rows, before the first of each ``txn_id`` its head."""
    first = (pl.col("txn_id") != pl.col("txn_id").shift()).fill_null(value=True)
    told = pl.concat_str(pl.when(first).then(head).otherwise(pl.lit("")), line)
    return "".join(rows.select(told).to_series())


def opening(accounts: pl.DataFrame) -> pl.DataFrame:
    """The opening balances of ``Books.accounts`` as one transaction, which balances as the ledger does."""
    held = accounts.filter(pl.col("opening") != 0).sort("commodity", "name")
    told = {"txn_id": pl.lit("opening"), "memo": pl.lit("opening: balances at the close of the day before")}
    return held.select(**told, name="name", commodity="commodity", amount="opening")
