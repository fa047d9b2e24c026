"""The controls as Dagster's asset checks: what each says in words, and what it expected and found on a day.

Holds: the checks of the assets that can say something of themselves.
Never holds: how a control is computed (``sql/controls/``), what follows when one fails (``assets/ledger.py``).
Neighbour: ``definitions.py`` attaches them; a failed control also keeps the day from being published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from assets.day import Day
from assets.foundation.store import Home
from assets.ledger import intake_controls
from pipelines.showing import table

_LISTED = 20


_Row = tuple[str, int, int]  # a control: its name, expected, found
_KINDS = {"name": pl.String, "expected": pl.Int64, "found": pl.Int64, "difference": pl.Int64}


@dataclass(frozen=True)
class Check:
    """An asset check over controls of the day: those whose names begin with one of ``begins``.

    ``read`` gives controls as name, expected, found as soon as the asset is made.
    """

    asset: str
    name: str
    text: str
    begins: tuple[str, ...]
    read: Callable[[Day], pl.DataFrame] = lambda work: work.frame("controls")

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """What the UI says of it before any day."""
        return dg.AssetCheckSpec(self.name, asset=self.asset, description=self.text)

    def own(self, rows: Iterable[_Row]) -> list[dict[str, Any]]:
        """Its rows among those of a day, the worst first."""
        kept = [
            {"name": name, "expected": expected, "found": found, "difference": found - expected}
            for name, expected, found in rows
            if name.startswith(self.begins)
        ]
        return sorted(kept, key=lambda row: (-abs(row["difference"]), row["name"]))


def _payments(work: Day) -> pl.DataFrame:
    """Each channel file is read back as the channel would read it."""
    rows = [
        ("6 payout files rows", work.engine.count("payouts_cut"), work.total("payout_files_read", "rows_count")),
        ("6 payout files net fen", work.total("payouts_cut", "net"), work.total("payout_files_read", "net")),
    ]
    return pl.DataFrame(rows, schema={"name": pl.String, "expected": pl.Int64, "found": pl.Int64}, orient="row")


CHECKS = (
    Check(
        "exports", "every_row_accounted_for",
        "Of every export file, rows and money that came in are those accepted, found twice or quarantined: nothing is"
        " lost.",
        ("5 control total",), intake_controls,
    ),
    Check(
        "tickets", "within_bounds_and_in_turn",
        "No ticket has received more than its target or less than nothing, what each received is what was paid to it"
        " less what was taken back, and in a first-come queue none was paid before one ahead of it.",
        ("3 tickets", "4 fifo"), lambda work: work.frame("ticket_controls"),
    ),
    Check(
        "payouts", "files_pay_what_was_cut",
        "The channel files, read back from disk, hold every payout once and add up to what was cut.",
        ("6 payout files",), _payments,
    ),
    Check(
        "controls", "1_books_balance",
        "Every transaction has as much debit as credit, and every account closes at its opening plus what moved"
        " (rules.md section 11.1).", ("1 ",),
    ),
    Check(
        "controls", "2_pools_cover_dues",
        "No pool, wallet or voucher backing is below zero, and each pool holds what was put in, less what it paid, plus"
        " what was taken back (rules.md section 11.2).", ("2 ",),
    ),
    Check(
        "controls", "3_nobody_overpaid",
        "What tickets, claims and lots received lies within their bounds and equals payments less take-backs"
        " (rules.md section 11.3).", ("3 ",),
    ),
    Check(
        "controls", "4_paid_in_turn",
        "In a first-come queue no ticket overtakes another (rules.md section 11.4).", ("4 ",),
    ),
    Check(
        "controls", "5_no_row_lost",
        "Control totals: rows and money in are those accepted, found twice or quarantined (rules.md section 11.5).",
        ("5 ",),
    ),
    Check(
        "controls", "6_files_agree",
        "The payout files, the table of payouts and the journal name the same sums and taxes (rules.md section 11.6).",
        ("6 ",),
    ),
    Check(
        "controls", "7_within_limits",
        "No reward is paid deeper than allowed, and no cycle or joining order claims more than it paid in (rules.md"
        " section 11.7).", ("7 ",),
    ),
)  # fmt: skip


def specs(asset: str) -> list[dg.AssetCheckSpec] | None:
    """The checks of one asset."""
    return [check.spec for check in CHECKS if check.asset == asset] or None


def results(asset: str, work: Day) -> Iterator[dg.AssetCheckResult]:
    """One result a check of the asset: how many controls, and of the worst what was expected and found."""
    read: dict[Callable[[Day], pl.DataFrame], list[_Row]] = {}  # most checks read the same rows
    for check in CHECKS:
        if check.asset == asset:
            if check.read not in read:
                read[check.read] = _rows(check.read(work))
            yield dg.AssetCheckResult(**_told(check, read[check.read], work.date))


def evaluated(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """A result as the event that enters it where no step of its asset runs."""
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key or dg.AssetKey([]), check_name=result.check_name or "", passed=result.passed,
        metadata=result.metadata, severity=result.severity, description=result.description,
    )  # fmt: skip


def sealed(home: Home, day: date) -> Iterator[dg.AssetCheckEvaluation]:
    """Every check of a settled day, from its ``controls.parquet``; none where that cannot be read."""
    try:
        rows = _rows(pl.read_parquet(home.settlement(day) / "controls.parquet"))
    except (OSError, pl.exceptions.PolarsError):
        return
    for check in CHECKS:
        yield evaluated(dg.AssetCheckResult(**_told(check, rows, day)))


def _rows(controls: pl.DataFrame) -> list[_Row]:
    return list(zip(*(controls[name].to_list() for name in ("name", "expected", "found")), strict=True))


def _told(check: Check, controls: Iterable[_Row], day: date) -> dict[str, Any]:
    rows = check.own(controls)
    failed = [row for row in rows if row["difference"]]
    figures: dict[str, Any] = {"day": str(day), "controls": len(rows), "failed": len(failed)}
    if rows:
        worst = {name: value for name, value in rows[0].items() if name != "name"}
        figures |= worst | {"figures": table(rows, _KINDS)}
    listed = "; ".join(
        "{name}: expected {expected:,}, found {found:,}, difference {difference:,}".format(**row)
        for row in failed[:_LISTED]
    )
    return {
        "check_name": check.name, "asset_key": check.asset, "passed": not failed, "metadata": figures,
        "description": f"{day}: {listed or f'{len(rows)} controls, all agree'}",
        "severity": dg.AssetCheckSeverity.ERROR,
    }  # fmt: skip
