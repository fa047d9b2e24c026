"""The eight export files as contract.md names them: columns, what each may hold, which fault it makes.

Holds: the columns of every file and the limits on their values, as data.
Never holds: reading, parsing, look-ups in sealed state.
Neighbour: ``parsing.py`` turns a column into a value and its faults; ``models.py`` describes the parsed rows.
"""

from __future__ import annotations

from dataclasses import dataclass

# The codes of contract.md "Quarantine" in the order in which they are tested.
REASONS = (
    "missing_column", "unreadable_file", "missing_value", "bad_id", "bad_money", "bad_quantity", "bad_time",
    "future_time", "bad_status", "duplicate_conflict", "mixed_order", "order_incomplete", "late_line", "too_late",
    "unknown_member", "unknown_merchant", "unknown_order", "unknown_sponsor", "self_sponsor", "sponsor_changed",
    "sponsor_cycle", "refund_exceeds_order", "nonpositive_total", "insufficient_points", "no_waiting_ticket",
    "exit_too_early", "unknown_payout", "payout_amount_differs", "payout_already_final",
)  # fmt: skip

# Limits that keep every sum of a day inside 64 bits (fen). A row above them is bad_money or bad_quantity.
MAX_FEN = 10**13 - 1
MAX_LINE_FEN = 10**13
MAX_ORDER_FEN = 10**14
MAX_QUANTITY = 10**9 - 1
MAX_UNITS = 10**15 - 1


@dataclass(frozen=True)
class Column:
    """One column of an export file.

    ``kind``: ``id``, ``text``, ``code``, ``money`` (yuan text to fen), ``whole`` (integer) or ``time``.
    ``needed``: the column must be in the file. ``filled``: its value must not be empty.
    ``fault``: the code of a value outside ``low``..``high`` or of another form.
    """

    name: str
    kind: str
    needed: bool = True
    filled: bool = True
    default: str = ""
    low: int = 0
    high: int = 0
    fault: str = ""
    codes: tuple[str, ...] = ()
    into: str = ""

    @property
    def parsed(self) -> str:
        """The column's name after parsing (``group`` is a word of SQL)."""
        return self.into or self.name


@dataclass(frozen=True)
class Export:
    """One file of the contract: its columns in the contract's order and its key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


def _id(name: str, *, needed: bool = True, filled: bool = True) -> Column:
    return Column(name, "id", needed=needed, filled=filled, fault="bad_id")


def _time(name: str) -> Column:
    return Column(name, "time", fault="bad_time")


def _note(name: str) -> Column:
    return Column(name, "text", needed=False, filled=False)


EXPORTS: dict[str, Export] = {
    e.name: e
    for e in (
        Export("orders", (
            _id("order_id"),
            Column("line_no", "whole", needed=False, filled=False, default="1", low=1, high=MAX_QUANTITY,
                   fault="bad_quantity"),
            _id("member_id", filled=False),
            _id("merchant_id"),
            _id("product_id"),
            _note("product_name"),
            Column("unit_price", "money", low=0, high=MAX_FEN, fault="bad_money"),
            Column("quantity", "whole", low=1, high=MAX_QUANTITY, fault="bad_quantity"),
            Column("discount", "money", needed=False, filled=False, default="0", low=0, high=MAX_FEN,
                   fault="bad_money"),
            _time("completed_at"),
        ), ("order_id", "line_no")),
        Export("refunds", (
            _id("refund_id"),
            _id("order_id"),
            Column("amount", "money", low=1, high=MAX_ORDER_FEN, fault="bad_money"),
            _time("refunded_at"),
        ), ("refund_id",)),
        Export("members", (_id("member_id"), _id("sponsor_id", filled=False), _time("joined_at")), ("member_id",)),
        Export("merchants", (
            _id("merchant_id"),
            Column("name", "text"),
            Column("group", "id", needed=False, filled=False, fault="bad_id", into="merchant_group"),
            Column("concession_bp", "whole", needed=False, filled=False, default="0", low=0, high=10_000,
                   fault="bad_money"),
            _id("referrer_id", needed=False, filled=False),
        ), ("merchant_id",)),
        Export("payout_accounts", (
            _id("member_id"),
            _id("channel"),
            Column("account_no", "text"),
            Column("account_name", "text"),
            *(_note(n) for n in ("bank_code", "bank_name", "province", "city", "phone", "id_type", "id_no")),
            Column("status", "code", fault="bad_status", codes=("active", "held", "closed")),
        ), ("member_id",)),
        Export("redemptions", (
            _id("redemption_id"),
            _id("member_id"),
            Column("kind", "code", fault="bad_status", codes=("redeem", "sell")),
            Column("commodity", "code", needed=False, filled=False, default="POINT", fault="bad_status",
                   codes=("POINT", "VOUCHER")),
            Column("amount", "whole", low=1, high=MAX_UNITS, fault="bad_quantity"),
            _id("merchant_id", needed=False, filled=False),
            _time("requested_at"),
        ), ("redemption_id",)),
        Export("queue_exits", (_id("exit_id"), _id("order_id"), _time("requested_at")), ("exit_id",)),
        Export("payout_results", (
            _id("payout_id"),
            Column("status", "code", fault="bad_status", codes=("paid", "failed", "returned")),
            Column("amount", "money", low=0, high=MAX_ORDER_FEN, fault="bad_money"),
            _note("reason"),
            _time("at"),
        ), ("payout_id", "status")),
    )
}  # fmt: skip

# What the control file itself must look like (contract.md "Exports", last row of the table).
CONTROL = Export("control", (
    _id("file"),
    Column("rows", "whole", high=MAX_UNITS),
    Column("amount", "money", filled=False),
    Column("sha256", "text", needed=False, filled=False),
), ("file",))  # fmt: skip
