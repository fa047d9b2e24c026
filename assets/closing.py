"""How a settled day closed, in a few figures: read from its seal and from two of its tables.

Holds: the figures of a day that a run ends with.
Never holds: settling, layout; what stands in no sealed file.
Neighbour: ``pipelines/run_view.py`` prints them.
"""

from __future__ import annotations

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from assets.foundation.store import Home, Seal


class Closing(BaseModel):
    """One settled day. Money in fen; what is in transit and in the pools at the close, the rest of the day itself."""

    model_config = ConfigDict(frozen=True)

    date: str = Field(description="the business date")
    rule_version: str = Field(description="version of the rules in force")
    seal: str = Field(description="sha256 of its manifest")
    rows_in: int = Field(description="rows of all export files")
    orders: int = Field(description="orders that qualified on it")
    quarantined: int = Field(description="rows that were not taken")
    quarantined_fen: int = Field(description="money of these, of orders and refunds")
    contributed_fen: int = Field(description="what its orders paid into the pools")
    payouts: int = Field(description="payments that were cut")
    gross_fen: int = Field(description="what left the wallets for them")
    tax_fen: int = Field(description="tax withheld of it")
    net_fen: int = Field(description="what the payout files pay")
    in_transit_fen: int = Field(description="paid out and without a result at the close, of all days")
    pools_fen: int = Field(description="what the pools hold at the close, without what debtors owe them")


def closing_of(home: Home, seal: Seal) -> Closing:
    """The figures of a sealed day."""
    folder, content = home.settlement(seal.day), seal.content
    totals, sums = content["totals"].values(), content["sums"]
    money, account = pl.col("commodity") == "CNY", pl.col("account")
    balances = pl.scan_parquet(folder / "balances.parquet").filter(money)
    entries = pl.scan_parquet(folder / "entries.parquet").filter(money)
    pools = account.str.starts_with("pool_") & (account != "pool_due")
    contributed = pl.col("txn_id").str.ends_with("/contribute") & pools
    return Closing(
        date=content["business_date"],
        rule_version=content["rules"]["version"],
        seal=seal.sha256,
        rows_in=sum(row["rows_in"] for row in totals),
        orders=content["outputs"]["orders.parquet"]["rows"],
        quarantined=sum(row["rows_quarantined"] for row in totals),
        quarantined_fen=sum(row["fen_quarantined"] for row in totals),
        contributed_fen=_sum(entries.filter(contributed), "credit"),
        payouts=content["outputs"]["payouts.parquet"]["rows"],
        gross_fen=sums["payouts_gross_fen"],
        tax_fen=sums["payouts_tax_fen"],
        net_fen=sums["payouts_net_fen"],
        in_transit_fen=_sum(balances.filter(account == "payout_in_transit"), "balance"),
        pools_fen=_sum(balances.filter(pools), "balance"),
    )


def _sum(rows: pl.LazyFrame, column: str) -> int:
    return int(rows.select(pl.col(column).sum()).collect().item())
