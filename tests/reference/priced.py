"""Pool-priced points of the second opinion (rules.md 4.2): lots, sales, the strike, forced exits, late refunds.

Holds the price in use and one lot per order, in units of 1/10 000 point; prices in millionths of a yuan per point.
Never holds fixed points: those are in `settle_reference.py`, its neighbour, which owns the ledger and the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference.settle_reference import Order, ReferenceHome

POOL = ("pool_points", "platform")
INCOME = ("platform_income", "platform")
ISSUED = ("points_issued", "platform")
SCALE = 10**8  # units x price / SCALE is fen


@dataclass
class PricedLot:
    """The units of one order: those it has a right to are held or sold; `net` is what its sold units fetched."""

    order: Order
    issue_price: int
    granted_first: int
    held: int
    sold: int = 0
    net: int = 0
    closed_on: date | None = None

    @property
    def granted(self) -> int:
        """The units that it has a right to now."""
        return self.held + self.sold

    def settle_status(self, day: date) -> None:
        """Without units it is closed."""
        if self.held == 0 and self.closed_on is None:
            self.closed_on = day


class PricedPoints:
    """All lots of a home and the price in use; None stands for the initial price of the day that uses it."""

    def __init__(self, home: ReferenceHome) -> None:
        self.home = home
        self.price: int | None = None
        self.lots: dict[str, list[PricedLot]] = defaultdict(list)  # per member, oldest first
        self.of_order: dict[str, PricedLot] = {}

    def keys(self) -> dict[str, Any] | None:
        """The keys that the day's sales and strike follow, None while points are not priced by their pool."""
        keys = self.home.rules.living("points", self.home.day)
        return keys if keys and keys["mode"] == "pool_priced" else None

    def income(self) -> str:
        """The class of the day (of the last version that had points on)."""
        version = self.home.rules.last_on("points", self.home.day)
        assert version is not None
        return version.tax["points"]

    def price_in_use(self) -> int:
        """What today's grants and sales are counted at."""
        keys = self.keys()
        assert keys is not None
        price: int = keys["initial_price"] if self.price is None else self.price
        return price

    def outstanding(self) -> int:
        """All units that members hold."""
        return sum(lot.held for lot in self.of_order.values())

    def grant(self, order: Order) -> None:
        """The order's share, and its units at the price in use."""
        home, keys, price = self.home, self.home.version.points, self.price_in_use()
        home.contribute(order, POOL, order.kept * keys["pool_bp"] // 10_000)
        value = order.kept * keys["grant_bp"] // 10_000
        units = value * SCALE // price if price else 0
        if units == 0:
            return
        lot = PricedLot(order, price, units, units)
        self.lots[order.member_id].append(lot)
        self.of_order[order.order_id] = lot
        home.ledger.post(ISSUED, ("member_points", order.member_id), "POINT", units)
        home.reward("points", "grant", order.member_id, order.order_id, "POINT", units)

    def sell(self, member: str, units: int) -> None:
        """A requested sale at the price in use: the oldest lots first (the balance was tested)."""
        home, keys = self.home, self.keys()
        assert keys is not None
        net = (units * self.price_in_use() // SCALE) * keys["sale_return_bp"] // 10_000
        rest_units, rest_net = units, net
        for lot in self.lots[member]:
            part = min(lot.held, rest_units)
            if part == 0:
                continue
            rest_units -= part
            part_net = net * part // units if rest_units else rest_net
            rest_net -= part_net
            self.take_units(lot, part, part_net)
        assert rest_units == rest_net == 0
        home.happen("points sold")
        self.pay(member, "", units, net)

    def take_units(self, lot: PricedLot, units: int, net: int) -> None:
        """Units leave a lot, which records what they fetched."""
        lot.held, lot.sold, lot.net = lot.held - units, lot.sold + units, lot.net + net
        lot.settle_status(self.home.day)

    def pay(self, member: str, order_id: str, units: int, net: int) -> None:
        """Sold units are destroyed, their net goes from the pool to the wallet."""
        home = self.home
        home.ledger.post(("member_points", member), ISSUED, "POINT", units)
        home.pay(POOL, member, self.income(), net)
        home.reward("points", "sale", member, order_id, "POINT", -units)
        home.reward("points", "sale", member, order_id, "CNY", net)

    def close(self) -> None:
        """Strike, forced exits, strike again; what nobody owns goes to the platform."""
        home, keys = self.home, self.keys()
        if keys:
            least, price = max(1, keys["min_units"]), self.price_in_use()
            if self.outstanding() >= least:
                self.force_out(self.strike(), keys)
                if self.outstanding() >= least:
                    price = self.strike()
                else:
                    home.happen("thin pool after forced exits", self.outstanding() > 0)
                    self.sweep(-(-self.outstanding() * price // SCALE))
            home.happen("thin pool, no strike", 0 < self.outstanding() < least)
            self.price = price
        if self.outstanding() == 0:
            self.sweep(0)
            self.price = None
        assert home.ledger.balance(*POOL, "CNY") * SCALE >= self.outstanding() * (self.price or 0)

    def strike(self) -> int:
        """floor(pool x 10^8 / units outstanding)."""
        return self.home.ledger.balance(*POOL, "CNY") * SCALE // self.outstanding()

    def force_out(self, strike: int, keys: dict[str, Any]) -> None:
        """Every lot that has reached the multiple of its issue price is sold, at most at that multiple."""
        multiple = keys["exit_multiple_bp"]
        for lot in self.of_order.values():
            if multiple == 0 or lot.held == 0 or strike * 10_000 < lot.issue_price * multiple:
                continue
            price = min(strike, lot.issue_price * multiple // 10_000)
            units = lot.held
            net = (units * price // SCALE) * keys["sale_return_bp"] // 10_000
            self.take_units(lot, units, net)
            self.home.happen("forced exit")
            self.pay(lot.order.member_id, lot.order.order_id, units, net)

    def sweep(self, owned: int) -> None:
        """What the pool holds above what is owned goes to the platform."""
        above = max(0, self.home.ledger.balance(*POOL, "CNY") - owned)
        self.home.ledger.post(POOL, INCOME, "CNY", above)
        self.home.flows[POOL][1] += above
        self.home.happen("points pool swept", above > 0)

    def reverse(self, order: Order) -> None:
        """A late refund: held units above the new right are destroyed, what too many sold units fetched comes back."""
        home, lot = self.home, self.of_order.get(order.order_id)
        if lot is None:
            return
        member = order.member_id
        right = lot.granted_first * order.kept // order.kept_first
        gone = max(0, lot.held - max(0, right - lot.sold))
        lot.held -= gone
        home.ledger.post(("member_points", member), ISSUED, "POINT", gone)
        home.reward("points", "clawback", member, order.order_id, "POINT", -gone)
        missing = max(0, lot.sold - right)
        back = lot.net * missing // lot.sold if missing else 0
        lot.sold, lot.net = lot.sold - missing, lot.net - back
        home.take_back(member, self.income(), back, POOL)
        home.reward("points", "clawback", member, order.order_id, "CNY", -back)
        home.happen("sold units refunded", missing > 0)
        assert lot.granted == right, lot
        lot.settle_status(home.day)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One row of `lots` per lot."""
        for order_id, lot in self.of_order.items():
            assert lot.order.version is not None
            yield (
                f"points/{order_id}", "points", lot.order.member_id, order_id, lot.granted, lot.held, lot.sold, 0,
                "closed" if lot.closed_on else "live", lot.order.qualify_on, lot.closed_on, lot.order.version.name,
            )  # fmt: skip

    def check(self) -> None:
        """Units of a lot."""
        for lot in self.of_order.values():
            assert lot.held >= 0 and lot.sold >= 0 and lot.net >= 0 and lot.granted <= lot.granted_first, lot
            assert (lot.held == 0) == (lot.closed_on is not None), lot
