"""What an order paid into the pools, by its own rule version (rules.md section 3).

Holds: the formula of every share, and an order's money as part of a share.
Never holds: whom it was paid to (``orders.py``).
Neighbour: ``formulas.py``. Booked figures that prove a share: referrals in the state, layers and rewards of queues.
"""

from __future__ import annotations

from assets.explain.formulas import Formula, agreed, least, part, plain
from assets.explain.reading import Past, Row
from assets.explain.tree import Node
from assets.explain.wording import say
from assets.units import yuan


def pot(past: Past, order: Row) -> Formula:
    """Its share to its queue."""
    return _of_kept(past, order, "queue", "pot_bp")


def _of_kept(past: Past, order: Row, programme: str, key: str) -> Formula:
    block = past.rule(order["rule_version"], programme)
    return part(plain(order["kept_at"]), block[key] if block["enabled"] else 0)


def reserve(past: Past, order: Row, referral: Row) -> Node:
    """The share of a referral, which the state keeps: it must be what the formula gives."""
    bp = past.rule(referral["rule_version"], "referral")["reserve_bp"]
    said = agreed(f"referral share of {order['order_id']}", part(plain(order["kept_at"]), bp, up=True),
                  referral["share"])  # fmt: skip
    return share("referral", order, referral["share"], said)


def share(programme: str, order: Row, amount: int, formula: str) -> Node:
    """A share as a node."""
    words = say(f"share_{programme}", order=order["order_id"], version=order["rule_version"])
    return Node("share", f"{programme}/{order['order_id']}", words, amount, formula=formula)


def money_of(past: Past, order: Row, amount: int) -> Node:
    """Money that a queue paid, by the order that it came from: its share, less what of it others got or nobody yet."""
    whole = pot(past, order)
    children = [share("queue", order, whole.value, whole.said)]
    if whole.value != amount:
        children.append(Node("rest", order["order_id"], say("share_elsewhere"), amount - whole.value))
    return Node(
        "order", order["order_id"], say("money_of", merchant=order["merchant_id"]), amount, children=tuple(children)
    )


def shares(past: Past, order: Row, referral: Row | None, agent: Row | None, lots: list[Row]) -> list[Node]:
    """All shares of a qualified order of a member but that to its queue, each with its formula.

    ``referral``, ``agent``: its rows of these tables, if it has them; ``lots``: its lots of the schemes.
    """
    found = [reserve(past, order, referral)] if referral else []
    points = past.rule(order["rule_version"], "points")
    if points["enabled"] and points["mode"] == "pool_priced":
        found.append(_told("points", order, _of_kept(past, order, "points", "pool_bp")))
    if past.rule(order["rule_version"], "circular")["enabled"]:
        found.append(_told("circular", order, _of_kept(past, order, "circular", "dividend_bp")))
    green = next((lot for lot in lots if lot["programme"] == "green"), None)
    if green:
        pool_bp = past.rule(order["rule_version"], "green")["pool_bp"]
        found.append(_told("green", order, part(conceded(order["kept_at"], green), pool_bp)))
    if agent:
        fund = past.rule(agent["rule_version"], "chain")["fund_fen"]
        found.append(_told("chain", order, least(plain(fund), plain(order["kept_at"]))))
    return [one for one in found if one.amount]


def _told(programme: str, order: Row, formula: Formula) -> Node:
    return share(programme, order, formula.value, formula.said)


def conceded(kept: int, lot: Row) -> Formula:
    """What the merchant conceded of an order, by the concession that its lot of green points keeps."""
    return part(plain(kept), lot["concession_bp"])


def lines(past: Past, order: Row, kept: Row) -> list[Node]:
    """What an order was made of: its lines, and what was refunded of it.

    ``kept`` says how much was refunded; raises Refused through ``require_sums`` where the rows say otherwise.
    """
    found = [
        Node("line", f"{order['order_id']}/{row['line_no']}", say("line", product=row["product_id"]),
             row["unit_price"] * row["quantity"] - row["discount"],
             formula=_line(row["unit_price"], row["quantity"], row["discount"]))
        for row in past.find("lines", "order_id", [order["order_id"]])
    ]  # fmt: skip
    if kept["refunded"]:
        found += [
            Node("refund", row["refund_id"], say("refund", at=row["refunded_at"].date()), -row["amount"])
            for row in past.where("refunds", order_id=order["order_id"])
        ]
    return found


def _line(price: int, quantity: int, discount: int) -> str:
    less = f" - {yuan(discount)}" if discount else ""
    return f"{yuan(price)} × {quantity}{less} = {yuan(price * quantity - discount)}"
