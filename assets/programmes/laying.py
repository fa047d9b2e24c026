"""Money and needs laid end to end by searching sums instead of ordering them again (rules.md section 6.3.3).

Holds: the twin of ``sql/common/overlap_long.sql`` for days on which millions of tickets are paid: the statement puts
all ends of both sides into one order and goes through them from the last one on, here the ends of one side are searched
for those of the other.
Never holds: what the money or the needs are.
Neighbour: ``queue.py`` lays the common pots with it; on a cluster the statement does the same.
"""

from __future__ import annotations

import polars as pl


def _sums(pieces: pl.DataFrame, name: str) -> pl.DataFrame:
    """Per lane, in their order, what its pieces are in all."""
    return pieces.group_by("lane", maintain_order=True).agg(pl.col("amount").sum().alias(name))


def _ends(pieces: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """The pieces that meet something, with where each starts and ends when the lanes stand one after the other, each
    as long as what meets in it: the last piece of a lane is cut there."""
    return (
        pieces.join(lanes, on="lane", how="inner", maintain_order="left")
        .with_columns(upto=pl.col("amount").cum_sum())
        # The sum runs on over all lanes: less what it was at the lane's first piece it is the lane's own.
        .with_columns(before=(pl.col("upto") - pl.col("amount")))
        .with_columns(start=pl.col("before") - pl.col("before").first().over("lane"))
        .filter(pl.col("start") < pl.col("met"))
        .select(
            "lane", "place", start=pl.col("base") + pl.col("start"),
            end=pl.col("base") + pl.min_horizontal(pl.col("start") + pl.col("amount"), "met"),
        )
    )  # fmt: skip


def lay(money: pl.DataFrame, needs: pl.DataFrame) -> pl.DataFrame:
    """Where pieces of money and needs meet when both are laid end to end in each lane.

    Both have lane, place and amount (fen, above 0), sorted by the first two; the sums of each side must fit 63 bits.
    Returns lane, money_place, need_place, amount.
    """
    met = pl.min_horizontal("money", "needs")
    lanes = (
        _sums(money, "money")
        .join(_sums(needs, "needs"), on="lane", how="inner", maintain_order="left")
        .select("lane", met=met, base=met.cum_sum() - met)
    )
    paying, paid = _ends(money, lanes), _ends(needs, lanes)
    # The piece of money in which a need ends; the next need starts in it too, or in the one after it.
    last = paying["end"].search_sorted(paid["end"], side="left").cast(pl.Int64)
    filled = paying["end"].gather(last) == paid["end"]
    first = (last + filled.cast(pl.Int64)).shift(1, fill_value=0)
    pairs = paid.with_columns(piece=pl.int_ranges(first, last + 1)).explode("piece")
    pieces = paying.select("place", "start", "end")[pairs["piece"]]
    return pairs.select(
        "lane",
        money_place=pieces["place"],
        need_place=pl.col("place"),
        amount=pl.min_horizontal(pl.col("end"), pieces["end"]) - pl.max_horizontal(pl.col("start"), pieces["start"]),
    )
