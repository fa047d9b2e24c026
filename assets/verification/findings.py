"""What a verification found: faults as values, and how much each kind of check has looked at.

Holds: the kinds of checks, Fault, Tally, Verification, and comparing two tables to the first row that differs.
Never holds: a check; raising for what a home says (a home at fault is an outcome, not an exception).
Neighbour: every module of this package enters what it finds here; ``pipelines/verifying.py`` prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

# Kind -> what it checks, in the order in which it is shown. Numbers are those of rules.md section 11.
KINDS: dict[str, str] = {
    "chain": "seals readable, days without a gap, each names the seal before it",
    "files": "every output and state file as sealed, none missing, none more",
    "inputs": "every export that was taken as it was",
    "rules": "every rules version as the days were settled with",
    "issued": "the register names every sealed payout with what it says, and no other",
    "log": "the log whole; checkers are no makers; released once, as approved, as it lies in the outbox",
    "tables": "content hashes, columns, order, row counts and sums of the tables",
    "entries": "1 every transaction balances in each commodity",
    "balances": "1 balances recomputed from all journals",
    "pools": "2 nothing below zero; paid out + due = contributed - pool, per programme",
    "awards": "3 tickets and claims: within bounds, received = payments less take-backs",
    "lots": "3 lots: as their orders, tiers and price say; received = releases less take-backs; left = balances",
    "turns": "4 paid to tickets that waited; fifo: nobody overtook",
    "intake": "5 in = accepted + duplicates + quarantined; quarantine files agree",
    "payouts": "6 payout files = payouts.parquet = journal; ids unique and by formula",
    "depth": "7 paid depth; no cycle claims more than it paid in",
    "subledger": "the journal's member accounts and shares = rewards, orders, payouts",
    "controls": "the controls that were sealed with the day",
}

# Checks of a day by itself; the others rest on every day before it.
SEAL_KINDS = ("chain", "files", "inputs", "rules", "issued", "log", "tables")


@dataclass(frozen=True)
class Fault:
    """One fault: in which check and day, in which file, what of it, and the two figures or texts that differ."""

    kind: str
    day: date
    where: str
    what: str
    expected: str
    found: str


@dataclass
class Tally:
    """What one kind of check looked at: days, files, rows, and fen (commodity CNY only)."""

    days: int = 0
    files: int = 0
    rows: int = 0
    fen: int = 0


@dataclass
class Verification:
    """The outcome. ``stopped`` says why and where the controls of the days' content ended early, "" if they did not.

    ``pruned`` are the state files of earlier days that were pruned and so could not be looked at: that is no fault.
    ``notes`` are sentences of what a reader should know and what is no fault either.
    """

    first: date | None = None
    last: date | None = None
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    faults: list[Fault] = field(default_factory=list)
    stopped: str = ""
    pruned: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether everything was checked and nothing is at fault."""
        return not self.faults and not self.stopped

    def of_kind(self, kind: str) -> list[Fault]:
        """Faults of one kind in the order in which they were found: by day."""
        return [fault for fault in self.faults if fault.kind == kind]

    def count(self, kind: str, *, days: int = 0, files: int = 0, rows: int = 0, fen: int = 0) -> None:
        """Enter what a check looked at."""
        tally = self.tallies[kind]
        tally.days, tally.files = tally.days + days, tally.files + files
        tally.rows, tally.fen = tally.rows + rows, tally.fen + fen


@dataclass(frozen=True)
class Page:
    """Where the checks of one day enter what they find: the verification and the day's folder, as text."""

    verification: Verification
    day: date

    def fault(self, kind: str, file: str, what: str, expected: object, found: object) -> None:
        """Enter a fault in ``file``, named from the day's folder."""
        where = f"settlements/{self.day}/{file}"
        self.verification.faults.append(Fault(kind, self.day, where, what, str(expected), str(found)))

    def same(self, kind: str, file: str, what: str, expected: object, found: object) -> bool:
        """Enter a fault unless the two agree; returns whether they do."""
        if expected != found:
            self.fault(kind, file, what, expected, found)
        return expected == found

    def agree(
        self, kind: str, file: str, what: str, expected: pl.DataFrame, found: pl.DataFrame, key: Sequence[str]
    ) -> None:
        """Enter the first row, by ``key``, in which two tables of ``key`` and ``amount`` differ; no row counts as 0."""
        if row := first_difference(expected, found, key):
            named = " ".join(str(row[column]) for column in key)
            self.fault(kind, file, f"{what} {named}", row["expected"], row["found"])

    def none(self, kind: str, file: str, what: str, rows: pl.DataFrame, expected: str, found: str) -> None:
        """Enter the first of ``rows`` by ``name``, all of them at fault; the columns expected and found are shown.

        ``expected`` and ``found`` are texts with ``{}`` for the row's figure.
        """
        if rows.height:
            row = rows.sort("name").row(0, named=True)
            told = f"{what} {row['name']}" + (f" (and {rows.height - 1} more)" if rows.height > 1 else "")
            self.fault(kind, file, told, expected.format(row["expected"]), found.format(row["found"]))


def total(frame: pl.DataFrame, column: str = "amount") -> int:
    """Exact sum of an integer column: 64-bit sums of Polars wrap around in silence."""
    return int(frame[column].cast(pl.Int128).sum())


def sums(frame: pl.DataFrame, key: Sequence[str], column: str = "amount") -> pl.DataFrame:
    """``key`` and the exact sum ``amount`` (128 bits) per key."""
    return frame.group_by(list(key)).agg(pl.col(column).cast(pl.Int128).sum().alias("amount"))


def first_difference(expected: pl.DataFrame, found: pl.DataFrame, key: Sequence[str]) -> dict[str, object] | None:
    """The first row by ``key`` whose ``amount`` differs, as key, expected and found; a row that is missing has 0."""
    sides = [
        frame.select(*key, pl.col("amount").cast(pl.Int128).alias(name))
        for frame, name in ((expected, "expected"), (found, "found"))
    ]
    both = sides[0].join(sides[1], on=list(key), how="full", coalesce=True, nulls_equal=True)
    wrong = both.with_columns(pl.col("expected", "found").fill_null(0)).filter(pl.col("expected") != pl.col("found"))
    return wrong.sort(key).row(0, named=True) if wrong.height else None
