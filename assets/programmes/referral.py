"""推三返一: refer three, get one back (rules.md section 5).

Holds: the order of this scheme's statements.
Never holds: the statements themselves (``sql/referral/``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from assets.day import Day
from assets.foundation.errors import Refused
from assets.programmes.base import Programme


class Referral(Programme):
    """Referral claims on ``pool_referral``."""

    name = "referral"
    block = "referral"
    title = "推三返一 referral"
    section = "5"
    always = True
    takebacks = ("referral/referral_takebacks",)
    rewards = ("referral/referral_rewards",)
    moves = ("referral/referral_moves",)
    changed = {  # noqa: RUF012 - read only
        "claims": "changed_claims",
        "open_claims": "changed_open_claims",
        "referrals": "changed_referrals",
        "referral_steps": "changed_ladder",
    }

    def fits(self, day: Day) -> None:
        """``n`` stays what it was once a referral exists (rules.md section 5.2)."""
        if not day.version.referral.enabled:
            return
        used = {row[0] for row in day.engine.query("select distinct rule_version from prior_referrals")}
        for name in sorted(used):
            before = next((one for one in day.rules.versions if one.version == name), None)
            if before and before.referral.n != day.version.referral.n:
                raise Refused(
                    f"rules: version {day.version.version} has referral.n {day.version.referral.n}, but referrals exist"
                    f" under version {name} with n {before.referral.n}; allowed: {before.referral.n}"
                )

    def reverse(self, day: Day) -> None:
        """Claims of late-refunded orders and claims based on them; ordinals that become free."""
        day.lookup("claims", "order_id", "late_refunds", into="claims_own")
        day.lookup("claims", "base_order_id", "late_refunds", of="order_id", into="claims_based")
        day.lookup("referrals", "order_id", "late_refunds", into="referrals_refunded")
        day.run("referral/claims_before", "referral/claims_hit", "referral/claim_order_ids")
        day.lookup("orders", "order_id", "claim_order_ids", into="orders_of_claims")
        day.run(
            "referral/claim_orders", "referral/claim_steps", "referral/claims_refunded", "referral/referrals_voided"
        )

    def settle(self, day: Day) -> None:
        """Entry, ordinals, the cycle cap, and payment of open claims in turn."""
        day.run("referral/buyers_standing", "referral/buyers_unsure")
        wanted = "order_id member_id qualify_on seq total refunded"
        day.lookup_enough(
            "orders", "member_id", "buyers_unsure", short="referral/buyers_short", youngest=True, only=wanted,
            into="orders_of_unsure",
        )  # fmt: skip
        day.run("referral/order_history", "referral/live_before", "referral/referral_candidates")
        day.run("referral/changed_buyers", "referral/referrals_entered", "referral/sponsors_touched")
        day.keep("buyers", "changed_buyers")
        day.engine.drop("buyers_standing", "live_before", "changed_buyers", "order_history", "orders_of_unsure")
        day.lookup("referrals", "sponsor_id", "sponsors_touched", into="referrals_of_sponsors")
        day.lookup("claims", "order_id", "referrals_of_sponsors", into="claims_of_sponsors")
        day.run(
            "referral/sponsor_ordinals", "referral/referrals_placed", "referral/cycle_sums",
            "referral/referral_claims", "referral/claims_open", "referral/referral_pool",
            "referral/claims_funded", "referral/changed_claims", "referral/changed_open_claims",
            "referral/changed_referrals",
        )  # fmt: skip
        keys = day.keys(self.block)
        day.params |= {"referral_ladder_n": keys.referral.n, "referral_ladder_version": keys.version}
        day.run("referral/changed_ladder")
        day.lookup("claims", "order_id", "changed_claims", into="claims_as_they_were")

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed and paid."""
        return {
            "referral contributed": day.total("referral_claims", "share"),
            "referral paid": day.total("claims_funded", "paid"),
        }
