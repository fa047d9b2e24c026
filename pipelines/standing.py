"""`settle status`: how a home stands, in lines a person reads, and the next command to type.

Holds: the wording.
Never holds: reading of sealed state (``assets/sealed.py``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from assets.exports.reading import is_ready
from assets.foundation.store import Home
from assets.sealed import standing
from pipelines.definitions import next_day
from pipelines.terminal import open_to_others, yuan


def status_lines(home: Home) -> Iterator[str]:
    """Settled days, the chain's head, exports that wait, payouts in transit, debts, what to type next."""
    settled = home.settled_days()
    waiting = [day for day in home.export_days() if not settled or day > settled[-1]]
    yield f"home:              {home.root}"
    if settled:
        head = home.seal(settled[-1])
        yield f"settled:           {len(settled)} days, {settled[0]} to {settled[-1]}"
        if head:
            yield f"head of the chain: {head.sha256}"
            now = standing(home, head)
            count, fen = sum(row[1] for row in now.in_transit), sum(row[2] for row in now.in_transit)
            yield f"in transit:        {count} payouts, {yuan(fen)} yuan"
            for day, payouts, net in now.in_transit[:10]:
                age = (settled[-1] - day).days
                yield f"                   {day} ({age} days): {payouts} payouts, {yuan(net)} yuan"
            yield f"in debt:           {now.debtors} members, {yuan(now.debt_fen)} yuan"
    else:
        yield "settled:           no day yet"
    if wide := open_to_others(home):
        yield f"open to others:    {wide}"
    ready = sum(1 for day in waiting if is_ready(home.exports(day)))
    span = f", {waiting[0]} to {waiting[-1]}" if waiting else ""
    yield f"exports waiting:   {len(waiting)} days, {ready} of them ready{span}"
    following = next_day(home)
    if following is None:
        yield f"next:              put exports into {home.root / 'exports'}, or: settle demo DIR"
    elif home.exports(following).is_dir():
        yield f"next:              settle run --date {following} --home {home.root}"
    else:
        yield f"next:              {following} has no export folder yet"
