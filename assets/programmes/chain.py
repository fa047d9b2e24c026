"""链动 2+1 and 3+1: agents, bosses and their awards within the paid depth (rules.md section 8b).

Holds: the order of this scheme's statements, and the rounds in which pointers within one day are followed.
Never holds: the statements themselves (``sql/chain/``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from assets.day import Day
from assets.programmes.base import Programme


class Chain(Programme):
    """Agents in trees, and claims on ``pool_chain``."""

    name = "chain"
    block = "chain"
    title = "链动 2+1 and 3+1 chain"
    section = "8b"
    takebacks = ("chain/chain_takebacks",)
    rewards = ("chain/chain_rewards",)
    moves = ("chain/chain_moves",)
    controls = ("chain/chain_controls",)
    changed = {  # noqa: RUF012 - read only
        "claims": "chain_changed_claims",
        "open_claims": "chain_changed_open_claims",
        "agents": "changed_agents",
        "trees": "changed_trees",
    }

    def exported(self, day: Day) -> None:
        """Keep the package lines of today, of which some may qualify today; those of sealed days are in the state."""
        if self.concerns(day):
            day.run("chain/packages_taken")

    def reverse(self, day: Day) -> None:
        """Claims of joining orders that were refunded late, and agents who are given nothing from now on."""
        day.run("chain/award_places")
        day.lookup("agents", "order_id", "late_refunds", into="agents_refunded")
        day.lookup("claims", "order_id", "agents_refunded", into="chain_claims_own")
        day.run("chain/chain_refunds", "chain/chain_claims_refunded")

    def settle(self, day: Day) -> None:
        """Who joins and where, what his order awards, and payment of open claims in turn."""
        day.run("chain/package_candidates")
        day.lookup("lines", "order_id", "package_candidates", only="order_id line_no product_id", into="package_lines")
        day.run("chain/package_orders", "chain/chain_people")
        day.lookup("agents", "member_id", "chain_people", into="agents_found")
        self._follow(day)
        day.lookup("agents", "first", "chain_joined", of="referrer_id", into="firsts_found")
        day.lookup("agents", "member_id", "chain_joined", of="boss_of", into="bosses_found")
        day.engine.union("bosses_standing", ["agents_found", "bosses_found"])
        day.lookup("agents", "member_id", "bosses_standing", of="boss_of", into="uppers_found")
        day.run(
            "chain/agents_before", "chain/chain_weakest", "chain/chain_awards", "chain/chain_claims_new",
            "chain/chain_claims_open", "chain/chain_pool", "chain/chain_claims_funded", "chain/chain_changed_claims",
            "chain/chain_changed_open_claims", "chain/changed_agents", "chain/changed_trees",
        )  # fmt: skip
        day.engine.drop("package_candidates", "package_lines", "packages_taken")

    @staticmethod
    def _follow(day: Day) -> None:
        """Follow the pointers of today's agents to each other; every round doubles how far they reach, and they lead
        to earlier orders only, so that they end."""
        day.run("chain/chain_joining", into="chain_joined")
        while day.total("chain_joined", "unresolved"):
            day.run("chain/chain_pointers", into="chain_joined")

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed and paid, and how many joined."""
        return {
            "agents who joined, heads": day.engine.count("chain_joined"),
            "chain contributed": day.total("chain_joined", "contribution"),
            "chain paid": day.total("chain_claims_funded", "paid"),
        }
