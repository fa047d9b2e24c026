"""Which refunds fit into what is left of their orders.

Holds: the greedy rule of rules.md section 2, by sums where all fit and by a walk where they do not.
Never holds: repeats and unknown orders; ``sql/exports/refund_standing.sql`` tells those.
Neighbour: ``intake.py`` puts the accepted rows as ``taken_refunds``.
"""

from __future__ import annotations

import polars as pl


def judge_refunds(standing: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``refund_standing`` with a last word: ``refund_exceeds_order`` where a refund does not fit (fen).

    Refunds of an order are taken in (refunded_at, refund_id) order; one that would exceed what is left of the total
    is refused, and a later smaller one may still fit (rules.md section 2).
    """
    open_rows = standing.filter(pl.col("standing") == "")
    # One larger than all the room never fits; the rest of an order fit together unless their sum says otherwise.
    fits = open_rows.filter(pl.col("amount") <= pl.col("room"))
    wanted = fits.group_by("order_id").agg(pl.col("amount").cast(pl.Int128).sum().alias("sum"), pl.col("room").first())
    contested = wanted.filter(pl.col("sum") > pl.col("room")).select("order_id")
    walk = fits.join(contested, on="order_id", how="semi").sort("order_id", "refunded_at", "refund_id")
    refused: list[int] = []
    order, left = "", 0
    for row, order_id, amount, room in walk.select("at_row", "order_id", "amount", "room").iter_rows():
        if order_id != order:
            order, left = order_id, room
        if amount > left:
            refused.append(row)
        else:
            left -= amount
    over = pl.concat(
        [
            open_rows.filter(pl.col("amount") > pl.col("room")).select("at_row"),
            pl.DataFrame({"at_row": refused}, schema={"at_row": pl.Int64()}),
        ]
    ).with_columns(over=True)
    return standing.join(over, on="at_row", how="left", maintain_order="left").with_columns(
        standing=pl.when(pl.col("over").fill_null(False))
        .then(pl.lit("refund_exceeds_order"))
        .otherwise(pl.col("standing"))
    ).drop("over")  # fmt: skip
