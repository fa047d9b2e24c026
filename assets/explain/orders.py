"""An order: its lines and refunds, when it qualified, what it paid to whom, what it earned whom.

Holds: the tree of an order, also of one whose freeze still runs.
Never holds: names of products' buyers or payees.
Neighbour: ``shares.py`` has the formulas, ``conditions.py`` the referral.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from assets.explain.conditions import referral_of
from assets.explain.formulas import agreed
from assets.explain.queues import target, ticket_id
from assets.explain.reading import Past, Row
from assets.explain.shares import lines, pot, share, shares
from assets.explain.tree import Node
from assets.explain.wording import cause_of, commodity_of, say
from assets.units import yuan


def pending_tree(past: Past, order: Row) -> Node:
    """An order whose freeze still runs: it has done nothing yet."""
    days = (order["qualify_on"] - order["completed_at"].date()).days
    words = say("pending", day=order["qualify_on"], completed=order["completed_at"].date(), days=days,
                exported=order["export_date"])  # fmt: skip
    return _tree(past, order, [Node("freeze", order["order_id"], words)])


def order_tree(past: Past, order: Row) -> Node:
    """What was kept of it, what it paid into each pool and whom, what it earned and whom."""
    name = order["order_id"]
    if not order["seq"]:
        return _tree(past, order, [Node("not_qualified", name, say("guest" if not order["member_id"] else "never",
                     day=order["qualify_on"]))])  # fmt: skip
    referral = next(iter(past.find("referrals", "order_id", [name])), None)
    agent = next(iter(past.find("agents", "order_id", [name])), None)
    lots = past.find("scheme_lots", "order_id", [name])
    own = (pl.col("order_id") == name) | (pl.col("from_order_id") == name)
    rows = past.rewards(past.days_from(order["qualify_on"]), own)
    told = [Node("qualified", name, say("qualified", day=order["qualify_on"], seq=order["seq"],
                 kept=yuan(order["kept_at"]), version=order["rule_version"]))]  # fmt: skip
    paid = [*_pot(past, order, rows), *shares(past, order, referral, agent, lots)]
    if paid:
        told.append(Node("shares", name, say("shares"), sum(one.amount or 0 for one in paid), children=tuple(paid)))
    told += _earned(order, rows)
    told += _tickets(past, order)
    if found := referral_of(past, order, referral):
        told.append(found)
    told += [Node("lot", lot["lot_id"], say("its_lot", holder=lot["holder"], status=lot["status"])) for lot in lots]
    return _tree(past, order, told)


def _tree(past: Past, order: Row, told: list[Node]) -> Node:
    kept = order["total"] - order["refunded"]
    text = say("order", member=order["member_id"] or "-", merchant=order["merchant_id"],
               completed=order["completed_at"].date())  # fmt: skip
    return Node("order", order["order_id"], text, kept, children=(Node("kept", order["order_id"], say("kept"), kept,
                children=tuple(lines(past, order, order))), *_apart(told)))  # fmt: skip


def _apart(told: list[Node]) -> Iterator[Node]:
    """What is no part of the sum above it, each below a node that says so."""
    for node in told:
        if node.amount is None:
            yield node
        else:
            yield Node(node.kind, node.id, node.text, children=(
                Node(f"{node.kind}_sum", node.id, say("in_all"), node.amount, node.unit, node.formula, node.children),
            ))  # fmt: skip


def _pot(past: Past, order: Row, rows: list[Row]) -> Iterator[Node]:
    """Its share to its queue: whom it was paid to, and what of it nobody has got yet. Together it is the share."""
    whole, name = pot(past, order), order["order_id"]
    if not whole.value:
        return
    paid = [row for row in rows if row["from_order_id"] == name and row["programme"] == "queue"]
    children = [
        Node("reward", row["reward_id"], say("paid_to", day=row["date"], member=row["member_id"],
             cause=cause_of(row), order=row["order_id"]), row["amount"])
        for row in paid
    ]  # fmt: skip
    rest = sum(row["remaining"] for row in past.where("layers", order_id=name))
    if rest or not children:
        children.append(Node("pool", name, say("in_pool"), rest))
    node = share("queue", order, whole.value, whole.said)
    yield Node(node.kind, node.id, node.text, node.amount, formula=node.formula, children=tuple(children))


def _earned(order: Row, rows: list[Row]) -> Iterator[Node]:
    """What it earned whom: by commodity the rewards for it and what was taken back."""
    own = [row for row in rows if row["order_id"] == order["order_id"]]
    words = {row["reward_id"]: say("earned_of" if row["from_order_id"] else "earned_by", day=row["date"],
             member=row["member_id"], cause=cause_of(row), source=row["from_order_id"]) for row in own}  # fmt: skip
    for unit in sorted({row["commodity"] for row in own}):
        children = tuple(
            Node("reward", row["reward_id"], words[row["reward_id"]], row["amount"], unit)
            for row in own if row["commodity"] == unit
        )  # fmt: skip
        amount = sum(one.amount or 0 for one in children)
        told = say("earned", what=commodity_of(unit))
        yield Node("earned", f"{order['order_id']}/{unit}", told, amount, unit, children=children)


def _tickets(past: Past, order: Row) -> Iterator[Node]:
    """Its tickets with what they may receive, or why it has none."""
    name, rules = order["order_id"], past.rule(order["rule_version"], "queue")
    rows = past.find("tickets", "order_id", [name])
    if not rows:
        if rules["enabled"]:
            yield Node("no_ticket", name, say("no_ticket", kept=yuan(order["kept_at"]),
                       least=yuan(rules["min_order_fen"])))  # fmt: skip
        return
    whole, behind = target(past, order), max(rows, key=lambda row: int(row["part"]))["behind"]
    exited = any(row["status"] == "exited" for row in rows)
    booked = sum(row["target"] for row in rows) + behind
    said = whole.said if exited else agreed(f"targets of order {name}", whole, booked)
    children = [
        Node("ticket", ticket_id(row), say("its_ticket", status=row["status"], received=yuan(row["received"]),
             target=yuan(row["target"])))
        for row in rows
    ]  # fmt: skip
    yield Node("tickets", name, say("its_tickets", fen=yuan(behind)), formula=said, children=tuple(children))
