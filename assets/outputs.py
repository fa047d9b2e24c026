"""The tables that a settled day leaves for people: their columns, types and order (contract.md, Outputs).

Holds: one pandera model a table; validation, the schema shown in Dagster and the docs are read from it.
Never holds: how a table is computed; the exports' models (``exports/models.py``).
Neighbour: ``day.py`` writes a table only when its model agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pandera.polars as pa
import polars as pl
from pandera.api.polars.model_config import BaseConfig

from assets.foundation.models import agree


class _Table(pa.DataFrameModel):
    class Config(BaseConfig):
        strict = True
        ordered = True


class Orders(_Table):
    """Orders that qualified on the day, in sequence (rules.md section 2)."""

    order_id: pl.String = pa.Field(description="Order")
    seq: pl.Int64 = pa.Field(description="Place in the day's sequence, from 1")
    member_id: pl.String = pa.Field(description="Buyer")
    merchant_id: pl.String = pa.Field(description="Merchant, who pays the shares")
    completed_at: Annotated[pl.Datetime, "us", None] = pa.Field(description="Completion, local time")
    total: pl.Int64 = pa.Field(description="Order total, fen")
    kept: pl.Int64 = pa.Field(description="Total less refunds up to today, fen")
    rule_version: pl.String = pa.Field(description="Rule version that governs all the order causes")


class Rewards(_Table):
    """One row per change of what a member has, by cause (contract.md)."""

    reward_id: pl.String = pa.Field(description="<day>/<n> in the order of the next columns")
    programme: pl.String = pa.Field(description="points, referral, queue, green, circular or chain")
    kind: pl.String = pa.Field(description="grant, fund, accelerate, exit, release, sale, redeem, expire or clawback")
    member_id: pl.String = pa.Field(description="Member; a merchant as merchant/<id>")
    order_id: pl.String = pa.Field(description="The member's own order, or the referral's; empty for redemptions")
    from_order_id: pl.String = pa.Field(description="Order whose money it was, where one can be named")
    commodity: pl.String = pa.Field(description="CNY (fen), POINT, GREEN or VOUCHER (units)")
    amount: pl.Int64 = pa.Field(description="Signed change, fen or units")
    paid_depth: pl.Int64 = pa.Field(description="Sponsor steps from buyer to payee")
    rule_version: pl.String = pa.Field(description="Rule version it was computed with")


class Tickets(_Table):
    """Every ticket that changed on the day, as it stands at the close (rules.md section 6)."""

    queue_id: pl.String = pa.Field(description="merchant/<id>, group/<group> or platform")
    ticket_no: pl.Int64 = pa.Field(description="Number in its queue, from 1")
    order_id: pl.String = pa.Field(description="Order that made the ticket")
    part: pl.Int64 = pa.Field(description="Part of a split order, from 1")
    member_id: pl.String = pa.Field(description="Member who waits")
    target: pl.Int64 = pa.Field(description="What it may receive, fen")
    received: pl.Int64 = pa.Field(description="What it has received, fen")
    behind: pl.Int64 = pa.Field(description="Parts of the order that have not entered, fen")
    status: pl.String = pa.Field(description="waiting, done, exited or cancelled")
    entered_on: pl.Date = pa.Field(description="Day it entered, at the close")
    ended_on: pl.Date = pa.Field(nullable=True, description="Day it last left waiting")
    rule_version: pl.String = pa.Field(description="Rule version of its order")


class Claims(_Table):
    """Every claim that changed on the day, as it stands at the close (rules.md section 5)."""

    claim_id: pl.String = pa.Field(description="referral/<order>, or chain/<order>/ direct, team, peer or slide")
    programme: pl.String = pa.Field(description="referral or chain")
    member_id: pl.String = pa.Field(description="Member who is owed")
    order_id: pl.String = pa.Field(description="Order that made the claim")
    ordinal: pl.Int64 = pa.Field(nullable=True, description="Place among the sponsor's referrals, from 0")
    base_order_id: pl.String = pa.Field(description="The sponsor's order that the amount is based on, if any")
    cap: pl.Int64 = pa.Field(description="Most it may be: what its cycle (referral) or order (chain) has left, fen")
    amount: pl.Int64 = pa.Field(description="What is owed in all, fen")
    received: pl.Int64 = pa.Field(description="What was paid of it, fen")
    status: pl.String = pa.Field(description="open, paid, void or blocked_depth")
    claimed_on: pl.Date = pa.Field(description="Day of the claim")
    ended_on: pl.Date = pa.Field(nullable=True, description="Day it last left open")
    rule_version: pl.String = pa.Field(description="Rule version of its order")


class Lots(_Table):
    """Every lot that changed on the day, as it stands at the close (rules.md section 4.1)."""

    lot_id: pl.String = pa.Field(description="<programme>/<order>")
    programme: pl.String = pa.Field(description="points, green or circular")
    holder: pl.String = pa.Field(description="Member; a merchant as merchant/<id>")
    order_id: pl.String = pa.Field(description="Order that granted it")
    granted: pl.Int64 = pa.Field(description="Units at the grant")
    left: pl.Int64 = pa.Field(description="Units, GREEN or energy left")
    received: pl.Int64 = pa.Field(description="Units sold, vouchers released or fen paid")
    contribution: pl.Int64 = pa.Field(description="Contribution value (circular)")
    status: pl.String = pa.Field(description="live or closed")
    opened_on: pl.Date = pa.Field(description="Day of the grant")
    closed_on: pl.Date = pa.Field(nullable=True, description="Day nothing was left of it")
    rule_version: pl.String = pa.Field(description="Rule version of its order")


class Entries(_Table):
    """The journal of the day: one transaction per programme and cause (contract.md)."""

    txn_id: pl.String = pa.Field(description="<day>/<programme>/<cause>")
    line: pl.Int64 = pa.Field(description="Line of the transaction, from 1")
    date: pl.Date = pa.Field(description="Business date")
    account: pl.String = pa.Field(description="Account")
    holder: pl.String = pa.Field(description="Whose account")
    commodity: pl.String = pa.Field(description="CNY (fen), POINT, GREEN or VOUCHER (units)")
    debit: pl.Int64 = pa.Field(description="Debit, fen or units")
    credit: pl.Int64 = pa.Field(description="Credit, fen or units")
    memo: pl.String = pa.Field(description="What the transaction is")


class Balances(_Table):
    """The ledger snapshot at the close: every account that is not zero (contract.md)."""

    account: pl.String = pa.Field(description="Account")
    holder: pl.String = pa.Field(description="Whose account")
    commodity: pl.String = pa.Field(description="CNY (fen), POINT, GREEN or VOUCHER (units)")
    balance: pl.Int64 = pa.Field(description="On the account's normal side, fen or units")


class Payouts(_Table):
    """What was cut for payment on the day (rules.md section 10.3)."""

    payout_id: pl.String = pa.Field(description="Never issued twice")
    member_id: pl.String = pa.Field(description="Payee")
    channel: pl.String = pa.Field(description="Payout channel of his account")
    gross: pl.Int64 = pa.Field(description="What left the wallets, fen")
    tax: pl.Int64 = pa.Field(description="Withheld, fen")
    net: pl.Int64 = pa.Field(description="What the file pays, fen")
    attempt: pl.Int64 = pa.Field(description="1 + number of payouts it replaces")
    replaces: pl.String = pa.Field(description="Payouts that came back since his last cut, parted by spaces")
    file: pl.String = pa.Field(description="File in payouts/ that carries it")


class Controls(_Table):
    """The checks of rules.md section 11 and the control totals: zero tolerance."""

    name: pl.String = pa.Field(description="Which control")
    expected: pl.Int64 = pa.Field(description="What it should be, fen, units or rows")
    found: pl.Int64 = pa.Field(description="What it is")
    ok: pl.Boolean = pa.Field(description="Whether the two agree")


@dataclass(frozen=True)
class Output:
    """A table of ``settlements/<D>/``: its model and the columns that give its rows their order.

    ``led``: the first of them, where these take few values in a day: the rows of each are sorted on their own.
    ``numbered``: a column with the place of a row in the table, ``<day>/<n>``. ``lined``: one with its place among the
    rows of its ``led``, which lie in the order of ``by``.
    """

    name: str
    model: type[pa.DataFrameModel]
    key: tuple[str, ...]
    led: tuple[str, ...] = ()
    numbered: str = ""
    lined: str = ""
    by: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """What rows of one ``led`` are sorted by."""
        return self.by or self.key[len(self.led) :]

    def check(self, part: pl.DataFrame) -> pl.DataFrame:
        """The part of the table as it passes its model; raises pandera's SchemaErrors."""
        return agree(self.model, part)

    @property
    def columns(self) -> dict[str, tuple[str, str]]:
        """Column name to (type, description)."""
        schema = self.model.to_schema()
        return {name: (str(column.dtype), column.description or "") for name, column in schema.columns.items()}

    @property
    def description(self) -> str:
        """The model's own sentence."""
        return (self.model.__doc__ or "").strip()


OUTPUTS: dict[str, Output] = {
    output.name: output
    for output in (
        Output("orders", Orders, ("seq",)),
        Output(
            "rewards",
            Rewards,
            ("programme", "kind", "member_id", "order_id", "from_order_id", "commodity"),
            led=("programme", "kind"),
            numbered="reward_id",
        ),
        Output("tickets", Tickets, ("queue_id", "ticket_no")),
        Output("claims", Claims, ("claim_id",)),
        # A lot's id is its programme and "within", a column of the relation: its order, and what more a merchant's has.
        Output("lots", Lots, ("lot_id",), led=("programme",), by=("within",)),
        Output(
            "entries", Entries, ("txn_id", "line"), led=("txn_id",), lined="line", by=("account", "holder", "commodity")
        ),
        Output("balances", Balances, ("account", "holder", "commodity"), led=("account",)),
        Output("payouts", Payouts, ("payout_id",)),
        Output("controls", Controls, ("name",)),
    )
}
