"""Tickets of queues: what each received and from whose orders, what it still needs, what is ahead of it.

Holds: rules.md section 6 in numbers, for one ticket.
Never holds: how a pot is split; that was settled.
Neighbour: ``rewards.py`` shows the payments. Rewards name a ticket's order and not its part: a part waits alone of its
order, so the payments of the days on which it waited are its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from assets.explain.formulas import Formula, agreed, least, part, plain
from assets.explain.reading import Past, Row
from assets.explain.rewards import Reasons
from assets.explain.tree import Node
from assets.explain.wording import say
from assets.statement.reading import rows_of_days
from assets.units import yuan

_BLOCK = 32  # tickets of a row of the table blocks
_PACE_DAYS = 30


def ticket_id(ticket: Row) -> str:
    """As it is asked for."""
    return f"{ticket['queue_id']}#{ticket['ticket_no']}"


def target(past: Past, order: Row) -> Formula:
    """What all parts of an order may receive, by what is kept of it now."""
    rules = past.rule(order["rule_version"], "queue")
    whole = part(plain(order["kept"]), rules["target_bp"])
    return least(whole, plain(rules["target_max_fen"])) if rules["target_max_fen"] else whole


def ticket_tree(past: Past, ticket: Row) -> Node:
    """Received from whose orders, taken back, still needed; and what stands before it."""
    order = past.orders([ticket["order_id"]])[ticket["order_id"]]
    parts = past.find("tickets", "order_id", [ticket["order_id"]])
    children = [*_payments(past, ticket, alone=len(parts) == 1)]
    need = ticket["target"] - ticket["received"]
    if need:
        waits = ticket["status"] == "waiting"
        words = say("still_needs" if waits else f"never_{ticket['status']}")
        ahead = tuple(waiting_for(past, ticket)) if waits else ()
        children.append(Node("need", ticket_id(ticket), words, need, children=ahead))
    children += _other_parts(ticket, parts)
    text = say("ticket", order=ticket["order_id"], part=ticket["part"], member=ticket["member_id"],
               status=ticket["status"], entered=ticket["entered_on"], version=ticket["rule_version"])  # fmt: skip
    formula = _formula(past, ticket, order, parts)
    return Node("ticket", ticket_id(ticket), text, ticket["target"], formula=formula, children=tuple(children))


def _formula(past: Past, ticket: Row, order: Row, parts: list[Row]) -> str:
    """How the target follows from the order; all parts together must be that."""
    whole = target(past, order)
    last = max(parts, key=lambda one: int(one["part"]))
    exited = any(one["status"] == "exited" for one in parts)  # what it might have received stays as it was
    booked = sum(one["target"] for one in parts) + last["behind"]
    said = whole.said if exited else agreed(f"targets of order {order['order_id']}", whole, booked)
    return said if whole.value == ticket["target"] else f"{said}: {yuan(ticket['target'])}"


def _payments(past: Past, ticket: Row, *, alone: bool) -> list[Node]:
    """Each payment with the order whose money it was, and what was taken back."""
    first, last = ticket["entered_on"] + timedelta(days=1), ticket["ended_on"] or past.day
    own = (pl.col("programme") == "queue") & (pl.col("order_id") == ticket["order_id"])
    rows = past.rewards(past.days_from(first), own & (pl.col("commodity") == "CNY"))
    paid = [row for row in rows if row["kind"] in ("fund", "accelerate") and row["date"] <= last]
    found = [Reasons(past, paid).node(row) for row in paid] if len(paid) < 2 else Reasons(past, paid).all()
    if alone:
        return found + [Node("reward", row["reward_id"], say("reward_clawback", day=row["date"]), row["amount"])
                        for row in rows if row["kind"] == "clawback"]  # fmt: skip
    back = sum(row["amount"] for row in paid) - ticket["received"]
    return [*found, Node("reward", ticket_id(ticket), say("parts_taken_back"), -back)] if back else found


def _other_parts(ticket: Row, parts: list[Row]) -> list[Node]:
    others = [Node("ticket", ticket_id(one), say("part", part=one["part"], status=one["status"],
                   received=yuan(one["received"]), target=yuan(one["target"])))
              for one in parts if one["ticket_no"] != ticket["ticket_no"]]  # fmt: skip
    if ticket["behind"]:
        others.append(Node("behind", ticket_id(ticket), say("behind", fen=yuan(ticket["behind"]))))
    return [Node("parts", ticket["order_id"], say("parts"), children=tuple(others))] if others else []


# --- what it waits for -----------------------------------------------------------------------------------------------


def waiting_for(past: Past, ticket: Row) -> Iterator[Node]:
    """What stands before a waiting ticket, by the mode of its queue, and the pace of the last days."""
    rules = past.last_enabled("queue", past.day)
    mode = rules["queue"]["mode"] if rules else "fifo"
    (before, money), (tickets, needed) = _standing(past, ticket)
    name, need = ticket_id(ticket), ticket["target"] - ticket["received"]
    yield Node("ahead", name, say("ahead", mode=mode, count=before, fen=yuan(money)))
    yield Node("queue", ticket["queue_id"], say(f"mode_{mode}", count=tickets, fen=yuan(needed), place=before + 1))
    if not rules or rules["version"] != past.in_force(past.day)["version"]:
        yield Node("queue", ticket["queue_id"], say("queue_off"))
    days, came_in, paid = _pace(past, ticket["queue_id"])
    yield Node("pace", ticket["queue_id"], say("pace", days=days, came_in=yuan(came_in), paid=yuan(paid)))
    asked = money + need if mode == "fifo" else needed
    words = say("at_that_pace", fen=yuan(asked), days=-(-asked * days // paid)) if paid else say("no_pace")
    yield Node("pace", name, words)


def _standing(past: Past, ticket: Row) -> tuple[tuple[int, int], tuple[int, int]]:
    """Tickets that wait before this one in its queue and what they need; and of all that wait in it."""
    queue, number = ticket["queue_id"], ticket["ticket_no"]
    blocks = [row for row in past.where("blocks", queue_id=queue) if row["tickets"]]
    mine = past.find("tickets", "block", [f"{queue}|{number // _BLOCK}"])
    waits = [row["target"] - row["received"] for row in mine
             if row["status"] == "waiting" and row["ticket_no"] < number]  # fmt: skip
    older = [row for row in blocks if row["block"] < number // _BLOCK]
    ahead = len(waits) + sum(row["tickets"] for row in older), sum(waits) + sum(row["need"] for row in older)
    return ahead, (sum(row["tickets"] for row in blocks), sum(row["need"] for row in blocks))


def _pace(past: Past, queue: str) -> tuple[int, int, int]:
    """How many of the last days are sealed, what they brought into the pool of a queue, and what it paid."""
    days = past.days[-_PACE_DAYS:]
    cause = pl.col("txn_id").str.split("/").list.last()
    own = (pl.col("account") == "pool_queue") & (pl.col("holder") == queue)
    sums = rows_of_days(past.home, days, "entries", own, [cause.alias("cause"), pl.col("debit"), pl.col("credit")])
    came_in = sums.filter(pl.col("cause") == "contribute")["credit"].sum()
    paid = sums.filter(pl.col("cause").is_in(["fund", "accelerate"]))["debit"].sum()
    return len(days), int(came_in), int(paid)
