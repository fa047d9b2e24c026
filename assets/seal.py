"""The seal: quarantine files and state segments of the day, the manifest, and the publication.

Holds: what the manifest says.
Never holds: how publishing is made safe (``foundation/store.py``), what the register of payouts says (``issued.py``).
Neighbour: the last stage of ``stages.py``.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from assets.day import FORMAT, Day, starting_files
from assets.foundation.store import publish
from assets.issued import enter_issued, issued_rows, require_as_issued
from assets.steps import Facts, changed_relations

# State table -> relation with the rows that today changed, beside what the schemes bring.
_CHANGED = {
    "members": "taken_members", "merchants": "taken_merchants", "accounts": "taken_accounts",
    "refunds": "taken_refunds", "exits": "exits_taken",
    "redemptions": "redemptions_taken", "results": "results_taken", "debts": "changed_debts",
    "payouts": "changed_payouts", "returned": "changed_returned", "tax": "changed_tax",
}  # fmt: skip


@cache
def software() -> dict[str, str]:
    """The versions of the programs that the bytes of a day hang on: engine, writers of tables, of the report."""
    found = {}
    for package in ("settle", "duckdb", "polars", "pyarrow", "jinja2", "vl-convert-python", "xlsxwriter", "lxml"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def write_quarantine(day: Day) -> Facts:
    """quarantine/<file>.csv: every row that was not taken, with its text, its code and a sentence (contract.md)."""
    from assets.exports.intake import write_quarantine as write

    intake = day.taken()
    for path in write(intake, day.staging):
        day.wrote(path)
    totals = intake.totals
    return {"rows": intake.quarantined.height, "money, fen": sum(totals["fen_quarantined"].to_list())}


def _write_state(day: Day) -> None:
    day.run("results/results_taken", "points/redemptions_taken", "queue/exits_taken")
    day.state_segments = day.state.write(day.staging / "state", _CHANGED | changed_relations(day))


def _sums(day: Day) -> dict[str, int]:
    return {
        "orders_kept_fen": day.total("qualified_sums", "kept"),
        "payouts_gross_fen": day.total("payouts_cut", "gross"),
        "payouts_tax_fen": day.total("payouts_cut", "tax"),
        "payouts_net_fen": day.total("payouts_cut", "net"),
    }


def manifest(day: Day) -> dict[str, Any]:
    """The seal's content: hashes of every input, output, the rules and the previous seal; row counts; sums."""
    intake = day.taken()
    return {
        "format": FORMAT,
        "business_date": day.date.isoformat(),
        "software": software(),
        "rules": {
            "sha256": day.rules_sha256, "timezone": day.rules.timezone, "version": day.version.version,
            "versions": day.rules.contents(day.date),
        },
        "previous": {"business_date": day.previous.day.isoformat(), "sha256": day.previous.sha256}
        if day.previous else None,
        "inputs": {
            read.path: {"sha256": read.sha256, "bytes": read.bytes, "rows": read.rows} for read in intake.files
        },
        "totals": {str(row.pop("file")): row for row in intake.totals.sort("file").to_dicts()},
        "notes": intake.notes,
        "accepted_quarantine": day.accept_quarantine,
        "language": day.language,
        "outputs": {name: written.as_json() for name, written in day.written.items()},
        "sums": _sums(day),
        "state": day.state_segments,
    }  # fmt: skip


def seal_day(day: Day) -> Facts:
    """Write the state and the manifest, publish the day by one rename, then enter its payouts as issued."""
    _write_state(day)
    issued = issued_rows(day.engine, day.staging)
    require_as_issued(day.home, day.date, issued, first=day.previous is None)
    seal = publish(day.home, day.date, day.staging, manifest(day), day.previous)
    enter_issued(day.home, seal, issued)
    day.seen.remember(starting_files(day.home, seal))
    return {"sha256": seal.sha256, "files": len(day.written)}
