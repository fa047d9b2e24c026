"""排队免单: a queue for a free order (rules.md section 6), with split orders (大单拆小单) and exits.

Holds: the order of this scheme's statements, and which discipline pays.
Never holds: the statements themselves (``sql/queue/``), the turns of mode seats (``seats.py``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from assets.day import Day
from assets.programmes.base import Programme
from assets.programmes.seats import pay_seats

_PAID = {"fifo": "queue/paid_fifo", "average": "queue/paid_average", "pro_rata": "queue/paid_pro_rata"}


class Queue(Programme):
    """Tickets in queues, paid from ``pool_queue``."""

    name = "queue"
    title = "排队免单 queue"
    takebacks = ("queue/queue_takebacks",)
    rewards = ("queue/queue_rewards",)
    moves = ("queue/queue_moves",)
    changed = {  # noqa: RUF012 - read only
        "tickets": "changed_tickets",
        "queues": "changed_queues",
        "blocks": "changed_blocks",
        "layers": "changed_layers",
    }
    causes = ("queue_orders", "queue_layers", "pot_paid", "tickets_paid", "accelerations")
    # The state also keeps what only a later refund asks for: fen that have not entered yet, the terms of an exit.
    listed = {"tickets": "tickets_listed"}  # noqa: RUF012 - read only

    def reverse(self, day: Day) -> None:
        """New targets of the tickets of late-refunded orders, and vouchers of exited ones."""
        day.lookup("tickets", "order_id", "late_refunds", into="refunded_tickets")
        day.run("queue/ticket_steps", "queue/tickets_refunded", "queue/vouchers_reversed")

    def request(self, day: Day) -> None:
        """Exits against vouchers (rules.md section 6.2), with the keys of the last version that had queues."""
        keys = day.rules.last_enabled(self.name, day.date)
        block = keys.queue if keys else day.version.queue
        day.params |= {
            "queue_exit_bp": block.exit_bp,
            "queue_exit_after_days": block.exit_after_days,
            "queue_mode_today": block.mode,
            "queue_seats_today": len(block.seats_bp),
            "queue_version": keys.version if keys else day.version.version,
        }
        day.lookup("tickets", "order_id", "taken_exits", into="exit_tickets")
        day.run("queue/exits_standing", "queue/judged_exits", "queue/tickets_exited", "queue/blocks_moved")
        entered = f"allowed for tickets entered on or before D - {block.exit_after_days} days (exit_after_days)"
        day.refuse(
            "queue_exits",
            day.frame("judged_exits", "source, row_no"),
            {
                "no_waiting_ticket": "the order has no waiting ticket (none, done, left, or asked for twice)",
                "exit_too_early": f"the ticket has not waited long enough; {entered}",
            },
        )

    def settle(self, day: Day) -> None:
        """Pots, acceleration, the common pot by its discipline, attribution, and what enters at the close."""
        day.run("queue/queues_of_merchants", "queue/queue_numbers", "queue/queue_orders")
        self._accelerate(day)
        self._pay_common_pot(day)
        day.run("queue/tickets_paid", "queue/pot_paid", "queue/ticket_money", "queue/layers_left")
        day.name("queue/queue_paid")
        day.engine.drop("pot_met", "pot_money", "pot_needs")
        day.run("queue/tickets_funded", "queue/tickets_entered", "queue/changed_queues", "queue/tickets_before")
        day.engine.drop("tickets_waiting", "lanes_waiting")
        day.name("queue/changed_tickets")
        day.run("queue/changed_blocks")
        day.name("queue/tickets_listed")

    @staticmethod
    def _accelerate(day: Day) -> None:
        """All direct offers are settled before any own offer (rules.md section 6.3.1)."""
        day.run("queue/direct_offers", "queue/own_offers", "queue/lanes_offered")
        day.lookup("tickets", "lane", "lanes_offered", into="lane_tickets")
        day.engine.union("tickets_found", ["lane_tickets"])
        day.run("queue/tickets_waiting", into="lanes_waiting")
        day.run("queue/lanes_found", "queue/direct_needs", "queue/direct_money")
        day.overlap("direct_money", "direct_needs", into="direct_met")
        day.run("queue/own_needs", "queue/own_money")
        day.overlap("own_money", "own_needs", into="own_met")
        day.run("queue/accelerations")
        day.engine.drop("direct_offers", "direct_needs", "direct_money", "own_offers", "own_needs", "own_money")
        day.engine.drop("direct_met", "own_met", "lanes_offered", "lane_tickets")

    def _pay_common_pot(self, day: Day) -> None:
        """Pay by the discipline of today's version, or of the last that had queues; then name whose money it was."""
        keys = day.rules.last_enabled(self.name, day.date)
        block = keys.queue if keys else day.version.queue
        day.run("queue/queue_layers", "queue/waiting_blocks", "queue/blocks_reached")
        if block.mode in ("fifo", "seats"):
            day.lookup("tickets", "block", "blocks_reached", of="name", into="block_tickets")
            day.engine.union("tickets_found", ["block_tickets"])
        else:  # every waiting ticket gets its part
            day.engine.union("tickets_found", ["prior_tickets"])
        day.run("queue/tickets_waiting", "queue/queue_needs")
        day.engine.drop("block_tickets", "waiting_blocks", "blocks_reached")
        if block.mode == "seats":
            day.run("queue/seat_turns")
            turns, needs = day.frame("seat_turns", "queue_no, turn"), day.frame("queue_needs", "queue_no, ticket_no")
            day.engine.put("queue_payments", pay_seats(turns, needs, block.seats_bp))
        else:
            day.run(_PAID.get(block.mode, _PAID["fifo"]), into="queue_payments")
        day.run("queue/pot_money", "queue/pot_needs")
        day.overlap("pot_money", "pot_needs", into="pot_met")

    def close(self, day: Day) -> None:
        """Money that collected debts brought back is paid out with the next day's pot (rules.md section 10.2)."""
        day.run("queue/changed_layers")

    def written(self, day: Day, table: str) -> None:
        """The controls of tickets and the report's figures of queues, while the day's tickets are at hand."""
        day.run("controls/ticket_controls", "report/queue_health")
        day.engine.drop("tickets_funded", "tickets_entered", "tickets_before")
        day.engine.drop("queue_needs", "queue_payments")

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed and paid."""
        return {
            "queue contributed": day.total("queue_orders", "pot"),
            "queue paid": day.total("ticket_money", "amount"),
        }
