"""Chain 2+1 and 3+1 of the second opinion (rules.md 8b): agents, bosses, awards as claims, late refunds.

Holds the tree of agents, which only grows, and the claims on the chain's pool, in fen.
Never holds the ledger or the day: those are in `settle_reference.py`, its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference.settle_reference import Order, ReferenceHome

POOL = ("pool_chain", "platform")


@dataclass
class Agent:
    """A member in the tree: the order that made him an agent, its package price, and who stands above him."""

    order: Order
    price: int
    sponsor: Agent | None
    boss: Agent | None  # boss_of, fixed when he joins
    is_boss: bool = False
    direct: list[Agent] = field(default_factory=list)  # direct agents, in the order in which they joined

    @property
    def member_id(self) -> str:
        """Who he is."""
        return self.order.member_id

    @property
    def withheld(self) -> bool:
        """His joining order is worth less than its package now: he is given nothing."""
        return self.order.kept < self.price

    def above(self, other: Agent) -> int:
        """The number of sponsor steps from `other` up to him."""
        steps, at = 0, other
        while at is not self:
            assert at.sponsor is not None
            steps, at = steps + 1, at.sponsor
        return steps


@dataclass
class Award:
    """A claim on the pool: `fixed` fen plus `bp` of kept, at most `cap`, what was left of the order's share."""

    name: str
    order: Order
    price: int
    member_id: str
    fixed: int
    bp: int
    cap: int
    amount: int
    income: str
    claimed_on: date
    depth: int
    status: str
    received: int = 0
    ended_on: date | None = None

    def settle_status(self, day: date) -> None:
        """Void without an amount, paid when all is received; a blocked one stays so while it has an amount."""
        before = self.status
        if self.amount == 0:
            self.status = "void"
        elif before != "blocked_depth":
            self.status = "paid" if self.received == self.amount else "open"
        if self.status != before and before in ("open", "blocked_depth"):
            self.ended_on = day


class Chain:
    """The agents and awards of a home."""

    def __init__(self, home: ReferenceHome) -> None:
        self.home = home
        self.agents: dict[str, Agent] = {}
        self.joined: dict[str, Agent] = {}  # by joining order
        self.awards: dict[str, list[Award]] = {}  # per order, in the order of the rules

    def join(self, order: Order) -> None:
        """A package order makes its buyer an agent, once."""
        home, keys, member = self.home, self.home.version.chain, order.member_id
        if not home.version.on("chain") or member in self.agents:
            return
        prices = [package["price_fen"] for package in keys["packages"] if package["product_id"] in order.products]
        if not prices or order.kept < max(prices):
            return
        above = self.agents.get(home.sponsors[member])
        boss = None if above is None else above if above.is_boss else above.boss
        agent = Agent(order, max(prices), above, boss)
        self.agents[member] = self.joined[order.order_id] = agent
        share = min(keys["fund_fen"], order.kept)
        home.contribute(order, POOL, share)
        home.happen("chain agent")
        if above is None:
            return
        self.award(agent, above, share)
        above.direct.append(agent)
        if not above.is_boss and len(above.direct) >= keys["n"]:
            above.is_boss = True
            home.happen("chain boss")

    def award(self, agent: Agent, above: Agent, share: int) -> None:
        """The awards of a joining order, which take at most what it contributed."""
        keys, team = self.home.version.chain, self.home.version.chain["team_fen"]
        bp = keys["direct_bp"]
        fixed = (0 if bp else keys["direct_agent_fen"]) + (team if above.is_boss else 0)
        wanted: list[tuple[str, Agent | None, int, int]] = [("direct", above, fixed, bp)]
        if not above.is_boss:
            wanted.append(("team", above.boss, team, 0))
        holder = above if above.is_boss else above.boss
        wanted.append(("peer", holder.boss if holder else None, team * keys["peer_bp"] // 10_000, 0))
        if len(above.direct) >= keys["n"]:
            first = above.direct[: keys["n"]]
            wanted.append(("slide", min(first, key=lambda one: len(one.direct)), 0, keys["slide_bp"]))
        awards = self.awards[agent.order.order_id] = []
        for name, payee, fen, rate in wanted:
            amount = min(fen + agent.order.kept * rate // 10_000, share)
            if payee is None or amount == 0:
                continue
            if payee.withheld:
                self.home.happen("chain award withheld")
                continue
            depth = 2 if name == "slide" else payee.above(agent)
            blocked = depth > self.home.version.max_paid_depth
            awards.append(
                Award(
                    name, agent.order, agent.price, payee.member_id, fen, rate, share, amount,
                    self.home.version.tax["chain"], self.home.day, depth, "blocked_depth" if blocked else "open",
                )
            )  # fmt: skip
            self.home.happen(f"chain {name} {awards[-1].status}")
            self.home.happen("chain award cut", fen + agent.order.kept * rate // 10_000 > share)
            if not blocked:
                share -= amount

    def fund(self) -> None:
        """Open claims in (claim date, sequence of O, order of the awards), each in full before the next."""
        home = self.home
        opened = [one for awards in self.awards.values() for one in awards if one.status == "open"]
        for one in sorted(opened, key=lambda a: (a.claimed_on, a.order.place)):
            amount = min(one.amount - one.received, home.ledger.balance(*POOL, "CNY"))
            one.received += amount
            home.pay(POOL, one.member_id, one.income, amount)
            home.reward("chain", "fund", one.member_id, one.order.order_id, "CNY", amount)
            one.settle_status(home.day)
            home.happen("chain claim not funded in full", one.status == "open")

    def reverse(self, order: Order) -> None:
        """A late refund of a joining order: all void below the package's price, else the bp parts again."""
        home = self.home
        for one in self.awards.get(order.order_id, []):
            whole = 0 if order.kept < one.price else one.fixed + order.kept * one.bp // 10_000
            one.amount = min(one.amount, whole)
            back = max(0, one.received - one.amount)
            one.received -= back
            home.take_back(one.member_id, one.income, back, POOL)
            home.reward("chain", "clawback", one.member_id, order.order_id, "CNY", -back)
            one.settle_status(home.day)
            home.happen("chain award taken back", back > 0)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One row of `claims` per award."""
        for order_id, awards in self.awards.items():
            for one in awards:
                assert one.order.version is not None
                yield (
                    f"chain/{order_id}/{one.name}", "chain", one.member_id, order_id, None, "", one.cap, one.amount,
                    one.received, one.status, one.claimed_on, one.ended_on, one.order.version.name,
                )  # fmt: skip

    def check(self) -> None:
        """Received within the amount, nothing paid above the permitted depth or what the order contributed."""
        for awards in self.awards.values():
            for one in awards:
                version = one.order.version
                assert version is not None
                assert 0 <= one.received <= one.amount <= one.cap, one
                assert one.received == 0 or one.depth <= version.max_paid_depth, one
            live = [one for one in awards if one.status != "blocked_depth"]
            assert sum(one.amount for one in live) <= max((one.cap for one in live), default=0)
