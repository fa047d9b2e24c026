"""消费增值 in mode ``pool_priced``: points at the price that their pool gives them (rules.md section 4.2).

Holds: the order of this scheme's statements, the price in use and the strikes: sums of a whole pool, taken once a day.
Never holds: the fixed mode and which requests are in order (``points.py``); the statements (``sql/priced/``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from assets.day import Day
from assets.foundation.errors import Refused
from assets.programmes.base import Programme

MODE = "pool_priced"
_UNIT_PRICE = 10**8  # units x price that are worth one fen: 10 000 units a point, millionths of a yuan
_BP = 10_000
_MOST = 2**63 - 1
_NEVER = _MOST + 1  # units: more than can be outstanding
_REACHED = {"opened_on": pl.Date, "exit_price": pl.Int64, "issue": pl.String}
_CLOSE = {"struck_on": pl.Date, **dict.fromkeys(("price", "units", "income", "opening_units"), pl.Int64)}


class Close(NamedTuple):
    """What a close leaves: the price in use from then on (0: none), and what the pool gives to the platform, in fen."""

    price: int
    income: int


@dataclass(frozen=True)
class Strikes:
    """The strikes of one close. ``price`` is the one in use today; prices in millionths of a yuan per point."""

    price: int
    least: int  # units outstanding from which on a strike is taken
    multiple_bp: int

    def strike(self, pool: int, units: int) -> int | None:
        """What a point is worth: pool in fen over units outstanding; None where these are too few."""
        return pool * _UNIT_PRICE // units if units >= self.least else None

    def exit_price(self, issue: int, struck: int | None) -> int | None:
        """At what price lots of that issue price are forced out; None where they stay.

        The strike, but at most the multiple of the issue price: where it reaches that, it is never less.
        """
        if struck is None or not self.multiple_bp or struck * _BP < issue * self.multiple_bp:
            return None
        return issue * self.multiple_bp // _BP

    def close(self, pool: int, units: int, *, struck: bool) -> Close:
        """What is after forced exits; ``struck`` says whether the first strike was taken.

        Without units the pool belongs to nobody (else to the next buyer); what a thin pool would gain on those who
        left is no gain of those who stayed.
        """
        if not units:
            return Close(0, pool)
        if (again := self.strike(pool, units)) is not None:
            return Close(again, 0)
        owed = -(-units * self.price // _UNIT_PRICE)
        return Close(self.price, max(0, pool - owed) if struck else 0)


class PricedPoints(Programme):
    """Lots of points on ``pool_points``, sold at the price that was struck at the last close."""

    name = "priced_points"
    block = "points"
    title = "消费增值 pool-priced points"
    section = "4.2"
    takebacks = ("priced/priced_takebacks",)
    rewards = ("priced/priced_rewards",)
    moves = ("priced/priced_moves",)
    controls = ("priced/priced_controls",)
    changed = {  # noqa: RUF012 - read only
        "scheme_lots": "priced_lots",
        "issues": "changed_issues",
        "strikes": "changed_strikes",
    }
    listed = {"lots": "priced_lots_listed"}  # noqa: RUF012 - read only
    causes = ("priced_orders", "sales_met", "lots_offered", "lots_of_sellers", "lots_reached", "priced_lots_hit")

    def concerns(self, day: Day) -> bool:
        """Whether points ever had a price up to this day."""
        return any(one.points.mode == MODE and one.effective_from <= day.date for one in day.rules.versions)

    def fits(self, day: Day) -> None:
        """Points of one mode are no points of the other: the mode changes only while nobody has any."""
        before = day.rules.last_enabled(self.block, day.date - timedelta(days=1))
        mode = day.keys(self.block).points.mode
        if before is None or before.points.mode == mode:
            return
        day.run("priced/points_left")
        if members := day.engine.count("points_left"):
            raise Refused(
                f"rules: version {day.version.version} has points.mode {mode}, but {members} members have points of"
                f" mode {before.points.mode} left; allowed: {before.points.mode}"
            )

    def reverse(self, day: Day) -> None:
        """Smaller rights of late-refunded lots: units destroyed, money for units sold above the right."""
        keys = day.keys(self.block)
        today = day.version.points
        opening, units = self._opening(day)
        day.params |= {
            "points_mode_today": keys.points.mode,
            "point_price": opening if units else keys.points.initial_price,
            "priced_grant_bp": today.grant_bp if today.mode == MODE else 0,
            "priced_return_bp": keys.points.sale_return_bp,
            "priced_wallet": keys.tax.points,
            "priced_version": keys.version,
            "priced_opening_units": units,
        }
        day.lookup("scheme_lots", "order_id", "late_refunds", into="priced_lots_hit")
        day.run("priced/lots_refunded")
        day.run("priced/points_destroyed")

    @staticmethod
    def _opening(day: Day) -> tuple[int, int]:
        """The price that the last close left in use, and the units outstanding then."""
        rows = day.engine.query("select price, units from prior_strikes order by struck_on desc limit 1")
        return next(iter(rows), (0, 0))

    def request(self, day: Day) -> None:
        """Sales at the price in use; the units leave the seller's oldest lots first."""
        day.run("priced/sales", "priced/sellers")
        wanted = "lot_id programme holder order_id granted left received status opened_on rule_version seq price paid"
        day.lookup_enough(
            "scheme_lots", "holder", "sellers", short="priced/sellers_short", only=wanted, into="lots_of_sellers"
        )
        day.run("priced/lots_offered")
        day.overlap("lots_offered", "sales", into="sales_met")
        day.run("priced/lots_sold")

    def settle(self, day: Day) -> None:
        """Contributions and grants of today's orders, the strike, forced exits, the strike again."""
        self._require_room(day)
        day.run("priced/priced_orders", "priced/priced_granted", "priced/issues_now", "priced/priced_pool")
        day.name("priced/lots_moved")
        block = day.keys(self.block).points
        least = max(1, block.min_units) if block.mode == MODE else _NEVER
        strikes = Strikes(day.params["point_price"], least, block.exit_multiple_bp)
        pool, units = day.total("priced_pool", "amount"), day.total("issues_now", "units")
        struck = strikes.strike(pool, units)
        day.engine.put("issues_reached", self._reached(day, strikes, struck))
        day.lookup("scheme_lots", "issue", "issues_reached", into="lots_reached")
        day.run("priced/lots_exited")
        pool, units = pool - day.total("lots_exited", "net"), units - day.total("lots_exited", "sold")
        self._close(day, strikes.close(pool, units, struck=struck is not None), units)
        day.name("priced/priced_lots")
        day.name("priced/priced_lots_listed")
        day.name("priced/changed_issues")
        day.name("priced/changed_strikes")

    @staticmethod
    def _require_room(day: Day) -> None:
        """Raise Refused where today's grants could take the units outstanding beyond 64 bits: the price is too low."""
        value = day.total("qualified_sums", "kept") * day.params["priced_grant_bp"] // _BP
        price, units = day.params["point_price"], day.params["priced_opening_units"]
        if price and units + value * _UNIT_PRICE // price > _MOST:
            raise Refused(
                f"points: {value} fen of grants at {price} millionths of a yuan per point, with {units} units"
                f" outstanding, are more than {_MOST} units; allowed: fewer (a higher points.initial_price)"
            )

    @staticmethod
    def _reached(day: Day, strikes: Strikes, struck: int | None) -> pl.DataFrame:
        """The days of issue whose lots are forced out at that strike, and at what price.

        Raise Refused where that price is more than a column holds.
        """
        rows = [
            (opened, price, f"points/{opened}")
            for opened, issue in day.engine.query("select opened_on, price from issues_now where units > 0")
            if (price := strikes.exit_price(issue, struck)) is not None
        ]
        for opened, price, _ in rows:
            if price > _MOST:
                raise Refused(
                    f"points: the strike forces out lots of {opened} at {price} millionths of a yuan per point;"
                    f" allowed: {_MOST} (a higher points.min_units or a lower points.exit_multiple_bp)"
                )
        return pl.DataFrame(rows, schema=_REACHED, orient="row")

    @staticmethod
    def _close(day: Day, close: Close, units: int) -> None:
        if close.price > _MOST:
            raise Refused(
                f"points: {units} units outstanding are worth {close.price} millionths of a yuan per point each;"
                f" allowed: {_MOST} (a higher points.min_units)"
            )
        row = (day.date, close.price, units, close.income, day.params["priced_opening_units"])
        day.engine.put("priced_close", pl.DataFrame([row], schema=_CLOSE, orient="row"))

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed and paid, units granted and sold, and the price from tomorrow on."""
        sold = ("sales", "amount"), ("lots_exited", "sold")
        paid = ("sales", "net"), ("lots_exited", "net")
        return {
            "points contributed": day.total("priced_orders", "share"),
            "paid for points sold": sum(day.total(*one) for one in paid),
            "points granted": day.total("priced_orders", "units"),
            "points sold, units": sum(day.total(*one) for one in sold),
            "price of a point, millionths of a yuan": day.total("priced_close", "price"),
        }
