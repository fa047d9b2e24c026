"""What may become of a hostile input, and what may not.

Holds: running one input its way and naming every fault: an exception that is no refusal, a message nobody can read,
rows or money that do not add up, text of a quarantined row that changed, a sound row that fell, a file where none
belongs.
Never holds: time and memory (``worker.py`` measures them), which inputs there are.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import stat
import subprocess
import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from assets.exports.intake import Intake, write_quarantine
from assets.exports.reading import ORIGINAL
from assets.foundation.duck import DuckEngine
from assets.foundation.errors import Refused, RulesError
from assets.payouts.channels import read_rules
from assets.payouts.channels.base import FORMULA
from tests.exports.ledger import engine, scan
from tests.fuzz.inputs import Input
from tests.fuzz.shop import BEFORE, DAY, EARLIER, KEYS, RULES, SHOP, Row, untouched, write_shop
from tests.settling import settle_day

ROOT = Path(__file__).parents[2]
_SETTLE = "import sys; from pipelines.cli import main; sys.exit(main())"
_MESSAGE = 8_000  # characters: a rules file may have many faults
# Which table of the engine holds what was taken of a file.
_TAKEN = {
    "orders": "taken_orders", "refunds": "taken_refunds", "members": "taken_members", "merchants": "taken_merchants",
    "payout_accounts": "taken_accounts", "redemptions": "taken_redemptions", "queue_exits": "taken_exits",
    "payout_results": "taken_results",
}  # fmt: skip
_FORBIDDEN = re.compile(
    r"[^\S \n]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ud800-\udfff]"
)
_TABLES = ("taken_lines", *_TAKEN.values())


@dataclass
class Verdict:
    """What an input came to: ``refused``, ``rules``, ``quarantined``, ``taken`` or ``fault``; and every fault."""

    outcome: str
    faults: list[str] = field(default_factory=list)
    message: str = ""

    def fault(self, text: str) -> None:
        self.outcome = "fault"
        self.faults.append(text[:3_000])


class Bench:
    """What one process judges with: an engine, and what the sound shop comes to."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._engine = engine({})
        self._engine.query("set threads = 1")
        home = scratch / "sound"
        home.mkdir(parents=True)
        write_shop(home, DAY, SHOP)
        intake = self._take(home)
        if intake.quarantined.height:
            raise AssertionError(f"the shop is not sound: {intake.quarantined}")
        self._sound = {name: _kept(self._engine, name) for name in _TABLES}
        self._settled: Path | None = None

    def judge(self, home: Path, one: Input) -> Verdict:
        """Run the input in ``home`` and judge it."""
        before = tree(home)
        verdict = Verdict("taken")
        try:
            if one.way == "command":
                self._command(home, verdict)
            elif one.way == "day":
                self._day(home, verdict)
            elif one.file == "rules":
                read_rules(home / "rules.yaml")
            else:
                self._intake(home, one, verdict)
        except (Refused, RulesError) as refusal:
            verdict.outcome = "refused" if isinstance(refusal, Refused) else "rules"
            verdict.message = str(refusal)
            _check_message(verdict, several=isinstance(refusal, RulesError))
        except BaseException as error:  # a panic of a library is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            verdict.fault(f"{type(error).__name__}: {str(error)[:300]}\n{traceback.format_exc()[-2_000:]}")
        after = tree(home)
        new = {path for path in after.keys() | before.keys() if after.get(path) != before.get(path)}
        if one.way != "intake" and verdict.outcome in ("taken", "quarantined"):
            new = {
                path
                for path in new
                if not path.startswith((f"settlements/{DAY}", "issued/")) and path not in (".seen.json", "audit.jsonl")
            }
        if new := {path for path in new if not path.startswith(".dagster")}:
            verdict.fault(f"changed on disk: {sorted(new)[:5]}")
        return verdict

    def prepare_day(self, home: Path) -> None:
        """Make ``home`` one in which the day before is settled."""
        if self._settled is None:
            self._settled = self._scratch / "settled"
            self._settled.mkdir()
            (self._settled / "rules.yaml").write_text(RULES, encoding="utf-8")
            write_shop(self._settled, BEFORE, EARLIER)
            settle_day(self._settled, BEFORE, threads=1)
        shutil.copytree(self._settled, home)

    # --- the intake -------------------------------------------------------------------------------------------------

    def _take(self, home: Path) -> Intake:
        from assets.exports.intake import take_exports

        lookup = scan(self._engine)
        return take_exports(self._engine, lookup, home, DAY, timezone="Asia/Shanghai", late_limit_days=30)

    def _intake(self, home: Path, one: Input, verdict: Verdict) -> None:
        intake = self._take(home)
        if intake.quarantined.height:
            verdict.outcome = "quarantined"
        for text in (*intake.notes, *intake.quarantined["sentence"]):
            _check_text(verdict, text, "note or sentence")
        _check_sums(verdict, intake, self._engine)
        if one.form == "csv" and one.file in KEYS:
            _check_rows(verdict, intake, one)
        self._check_untouched(verdict, one)
        with_text = self._scratch / "quarantine-of-one"
        shutil.rmtree(with_text, ignore_errors=True)
        for path in write_quarantine(intake, with_text):
            _check_quarantine_file(verdict, path, intake)

    def _check_untouched(self, verdict: Verdict, one: Input) -> None:
        safe = untouched(one.file, one.rows) if one.file in KEYS else {}
        for file, keys in safe.items():
            for table in (_TAKEN[file], *(["taken_lines"] if file == "orders" else [])):
                chosen = pl.col(KEYS[file]).is_in(keys)
                was, now = (frame.filter(chosen) for frame in (self._sound[table], _kept(self._engine, table)))
                if not was.equals(now):
                    verdict.fault(f"{table}: sound rows changed: {was.rows()} became {now.rows()}")

    # --- the whole day ----------------------------------------------------------------------------------------------

    def _day(self, home: Path, verdict: Verdict) -> None:
        folder = settle_day(home, DAY, threads=1)
        self._check_day(folder, verdict)

    def _check_day(self, folder: Path, verdict: Verdict) -> None:
        if any(folder.glob("quarantine/*.csv")):
            verdict.outcome = "quarantined"
        wide = [path for path in folder.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
        if wide:
            verdict.fault(f"readable by others: {wide[:3]}")
        for path in folder.glob("payouts/*.csv"):
            for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True):
                if cells := [cell for cell in row if cell.startswith(FORMULA)]:
                    verdict.fault(f"{path.name}: cells that act as formulas: {cells}")
        page = (folder / "report.html").read_text(encoding="utf-8")
        if "<script>alert" in page:
            verdict.fault("report.html: text of an export stands there as markup")

    def _command(self, home: Path, verdict: Verdict) -> None:
        call = [sys.executable, "-c", _SETTLE, "run", "--home", str(home), "--date", str(DAY)]
        done = subprocess.run(
            call, cwd=ROOT, capture_output=True, timeout=240, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        said = done.stderr.decode("utf-8", "replace")
        for word in ("Traceback", "panicked", "internal error"):
            if word in said:
                verdict.fault(f"the command says {word}: {said[-1_500:]}")
        if done.returncode in (1, 2):
            verdict.outcome = "refused" if done.returncode == 1 else "rules"
            verdict.message = said
            _check_text(verdict, said, "standard error")
        elif done.returncode:
            verdict.fault(f"exit code {done.returncode}: {said[-1_500:]}")
        else:
            self._check_day(home / "settlements" / str(DAY), verdict)


def _kept(made: DuckEngine, table: str) -> pl.DataFrame:
    frame = made.frame(table)
    return frame.drop("source", "row_no", strict=False).sort(pl.all())


def tree(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything below ``home``: path to mode, size and content (none of what is no plain file)."""
    found = {}
    for at, folders, files in os.walk(home):
        for name in (*folders, *files):
            path = Path(at, name)
            facts = path.lstat()
            plain = stat.S_ISREG(facts.st_mode)
            key = os.fsencode(path.relative_to(home)).decode("utf-8", "replace")
            found[key] = (facts.st_mode, facts.st_size if plain else 0, path.read_bytes() if plain else b"")
    return found


def _check_message(verdict: Verdict, several: bool) -> None:
    if not verdict.message or (not several and "\n" in verdict.message):
        verdict.fault(f"not one sentence: {verdict.message[:300]!r}")
    _check_text(verdict, verdict.message, "message")


def _check_text(verdict: Verdict, text: str, what: str) -> None:
    if hit := _FORBIDDEN.search(text):
        verdict.fault(f"{what} holds {hit[0]!r}: {text[:300]!r}")
    if len(text) > _MESSAGE:
        verdict.fault(f"{what} of {len(text)} characters: {text[:100]!r}")


def _check_sums(verdict: Verdict, intake: Intake, made: DuckEngine) -> None:
    for row in intake.totals.iter_rows(named=True):
        for measure in ("rows", "fen", "net"):
            parts = sum(row[f"{measure}_{state}"] for state in ("accepted", "duplicate", "quarantined"))
            if row[f"{measure}_in"] != parts:
                verdict.fault(f"{row['file']}: {measure} in {row[f'{measure}_in']}, parts {parts}")
    lines, total = made.frame("taken_lines"), {row["file"]: row for row in intake.totals.iter_rows(named=True)}
    fen = sum(price * count for price, count in lines.select("unit_price", "quantity").rows())
    if total["orders"]["fen_accepted"] != fen:
        verdict.fault(f"orders: {total['orders']['fen_accepted']} fen accepted, the lines have {fen}")
    net = sum(made.frame("taken_orders")["total"].to_list())
    if total["orders"]["net_accepted"] != net:
        verdict.fault(f"orders: {total['orders']['net_accepted']} fen net accepted, the orders have {net}")


def _check_rows(verdict: Verdict, intake: Intake, one: Input) -> None:
    """Every row of a CSV is somewhere, and those in quarantine have the text that stood in the file."""
    if one.rows is None:
        verdict.fault("taken, though the standard library finds no table in it")
        return
    counted = intake.totals.filter(pl.col("file") == one.file)["rows_in"][0]
    if counted != len(one.rows):
        verdict.fault(f"{one.file}: {counted} rows in, the file has {len(one.rows)}")
    told = intake.original.get(one.file)
    for row in told.iter_rows(named=True) if told is not None else ():
        if row["row"] - 2 >= len(one.rows):
            verdict.fault(f"{one.file}: row {row['row']} is not in the file")
            continue
        found = {k.removeprefix(ORIGINAL): v for k, v in row.items() if k.startswith(ORIGINAL)}
        if found != one.rows[row["row"] - 2]:
            verdict.fault(
                f"{one.file}: row {row['row']} was {_short(one.rows[row['row'] - 2])}, quarantine has {_short(found)}"
            )


def _short(row: Row) -> str:
    return str({k[:40]: v[:60] for k, v in row.items()})


def _check_quarantine_file(verdict: Verdict, path: Path, intake: Intake) -> None:
    """What was written reads back as what was told: nothing is lost by quoting."""
    _, *body = csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline=""), strict=True)
    told = intake.original[path.stem]
    own = [name for name in told.columns if name.startswith(ORIGINAL)]
    if Counter(tuple(row[4:]) for row in body) != Counter(told.select(own).rows()):
        verdict.fault(f"{path.name}: reads back otherwise than it was told")
