"""Green points of the second opinion (rules.md 7): concessions, lots of buyers and merchants, periods, releases.

Holds the periods of the pool and two lots per order; the growth index is counted in 1/10^12.
Never holds the ledger or the day: those are in `settle_reference.py`, its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference.settle_reference import Order, ReferenceHome

POOL = ("pool_green", "platform")
ISSUED = ("green_issued", "platform")
ONE = 10**12


@dataclass
class GreenLot:
    """What one order gave to one holder: `size` in GREEN, `released` in VOUCHER, the growth index of its periods."""

    order: Order
    merchant: bool
    factor_bp: int
    keys: dict[str, Any]
    size: int
    left: int
    entered: int  # the period in which its order qualified
    growth: int = 0  # G of the last period that ended, 0 before the first
    growths: int = 0  # their sum
    released: int = 0
    closed_on: date | None = None

    @property
    def holder(self) -> str:
        """The holder as `rewards` and `lots` name him."""
        return f"merchant/{self.order.merchant_id}" if self.merchant else self.order.member_id

    def account(self, commodity: str) -> tuple[str, str]:
        """The holder's account of GREEN or VOUCHER."""
        side = "merchant" if self.merchant else "member"
        name = {"GREEN": "green", "VOUCHER": "vouchers"}[commodity]
        return f"{side}_{name}", self.order.merchant_id if self.merchant else self.order.member_id

    @property
    def most(self) -> int:
        """What it may release in all."""
        whole: int = self.size * self.keys["exit_multiple"]
        return whole

    @property
    def right(self) -> int:
        """R at the last period end that it lived to see."""
        return min(self.size * self.keys["first_release_bp"] * self.growths // (10_000 * ONE), self.most)


class Green:
    """The lots of a home and its periods: the number of the present one, its days, its inflow and its measure B."""

    def __init__(self, home: ReferenceHome) -> None:
        self.home = home
        self.lots: dict[str, list[GreenLot]] = {}  # per order: the buyer's, then the merchant's
        self.period = 1
        self.days = 0  # that the present period has lasted, today included once the day is closed
        self.inflow = 0
        self.measure = 0  # B

    def grant(self, order: Order) -> None:
        """The merchant's concession, its parts, and a lot for each side."""
        home, keys = self.home, self.home.version.green
        if not home.version.on("green") or not 300 <= order.concession_bp <= 2_000:
            return
        concession = order.kept * order.concession_bp // 10_000
        share = concession * keys["pool_bp"] // 10_000
        home.contribute(order, POOL, share)
        self.inflow += share
        receivable, brought = ("merchant_receivable", order.merchant_id), 0
        if order.referrer_id:
            brought = concession * keys["merchant_referrer_bp"] // 10_000
            home.ledger.post(receivable, ("member_wallet_labour", order.referrer_id), "CNY", brought)
            home.reward("green", "grant", order.referrer_id, order.order_id, "CNY", brought)
        home.ledger.post(receivable, ("platform_income", "platform"), "CNY", concession - share - brought)
        lots = [
            self.open_lot(order, merchant, keys[name], concession)
            for merchant, name in ((False, "user_factor_bp"), (True, "merchant_factor_bp"))
        ]
        self.lots[order.order_id] = [lot for lot in lots if lot.size]

    def open_lot(self, order: Order, merchant: bool, factor_bp: int, concession: int) -> GreenLot:
        """GREEN to one side."""
        home, size = self.home, concession * factor_bp // 10_000
        lot = GreenLot(order, merchant, factor_bp, home.version.green, size, size, self.period)
        home.ledger.post(ISSUED, lot.account("GREEN"), "GREEN", size)
        home.reward("green", "grant", lot.holder, order.order_id, "GREEN", size)
        return lot

    def close(self) -> None:
        """Does the period end today, by growth or by time, and with which growth?"""
        keys = self.home.rules.living("green", self.home.day)
        if keys is None:
            return
        self.days += 1
        grown = self.inflow > 0 and self.inflow * 10_000 >= keys["growth_bp"] * self.measure
        if not grown and self.days < keys["period_days"]:
            return
        growth = keys["growth_bp"]
        if not grown:
            growth = min(growth, self.inflow * 10_000 // self.measure) if self.measure else 0
        self.home.happen("green period ended by growth" if grown else "green period ended by time")
        self.end_period(growth)

    def end_period(self, growth: int) -> None:
        """Releases of all live lots, cut alike if the pool is too small, and the measure of the next period."""
        due: list[tuple[GreenLot, int]] = []
        for lot in self.live():
            before = lot.right
            lot.growth = ONE if lot.growth == 0 else lot.growth * (10_000 + growth) // 10_000
            lot.growths += lot.growth
            due.append((lot, lot.right - before))
        pool, whole = self.home.ledger.balance(*POOL, "CNY"), sum(release for _, release in due)
        self.home.happen("green releases cut", whole > pool)
        for lot, release in due:
            self.release(lot, release if whole <= pool else release * pool // whole)
            if lot.right == lot.most or self.period - lot.entered + 1 >= lot.keys["max_periods"]:
                self.expire(lot)
        self.measure = max(self.home.ledger.balance(*POOL, "CNY"), whole)
        self.period, self.days, self.inflow = self.period + 1, 0, 0

    def live(self) -> list[GreenLot]:
        """All lots that have not ended."""
        return [lot for lots in self.lots.values() for lot in lots if lot.closed_on is None]

    def release(self, lot: GreenLot, amount: int) -> None:
        """Vouchers with money from the pool behind them."""
        lot.released += amount
        self.home.back_vouchers(lot.account("VOUCHER"), amount, POOL)
        self.home.reward("green", "release", lot.holder, lot.order.order_id, "VOUCHER", amount)

    def expire(self, lot: GreenLot) -> None:
        """The lot has ended: its GREEN is destroyed."""
        self.take_green(lot, lot.left, "expire")
        lot.closed_on = self.home.day
        self.home.happen("green lot ended")

    def take_green(self, lot: GreenLot, amount: int, kind: str) -> None:
        """GREEN leaves the holder (below zero if need be)."""
        lot.left -= amount
        self.home.ledger.post(lot.account("GREEN"), ISSUED, "GREEN", amount)
        self.home.reward("green", kind, lot.holder, lot.order.order_id, "GREEN", -amount)

    def reverse(self, order: Order) -> None:
        """A late refund: both lots become what the formulas give for the new kept."""
        for lot in self.lots.get(order.order_id, []):
            before = lot.right
            lot.size = (order.kept * order.concession_bp // 10_000) * lot.factor_bp // 10_000
            if lot.closed_on is None:
                self.take_green(lot, lot.left - lot.size, "clawback")
            back = lot.released - lot.released * lot.right // before if before else 0
            lot.released -= back
            self.home.vouchers_back(lot.account("VOUCHER"), back, POOL)
            self.home.reward("green", "clawback", lot.holder, order.order_id, "VOUCHER", -back)
            if lot.size == 0 and lot.closed_on is None:
                lot.closed_on = self.home.day
            self.home.happen("refund of an ended green lot", lot.closed_on not in (None, self.home.day))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One row of `lots` per lot."""
        for order_id, lots in self.lots.items():
            for lot in lots:
                assert lot.order.version is not None
                yield (
                    f"green/{order_id}" + ("/merchant" if lot.merchant else ""), "green", lot.holder, order_id,
                    lot.size, lot.left, lot.released, 0, "closed" if lot.closed_on else "live", lot.order.qualify_on,
                    lot.closed_on, lot.order.version.name,
                )  # fmt: skip

    def check(self) -> None:
        """Nothing is released above the right; a live lot holds all its GREEN."""
        for lots in self.lots.values():
            for lot in lots:
                assert 0 <= lot.released <= lot.right <= lot.most, lot
                assert lot.left == (lot.size if lot.closed_on is None else 0), lot
