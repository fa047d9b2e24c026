"""排队免单: a queue for a free order (rules.md section 6), with split orders (大单拆小单) and exits.

Holds: the order of this scheme's statements, and which discipline pays.
Never holds: the statements themselves (``sql/queue/``), the turns of mode seats (``seats.py``).
Neighbour: ``base.py`` says when each method is called.
"""

from __future__ import annotations

from functools import partial

from assets.day import Day
from assets.foundation.errors import Refused
from assets.programmes.base import Programme
from assets.programmes.laying import lay
from assets.programmes.seats import PAYMENTS, pay_seats

_PAID = {"fifo": "queue/paid_fifo", "average": "queue/paid_average", "pro_rata": "queue/paid_pro_rata"}
_ALL = ("average", "pro_rata")  # disciplines that pay every waiting ticket its part
_MOST = 2**63 - 1
LISTED = 50  # queues of which the report tells the age; the sum is of all


class Queue(Programme):
    """Tickets in queues, paid from ``pool_queue``."""

    name = "queue"
    block = "queue"
    title = "排队免单 queue"
    section = "6"
    always = True
    takebacks = ("queue/queue_takebacks",)
    vouchers_back = ("queue/queue_vouchers_back",)
    rewards = ("queue/queue_rewards",)
    moves = ("queue/queue_moves",)
    postings = ("queue/queue_postings",)
    changed = {  # noqa: RUF012 - read only
        "tickets": "changed_tickets",
        "queues": "changed_queues",
        "blocks": "changed_blocks",
        "layers": "changed_layers",
        "inflows": "changed_inflows",
    }
    causes = ("queue_orders", "queue_layers", "pot_paid", "accelerations")
    # The state also keeps what only a later refund asks for: fen that have not entered yet, the terms of an exit.
    listed = {"tickets": "tickets_listed"}  # noqa: RUF012 - read only

    def reverse(self, day: Day) -> None:
        """New targets of the tickets of late-refunded orders, and vouchers of exited ones."""
        day.lookup("tickets", "order_id", "late_refunds", into="refunded_tickets")
        day.run("queue/ticket_steps", "queue/tickets_refunded", "queue/vouchers_reversed")

    def request(self, day: Day) -> None:
        """Exits against vouchers (rules.md section 6.2), with the keys of the last version that had queues."""
        keys = day.keys(self.block)
        block = keys.queue
        day.params |= {
            "queue_exit_bp": block.exit_bp,
            "queue_exit_after_days": block.exit_after_days,
            "queue_mode_today": block.mode,
            "queue_seats_today": len(block.seats_bp),
            "queue_version": keys.version,
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
        day.run("queue/layers_left", "queue/tickets_funded")
        day.engine.drop("lanes_waiting", "lanes_alone", "block_tickets", "blocks_waiting")
        day.name("queue/queue_paid")
        day.run("queue/tickets_entered", "queue/changed_queues", "queue/tickets_stepped", "queue/changed_blocks")
        day.name("queue/changed_tickets")
        day.name("queue/tickets_listed")
        # While all that they look at is at hand.
        day.run("controls/ticket_controls", "report/queue_health", "queue/changed_inflows")
        self._look_at_waiting(day)
        day.engine.drop("queue_needs", "pot_payments")

    @staticmethod
    def _look_at_waiting(day: Day) -> None:
        """What waits at the close, for the report: by the blocks, and of the queues listed also their first tickets."""
        day.params |= {"queues_listed": LISTED}
        day.run("report/queues_waiting", "report/queues_listed")
        day.lookup("tickets", "block", "queues_listed", of="name", into="first_tickets")
        day.run("report/queue_ages")
        day.engine.drop("first_tickets", "queues_listed")

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
        block = day.keys(self.block).queue
        day.run("queue/queue_layers", "queue/queue_pots")
        if block.mode in _ALL:
            day.engine.union("tickets_found", ["prior_tickets"])
            # Read where they lie, first their needs alone, then the whole of those that were paid.
            day.engine.union("tickets_reached", [day.name("queue/tickets_waiting")])
        else:
            day.run("queue/waiting_blocks", "queue/blocks_reached")
            day.lookup("tickets", "block", "blocks_reached", of="name", into="block_tickets")
            day.engine.union("tickets_found", ["block_tickets"])
            day.run("queue/tickets_waiting", into="blocks_waiting")
            day.engine.union("tickets_waiting", ["blocks_waiting"])
            day.run("queue/lanes_alone")
            day.engine.union("tickets_reached", ["tickets_waiting", "lanes_alone"])
            day.engine.drop("waiting_blocks", "blocks_reached")
        day.run("queue/queue_needs")
        if block.mode == "seats":
            self._take_seats(day, block.seats_bp)
        else:
            day.run(_PAID.get(block.mode, _PAID["fifo"]), into="pot_payments")
            self._lay(day, day.name("queue/pot_needs"), into="pot_met")
            day.engine.make(
                "pot_paid", "select lane as queue_no, money_place, need_place as ticket_no, amount from pot_met"
            )
            day.engine.drop("pot_met")

    def _take_seats(self, day: Day, seats_bp: tuple[int, ...]) -> None:
        """A ticket may be paid in several turns: each is laid against the pot by itself, then they are one payment."""
        day.run("queue/seat_turns")
        pay = partial(pay_seats, seats=seats_bp)
        day.engine.meet("seat_payments", "seat_turns", "queue_needs", "queue_no", ("turn", "ticket_no"), pay, PAYMENTS)
        day.run("queue/seats_paid", into="pot_payments")
        day.run("queue/seat_needs")
        self._lay(day, "seat_needs", into="seats_met")
        day.run("queue/pot_paid")
        day.engine.drop("seat_turns", "seat_payments", "seat_needs", "seats_met")

    @staticmethod
    def _lay(day: Day, needs: str, *, into: str) -> None:
        """Whose money the payments are: the common pots laid against them, here or, of rows on a cluster, there."""
        money = day.name("queue/pot_money")
        if (held := day.total(money, "amount")) > _MOST:
            raise Refused(f"the common pots of all queues hold {held} fen, allowed: {_MOST}")
        if day.engine.near(money, needs):
            lane = ("lane", "place", "amount")
            day.engine.put(into, lay(*(day.engine.frame(name, "lane, place", lane) for name in (money, needs))))
        else:
            day.overlap(money, needs, into=into)

    def close(self, day: Day) -> None:
        """Money that collected debts brought back is paid out with the next day's pot (rules.md section 10.2)."""
        day.run("queue/changed_layers")

    def written(self, day: Day, table: str) -> None:
        """The day's tickets were written and kept: nothing reads them any more."""
        day.engine.drop("tickets_funded", "tickets_entered", "tickets_stepped")

    def money(self, day: Day) -> dict[str, int]:
        """Fen contributed and paid."""
        return {
            "queue contributed": day.total("queue_orders", "pot"),
            "queue paid": day.total("tickets_funded", "funded") + day.total("tickets_funded", "accelerated"),
        }
