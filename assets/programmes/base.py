"""What a scheme is to the day: where it takes part in the steps, and which relations it hands on.

Holds: the interface and the helpers that every scheme uses.
Never holds: a rule of any scheme.
Neighbour: ``assets/steps.py`` calls the schemes in the order of rules.md section 1.
"""

from __future__ import annotations

from collections.abc import Mapping

from assets.day import Day


class Programme:
    """One scheme. Relations are named by their statement, ``<folder>/<name>``, and run when they are gathered.

    ``takebacks``: money to take back after late refunds; ``rewards``: changes of what members have; ``moves``:
    two-sided movements for the ledger; ``postings``: sums by account and holder of movements whose two sides meet in as
    many rows as there are payments; ``changed``: state table -> relation with the rows that today changed; ``listed``:
    output table -> relation with the rows that people see, where it is not the changed ones; ``causes``: relations that
    nothing reads any more once movements and rewards were gathered; ``vouchers_back``: vouchers that late refunds take
    back, with where the money behind them goes; ``controls``: statements of rules.md section 11 for this scheme alone
    or, as those of vouchers with money behind them, for those that ask for it.
    """

    name: str = ""
    block: str = ""  # of the rules
    title: str = ""
    section: str = ""  # of rules.md
    always: bool = False  # on or not: other rooms read what it leaves (requests, exits, controls)
    vouchers_back: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    takebacks: tuple[str, ...] = ()
    rewards: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    postings: tuple[str, ...] = ()
    changed: Mapping[str, str] = {}
    listed: Mapping[str, str] = {}
    causes: tuple[str, ...] = ()

    def concerns(self, day: Day) -> bool:
        """Whether the scheme was ever on up to this day: where it never was, it has nothing to do and to say."""
        return self.always or day.rules.last_enabled(self.block, day.date) is not None

    def exported(self, day: Day) -> None:
        """Keep what of the day's exports the scheme needs later: asked of every scheme, on or not, while the lines that
        were taken are still at hand."""

    def fits(self, day: Day) -> None:
        """Raise Refused when the sealed state and today's rules do not go together."""

    def reverse(self, day: Day) -> None:
        """Step 2: recompute what late-refunded orders had caused (rules.md section 9)."""

    def request(self, day: Day) -> None:
        """Step 3: requests, in their order."""

    def settle(self, day: Day) -> None:
        """Steps 4 to 6: contributions, grants, claims and tickets of today's orders, funding, releases."""

    def close(self, day: Day) -> None:
        """After debts were collected: what of the scheme's state the collection changed."""

    def written(self, day: Day, table: str) -> None:
        """An output table that lists this scheme's changes was written and kept: look at them once more, let go."""

    def money(self, day: Day) -> dict[str, int]:
        """Figures of the day for people, in fen or units."""
        return {}
