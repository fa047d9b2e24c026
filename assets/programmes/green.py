"""众店 / 绿色积分: green points on what a merchant concedes, released as vouchers by period (rules.md section 7).

Holds: the order of this scheme's statements, and the keeping of its periods.
Never holds: the statements themselves (``sql/green/``), when a period ends and what it releases (``periods.py``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from dataclasses import asdict

import polars as pl

from assets.day import Day
from assets.programmes.base import Programme
from assets.programmes.periods import WHOLE, Period, ends, entries_living, rate
from assets.tables import STATE_TABLES

_INT, _TEXT, _DATE = pl.Int64(), pl.String(), pl.Date()
_PERIODS = {
    "period": _INT, "started_on": _DATE, "ended_on": _DATE, "inflow": _INT, "base": _INT, "growth": _INT, "due": _INT,
    "released": _INT,
}  # fmt: skip
# A rate in 1/10^16 of the lot, parted so that either part fits 64 bits: whole lots, and the rest.
_RIGHTS = {"rule_version": _TEXT, "period_in": _INT, "period_out": _INT, "whole": _INT, "part": _INT}
_RATES = {
    "rule_version": _TEXT, "period_in": _INT, "whole_before": _INT, "part_before": _INT, "whole": _INT, "part": _INT,
    "ends": pl.Boolean(),
}  # fmt: skip
_LIVE_LOTS = next(table.columns for table in STATE_TABLES if table.name == "live_lots")


class Green(Programme):
    """Green points of buyers and merchants, paid for by ``pool_green``."""

    name = "green"
    block = "green"
    title = "众店 / 绿色积分 green points"
    section = "7"
    vouchers_back = ("green/green_vouchers_back",)
    rewards = ("green/green_rewards",)
    moves = ("green/green_moves",)
    controls = ("controls/green_controls", "controls/voucher_controls")
    changed = {  # noqa: RUF012 - read only
        "scheme_lots": "changed_green_lots",
        "live_lots": "changed_green_lots",
        "periods": "changed_periods",
    }
    listed = {"lots": "green_lots_listed"}  # noqa: RUF012 - read only

    def exported(self, day: Day) -> None:
        """What a merchant concedes, and who brought him, as known when an order comes (rules.md section 7): kept on or
        off, for it may be on when the order qualifies."""
        day.run("green/concessions_taken", "green/changed_concessions")
        day.keep("concessions", "changed_concessions")

    def reverse(self, day: Day) -> None:
        """Lots of late-refunded orders become what is kept now gives, and their vouchers with them."""
        day.lookup("scheme_lots", "order_id", "late_refunds", into="green_lots_hit")
        day.run("green/green_lots_resized", "green/green_rights_asked")
        growths, running = self._growths(day), self._running(day)
        keys = {version.version: version.green for version in day.rules.versions}
        rights = []
        for name, entry, end in day.frame("green_rights_asked").rows():
            # Of a lot that lives, at the last end; of one that ended, at its own.
            last = end or (running.period - 1 if running else 0)
            rights.append((name, entry, end, *divmod(rate(keys[name], growths, entry, last), WHOLE)))
        day.engine.put("green_rights", pl.DataFrame(rights, schema=_RIGHTS, orient="row"))
        day.run("green/green_lots_refunded")

    def settle(self, day: Day) -> None:
        """What today's orders concede, their lots, and the end of a period with its releases."""
        opened = self._running(day)
        running = opened or (Period(1, day.date) if day.version.green.enabled else None)
        day.params["green_period"] = running.period if running else 0
        day.run("green/green_orders", "green/green_pool", "green/green_lots_granted")
        running = running and running.took_in(day.total("green_orders", "pool"))
        growth = running.growth_on(day.date, day.keys(self.block).green) if running else None
        if running and growth is not None:
            kept = self._end(day, running, growth)
        else:
            day.engine.empty("green_lots_found", _LIVE_LOTS)
            self._release(day, [])
            kept = [] if running in (None, opened) else [running]
        day.engine.put("changed_periods", pl.DataFrame([asdict(period) for period in kept], schema=_PERIODS))
        # Read where they lie: when a period ends they are all lots that live.
        day.name("green/changed_green_lots")
        day.name("green/green_lots_listed")

    def _end(self, day: Day, running: Period, growth: int) -> list[Period]:
        """Release to every lot that lives what it has a right to; the period as it ended, and the next."""
        day.engine.union("green_lots_found", ["prior_live_lots"])
        self._release(day, self._rates(day, {**self._growths(day), running.period: growth}, running.period))
        due, released = day.total("green_lots_due", "due"), day.total("green_lots_released", "released")
        day.engine.drop("green_lots_due")
        ended = running.ended(day.date, growth, due=due, released=released)
        return [ended, ended.following(day.date, day.total("green_pool", "amount") - released)]

    @staticmethod
    def _release(day: Day, rates: list[tuple[object, ...]]) -> None:
        day.engine.put("green_rates", pl.DataFrame(rates, schema=_RATES, orient="row"))
        day.run("green/green_lots_due", "green/green_lots_released")

    @staticmethod
    def _running(day: Day) -> Period | None:
        """The period that has not ended; None before the first."""
        found = day.frame("prior_periods").filter(pl.col("ended_on").is_null())
        return Period(**found.row(0, named=True)) if found.height else None

    @staticmethod
    def _growths(day: Day) -> dict[int, int]:
        ended = day.frame("prior_periods").filter(pl.col("ended_on").is_not_null())
        return dict(ended.select("period", "growth").rows())

    @staticmethod
    def _rates(day: Day, growths: dict[int, int], ending: int) -> list[tuple[object, ...]]:
        """Per version and entry period what its lots have a right to when period ``ending`` ends, and had before."""
        rows: list[tuple[object, ...]] = []
        for version in day.rules.versions:
            keys = version.green
            for entry in entries_living(keys, ending) if keys.enabled else ():
                before, now = (rate(keys, growths, entry, upto) for upto in (ending - 1, ending))
                rows.append((
                    version.version, entry, *divmod(before, WHOLE), *divmod(now, WHOLE), ends(keys, now, entry, ending),
                ))  # fmt: skip
        return rows

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed, GREEN granted, fen that went behind vouchers, and whether a period ended."""
        return {
            "green contributed": day.total("green_orders", "pool"),
            "green granted": day.total("green_lots_granted", "granted"),
            "green put behind vouchers": day.total("green_lots_released", "released"),
            "green periods ended, number": day.frame("changed_periods")["ended_on"].count(),
        }
