"""循环购: circular purchase, orders that become lots with energy and contribution (rules.md section 8).

Holds: the order of this scheme's statements.
Never holds: the statements themselves (``sql/circular/``), how vouchers are taken back (``sql/vouchers/``) or spent.
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from assets.day import Day
from assets.programmes.base import Programme


class Circular(Programme):
    """Dividends of ``pool_circular`` on lots, in money and in vouchers with money behind them."""

    name = "circular"
    block = "circular"
    title = "循环购 circular purchase"
    section = "8"
    takebacks = ("circular/circular_takebacks",)
    vouchers_back = ("circular/circular_vouchers_back",)
    rewards = ("circular/circular_rewards",)
    moves = ("circular/circular_moves",)
    controls = ("circular/circular_controls", "controls/voucher_controls")
    changed = {"scheme_lots": "circular_lots", "live_lots": "circular_lots_living"}  # noqa: RUF012 - read only
    listed = {"lots": "circular_lots_listed"}  # noqa: RUF012 - read only

    def reverse(self, day: Day) -> None:
        """Tier and energy of the lots of late-refunded orders, and what was paid above that energy."""
        day.lookup("scheme_lots", "order_id", "late_refunds", into="circular_lots_hit")
        day.run("circular/circular_refunded")

    def settle(self, day: Day) -> None:
        """Shares and lots of today's orders; then the dividend over the lots that lived when the day opened.

        The money of a dividend is split with the keys of the last version that had the scheme on.
        """
        day.run("circular/circular_orders", "circular/circular_pool", "circular/circular_sharing")
        pool, contribution = day.total("circular_pool", "amount"), day.total("circular_sharing", "contribution")
        day.params |= {
            "circular_cash_bp_today": day.keys(self.block).circular.cash_bp,
            "circular_unit": pool // contribution if contribution else 0,
        }
        day.run("circular/circular_paid", "circular/circular_lots")
        day.engine.drop("circular_sharing")
        day.name("circular/circular_lots_listed")
        day.run("circular/circular_lots_living")

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed and paid, units of vouchers issued, and what one contribution was worth today."""
        return {
            "circular contributed": day.total("circular_orders", "share"),
            "circular paid": day.total("circular_paid", "cash"),
            "circular vouchers granted": day.total("circular_paid", "vouchers"),
            "worth of one contribution": day.params["circular_unit"],
        }
