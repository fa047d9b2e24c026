"""Where the columns of the output tables come from: which columns of which assets a column is made of.

Holds: one map, table -> column -> columns above it; an export's columns are named by file, ``exports.orders.order_id``.
Never holds: how a column is computed (``sql/``); columns that the rules alone make, as versions and numbers of rows.
Neighbour: ``outputs.py`` has the columns; ``pipelines/showing.py`` shows both.
"""

from __future__ import annotations

_MONEY = ("orders.kept",)
_BUYER, _MERCHANT, _ORDER = ("orders.member_id",), ("orders.merchant_id",), ("orders.order_id",)
_RULES = {"rule_version": ("orders.rule_version",)}
_PRICE = ("exports.orders.unit_price", "exports.orders.quantity", "exports.orders.discount")

LINEAGE: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {
        "order_id": ("exports.orders.order_id",),
        "seq": ("exports.orders.completed_at", "exports.orders.order_id"),
        "member_id": ("exports.orders.member_id",),
        "merchant_id": ("exports.orders.merchant_id",),
        "completed_at": ("exports.orders.completed_at",),
        "total": _PRICE,
        "kept": (*_PRICE, "exports.refunds.amount"),
    },
    "rewards": {
        "member_id": (*_BUYER, *_MERCHANT, "exports.members.sponsor_id", "exports.redemptions.member_id"),
        "order_id": _ORDER,
        "from_order_id": _ORDER,
        "commodity": ("exports.redemptions.commodity",),
        "amount": (*_MONEY, "exports.refunds.amount", "exports.redemptions.amount"),
        "paid_depth": ("exports.members.sponsor_id",),
        **_RULES,
    },
    "tickets": {
        "queue_id": (*_MERCHANT, "exports.merchants.merchant_group"),
        "ticket_no": ("orders.seq",),
        "order_id": _ORDER,
        "part": _MONEY,
        "member_id": _BUYER,
        "target": (*_MONEY, "exports.refunds.amount"),
        "received": _MONEY,
        "behind": _MONEY,
        "status": ("exports.queue_exits.order_id",),
        **_RULES,
    },
    "claims": {
        "claim_id": _ORDER,
        "member_id": ("exports.members.sponsor_id",),
        "order_id": _ORDER,
        "ordinal": ("orders.seq",),
        "base_order_id": _ORDER,
        "cap": _MONEY,
        "amount": (*_MONEY, "exports.refunds.amount"),
        "received": _MONEY,
        **_RULES,
    },
    "lots": {
        "lot_id": _ORDER,
        "holder": (*_BUYER, *_MERCHANT),
        "order_id": _ORDER,
        "granted": _MONEY,
        "left": (*_MONEY, "exports.refunds.amount", "exports.redemptions.amount"),
        "received": (*_MONEY, "exports.redemptions.amount"),
        "contribution": _MONEY,
        **_RULES,
    },
    "entries": {
        "holder": (*_BUYER, *_MERCHANT),
        "commodity": ("exports.redemptions.commodity",),
        "debit": (*_MONEY, "exports.refunds.amount", "exports.redemptions.amount", "exports.payout_results.amount"),
        "credit": (*_MONEY, "exports.refunds.amount", "exports.redemptions.amount", "exports.payout_results.amount"),
    },
    "balances": {
        "account": ("entries.account",),
        "holder": ("entries.holder",),
        "commodity": ("entries.commodity",),
        "balance": ("entries.debit", "entries.credit"),
    },
    "payouts": {
        "member_id": ("exports.payout_accounts.member_id",),
        "channel": ("exports.payout_accounts.channel",),
        "gross": _MONEY,
        "tax": _MONEY,
        "net": _MONEY,
        "attempt": ("exports.payout_results.payout_id",),
        "replaces": ("exports.payout_results.payout_id",),
    },
    "controls": {
        "expected": ("entries.debit", "entries.credit", "payouts.net", "payouts.tax", "tickets.target"),
        "found": ("balances.balance", "tickets.received", "claims.received", "lots.left", "rewards.amount"),
    },
}
