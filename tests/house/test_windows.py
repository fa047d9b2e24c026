"""No statement puts in order at once what grows with the platform: a window has a partition, and that one is small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

ROOT = Path(__file__).parents[2]

# What a partition may be by, and why it stays small whatever the platform.
SMALL = {
    "block": "a block of 1,048,576, or of a 4096th of all hashes", "claim_id": "one claim",
    "completed_at": "what one second holds", "cycle": "a cycle has n places", "exit_id": "one request",
    "holder": "one member's lots: holders of points are members",
    "member_id": "what one member does on a day, or has", "merchant_id": "what a day says of one merchant",
    "need_place": "lots that one sale takes from", "order_id": "one order", "part": "a part of a long lane",
    "payout_id": "one payout", "redemption_id": "one request", "referrer_id": "who joins under one agent on one day",
    "refund_id": "one refund", "refunded_at": "what one second holds", "requested_at": "what one second holds",
    "span": "32,768 blocks of 32", "turn": "the seats of one turn", "version": "the tiers of one version",
}  # fmt: skip
# Windows without such a partition: what they put in order, and why it is short.
SHORT = {
    "chain/chain_claims_funded": "blocks of a day's claims",
    "circular/circular_orders": "tiers of the rules",
    "common/overlap": "fewer pieces than a block holds, in all lanes together (assets/day.py)",
    "common/overlap_long": "blocks and parts of a long lane, a millionth of its pieces",
    "orders/qualified": "seconds in which orders were completed: 86,400 a day",
    "payouts/payout_lines": "32,768 blocks of hashes",
    "points/vouchers_spent": "seconds in which vouchers were redeemed: 86,400 a day",
    "queue/lanes_found": "4,096 blocks of hashes",
    "queue/paid_average": "multiples of 1024 fen that tickets need, then the needs within one",
    "queue/paid_fifo": "blocks of a queue's tickets",
    "queue/queue_numbers": "4,096 blocks of hashes",
    "queue/tickets_entered": "blocks of the sequence",
    "queue/waiting_blocks": "spans of a queue's blocks, one for a million tickets",
    "referral/claims_funded": "blocks of a day's claims",
    "referral/referrals_entered": "blocks of the sequence",
    "referral/referrals_placed": "places of a sponsor that became free and were not taken again",
    "refunds/late_refunds": "seconds in which refunds were made",
    "refunds/takebacks": "blocks of late refunds",
    "report/queues_listed": "the queues that the report lists: 50",
    "vouchers/vouchers_back": "blocks of late refunds",
}


def windows(text: str) -> Iterator[tuple[str, ...]]:
    """The columns by which each window of a statement is parted, without those that are an expression's."""
    for window in sqlglot.parse_one(text, read="duckdb").find_all(exp.Window):
        parts = window.args.get("partition_by") or []
        yield tuple(part.name for part in parts if isinstance(part, exp.Column))


def large(text: str) -> list[tuple[str, ...]]:
    """The windows of a statement whose partition may be all that there is."""
    return [names for names in windows(text) if not SMALL.keys() & set(names)]


def _statements() -> dict[str, str]:
    root = ROOT / "sql"
    return {path.relative_to(root).with_suffix("").as_posix(): path.read_text("utf-8") for path in root.rglob("*.sql")}


def test_no_window_holds_what_grows_with_the_platform() -> None:
    found = {name: large(text) for name, text in _statements().items()}
    assert {name: names for name, names in found.items() if names and name not in SHORT} == {}
    # The lists say nothing of what is not there.
    assert {name for name in SHORT if not found.get(name)} == set()
    used = {name for text in _statements().values() for names in windows(text) for name in names}
    assert SMALL.keys() - used == set()


@pytest.mark.parametrize(
    ("window", "found"),
    [
        ("over (order by seq)", [()]), ("over (partition by queue_no order by seq)", [("queue_no",)]),
        ("over (partition by queue_no, block order by seq)", []), ("over (partition by lower(block))", [()]),
    ],
)  # fmt: skip
def test_a_large_window_is_found(window: str, found: list[tuple[str, ...]]) -> None:
    assert large(f"select sum(amount) {window} as upto from t") == found
