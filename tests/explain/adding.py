"""What must be true of every tree: it adds up, and every formula is what was booked.

Holds: asking a settled home for trees of all kinds. Never holds: expected figures (``test_trees.py``).
Neighbour: ``tests/golden`` asks its homes so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import polars as pl

from assets.explain.naming import tree_of
from assets.explain.page import explain_page
from assets.explain.payouts import payouts_of
from assets.explain.reading import Past
from assets.explain.tree import nodes
from assets.explain.unpaid import verdict_of
from assets.explain.wallets import WALLETS
from assets.foundation.store import Home

NAMED = {"payouts": "payout_id", "orders": "order_id", "claims": "claim_id", "lots": "lot_id"}


def _things(past: Past) -> Iterator[str]:
    """The names of all that the sealed tables have up to a close, and of the members and orders that wait."""
    for table, column in NAMED.items():
        ids = {one for day in past.days for one in _read(past, day, table)[column].to_list()}
        yield from (f"{table[:-1]}/{one}" for one in sorted(ids))
    pairs = {pair for day in past.days for pair in _read(past, day, "tickets").select("queue_id", "ticket_no").rows()}
    yield from (f"ticket/{queue}#{number}" for queue, number in sorted(pairs))
    yield from (f"member/{row['member_id']}" for row in past.where("members"))
    yield from (f"order/{row['order_id']}" for row in past.where("pending") if row["qualify_on"] > past.day)


def _read(past: Past, day: date, table: str) -> pl.DataFrame:
    return pl.read_parquet(past.home.settlement(day) / f"{table}.parquet")


def _some(past: Past, most: int) -> Iterator[str]:
    """``most`` things of each kind, from all over the home's life."""
    kinds: dict[str, list[str]] = {}
    for named in _things(past):
        kinds.setdefault(named.partition("/")[0], []).append(named)
    return (named for names in kinds.values() for named in names[:: -(-len(names) // most)])


def trees_add_up(home: Home, days: list[date]) -> int:
    """Ask for trees as of a close in the middle and of the last one; returns how many."""
    told = 0
    for day, most in ((days[len(days) // 2], 3), (days[-1], 8)):
        past = Past(home, day)
        for named in _some(past, most):
            tree = tree_of(past, named)  # raises Refused with the figures where one node does not add up
            assert tree.kind == named.partition("/")[0]
            assert all(node.text.en and node.text.zh for node in nodes(tree))
            assert json.loads(json.dumps(tree.as_json()))["id"] == named.partition("/")[2]
            told += 1
        assert explain_page(tree, day, past.point_units).count("<details") <= sum(1 for _ in nodes(tree))
        past.close()
    return told


def verdicts_told(home: Home, day: date) -> dict[str, tuple[int, int]]:
    """Why wallets are not empty at a close, asked member by member: how many members, and what they hold."""
    past = Past(home, day)
    told: dict[str, tuple[int, int]] = {}
    wallets = _read(past, day, "balances").filter(pl.col("account").str.starts_with("member_wallet_"))
    for (member,), rows in wallets.group_by("holder"):
        held = dict.fromkeys(WALLETS, 0) | {
            account.removeprefix("member_wallet_"): fen for account, fen in rows.select("account", "balance").rows()
        }
        today = [row for row in payouts_of(past, str(member)) if row["paid_on"] == day]
        verdict, _ = verdict_of(past, str(member), held, today)
        members, fen = told.get(verdict, (0, 0))
        told[verdict] = members + 1, fen + sum(held.values())
    past.close()
    return told
