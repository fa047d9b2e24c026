"""The chain's own controls (rules.md section 11): each finds the one row that breaks it, and nothing else.

Holds: the relations of a day with one sound claim, and one fault at a time.
Never holds: days (``test_chain.py``). Neighbour: ``sql/chain/chain_controls.sql``.
"""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from assets.foundation.duck import DuckEngine

PAYMENTS = "3 chain claims whose received is not payments less take-backs"
BOUNDS = "3 chain claims outside 0 .. received .. amount .. what their order had left"
BLOCKED = "7 chain claims that are blocked and were paid"
DEPTH = "7 chain claims deeper than max_paid_depth"
ABOVE = "7 chain orders that award more than they contributed"
# M joins under R, R under S, P under S; R is placed nowhere. M's order contributed 100.
SOUND: dict[str, list[dict[str, Any]]] = {
    "chain_joined": [{"order_id": "o", "member_id": "M", "referrer_id": "R", "contribution": 100}],
    "agents_before": [
        {"member_id": "R", "referrer_id": "S"}, {"member_id": "S", "referrer_id": "T"},
        {"member_id": "P", "referrer_id": "S"},
    ],
    "chain_changed_claims": [
        {"claim_id": "n", "received": 60, "amount": 60, "cap": 100, "status": "paid"},
        {"claim_id": "b", "received": 0, "amount": 40, "cap": 40, "status": "blocked_depth"},
        {"claim_id": "r", "received": 20, "amount": 20, "cap": 50, "status": "paid"},
        {"claim_id": "p", "received": 9, "amount": 10, "cap": 10, "status": "open"},
    ],
    "chain_claims_new": [
        {"claim_id": "n", "order_id": "o", "member_id": "R", "amount": 60, "status": "open"},
        {"claim_id": "b", "order_id": "o", "member_id": "T", "amount": 40, "status": "blocked_depth"},
    ],
    "chain_claims_own": [{"claim_id": "r", "received": 50}],
    "prior_open_claims": [{"claim_id": "p", "received": 4}],
    "chain_claims_funded": [{"claim_id": "n", "paid": 60}, {"claim_id": "p", "paid": 5}],
    "chain_claims_refunded": [{"claim_id": "r", "taken_back": 30}],
}  # fmt: skip
NAMES = (PAYMENTS, BOUNDS, BLOCKED, DEPTH, ABOVE)
FAULTS: list[tuple[str, int, dict[str, Any], set[str]]] = [
    ("chain_changed_claims", 0, {"received": 59}, {PAYMENTS}),
    ("chain_changed_claims", 0, {"amount": 59}, {BOUNDS}),
    ("chain_changed_claims", 0, {"cap": 59}, {BOUNDS}),
    ("chain_changed_claims", 1, {"received": 1}, {PAYMENTS, BLOCKED}),
    ("chain_changed_claims", 2, {"received": -1}, {PAYMENTS, BOUNDS}),
    ("chain_claims_refunded", 0, {"taken_back": 29}, {PAYMENTS}),
    ("prior_open_claims", 0, {"received": 5}, {PAYMENTS}),
    ("chain_claims_new", 0, {"amount": 101}, {ABOVE}),
    ("chain_claims_new", 0, {"order_id": "x"}, {ABOVE}),
    ("chain_claims_new", 0, {"member_id": "S"}, {DEPTH}),  # two steps up
    ("chain_claims_new", 0, {"member_id": "T"}, {DEPTH}),  # three
    ("chain_claims_new", 0, {"member_id": "P"}, {DEPTH}),  # one up, two over and down
    ("chain_claims_new", 1, {"status": "open", "amount": 40}, {DEPTH}),
]


def found(relations: dict[str, list[dict[str, Any]]], depth: int) -> set[str]:
    """Names of the controls that fail."""
    engine = DuckEngine(threads=1)
    for name, rows in relations.items():
        engine.put(name, pl.DataFrame(rows))
    engine.run("chain/chain_controls", max_paid_depth=depth)
    rows = engine.frame("chain_controls").rows()
    assert {name for name, _, _ in rows} == set(NAMES)
    return {name for name, expected, count in rows if expected != count}


def test_a_sound_day_breaks_none() -> None:
    assert found(SOUND, 1) == set()
    assert found(SOUND, 0) == {DEPTH}


@pytest.mark.parametrize(("table", "row", "change", "names"), FAULTS)
def test_a_fault_is_found(table: str, row: int, change: dict[str, Any], names: set[str]) -> None:
    changed = {**SOUND, table: [{**one, **(change if at == row else {})} for at, one in enumerate(SOUND[table])]}
    assert found(changed, 1) == names


@pytest.mark.parametrize(("payee", "broken"), [("R", set()), ("S", set()), ("P", {DEPTH}), ("T", {DEPTH})])
def test_two_steps_are_two_sponsors_up_or_one_up_and_one_down(payee: str, broken: set[str]) -> None:
    changed = {**SOUND, "chain_claims_new": [{**SOUND["chain_claims_new"][0], "member_id": payee}]}
    assert found(changed, 2) == broken
    # Q is R's own too, as M is: placed under him.
    under = {**changed, "agents_before": [*SOUND["agents_before"], {"member_id": "Q", "referrer_id": "R"}],
             "chain_claims_new": [{**SOUND["chain_claims_new"][0], "member_id": "Q"}]}  # fmt: skip
    assert found(under, 2) == set()
