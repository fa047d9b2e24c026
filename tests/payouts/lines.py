"""Payments as a channel's module is handed them, for the tests of the channels.

Holds: making LINES from the few fields that a test cares about.
Never holds: an expectation.
"""

from __future__ import annotations

import polars as pl

from assets.payouts.channels.base import LINES

DAY = "2026-11-20"
_PLAIN = {
    "business_date": DAY, "member_id": "M1", "channel": "c", "account_no": "6222020200012345678",
    "account_name": "张三", "bank_code": "", "bank_name": "", "province": "", "city": "", "phone": "", "id_type": "",
    "id_no": "", "tax": 0, "attempt": 1, "replaces": "",
}  # fmt: skip


def payout_id(place: int) -> str:
    """An id of the form of ours; the day's ids in the order of ``place``."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    letters = ""
    for _ in range(15):
        place, digit = divmod(place, 32)
        letters = sorted(digits)[digit] + letters
    return f"P20261120{letters}"


def lines(*payments: dict[str, object]) -> pl.DataFrame:
    """One payment a mapping of fields that differ from the plain ones; ``net`` in fen is needed, gross follows it."""
    rows = [
        {**_PLAIN, "payout_id": payout_id(place), "place": place, "gross": one["net"], **one}
        for place, one in enumerate(payments, start=1)
    ]
    return pl.DataFrame(rows, schema=LINES)
