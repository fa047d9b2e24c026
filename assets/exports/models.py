"""What the parsed rows of each export file look like: one pandera model a file.

Holds: column names after parsing, types, units and descriptions; the source of the contract page and of the schema
shown beside an asset. Never holds: how text becomes a value, nor what crosses rows.
Neighbour: ``parsing.py`` makes such rows. Import this module late: pandera costs a tenth of a second.
"""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from assets.exports.contract import MAX_FEN, MAX_ORDER_FEN, MAX_QUANTITY, MAX_UNITS
from assets.foundation.models import agree

_TIME = pl.Datetime("us")


class _Rows(pa.DataFrameModel):
    class Config:
        strict: bool = True
        ordered: bool = True
        coerce: bool = False


class Orders(_Rows):
    """One row per order line."""

    order_id: pl.String = pa.Field(description="The order; all its lines agree on member, merchant and time.")
    line_no: pl.Int64 = pa.Field(ge=1, le=MAX_QUANTITY, description="The line within the order, from 1.")
    member_id: pl.String = pa.Field(description="Who bought; empty for a guest.")
    merchant_id: pl.String = pa.Field(description="Who sold.")
    product_id: pl.String = pa.Field(description="What was sold.")
    product_name: pl.String = pa.Field(description="Its name, free text; empty where none was given.")
    unit_price: pl.Int64 = pa.Field(ge=0, le=MAX_FEN, description="Price of one piece, in fen.")
    quantity: pl.Int64 = pa.Field(ge=1, le=MAX_QUANTITY, description="Pieces.")
    discount: pl.Int64 = pa.Field(ge=0, le=MAX_FEN, description="Taken off the line as a whole, in fen.")
    completed_at: pl.Datetime("us") = pa.Field(description="When the order was completed, local time.")  # type: ignore[valid-type]


class Refunds(_Rows):
    """One row per refund."""

    refund_id: pl.String = pa.Field(description="The refund.")
    order_id: pl.String = pa.Field(description="The order whose money goes back.")
    amount: pl.Int64 = pa.Field(ge=1, le=MAX_ORDER_FEN, description="What goes back, in fen.")
    refunded_at: pl.Datetime("us") = pa.Field(description="When it was refunded, local time.")  # type: ignore[valid-type]


class Members(_Rows):
    """One row per member."""

    member_id: pl.String = pa.Field(description="The member.")
    sponsor_id: pl.String = pa.Field(description="Who referred him; empty for none. Fixed by the first row.")
    joined_at: pl.Datetime("us") = pa.Field(description="When he joined, local time.")  # type: ignore[valid-type]


class Merchants(_Rows):
    """One row per state of a merchant; the last counts."""

    merchant_id: pl.String = pa.Field(description="The merchant.")
    name: pl.String = pa.Field(description="His name, free text.")
    merchant_group: pl.String = pa.Field(description="The group whose queue he shares; empty for his own.")
    concession_bp: pl.Int64 = pa.Field(ge=0, le=10_000, description="What he concedes of a sale, in basis points.")
    referrer_id: pl.String = pa.Field(description="The member who brought him; empty for none.")


class PayoutAccounts(_Rows):
    """One row per state of a member's payout account; the last counts."""

    member_id: pl.String = pa.Field(description="The member.")
    channel: pl.String = pa.Field(description="The payout channel, as named in the rules.")
    account_no: pl.String = pa.Field(description="The account. Personal data.")
    account_name: pl.String = pa.Field(description="The name on the account. Personal data.")
    bank_code: pl.String = pa.Field(description="The bank's code; empty where none.")
    bank_name: pl.String = pa.Field(description="The bank's name; empty where none.")
    province: pl.String = pa.Field(description="Province of the branch; empty where none.")
    city: pl.String = pa.Field(description="City of the branch; empty where none.")
    phone: pl.String = pa.Field(description="Phone for the payout; empty where none. Personal data.")
    id_type: pl.String = pa.Field(description="Kind of identity document; empty where none.")
    id_no: pl.String = pa.Field(description="Its number; empty where none. Personal data.")
    status: pl.String = pa.Field(isin=["active", "held", "closed"], description="Only an active account is paid.")


class Redemptions(_Rows):
    """One row per request to redeem or to sell."""

    redemption_id: pl.String = pa.Field(description="The request.")
    member_id: pl.String = pa.Field(description="Who asks.")
    kind: pl.String = pa.Field(isin=["redeem", "sell"], description="redeem, or sell (pool-priced points).")
    commodity: pl.String = pa.Field(isin=["POINT", "VOUCHER"], description="What is given up.")
    amount: pl.Int64 = pa.Field(ge=1, le=MAX_UNITS, description="How much of it, in units of the commodity.")
    merchant_id: pl.String = pa.Field(description="Where a voucher was spent; empty for the platform.")
    requested_at: pl.Datetime("us") = pa.Field(description="When it was asked, local time.")  # type: ignore[valid-type]


class QueueExits(_Rows):
    """One row per request to leave the queue."""

    exit_id: pl.String = pa.Field(description="The request.")
    order_id: pl.String = pa.Field(description="The order whose ticket is to close.")
    requested_at: pl.Datetime("us") = pa.Field(description="When it was asked, local time.")  # type: ignore[valid-type]


class PayoutResults(_Rows):
    """One row per result of a payout."""

    payout_id: pl.String = pa.Field(description="The payout.")
    status: pl.String = pa.Field(isin=["paid", "failed", "returned"], description="What became of it.")
    amount: pl.Int64 = pa.Field(ge=0, le=MAX_ORDER_FEN, description="The net amount, in fen.")
    reason: pl.String = pa.Field(description="What the channel says; empty where nothing.")
    at: pl.Datetime("us") = pa.Field(description="When the channel says so, local time.")  # type: ignore[valid-type]


MODELS: dict[str, type[pa.DataFrameModel]] = {
    "orders": Orders,
    "refunds": Refunds,
    "members": Members,
    "merchants": Merchants,
    "payout_accounts": PayoutAccounts,
    "redemptions": Redemptions,
    "queue_exits": QueueExits,
    "payout_results": PayoutResults,
}


def describe(model: type[pa.DataFrameModel]) -> list[tuple[str, str, str]]:
    """Every column of a model as (name, type, description), in order."""
    columns = model.to_schema().columns
    return [(name, str(column.dtype), column.description or "") for name, column in columns.items()]


def validate(file: str, rows: pl.DataFrame) -> None:
    """Hold parsed rows against their model; a difference is a defect of the parser, not of the export.

    Raises ValueError naming the checks that failed, never the values (they may be personal).
    """
    try:
        agree(MODELS[file], rows)
    except SchemaErrors as errors:
        cases = errors.failure_cases.select("column", "check").unique().sort("column", "check").rows()
        raise ValueError(f"{file}: parsed rows break their model: {cases}") from None
