"""消费增值 in mode ``fixed``: points on every order, their redemption and expiry (rules.md section 4.1).

Holds: the order of this scheme's statements.
Never holds: the pool-priced mode (``priced.py``); the statements themselves (``sql/points/``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

import calendar
from datetime import date

from assets.day import Day
from assets.programmes.base import Programme

_NEVER = date(9999, 12, 31)


def add_months(day: date, months: int) -> date:
    """``day`` plus calendar months; a day that does not exist becomes the month's last (rules.md section 4.1)."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


class Points(Programme):
    """Points in mode fixed."""

    name = "points"
    block = "points"
    title = "消费增值 points"
    section = "4.1"
    always = True
    rewards = ("points/points_rewards",)
    moves = ("points/points_moves",)
    changed = {"lots": "points_lots"}  # noqa: RUF012 - read only
    listed = {"lots": "points_lots_listed"}  # noqa: RUF012 - read only

    def reverse(self, day: Day) -> None:
        """Differences of grants go back, below zero if need be (rules.md section 9)."""
        # Where points never had a price, requests find that no units of such points were destroyed.
        day.engine.empty("points_destroyed", {"member_id": "varchar", "units": "bigint"})
        day.run("points/points_reversed")

    def request(self, day: Day) -> None:
        """Redemptions while the running sum stays within the balance after step 2; the rest to quarantine. Sales of
        points with a price are judged here and made in ``priced.py``."""
        day.run("points/judged_redemptions", "points/vouchers_spent")
        judged = day.frame("judged_redemptions", "source, row_no")
        told = "with the earlier requests of this member today it passes what he holds"
        day.refuse("redemptions", judged, {"insufficient_points": told})

    def settle(self, day: Day) -> None:
        """Grants of today's orders, then expiry (rules.md section 4.1)."""
        block = day.version.points
        months = block.expire_months
        day.params["points_fixed_bp"] = block.grant_bp if block.mode == "fixed" else 0
        day.params["expires_on"] = add_months(day.date, months) if months else _NEVER
        day.sift("lots", "expires_on <= {day}", into="lots_expiring")
        day.run("points/points_granted", "points/points_movements", "points/holders_falling")
        wanted = "programme holder order_id granted left opened_on status rule_version seq expires_on"
        day.lookup_enough(
            "lots", "holder", "holders_falling", short="points/holders_short", only=wanted, into="lots_falling"
        )
        day.run("points/lots_sunk")
        day.name("points/points_lots")
        day.name("points/points_lots_listed")

    def written(self, day: Day, table: str) -> None:
        """The day's lots are needed no more."""
        day.engine.drop("points_granted", "points_movements", "lots_sunk")

    def money(self, day: Day) -> dict[str, int]:
        """POINT granted."""
        return {"points granted": day.total("points_granted", "units")}
