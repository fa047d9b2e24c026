"""Claims of the referral and of the chain: what each is worth, what was paid on it, what it waits for.

Holds: the formulas of rules.md sections 5.2 and 8b in numbers, on what the orders keep now; the tree of a claim.
Never holds: why an order made no claim (``conditions.py``).
Neighbour: ``rewards.py`` shows a claim below the reward that it was paid with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from assets.explain.formulas import Formula, agreed, least, part, plain
from assets.explain.reading import Past, Row
from assets.explain.shares import reserve
from assets.explain.tree import Node
from assets.explain.wording import say
from assets.units import yuan


def orders_named(claims: list[Row]) -> set[str]:
    """The orders that the worth of these claims hangs on."""
    return {claim[name] for claim in claims for name in ("order_id", "base_order_id")}


def worth(past: Past, claim: Row, orders: Mapping[str, Row]) -> str:
    """The formula of a claim's amount in numbers; raises Refused where it is not the amount that is booked."""
    found = _referral(past, claim, orders) if claim["programme"] == "referral" else _chain(past, claim, orders)
    return agreed(f"claim {claim['claim_id']}", found, claim["amount"])


def _referral(past: Past, claim: Row, orders: Mapping[str, Row]) -> Formula:
    base = past.rule(claim["rule_version"], "referral")["base"]
    own = plain(orders[claim["order_id"]]["kept"])
    theirs = plain(orders[claim["base_order_id"]]["kept"] if claim["base_order_id"] else 0)
    of = {"invitee": own, "referrer": theirs}.get(base) or least(own, theirs)
    return least(part(of, claim["rate_bp"]), own, plain(claim["cap"]))


def _chain(past: Past, claim: Row, orders: Mapping[str, Row]) -> Formula:
    rules = past.rule(claim["rule_version"], "chain")
    kept = plain(orders[claim["order_id"]]["kept"])
    (agent,) = past.find("agents", "order_id", [claim["order_id"]])
    if kept.value < agent["price"]:
        return Formula(f"{kept.text} < {yuan(agent['price'])} → 0.00", 0)
    award = claim["claim_id"].rpartition("/")[2]
    team, rate = plain(rules["team_fen"]), claim["rate_bp"]
    if award == "direct":
        own = part(kept, rate) if rate else plain(rules["direct_agent_fen"])
        want = own
        if agent["boss_of"] == agent["referrer_id"]:
            want = Formula(f"{own.text} + {team.text}", own.value + team.value)
    else:
        want = {"team": team, "peer": part(team, rules["peer_bp"])}.get(award) or part(kept, rate)
    return least(want, plain(claim["cap"]))


def node_of(past: Past, claim: Row, orders: Mapping[str, Row], amount: int) -> Node:
    """A claim below money that was paid on it: its worth, less what was paid of it otherwise, or not yet."""
    said = worth(past, claim, orders)
    children = [Node("worth", claim["claim_id"], say("worth", version=claim["rule_version"]), claim["amount"],
                     formula=said)]  # fmt: skip
    if claim["amount"] != amount:
        children.append(Node("rest", claim["claim_id"], say("claim_elsewhere"), amount - claim["amount"]))
    text = say(f"claim_{claim['programme']}", order=claim["order_id"], base=claim["base_order_id"] or "-")
    return Node("claim", claim["claim_id"], text, amount, children=tuple(children))


# --- the tree of a claim ---------------------------------------------------------------------------------------------


def claim_tree(past: Past, claim: Row) -> Node:
    """What a claim is worth and why, what was paid on it and taken back, what it still waits for."""
    orders = past.orders(orders_named([claim]))
    said = worth(past, claim, orders)
    parts = [*_movements(past, claim)]
    if rest := claim["amount"] - claim["received"]:
        blocked = claim["status"] == "blocked_depth"
        parts.append(Node("open", claim["claim_id"], say("blocked" if blocked else "still_open"), rest,
                          children=() if blocked else tuple(_ahead(past, claim))))  # fmt: skip
    parts.append(_based_on(claim, orders))
    parts.append(_cap(past, claim, orders) if claim["programme"] == "referral" else _chain_cap(claim))
    text = say("claim", member=claim["member_id"], status=claim["status"], day=claim["claimed_on"],
               version=claim["rule_version"])  # fmt: skip
    return Node("claim", claim["claim_id"], text, claim["amount"], formula=said, children=tuple(parts))


