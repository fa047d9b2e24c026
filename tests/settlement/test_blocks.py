"""Sums and numbers in two levels say the same whatever the size of a block: rows of many blocks against one block.

Holds: random rows for each statement that has blocks of a sequence.
Never holds: what the sums are for (``test_queue.py``, ``test_referral.py`` …). Neighbour: ``test_laying.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import SQL_ROOT, statement

_SIZES = re.compile(r"// (1048576|32768)\b")
DAY = date(2026, 11, 9)
Tables = dict[str, pl.DataFrame]


def _frame(rows: list[dict[str, Any]], **kinds: Any) -> pl.DataFrame:
    """Whole numbers, unless another kind is given."""
    return pl.DataFrame(rows, schema={name: kinds.get(name, pl.Int64()) for name in rows[0]})


def _claims(r: Random, chain: bool) -> pl.DataFrame:
    kinds = dict.fromkeys(
        ("claim_id", "programme", "member_id", "order_id", "base_order_id", "status", "rule_version"), pl.String()
    ) | {"claimed_on": pl.Date(), "ended_on": pl.Date(), "is_new": pl.Boolean()}
    rows = []
    for back in range(3):
        for seq in r.sample(range(1, 20), 8):
            for award in ("direct", "team") if chain else ("",):
                claim = f"chain/o{back}-{seq}/{award}" if chain else f"referral/o{back}-{seq}"
                rows.append({
                    "claim_id": claim, "programme": "x", "member_id": "m", "order_id": f"o{back}-{seq}", "ordinal": 0,
                    "base_order_id": "", "cap": 90, "amount": r.randint(5, 90), "received": r.randint(0, 4),
                    "status": "open", "claimed_on": DAY - timedelta(days=back), "ended_on": None, "rule_version": "v",
                    "seq": seq, "rate_bp": 0, "is_new": False,
                })  # fmt: skip
    return _frame(rows, **kinds)


_VERSIONS = pl.DataFrame({
    "version": ["v"], "tax_referral": ["labour"], "tax_chain": ["labour"], "queue_split_unit_fen": [4],
})  # fmt: skip


def claims_funded(r: Random) -> Tables:
    pool = _frame([{"amount": r.randint(0, 1200)}])
    return {"claims_open": _claims(r, False), "referral_pool": pool, "versions": _VERSIONS}


def chain_claims_funded(r: Random) -> Tables:
    places = pl.DataFrame({"award": ["direct", "team"], "place": [0, 1], "depth": [1, 2]})
    pool = _frame([{"amount": r.randint(0, 2400)}])
    return {"chain_claims_open": _claims(r, True), "chain_pool": pool, "award_places": places, "versions": _VERSIONS}


def paid_fifo(r: Random) -> Tables:
    pots = [r.randint(1, 90) for _ in range(3)]
    rows = [
        {"queue_no": queue, "ticket_no": no, "need": r.randint(1, 9), "pot": pot}
        for queue, pot in enumerate(pots, start=1)
        for no in r.sample(range(1, 40), 12)
    ]
    return {"queue_needs": _frame(rows)}


def waiting_blocks(r: Random) -> Tables:
    queues = [{"queue_no": no, "queue_id": f"q{no}", "last_no": 0} for no in (1, 2)]
    blocks = [
        {"queue_id": f"q{no}", "block": block, "tickets": r.randint(0, 5), "need": r.randint(1, 90)}
        for no in (1, 2)
        for block in r.sample(range(20), 12)
    ]
    moved = [{"queue_id": "q1", "block": 3, "tickets": 1, "need": 5}]
    return {
        "queue_numbers": _frame(queues, queue_id=pl.String()),
        "queue_pots": _frame([{"queue_no": 1, "pot": 9}, {"queue_no": 2, "pot": 7}]),
        "prior_blocks": _frame(blocks, queue_id=pl.String()), "blocks_moved": _frame(moved, queue_id=pl.String()),
        "accelerations": _frame([{"queue_no": 1, "ticket_no": 100, "from_seq": 1, "amount": 2, "paid_depth": 0}]),
    }  # fmt: skip


def tickets_entered(r: Random) -> Tables:
    texts = dict.fromkeys(("order_id", "member_id", "merchant_id", "queue_id", "rule_version", "status"), pl.String())
    orders = [
        {"order_id": f"o{seq}", "seq": seq, "member_id": "m", "merchant_id": "s", "queue_no": r.randint(1, 2), "pot": 1,
         "target": r.randint(0, 9)}
        for seq in r.sample(range(1, 40), 20)
    ]  # fmt: skip
    funded = [
        {"queue_no": r.randint(1, 2), "ticket_no": no, "order_id": f"p{no}", "part": 1, "member_id": "m", "behind": 6,
         "status": r.choice(["done", "waiting"]), "rule_version": "v"}
        for no in r.sample(range(1, 40), 20)
    ]  # fmt: skip
    queues = [{"queue_no": no, "queue_id": f"q{no}", "last_no": no * 100} for no in (1, 2)]
    return {
        "queue_orders": _frame(orders, **texts), "tickets_funded": _frame(funded, **texts), "versions": _VERSIONS,
        "queue_numbers": _frame(queues, **texts),
    }  # fmt: skip


def referrals_entered(r: Random) -> Tables:
    texts = dict.fromkeys(("order_id", "member_id", "sponsor_id", "base_order_id"), pl.String())
    rows = [
        {"order_id": f"o{seq}", "seq": seq, "member_id": "m", "sponsor_id": r.choice("ab"), "kept": 9, "is_first": True,
         "base_order_id": "", "base_kept": 9}
        for seq in r.sample(range(1, 40), 20)
    ]  # fmt: skip
    return {"referral_candidates": _frame(rows, is_first=pl.Boolean(), **texts)}


def takebacks(r: Random) -> Tables:
    texts = dict.fromkeys(
        ("programme", "member_id", "order_id", "wallet", "account", "holder", "rule_version"), pl.String()
    )
    rows = [
        {"place": place, "step": step, "made_on": DAY, "made_seq": step, "programme": "x", "member_id": r.choice("ab"),
         "order_id": f"o{place}", "wallet": "rebate", "account": "pool", "holder": "h", "amount": r.randint(1, 9),
         "rule_version": "v"}
        for place in r.sample(range(1, 30), 12)
        for step in (1, 2)
    ]  # fmt: skip
    wallets = [{"member_id": member, "wallet": "rebate", "balance": r.randint(0, 60)} for member in "ab"]
    return {"takebacks_listed": _frame(rows, made_on=pl.Date(), **texts), "wallets_resulted": _frame(wallets, **texts)}


def vouchers_back(r: Random) -> Tables:
    texts = dict.fromkeys(
        ("programme", "holder", "account", "order_id", "pool", "rule_version", "commodity"), pl.String()
    )
    rows = [
        {"place": place, "step": 1, "lot_no": no, "programme": "x", "holder": r.choice("ab"),
         "account": "merchant_vouchers", "order_id": f"o{place}", "units": r.randint(0, 9), "pool": r.choice(["", "p"]),
         "rule_version": "v"}
        for place in r.sample(range(1, 30), 12)
        for no in (1, 2)
    ]  # fmt: skip
    held = [
        {"account": "merchant_vouchers", "holder": holder, "commodity": "VOUCHER", "balance": r.randint(0, 40)}
        for holder in "ab"
    ]
    held.append({"account": "voucher_backing", "holder": "platform", "commodity": "CNY", "balance": r.randint(0, 60)})
    return {"vouchers_back_listed": _frame(rows, **texts), "prior_balances": _frame(held, **texts)}


MADE: dict[str, Callable[[Random], Tables]] = {
    "referral/claims_funded": claims_funded, "chain/chain_claims_funded": chain_claims_funded,
    "queue/paid_fifo": paid_fifo, "queue/waiting_blocks": waiting_blocks, "queue/tickets_entered": tickets_entered,
    "referral/referrals_entered": referrals_entered, "refunds/takebacks": takebacks,
    "vouchers/vouchers_back": vouchers_back,
}  # fmt: skip
PARAMS = {
    "day": DAY, "version": "v", "queue_split_unit_fen": 4, "referral_enabled": True, "referral_base": "min",
    "referral_need_buy": False, "referral_repeat_invitee": True, "referral_min_order_fen": 0,
}  # fmt: skip


@pytest.mark.parametrize("path", MADE)
def test_the_size_of_a_block_does_not_matter(path: str) -> None:
    text, params = statement(path).text, {name: PARAMS[name] for name in statement(path).params}
    in_blocks = _SIZES.sub("// 2", text)
    engine = DuckEngine(threads=1)
    for seed in range(20):
        for name, frame in MADE[path](Random(seed)).items():
            engine.put(name, frame)
        whole, small = (sorted(engine.query(one, **params), key=repr) for one in (text, in_blocks))
        assert whole and small == whole, seed
    engine.close()


def test_every_statement_with_blocks_of_a_sequence_is_here() -> None:
    paths = {path.relative_to(SQL_ROOT).with_suffix("").as_posix(): path for path in SQL_ROOT.rglob("*.sql")}
    with_blocks = {name for name, path in paths.items() if _SIZES.search(path.read_text(encoding="utf-8"))}
    assert with_blocks - {"common/overlap_long"} == MADE.keys()  # that one: test_laying.py
