"""A sentence for every reason that needs more than its own row to be seen.

Holds: what people read beside a quarantined row; ids, dates and counts only, never names or account numbers.
Never holds: the test itself; ``sql/exports/``, ``sponsors.py`` and ``greedy.py`` decide.
Neighbour: ``parsing.py`` writes the sentences of one row.
"""

from __future__ import annotations

import polars as pl

from assets.exports.contract import MAX_ORDER_FEN

_KEYS = {
    "orders": ("order_id",),
    "refunds": ("refund_id",),
    "members": ("member_id",),
    "redemptions": ("redemption_id",),
    "queue_exits": ("exit_id",),
}

# reason: sentence with {} for the columns named after it; a file's own entry goes first.
_TEXTS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("orders", "bad_money"): (
        f"the lines of order '{{}}' come to more than {MAX_ORDER_FEN // 100}.00 yuan; allowed: up to that",
        ("order_id",),
    ),
    ("orders", "duplicate_conflict"): (
        "another row of this export or an earlier one has this line of order '{}' with other content",
        ("order_id",),
    ),
    ("members", "duplicate_conflict"): (
        "rows of this export name different sponsors for member '{}'; allowed: one",
        ("member_id",),
    ),
    ("orders", "mixed_order"): (
        "the lines of order '{}' disagree on member, merchant or time; allowed: one of each",
        ("order_id",),
    ),
    ("orders", "order_incomplete"): (
        "another line of order '{}' is quarantined; an order is settled whole or not at all",
        ("order_id",),
    ),
    ("orders", "late_line"): ("an earlier export brought order '{}'; its lines are final", ("order_id",)),
    ("orders", "too_late"): (
        "order '{}' was completed at {}, before the days that late_limit_days allows",
        ("order_id", "completed_at"),
    ),
    ("merchants", "unknown_member"): ("referrer_id '{}' is no member; known members or empty", ("referrer_id",)),
    ("redemptions", "bad_status"): (
        "kind '{}' is not for points of today's mode; allowed: redeem in mode fixed, sell where points have a price",
        ("kind",),
    ),
    ("", "unknown_member"): ("member_id '{}' is in no accepted row of members", ("member_id",)),
    ("", "unknown_merchant"): ("merchant_id '{}' is in no accepted row of merchants", ("merchant_id",)),
    ("", "unknown_order"): ("order_id '{}' is no order that was taken", ("order_id",)),
    ("members", "unknown_sponsor"): ("sponsor_id '{}' is in no accepted row of members", ("sponsor_id",)),
    ("members", "self_sponsor"): ("member '{}' names himself as sponsor", ("member_id",)),
    ("members", "sponsor_changed"): (
        "member '{}' was taken with another sponsor than '{}'; the first one stays",
        ("member_id", "sponsor_id"),
    ),
    ("members", "sponsor_cycle"): (
        "the sponsors of member '{}' lead back to him (by way of '{}')",
        ("member_id", "sponsor_id"),
    ),
    ("refunds", "refund_exceeds_order"): (
        "refund of {} yuan is more than is left of the total of order '{}'",
        ("amount", "order_id"),
    ),
    ("orders", "nonpositive_total"): ("the lines of order '{}' come to 0 or less; allowed: above 0", ("order_id",)),
}


def sentences(file: str, rows: pl.DataFrame) -> pl.DataFrame:
    """at_row, reason, sentence for rows of ``file`` that hold at_row, reason and the contract's columns as text."""
    parts = [
        group.select("at_row", "reason", sentence=_sentence(file, str(key[0])))
        for key, group in rows.group_by("reason", maintain_order=True)
    ]
    return pl.concat(parts)


def _sentence(file: str, reason: str) -> pl.Expr:
    known = _TEXTS.get((file, reason)) or _TEXTS.get(("", reason))
    if known is None:
        known = ("another row of this export or an earlier one has key '{}' with other content", _KEYS[file])
    template, columns = known
    return pl.format(template, *(pl.col(c) for c in columns))