def _movements(past: Past, claim: Row) -> list[Node]:
    """Payments and take-backs of a claim. Where one order has several claims of one member, rewards do not part them:
    then all that the claim received is told as one."""
    others = [one for one in past.find("claims", "order_id", [claim["order_id"]])
              if one["member_id"] == claim["member_id"] and one["claim_id"] != claim["claim_id"]]  # fmt: skip
    if others:
        words = say("received_together")
        return [Node("paid", claim["claim_id"], words, claim["received"])] if claim["received"] else []
    own = (pl.col("order_id") == claim["order_id"]) & (pl.col("programme") == claim["programme"])
    rows = past.rewards(past.days_from(claim["claimed_on"]), own & (pl.col("member_id") == claim["member_id"]))
    return [Node("reward", row["reward_id"], say(f"reward_{row['kind']}", day=row["date"]), row["amount"])
            for row in rows]  # fmt: skip


def _ahead(past: Past, claim: Row) -> list[Node]:
    """How much of the same programme is to be paid before an open claim (rules.md section 5.3)."""
    rows = past.where("open_claims", status="open", programme=claim["programme"])
    turn = (claim["claimed_on"], claim["seq"], claim["order_id"])
    before = [row["amount"] - row["received"] for row in rows
              if (row["claimed_on"], row["seq"], row["order_id"]) < turn]  # fmt: skip
    return [Node("ahead", claim["claim_id"], say("claims_ahead", count=len(before), fen=yuan(sum(before))))]


def _based_on(claim: Row, orders: Mapping[str, Row]) -> Node:
    """The orders that the amount is reckoned from, as they are kept now."""
    found = tuple(
        Node("order", name, say("order_keeps", member=orders[name]["member_id"]), orders[name]["kept"])
        for name in (claim["order_id"], claim["base_order_id"]) if name
    )  # fmt: skip
    return Node("based_on", claim["claim_id"], say("based_on"), children=found)


def _chain_cap(claim: Row) -> Node:
    return Node("cap", claim["claim_id"], say("chain_cap", cap=yuan(claim["cap"])))


def _cap(past: Past, claim: Row, orders: Mapping[str, Row]) -> Node:
    """The cap of a referral's claim: what its cycle's referrals had paid in, less its earlier claims as they stood."""
    (own,) = past.find("referrals", "order_id", [claim["order_id"]])
    upto = (own["placed_on"], own["seq"])
    cycle = (
        [
            row
            for row in past.find("referrals", "sponsor_id", [own["sponsor_id"]])
            if row["cycle"] == own["cycle"] and (row["placed_on"], row["seq"]) <= upto
        ]
        if own["cycle"] >= 0
        else [own]
    )
    paid_in = {**past.orders(row["order_id"] for row in cycle), **orders}
    parts = [reserve(past, paid_in[row["order_id"]], row) for row in cycle]
    parts += _claimed_before(past, [row["order_id"] for row in cycle if row is not own], claim["claimed_on"], own)
    cap = Node("cap", claim["claim_id"], say("cap"), claim["cap"], children=tuple(parts))
    return Node("limit", claim["claim_id"], say("limit"), children=(cap,))


def _claimed_before(past: Past, orders: list[str], day: date, own: Row) -> list[Node]:
    earlier = [name for name in orders if name != own["order_id"]]
    claims = {row["claim_id"]: row for row in past.find("claims", "order_id", earlier)
              if row["programme"] == "referral"}  # fmt: skip
    if not claims:
        return []
    first = min(row["claimed_on"] for row in claims.values())
    stood = {
        row["claim_id"]: row["amount"]
        for row in past.history("claims", past.days_from(first, day), pl.col("claim_id").is_in(list(claims)))
    }
    return [Node("claim", name, say("claimed_before"), -amount) for name, amount in sorted(stood.items()) if amount]
