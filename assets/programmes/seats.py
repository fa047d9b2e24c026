"""The turns of mode ``seats``, order by order as the rule asks (rules.md section 6.3.2).

Holds: the one loop that set-based SQL cannot carry: who sits in front depends on every earlier turn.
Never holds: how the parts or needs come about (``sql/queue/``).
Neighbour: ``queue.py`` calls it; queues are independent of each other.
"""

from __future__ import annotations

import polars as pl

_PAYMENTS = {"queue_id": pl.String(), "turn": pl.Int64(), "ticket_no": pl.Int64(), "amount": pl.Int64()}


def _turns_of_queue(parts: list[int], needs: list[int], seats: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """(turn, index of the ticket, fen) for one queue: parts by turn and needs by ticket number, all in fen."""
    paid: list[tuple[int, int, int]] = []
    seated = list(range(min(len(seats), len(needs))))
    following = len(seated)
    rest = 0
    for turn, own in enumerate(parts):
        part = own + rest
        rest = part
        filled = 0
        for place, ticket in enumerate(seated):
            amount = part * seats[place] // 10_000
            need = needs[ticket]
            if amount >= need:
                amount = need
                filled += 1
            if amount:
                needs[ticket] = need - amount
                rest -= amount
                paid.append((turn, ticket, amount))
        if filled:
            seated = [ticket for ticket in seated if needs[ticket]]
            while len(seated) < len(seats) and following < len(needs):
                seated.append(following)
                following += 1
        if not seated:
            break
    return paid


def pay_seats(turns: pl.DataFrame, needs: pl.DataFrame, seats: tuple[int, ...]) -> pl.DataFrame:
    """Payments of a day's turns.

    ``turns``: queue_id, turn, part (fen: what acceleration left of the order's pot, the first also with the carry);
    ``needs``: queue_id, ticket_no, need (fen). Both sorted by their first two columns. Returns queue_id, turn,
    ticket_no, amount; what is left of a part is added to the next one's, the last rest stays in the queue.
    """
    parts_of = {key[0]: group for key, group in turns.group_by("queue_id", maintain_order=True)}
    frames: list[pl.DataFrame] = []
    for key, waiting in needs.group_by("queue_id", maintain_order=True):
        queue = key[0]
        if queue not in parts_of:
            continue
        mine = parts_of[queue]
        paid = _turns_of_queue(mine["part"].to_list(), waiting["need"].to_list(), seats)
        rows = pl.DataFrame(paid, schema={"at": pl.Int64(), "ticket": pl.Int64(), "amount": pl.Int64()}, orient="row")
        frames.append(
            rows.select(
                pl.lit(queue, pl.String()).alias("queue_id"),
                mine["turn"].gather(rows["at"]).alias("turn"),
                waiting["ticket_no"].gather(rows["ticket"]).alias("ticket_no"),
                "amount",
            )
        )
    return pl.concat([pl.DataFrame(schema=_PAYMENTS), *frames])
