"""The chain's day is set-based, its law sequential (rules.md section 8b): both must come to the same.

Holds: random trees, all joining in one day against one order a day; what no order may pass.
Never holds: late refunds and money in wallets (``test_chain.py``). Neighbour: ``sql/chain/``.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from assets.tables import STATE_TABLES

AGENTS = next(dict(table.columns) for table in STATE_TABLES if table.name == "agents")
LOOKED_UP = ("agents_found", "bosses_found", "uppers_found", "firsts_found", "agents_refunded")
AWARD = "order_id award member_id depth is_blocked cap amount"
# What is fixed at joining, and what stands at the end; the days differ.
AGENT = "member_id referrer_id ordinal boss_of boss_steps placed_under root_id level directs boss_on"


class Order(NamedTuple):
    """One package order, in sequence."""

    member: int
    sponsor: int
    kept: int


NOBODY = 99


def _drawn(seed: int) -> tuple[list[Order], dict[str, int]]:
    """Thirty orders, each by the next member or the last one again, and the keys of the day. The sponsor is most often
    one who is a sponsor already, else one shortly before, one who joins after, or nobody."""
    dice = random.Random(seed)
    orders: list[Order] = []
    member = 0
    while len(orders) < 30:
        member += dice.random() < 0.9
        sponsors = list(dict.fromkeys(order.sponsor for order in orders if order.sponsor != NOBODY))
        near = member - dice.choice([-1, 1, 1, 2, 3])
        sponsor = dice.choice(sponsors[-5:]) if sponsors and dice.random() < 0.7 else near if near >= 0 else NOBODY
        orders.append(Order(member, sponsor if sponsor != member else NOBODY, dice.choice([300, 301, 1000])))
    keys = {
        "chain_n": dice.choice([2, 2, 3]), "chain_fund_fen": dice.choice([50, 300]),
        "max_paid_depth": dice.choice([0, 1, 2, 2, 2, 2]), "chain_direct_bp": dice.choice([0, 1000]),
        "chain_direct_agent_fen": dice.choice([0, 40]), "chain_team_fen": dice.choice([0, 30, 30, 30, 30]),
        "chain_peer_bp": dice.choice([0, 5000, 5000, 5000]), "chain_slide_bp": dice.choice([0, 500]),
    }  # fmt: skip
    return orders, keys


FULL = (3, 5, 14)  # these make every award, paid and blocked


def _rows(orders: list[Order], numbers: range) -> pl.DataFrame:
    """Package orders as ``package_orders`` has them: of a member's only the first of the day."""
    first = {orders[n].member: n for n in reversed(numbers)}
    rows = [(f"o{n:02}", n, f"m{orders[n].member}", f"m{orders[n].sponsor}" if orders[n].sponsor != NOBODY else "", "s",
             orders[n].kept, 300) for n in sorted(first.values())]  # fmt: skip
    names = {"order_id": pl.String, "seq": pl.Int64, "member_id": pl.String, "sponsor_id": pl.String,
             "merchant_id": pl.String, "kept": pl.Int64, "price": pl.Int64}  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def _settle(
    orders: list[Order], days: list[range], keys: dict[str, int], mixed: int | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Awards and agents after the days; with ``mixed`` rows come in another order."""
    engine = DuckEngine(threads=1)
    engine.empty("chain_refunds", {"order_id": "varchar", "is_broken": "boolean"})
    engine.empty("none", AGENTS)
    engine.run("chain/award_places")
    known = engine.frame("none")
    awards = []
    for numbers in days:
        bought = _rows(orders, numbers)
        engine.put("package_orders", bought if mixed is None else bought.sample(fraction=1, shuffle=True, seed=mixed))
        for name in LOOKED_UP:
            engine.put(name, known)
        params = {**keys, "day": "2026-11-01", "version": "v"}
        engine.run("chain/chain_joining", into="chain_joined", **params)
        while engine.total("chain_joined", "unresolved"):
            engine.run("chain/chain_pointers", into="chain_joined", **params)
        for path in ("agents_before", "chain_weakest", "chain_awards", "changed_agents"):
            engine.run(f"chain/{path}", **params)
        awards.append(engine.frame("chain_awards").join(engine.frame("chain_joined"), on="order_id"))
        known = pl.concat([known, engine.frame("changed_agents")]).unique("member_id", keep="last")
    engine.close()
    return pl.concat(awards), known.sort("member_id")


@pytest.mark.parametrize("seed", FULL)
def test_all_in_one_day_is_the_same_as_one_order_a_day(seed: int) -> None:
    orders, keys = _drawn(seed)
    at_once, agents = _settle(orders, [range(len(orders))], keys)
    one_by_one, agents_then = _settle(orders, [range(n, n + 1) for n in range(len(orders))], keys)
    assert agents.select(AGENT.split()).rows() == agents_then.select(AGENT.split()).rows()
    assert sorted(at_once.select(AWARD.split()).rows()) == sorted(one_by_one.select(AWARD.split()).rows())


def test_the_trees_drawn_have_every_award() -> None:
    found = {(award, blocked) for seed in FULL for award, blocked in _awards(seed)}
    assert found == {(award, blocked) for award in ("direct", "team", "peer", "slide") for blocked in (True, False)}


def _awards(seed: int) -> list[tuple[str, bool]]:
    orders, keys = _drawn(seed)
    awards, _ = _settle(orders, [range(len(orders))], keys)
    return awards.select("award", "is_blocked").rows()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9), mixed=st.integers(0, 99))
def test_no_order_awards_more_than_it_paid_in_and_none_too_deep(seed: int, mixed: int) -> None:
    orders, keys = _drawn(seed)
    awards, agents = _settle(orders, [range(len(orders))], keys)
    again, _ = _settle(orders, [range(len(orders))], keys, mixed)
    assert sorted(awards.rows()) == sorted(again.rows())
    paid = awards.filter(~pl.col("is_blocked"))
    spent = paid.group_by("order_id").agg(pl.col("amount").sum(), pl.col("contribution").first())
    assert spent.filter(pl.col("amount") > pl.col("contribution")).is_empty()
    assert awards.filter((pl.col("amount") <= 0) | (pl.col("amount") > pl.col("cap"))).is_empty()
    assert paid.filter(pl.col("depth") > keys["max_paid_depth"]).is_empty()
    # The tree: its heads are its members, and everybody but a root is one level below his sponsor.
    level = dict(agents.select("member_id", "level").rows())
    for referrer, below in agents.filter(pl.col("referrer_id") != "").select("referrer_id", "level").rows():
        assert below == level[referrer] + 1
    assert agents["directs"].sum() == agents.filter(pl.col("referrer_id") != "").height


@pytest.mark.parametrize("length", [1, 2, 3, 64, 1000])
def test_a_long_line_of_one_day_is_followed_in_few_rounds(length: int) -> None:
    # Everybody brings one: nobody is a boss, and the last is as deep as the line is long.
    engine = DuckEngine(threads=1)
    orders = [Order(n, n - 1 if n else NOBODY, 300) for n in range(length)]
    rows = [(f"o{n}", n, f"m{n}", f"m{order.sponsor}" if n else "", "s", 300, 300) for n, order in enumerate(orders)]
    random.Random(7).shuffle(rows)
    engine.empty("agents_found", AGENTS)
    engine.put("package_orders", pl.DataFrame(rows, schema=_rows([], range(0)).schema, orient="row"))
    engine.run("chain/chain_joining", into="chain_joined", chain_n=2, chain_fund_fen=300)
    rounds = 0
    while engine.total("chain_joined", "unresolved"):
        engine.run("chain/chain_pointers", into="chain_joined")
        rounds += 1
    assert rounds <= 10
    found = engine.frame("chain_joined", "seq").select("root_id", "level", "boss_of", "boss_steps").rows()
    assert found == [("m0", n + 1, "", 0) for n in range(length)]
