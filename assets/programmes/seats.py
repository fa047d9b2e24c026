"""The turns of mode ``seats``, order by order as the rule asks (rules.md section 6.3.2).

Holds: the one loop that set-based SQL cannot carry: who sits in front depends on every earlier turn.
Never holds: how the parts or needs come about (``sql/queue/``).
Neighbour: ``queue.py`` calls it; queues are independent of each other.
"""

from __future__ import annotations

import polars as pl

PAYMENTS = {"queue_no": pl.Int64(), "turn": pl.Int64(), "ticket_no": pl.Int64(), "amount": pl.Int64()}


def _turns_of_queue(parts: list[int], needs: list[int], seats: tuple[int, ...]) -> tuple[list[int], ...]:
    """Turns, tickets (both as places in the given lists) and fen paid of one queue, one entry a payment."""
    turns: list[int] = []
    tickets: list[int] = []
    amounts: list[int] = []
    seated = list(range(min(len(seats), len(needs))))
    following, rest = len(seated), 0
    for turn, own in enumerate(parts):
        part = rest = own + rest
        filled = False
        for seat_bp, ticket in zip(seats, seated, strict=False):
            amount = part * seat_bp // 10_000
            need = needs[ticket]
            if amount >= need:
                amount, filled = need, True
            if amount:
                needs[ticket] = need - amount
                rest -= amount
                turns.append(turn)
                tickets.append(ticket)
                amounts.append(amount)
        if filled:
            seated = [ticket for ticket in seated if needs[ticket]]
            while len(seated) < len(seats) and following < len(needs):
                seated.append(following)
                following += 1
            if not seated:
                break
    return turns, tickets, amounts


def pay_seats(turns: pl.DataFrame, needs: pl.DataFrame, seats: tuple[int, ...]) -> pl.DataFrame:
    """Payments of a day's turns.

    ``turns``: queue_no, turn, part (fen: what acceleration left of the order's pot, the first also with the carry);
    ``needs``: queue_no, ticket_no, need (fen). Both sorted by their first two columns. Returns queue_no, turn,
    ticket_no, amount; what is left of a part is added to the next one's, the last rest stays in the queue.
    """
    parts_of = {key[0]: group for key, group in turns.group_by("queue_no", maintain_order=True)}
    frames: list[pl.DataFrame] = []
    for key, waiting in needs.group_by("queue_no", maintain_order=True):
        queue = key[0]
        if queue not in parts_of:
            continue
        mine = parts_of[queue]
        at, tickets, amounts = _turns_of_queue(mine["part"].to_list(), waiting["need"].to_list(), seats)
        frames.append(
            pl.select(
                pl.lit(queue, pl.Int64()).alias("queue_no"),
                mine["turn"].gather(pl.Series(at, dtype=pl.Int64())),
                waiting["ticket_no"].gather(pl.Series(tickets, dtype=pl.Int64())),
                pl.Series("amount", amounts, dtype=pl.Int64()),
            )
        )
    return pl.concat([pl.DataFrame(schema=PAYMENTS), *frames])
