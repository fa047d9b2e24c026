"""A member: what he has and owes as the sum of all he was given and paid, his wallets, what waits, why it was not paid.

Holds: the tree of a member at a close.
Never holds: his name or account; every movement in turn, which his statement tells.
Neighbour: ``payouts.py`` has the wallets' money, ``unpaid.py`` the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from assets.explain.payouts import payouts_of, wallet_node
from assets.explain.queues import ticket_id
from assets.explain.reading import Past, Row
from assets.explain.tree import Node
from assets.explain.unpaid import why_not_paid
from assets.explain.wallets import WALLETS, Wallets
from assets.explain.wording import cause_of, commodity_of, say
from assets.statement.holders import Holder
from assets.statement.reading import balances
from assets.units import yuan

_BACK = ("failed", "returned")
_UNITS = {"member_points": "POINT", "member_green": "GREEN", "member_vouchers": "VOUCHER"}


def member_tree(past: Past, member: Row) -> Node:
    """Money that he has less what he owes = what he was given, less what was paid out; then all else of him."""
    name = member["member_id"]
    held = {row["account"]: row["balance"] for row in balances(past.home, past.seal, Holder("member", name)).to_dicts()}
    wallets = {one: held.get(f"member_wallet_{one}", 0) for one in WALLETS}
    debt, payouts = held.get("member_debt", 0), payouts_of(past, name)
    rows = past.rewards(past.days, pl.col("member_id") == name)
    parts = [*_given(rows, "CNY"), *_paid(payouts), *_wallets(past, name, wallets, payouts)]
    if debt:
        parts.append(_debts(past, name, debt))
    if verdict := why_not_paid(past, name, wallets, payouts):
        parts.append(verdict)
    holdings = tuple(
        Node("holding", account, commodity_of(unit), held.get(account, 0), unit, children=tuple(given))
        for account, unit in _UNITS.items()
        if (given := list(_given(rows, unit)))
    )
    if holdings:
        parts.append(Node("holdings", name, say("holdings"), children=holdings))
    parts += [*_waiting(past, name), *_open_claims(past, name)]
    text = say("member", sponsor=member["sponsor_id"] or "-", wallets=yuan(sum(wallets.values())), debt=yuan(debt))
    return Node("member", name, text, sum(wallets.values()) - debt, children=tuple(parts))


def _given(rows: list[Row], unit: str) -> Iterator[Node]:
    """What he was given and what was taken back, by programme and kind, each by order."""
    kinds: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row["commodity"] == unit:
            orders = kinds.setdefault((row["programme"], row["kind"]), {})
            orders[row["order_id"]] = orders.get(row["order_id"], 0) + row["amount"]
    for (programme, kind), orders in sorted(kinds.items()):
        children = tuple(
            Node("order", order, say("of_order") if order else say("without_order"), amount, unit)
            for order, amount in sorted(orders.items())
        )
        words = cause_of({"programme": programme, "kind": kind})
        yield Node("rewards", f"{programme}/{kind}", words, sum(orders.values()), unit, children=children)


def _paid(payouts: list[Row]) -> Iterator[Node]:
    """His payouts that did not come back."""
    children = tuple(
        Node("payout", row["payout_id"], say("paid_on", day=row["paid_on"], status=row["status"], net=yuan(row["net"]),
             tax=yuan(row["tax"])), -row["gross"])
        for row in payouts if row["status"] not in _BACK
    )  # fmt: skip
    if children:
        yield Node("payouts", "paid_out", say("paid_out"), sum(one.amount or 0 for one in children), children=children)


def _wallets(past: Past, member: str, wallets: dict[str, int], payouts: list[Row]) -> Iterator[Node]:
    """What is in his wallets, by the rewards it is."""
    if sum(wallets.values()):
        left = Wallets(past, member, payouts).left
        found = tuple(wallet_node(past, one, wallets[one], left[one]) for one in WALLETS if wallets[one])
        yield Node("wallets", member, say("wallets"), children=found)


def _debts(past: Past, member: str, debt: int) -> Node:
    """What he owes, by the day and the pool."""
    rows = [row for row in past.where("debts", member_id=member) if row["remaining"]]
    children = tuple(
        Node("debt", f"{row['opened_on']}/{row['place']}", say("debt_to", day=row["opened_on"], account=row["account"],
             holder=row["holder"]), row["remaining"])
        for row in rows
    )  # fmt: skip
    return Node("debts", member, say("debts"), children=(Node("debt", "member_debt", say("owed"), debt,
                children=children),))  # fmt: skip


def _waiting(past: Past, member: str) -> Iterator[Node]:
    """His tickets that wait, each with what it may receive."""
    lanes = [f"{row['queue_id']}|{member}" for row in past.where("queues")]
    rows = [row for row in past.find("tickets", "lane", lanes) if row["status"] == "waiting"]
    children = tuple(
        Node("ticket", ticket_id(row), say("waits", order=row["order_id"], received=yuan(row["received"]),
             target=yuan(row["target"])))
        for row in rows
    )  # fmt: skip
    if children:
        yield Node("waiting", member, say("waiting", count=len(children)), children=children)


def _open_claims(past: Past, member: str) -> Iterator[Node]:
    """His claims that are not paid in full."""
    rows = past.where("open_claims", member_id=member, status="open")
    children = tuple(
        Node("claim", row["claim_id"], say("claim_open", received=yuan(row["received"]), amount=yuan(row["amount"])))
        for row in rows
    )
    if children:
        yield Node("claims", member, say("claims_open", count=len(children)), children=children)
