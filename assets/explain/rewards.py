"""Rewards with their reasons: the orders whose money they were, the claims and lots that they were paid on.

Holds: the look-ups for many rewards at once, a node for each.
Never holds: which rewards are asked for.
Neighbour: ``wallets.py``, ``queues.py`` and ``orders.py`` ask; ``shares.py``, ``claims.py`` and ``lots.py`` have the
formulas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from assets.explain import claims, lots, shares
from assets.explain.reading import Past, Row
from assets.explain.tree import Node
from assets.explain.wording import cause_of, say

_CLAIMED = ("referral", "chain")


class Reasons:
    """The reasons of some rewards; what they name is looked up once for all."""

    def __init__(self, past: Past, rows: Sequence[Row]) -> None:
        self._past, self._rows = past, rows

    def all(self) -> list[Node]:
        """A node for each, in their order."""
        return [self.node(row) for row in self._rows]

    def node(self, row: Row, amount: int | None = None, *, kind: str = "reward") -> Node:
        """A reward with whose money it was; ``amount``: of it, if only a part of it is told of."""
        whole = row["amount"]
        children = self._money(row)
        if amount is not None and amount != whole:
            children.append(Node("rest", row["reward_id"], say("reward_elsewhere"), amount - whole, row["commodity"]))
        text = say("reward", day=row["date"], cause=cause_of(row), order=row["order_id"] or "-")
        counted = whole if amount is None else amount
        return Node(kind, row["reward_id"], text, counted, row["commodity"], _formula(self._past, row),
                    self._complete(row, children, counted))  # fmt: skip

    @staticmethod
    def _complete(row: Row, children: list[Node], counted: int) -> tuple[Node, ...]:
        """The parts; where only what went elsewhere is known, the reward itself beside it."""
        parts = [child for child in children if child.amount is not None]
        if len(parts) == 1 and parts[0].kind == "rest":
            whole = Node("whole", row["reward_id"], say("whole_reward"), row["amount"], row["commodity"])
            return (whole, *children)
        return tuple(children)

    def _money(self, row: Row) -> list[Node]:
        if row["commodity"] != "CNY" or row["kind"] not in ("fund", "accelerate", "release", "grant"):
            return []
        if row["programme"] == "queue":
            return [self._of_order(row)]
        if row["programme"] in _CLAIMED:
            return self._of_claims(row)
        return [lots.reason(self._past, row, self._lots)]

    def _of_order(self, row: Row) -> Node:
        if not row["from_order_id"]:
            return Node("money", row["reward_id"], say("money_back"), row["amount"])
        return shares.money_of(self._past, self._orders[row["from_order_id"]], row["amount"])

    def _of_claims(self, row: Row) -> list[Node]:
        """The claims of the order that this member has; of the chain it may be two, which one payment may be for."""
        own = [claim for claim in self._claims[row["order_id"]]
               if claim["programme"] == row["programme"] and claim["member_id"] == row["member_id"]]  # fmt: skip
        if len(own) == 1:
            return [claims.node_of(self._past, own[0], self._claim_orders, row["amount"])]
        worth = sum(claim["amount"] for claim in own)
        found = [claims.node_of(self._past, claim, self._claim_orders, claim["amount"]) for claim in own]
        if worth != row["amount"]:
            found.append(Node("rest", row["order_id"], say("claim_elsewhere"), row["amount"] - worth))
        return found

    @cached_property
    def _orders(self) -> dict[str, Row]:
        return self._past.orders(row["from_order_id"] for row in self._rows)

    @cached_property
    def _claims(self) -> defaultdict[str, list[Row]]:
        asked = {row["order_id"] for row in self._rows if row["programme"] in _CLAIMED}
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for claim in self._past.find("claims", "order_id", asked):
            found[claim["order_id"]].append(claim)
        return found

    @cached_property
    def _claim_orders(self) -> dict[str, Row]:
        return self._past.orders(claims.orders_named([one for some in self._claims.values() for one in some]))

    @cached_property
    def _lots(self) -> dict[str, Row]:
        asked = {row["order_id"] for row in self._rows if row["programme"] in ("points", "green", "circular")}
        return {lot["lot_id"]: lot for lot in self._past.find("scheme_lots", "order_id", asked - {""})}


def _formula(past: Past, row: Row) -> str:
    """How a sale of points was reckoned; the others say it below them."""
    if row["programme"] == "points" and row["kind"] == "sale" and row["commodity"] == "CNY":
        return lots.sale(past, row)
    return ""
