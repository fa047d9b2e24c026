"""Why an order is a referral or is none, and why it made no claim: the conditions of rules.md sections 5.1 and 5.2.

Holds: each condition with the figures that it was tested on, as the home was on the order's own day.
Never holds: the amount of a claim (``claims.py``).
Neighbour: ``orders.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from assets.explain.claims import node_of, orders_named
from assets.explain.formulas import plain
from assets.explain.reading import Past, Row
from assets.explain.tree import Node
from assets.explain.wording import say
from assets.units import yuan


def referral_of(past: Past, order: Row, referral: Row | None) -> Node | None:
    """Whether the order is a referral, and its claim, or the conditions that failed; None where referrals were off."""
    rules = past.rule(order["rule_version"], "referral")
    if referral is None and not rules["enabled"]:
        return None
    children = _entered(past, order, referral, rules) if referral else _failed(past, order, rules)
    words = say("is_referral" if referral else "no_referral")
    return Node("referral", order["order_id"], words, children=tuple(children))


def _entered(past: Past, order: Row, referral: Row, rules: Row) -> Iterator[Node]:
    """Its place among its sponsor's referrals, and its claim, or why there is none."""
    name = order["order_id"]
    yield Node("place", name, say("ordinal", sponsor=referral["sponsor_id"], ordinal=referral["ordinal"],
               step=referral["ordinal"] % rules["n"] + 1, n=rules["n"], status=referral["status"]))  # fmt: skip
    own = [row for row in past.find("claims", "order_id", [name]) if row["programme"] == "referral"]
    if own:
        yield node_of(past, own[0], past.orders(orders_named(own)), own[0]["amount"])
        return
    rate = _rate(referral["ordinal"], rules)
    yield Node("no_claim", name, say("no_claim_rate" if not rate else "no_claim_amount", after=rules["after"]))


def _rate(ordinal: int, rules: Row) -> int:
    """What the referral's step earns, bp."""
    if ordinal >= rules["n"] and rules["after"] != "cycle":
        return int(rules["flat_bp"]) if rules["after"] == "flat" else 0
    return int(rules["ladder_bp"][ordinal % rules["n"]])


def _failed(past: Past, order: Row, rules: Row) -> Iterator[Node]:
    """Every condition, those that failed and those that held, as far as it can be known."""
    name = order["order_id"]
    (buyer,) = past.where("members", member_id=order["member_id"])
    sponsor = buyer["sponsor_id"]
    if not sponsor or sponsor == order["member_id"]:
        yield _tested(name, "sponsor", held=False, member=order["member_id"])
        return
    mine = [row for row in past.find("orders", "member_id", [order["member_id"]]) if _before(row, order)]
    first = min(mine, key=_sequence, default=None)
    yield _tested(name, "first", held=first is None or rules["repeat_invitee"], first=first and first["order_id"])
    least, kept = rules["min_order_fen"], order["kept_at"]
    yield _tested(name, "least", held=kept >= least, kept=yuan(kept), least=yuan(least))
    then = past.at(order["qualify_on"])
    if then is None:
        yield Node("condition", name, say("condition_untold", sponsor=sponsor))
        return
    orders = then.find("orders", "member_id", [sponsor])
    live = [row for row in orders if _before(row, order) and row["total"] - row["refunded"] >= max(1, least)]
    latest = max(live, key=_sequence, default=None)
    base = plain(latest["total"] - latest["refunded"] if latest else 0)
    if rules["need_buy"]:
        yield _tested(name, "need_buy", held=latest is not None, sponsor=sponsor, least=yuan(max(1, least)))
    yield _tested(name, "base", held=rules["base"] == "invitee" or base.value > 0, base=rules["base"], kept=base.text)


def _tested(name: str, condition: str, *, held: bool, **figures: object) -> Node:
    return Node("condition", f"{name}/{condition}", say(f"{condition}_{'held' if held else 'failed'}", **figures))


def _sequence(order: Row) -> tuple[object, int]:
    return order["qualify_on"], order["seq"]


def _before(one: Row, order: Row) -> bool:
    """Whether an order qualified before another (rules.md section 2)."""
    return one["seq"] > 0 and (one["qualify_on"], one["seq"]) < (order["qualify_on"], order["seq"])
