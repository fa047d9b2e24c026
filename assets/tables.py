"""Which tables the sealed state has: their keys and columns.

Holds: one StateTable for each kind of thing that a later day may ask for.
Never holds: rules, SQL, or the output tables that people read (``contract.py``).
Neighbour: ``foundation/state.py`` keeps them; every ``prior_<name>`` in ``sql/`` is one of these.
"""

from __future__ import annotations

from assets.foundation.state import StateTable

_TEXT, _INT, _DATE, _TIME = "varchar", "bigint", "date", "timestamp"

STATE_TABLES: tuple[StateTable, ...] = (
    StateTable("members", ("member_id",), {"member_id": _TEXT, "sponsor_id": _TEXT, "joined_at": _TIME}),
    StateTable(
        "merchants",
        ("merchant_id",),
        {"merchant_id": _TEXT, "name": _TEXT, "merchant_group": _TEXT, "concession_bp": _INT, "referrer_id": _TEXT},
    ),
    StateTable(
        "accounts",
        ("member_id",),
        {
            column: _TEXT
            for column in (
                "member_id", "channel", "account_no", "account_name", "bank_code", "bank_name", "province", "city",
                "phone", "id_type", "id_no", "status",
            )
        },
    ),  # fmt: skip
    # Every order that was taken. kept_at is what was kept when it qualified; seq, its place in the sequence of
    # qualify_on, is 0 until then. total - refunded is the present kept.
    StateTable(
        "orders",
        ("order_id",),
        {
            "order_id": _TEXT, "member_id": _TEXT, "merchant_id": _TEXT, "completed_at": _TIME, "total": _INT,
            "refunded": _INT, "export_date": _DATE, "qualify_on": _DATE, "seq": _INT, "kept_at": _INT,
            "rule_version": _TEXT,
        },
    ),  # fmt: skip
    StateTable(
        "lines",
        ("order_id", "line_no"),
        {
            "order_id": _TEXT, "line_no": _INT, "product_id": _TEXT, "product_name": _TEXT, "unit_price": _INT,
            "quantity": _INT, "discount": _INT,
        },
    ),  # fmt: skip
    StateTable(
        "refunds",
        ("refund_id",),
        {"refund_id": _TEXT, "order_id": _TEXT, "amount": _INT, "refunded_at": _TIME},
    ),
    # Orders whose freeze still runs, found by the day on which it ends.
    StateTable("due", ("qualify_on", "order_id"), {"qualify_on": _DATE, "order_id": _TEXT}, live="qualify_on > {day}"),
    StateTable(
        "redemptions",
        ("redemption_id",),
        {
            "redemption_id": _TEXT, "member_id": _TEXT, "kind": _TEXT, "commodity": _TEXT, "amount": _INT,
            "merchant_id": _TEXT, "requested_at": _TIME,
        },
    ),  # fmt: skip
    StateTable("exits", ("exit_id",), {"exit_id": _TEXT, "order_id": _TEXT, "requested_at": _TIME}),
    StateTable(
        "results",
        ("payout_id", "status"),
        {"payout_id": _TEXT, "status": _TEXT, "amount": _INT, "reason": _TEXT, "at": _TIME},
    ),
    StateTable(
        "lots",
        ("lot_id",),
        {
            "lot_id": _TEXT, "programme": _TEXT, "holder": _TEXT, "order_id": _TEXT, "granted": _INT, "left": _INT,
            "received": _INT, "contribution": _INT, "status": _TEXT, "opened_on": _DATE, "closed_on": _DATE,
            "rule_version": _TEXT, "seq": _INT, "expires_on": _DATE,
        },
    ),  # fmt: skip
    # One row a referral, also of those that made no claim: the cycle and what its order paid into it.
    StateTable(
        "referrals",
        ("order_id",),
        {
            "order_id": _TEXT, "sponsor_id": _TEXT, "member_id": _TEXT, "ordinal": _INT, "cycle": _INT,
            "share": _INT, "status": _TEXT, "placed_on": _DATE, "seq": _INT, "rule_version": _TEXT,
        },
    ),  # fmt: skip
    StateTable(
        "claims",
        ("claim_id",),
        {
            "claim_id": _TEXT, "programme": _TEXT, "member_id": _TEXT, "order_id": _TEXT, "ordinal": _INT,
            "base_order_id": _TEXT, "cap": _INT, "amount": _INT, "received": _INT, "status": _TEXT,
            "claimed_on": _DATE, "ended_on": _DATE, "rule_version": _TEXT, "seq": _INT, "rate_bp": _INT,
        },
    ),  # fmt: skip
    StateTable("queues", ("queue_id",), {"queue_id": _TEXT, "last_no": _INT}),
    # behind, exit_bp and exit_behind are what a late refund needs of a split or exited order (rules.md section 9).
    StateTable(
        "tickets",
        ("queue_id", "ticket_no"),
        {
            "queue_id": _TEXT, "ticket_no": _INT, "order_id": _TEXT, "part": _INT, "member_id": _TEXT,
            "target": _INT, "received": _INT, "behind": _INT, "status": _TEXT, "entered_on": _DATE,
            "ended_on": _DATE, "rule_version": _TEXT, "exit_bp": _INT, "exit_behind": _INT,
        },
    ),  # fmt: skip
    # Money of a queue that nobody has got yet, by the order that paid it; what came back has no order.
    StateTable(
        "layers",
        ("queue_id", "paid_on", "seq"),
        {"queue_id": _TEXT, "paid_on": _DATE, "seq": _INT, "order_id": _TEXT, "remaining": _INT},
        live="remaining > 0",
    ),
    StateTable(
        "debts",
        ("member_id", "opened_on", "place"),
        {
            "member_id": _TEXT, "opened_on": _DATE, "place": _INT, "account": _TEXT, "holder": _TEXT,
            "remaining": _INT,
        },
        live="remaining > 0",
    ),  # fmt: skip
    StateTable(
        "payouts",
        ("payout_id",),
        {
            "payout_id": _TEXT, "member_id": _TEXT, "paid_on": _DATE, "channel": _TEXT, "gross": _INT, "tax": _INT,
            "net": _INT, "rebate": _INT, "chance": _INT, "labour": _INT, "labour_tax": _INT, "attempt": _INT,
            "status": _TEXT, "replaced_by": _TEXT,
        },
    ),  # fmt: skip
    # Labour income paid and tax withheld by calendar month: the year is the sum of its months.
    StateTable("tax", ("member_id", "month"), {"member_id": _TEXT, "month": _DATE, "income": _INT, "withheld": _INT}),
)
