"""The golden homes: the tree of everything that they have adds up, and every formula is what was booked.

Holds: what must be true of every tree. Never holds: expected figures (``test_trees.py``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.explain.naming import tree_of
from assets.explain.page import explain_page
from assets.explain.reading import Past
from assets.explain.tree import nodes
from assets.foundation.store import Home
from tests.settling import settle_all

CASES = Path(__file__).parents[1] / "cases"
NAMED = {"payouts": "payout_id", "orders": "order_id", "claims": "claim_id", "lots": "lot_id"}


def things(past: Past) -> Iterator[str]:
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


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if path.is_dir()))
def test_every_tree_adds_up(name: str, tmp_path: Path) -> None:
    shutil.copytree(CASES / name / "exports", tmp_path / "exports")
    shutil.copy(CASES / name / "rules.yaml", tmp_path)
    days = settle_all(tmp_path)
    told = 0
    for day in (days[len(days) // 2], days[-1]):
        past = Past(Home(tmp_path), day)
        for named in things(past):
            tree = tree_of(past, named)  # raises Refused with the figures where one node does not add up
            assert tree.kind == named.partition("/")[0]
            assert all(node.text.en and node.text.zh for node in nodes(tree))
            assert json.loads(json.dumps(tree.as_json()))["id"] == named.partition("/")[2]
            told += 1
        assert explain_page(tree, day, past.point_units).count("<details") <= sum(1 for _ in nodes(tree))
        past.close()
    assert told > 150
