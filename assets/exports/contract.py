"""The eight export files as contract.md names them: columns, what each may hold, which fault it makes.

Holds: the columns of every file and the limits on their values, as data.
Never holds: reading, parsing, look-ups in sealed state.
Neighbour: ``parsing.py`` turns a column into a value and its faults; ``models.py`` describes the parsed rows.
"""

from __future__ import annotations

from dataclasses import dataclass

# Why a row is quarantined, in the order in which the tests are made: a row takes the first that applies.
MEANINGS: dict[str, str] = {
    "missing_column": "a column that must be there is not: the day stops",
    "unreadable_file": "the file cannot be read as CSV or Parquet, or holds money as floating point: the day stops",
    "missing_value": "a cell that must be filled is empty",
    "bad_id": "an id of another form",
    "bad_money": "no amount of yuan with at most two decimals, or one out of range; an order of more than 10^12 yuan",
    "bad_quantity": "no whole number, or one out of range",
    "bad_time": "no time in ISO 8601",
    "future_time": "a time after the end of the business date",
    "bad_status": "another word than those that the column allows; a kind of request that today's points do not know",
    "duplicate_conflict": "the key was taken before, or stands in the file twice, with other content",
    "mixed_order": "the lines of one order disagree on member, merchant or time: none is taken",
    "order_incomplete": "another line of this order is quarantined: an order is settled whole or not at all",
    "late_line": "a further line of an order that an earlier export brought",
    "too_late": "completed longer before the business date than late_limit_days allows",
    "unknown_member": "a member that no accepted row names",
    "unknown_merchant": "a merchant that no accepted row names",
    "unknown_order": "an order that was not taken",
    "unknown_sponsor": "a sponsor that no accepted row of members names",
    "self_sponsor": "a member who names himself as sponsor",
    "sponsor_changed": "another sponsor than the one that the member was taken with",
    "sponsor_cycle": "sponsors that lead back to the member",
    "refund_exceeds_order": "more than is left of the order's total",
    "nonpositive_total": "an order that comes to nothing or less",
    "insufficient_points": "more than the member holds, or a later request of his after such a one",
    "no_waiting_ticket": "an order without a ticket that waits",
    "exit_too_early": "a ticket that has waited less than exit_after_days",
    "unknown_payout": "a payout that was never issued",
    "payout_amount_differs": "another amount than the payout's net",
    "payout_already_final": "a second, different result of a payout that has its last one",
}
REASONS = tuple(MEANINGS)

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
