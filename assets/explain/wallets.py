"""A member's wallets: which rewards the money in them came from, first in, first out.

Holds: the one rule by which money of a wallet is told apart: what came in first goes out first, whatever takes it (a
cut, a take-back, a debt collected); a payout that comes back brings back the same pieces.
Never holds: amounts that the journal has not: what comes in and goes out is the journal's, and rewards must be that.
Neighbour: ``payouts.py`` and ``members.py`` show the pieces. Settling itself knows no such order: money of one wallet
is alike, and this is a way to tell it, the same each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from assets.explain.reading import Past, Row
from assets.foundation.errors import Refused
from assets.statement.holders import Holder
from assets.statement.reading import STEPS, balances, journal
from assets.statement.returned import BACK, came_back

WALLETS = ("rebate", "chance", "labour")
_PREFIX = "member_wallet_"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """Money of one reward: ``row`` of rewards, ``amount`` of it in fen; ``back``: payouts it came back from, oldest
    first. ``row`` None: money that came back of which no table tells more."""

    row: Row | None
    amount: int
    back: tuple[str, ...] = ()


@dataclass
class _Queue:
    """The pieces in a wallet, oldest first."""

    pieces: list[Piece] = field(default_factory=list)

    def take(self, amount: int, what: str) -> list[Piece]:
        """Take that much from the oldest pieces; raises Refused where there is less."""
        taken: list[Piece] = []
        while amount:
            if not self.pieces:
                raise Refused(f"{what}: {amount} fen more went out than came in (settle verify says more)")
            oldest = self.pieces[0]
            some = min(amount, oldest.amount)
            taken.append(replace(oldest, amount=some))
            rest = oldest.amount - some
            self.pieces[:1] = [replace(oldest, amount=rest)] if rest else []
            amount -= some
        return taken


class Wallets:
    """The wallets of a member at a close: ``cuts`` has the pieces of his payouts (id, then wallet), ``left`` those that
    are there. Looks no further back than to a close at which his wallets were empty.

    ``upto``: only what happened to that day; ``wanted``: a payout whose pieces are asked for.
    """

    def __init__(self, past: Past, member: str, payouts: list[Row], wanted: Row | None = None) -> None:
        self._past, self._holder = past, Holder("member", member)
        self._payouts = {row["payout_id"]: row for row in payouts}
        self._by_day: dict[date, Row] = {row["paid_on"]: row for row in payouts}
        self._upto: date = wanted["paid_on"] if wanted else past.day
        self.cuts: dict[str, dict[str, list[Piece]]] = {}
        self._queues = {name: _Queue() for name in WALLETS}
        self._replay()

    @property
    def left(self) -> dict[str, list[Piece]]:
        """What is in each wallet."""
        return {name: queue.pieces for name, queue in self._queues.items()}

    # --- from when on ------------------------------------------------------------------------------------------------

    def _empty_before(self, day: date) -> date:
        """The first day after a close before ``day`` that left nothing in the wallets; the home's first without one."""
        for paid_on in sorted((one for one in self._by_day if one < day), reverse=True):
            seal = self._past.home.seal(paid_on)
            held = balances(self._past.home, seal, self._holder)
            if held.filter(pl.col("account").str.starts_with(_PREFIX)).is_empty():
                return paid_on + _ONE_DAY
        return self._past.days[0]

    def _start(self) -> tuple[date, pl.DataFrame, dict[date, list[str]]]:
        """From when on, the journal of the wallets from then, and which payouts came back on which day since."""
        start = self._empty_before(self._upto + (_ONE_DAY if self._upto not in self._by_day else timedelta(0)))
        while True:
            days = self._past.days_from(start, self._upto)
            lines = journal(self._past.home, days, self._holder)
            lines = lines.filter(pl.col("account").str.starts_with(_PREFIX))
            back = self._came_back(lines, start)
            cut: list[date] = [self._payouts[name]["paid_on"] for names in back.values() for name in names]
            if not cut or min(cut) >= start:
                return start, lines, back
            start = self._empty_before(min(cut))

    def _came_back(self, lines: pl.DataFrame, start: date) -> dict[date, list[str]]:
        days = lines.filter((pl.col("programme") == "payout") & pl.col("cause").is_in(BACK))["date"].unique().to_list()
        earlier = [day for day in self._past.days if day < start]
        found: dict[date, list[str]] = {}
        for row in came_back(self._past.home, sorted(days), earlier, self._holder).to_dicts():
            if row["payout_id"] in self._payouts:
                found.setdefault(row["date"], []).append(row["payout_id"])
        return found

    # --- what happened -----------------------------------------------------------------------------------------------

    def _replay(self) -> None:
        start, lines, self._back = self._start()
        self._days = self._past.days_from(start, self._upto)
        steps = pl.col("cause").replace_strict({name: place for place, name in enumerate(STEPS)},
                                               default=len(STEPS), return_dtype=pl.Int64)  # fmt: skip
        for line in lines.sort("date", steps, "programme", "account").iter_rows(named=True):
            name = line["account"].removeprefix(_PREFIX)
            if line["change"] > 0:
                self._queues[name].pieces += self._came_in(line, name)
            else:
                self._went_out(line, name)

    def _went_out(self, line: Row, name: str) -> None:
        what = f"member {self._holder.id}, wallet {name}, {line['date']}"
        taken = self._queues[name].take(-line["change"], what)
        if line["programme"] == "payout":
            payout = self._by_day[line["date"]]
            self.cuts.setdefault(payout["payout_id"], {})[name] = taken

    def _came_in(self, line: Row, name: str) -> list[Piece]:
        """The pieces of a line of the journal; they must be its amount."""
        if line["programme"] == "payout":
            return self._returned(line, name)
        rows = [row for row in self._rewards[line["date"], line["programme"], line["cause"]]
                if self._wallet(row, line["date"]) == name]  # fmt: skip
        found = sum(row["amount"] for row in rows)
        if found != line["change"]:
            raise Refused(
                f"member {self._holder.id}, {line['date']} {line['programme']}/{line['cause']}: rewards of {found} fen,"
                f" the journal has {line['change']}. Sealed days were changed: settle verify says more"
            )
        return [Piece(row, row["amount"]) for row in rows]

    def _returned(self, line: Row, name: str) -> list[Piece]:
        """The pieces of the payouts that came back, as they were; where no table tells which, one without a reward."""
        pieces = [
            replace(piece, back=(*piece.back, payout))
            for payout in self._back.get(line["date"], [])
            if self._ended(payout) == line["cause"]
            for piece in self.cuts.get(payout, {}).get(name, [])
        ]
        known = sum(piece.amount for piece in pieces) == line["change"]
        return pieces if known else [Piece(None, line["change"])]

    def _ended(self, payout: str) -> str:
        return str(self._payouts[payout]["status"])

    @cached_property
    def _rewards(self) -> defaultdict[tuple[date, str, str], list[Row]]:
        """What brought money to the member on these days, by day, programme and kind."""
        own = (pl.col("member_id") == self._holder.id) & (pl.col("commodity") == "CNY") & (pl.col("amount") > 0)
        found: defaultdict[tuple[date, str, str], list[Row]] = defaultdict(list)
        for row in self._past.rewards(self._days, own):
            found[row["date"], row["programme"], row["kind"]].append(row)
        return found

    def _wallet(self, row: Row, day: date) -> str:
        """The wallet that a reward went to, by the income class of its version (rules.md sections 2 and 10.1)."""
        if row["programme"] == "green":
            return "labour"
        found: str = self._past.rule(row["rule_version"] or self._past.in_force(day)["version"], "tax")[
            row["programme"]
        ]
        return found


def grouped(pieces: list[Piece], depth: int = 0) -> Iterator[tuple[str, list[Piece]]]:
    """Pieces that follow one another and came back from the same payout ("" for none) the latest time but ``depth``."""
    group: list[Piece] = []
    last = ""
    for piece in pieces:
        back = piece.back[: len(piece.back) - depth]
        now = back[-1] if back else ""
        if group and now != last:
            yield last, group
            group = []
        group.append(piece)
        last = now
    if group:
        yield last, group
