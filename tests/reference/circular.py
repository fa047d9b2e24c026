"""Circular purchase of the second opinion (rules.md 8): tiers, lots of energy, the daily unit, late refunds.

Holds one lot per order that reached a tier, in fen; never holds the ledger or the day: those are in
`settle_reference.py`, its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference.settle_reference import Order, ReferenceHome

POOL = ("pool_circular", "platform")
NO_TIER = {"energy_fen": 0, "contribution": 0}


def tier_of(tiers: list[dict[str, int]], kept: int) -> dict[str, int]:
    """The highest tier that the order reaches, or one of nothing."""
    reached = [tier for tier in tiers if tier["min_fen"] <= kept]
    return max(reached, key=lambda tier: tier["min_fen"]) if reached else NO_TIER


@dataclass
class CircularLot:
    """Energy granted (at first, and now), what of it was paid (in all, and as vouchers), and its contribution."""

    order: Order
    tiers: list[dict[str, int]]
    income: str
    granted_first: int
    granted: int
    contribution: int
    paid: int = 0
    vouchers: int = 0
    closed_on: date | None = None

    @property
    def left(self) -> int:
        """Energy that is still to be paid."""
        return self.granted - self.paid

    def settle_status(self, day: date) -> None:
        """A lot without energy is closed, its contribution gone."""
        if self.closed_on is None and (self.left == 0 or self.contribution == 0):
            self.closed_on = day
        if self.closed_on:
            self.contribution = 0


class Circular:
    """The lots of a home."""

    def __init__(self, home: ReferenceHome) -> None:
        self.home = home
        self.lots: dict[str, CircularLot] = {}

    def grant(self, order: Order) -> None:
        """The order's share, and its lot if it reaches a tier."""
        home, keys = self.home, self.home.version.circular
        if not home.version.on("circular"):
            return
        home.contribute(order, POOL, order.kept * keys["dividend_bp"] // 10_000)
        tier = tier_of(keys["tiers"], order.kept)
        if tier["energy_fen"]:
            self.lots[order.order_id] = CircularLot(
                order, keys["tiers"], home.version.tax["circular"], tier["energy_fen"], tier["energy_fen"],
                tier["contribution"],
            )  # fmt: skip

    def close(self) -> None:
        """The day's unit, paid to the lots that were live when the day opened."""
        home, keys = self.home, self.home.rules.living("circular", self.home.day)
        lots = [lot for lot in self.lots.values() if lot.closed_on is None and lot.order.qualify_on < home.day]
        weight = sum(lot.contribution for lot in lots)
        if keys is None or weight == 0:
            return
        unit = home.ledger.balance(*POOL, "CNY") // weight
        for lot in lots:
            self.pay(lot, min(lot.contribution * unit, lot.left), keys["cash_bp"])
            lot.settle_status(home.day)

    def pay(self, lot: CircularLot, amount: int, cash_bp: int) -> None:
        """Part of it as money, the rest as vouchers with money behind them."""
        home, member, order_id = self.home, lot.order.member_id, lot.order.order_id
        cash = amount * cash_bp // 10_000
        lot.paid, lot.vouchers = lot.paid + amount, lot.vouchers + amount - cash
        home.pay(POOL, member, lot.income, cash)
        home.back_vouchers(("member_vouchers", member), amount - cash, POOL)
        home.reward("circular", "release", member, order_id, "CNY", cash)
        home.reward("circular", "release", member, order_id, "VOUCHER", amount - cash)

    def reverse(self, order: Order) -> None:
        """A late refund: what the lot would have been with the new kept, and back what was paid above it."""
        home, lot = self.home, self.lots.get(order.order_id)
        if lot is None:
            return
        tier = tier_of(lot.tiers, order.kept)
        lot.granted = min(lot.granted_first * order.kept // order.kept_first, tier["energy_fen"])
        lot.contribution = tier["contribution"]
        excess = max(0, lot.paid - lot.granted)
        vouchers = excess * lot.vouchers // lot.paid if excess else 0
        lot.paid, lot.vouchers = lot.paid - excess, lot.vouchers - vouchers
        member = order.member_id
        home.vouchers_back(("member_vouchers", member), vouchers, POOL)
        home.take_back(member, lot.income, excess - vouchers, POOL)
        home.reward("circular", "clawback", member, order.order_id, "VOUCHER", -vouchers)
        home.reward("circular", "clawback", member, order.order_id, "CNY", vouchers - excess)
        home.happen("circular lot refunded above its energy", excess > 0)
        lot.settle_status(home.day)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One row of `lots` per lot."""
        for order_id, lot in self.lots.items():
            assert lot.order.version is not None
            yield (
                f"circular/{order_id}", "circular", lot.order.member_id, order_id, lot.granted, lot.left, lot.paid,
                lot.contribution, "closed" if lot.closed_on else "live", lot.order.qualify_on, lot.closed_on,
                lot.order.version.name,
            )  # fmt: skip

    def check(self) -> None:
        """Never paid above the energy; a closed lot shows no contribution."""
        for lot in self.lots.values():
            assert 0 <= lot.paid <= lot.granted <= lot.granted_first and 0 <= lot.vouchers <= lot.paid, lot
            assert (lot.contribution == 0) == (lot.closed_on is not None), lot
