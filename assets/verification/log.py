"""The log of who settled, approved, released and cancelled, read anew and held against seals, imports and outbox.

Holds: the chain of its lines, that nobody checked his own work, that nothing was released twice or unapproved.
Never holds: the writer of the log (``assets/foundation/audit.py``), the rules of releasing (``assets/release/``).
Neighbour: ``home.py`` hands it every day's seal.

Whoever can write the home can write the whole log anew, or cut its end off: the last line's hash, as `settle status`
shows it, is what a person notes elsewhere.
"""

from __future__ import annotations

import csv
import hashlib
import json
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from assets.foundation.store import MANIFEST, Home, parse_day, sha256_file
from assets.verification.chain import Link
from assets.verification.findings import Fault, Verification

_WHERE = "audit.jsonl"
_COMMON = {"n": int, "at": str, "by": str, "user": str, "event": str, "day": str, "previous": str}
_OWN: dict[str, dict[str, type]] = {
    "settled": {"seal": str, "late": bool},
    "approved": {"seal": str, "files": dict},
    "released": {"file": str, "sha256": str, "outbox": dict, "signed_with": str, "encrypted_to": list},
    "cancelled": {"file": str, "sha256": str, "reason": str, "after_release": bool, "results": str},
}
_Line = dict[str, Any]


@dataclass
class _Day:
    """What the lines up to some point say of a day; files by name with a sha256 or the line."""

    makers: list[str] = field(default_factory=list)
    seals: list[str] = field(default_factory=list)
    approvals: list[_Line] = field(default_factory=list)
    approved: dict[str, str] = field(default_factory=dict)
    released: dict[str, _Line] = field(default_factory=dict)
    cancelled: dict[str, _Line] = field(default_factory=dict)


@dataclass
class Log:
    """Reads the whole log once, whatever days are looked at, and then is shown every day's seal."""

    home: Home
    outcome: Verification
    days: dict[date, _Day] = field(default_factory=lambda: defaultdict(_Day))
    outbox: dict[str, str] = field(default_factory=dict)
    begun: date | None = None
    unsigned: list[date] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = self.home.audit_file
        if not path.exists():
            return
        try:
            raw = path.read_bytes()
        except OSError as error:
            self._fault(date.max, "the log", "readable", error.strerror)
            return
        self.outcome.count("log", files=1, rows=raw.count(b"\n"))
        before = ""
        for number, text in enumerate(raw.splitlines(keepends=True), start=1):
            line = self._line(number, text, before)
            if line is None:
                return  # what follows hangs on it
            before = hashlib.sha256(text.removesuffix(b"\n")).hexdigest()
            self._take(number, line)

    # --- the lines ----------------------------------------------------------------------------------------------

    def _line(self, number: int, text: bytes, before: str) -> _Line | None:
        """A line that is one; faults of its place in the chain are entered, one that is none ends the reading."""
        at = f"line {number}"
        try:
            line: _Line = json.loads(text)
            spelled = json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
            day = parse_day(line["day"]) or date.max
            wanted = _COMMON | _OWN[line["event"]]
            wrong = [name for name in wanted if not isinstance(line.get(name), wanted[name])]
            wrong += sorted(line.keys() - wanted.keys())
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            self._fault(date.max, at, "a line of the log", type(error).__name__)
            return None
        if wrong or day == date.max:
            self._fault(day, at, f"the keys of {line['event']}", f"otherwise: {wrong[0] if wrong else 'day'}")
            return None
        for what, expected, sound in (
            ("spelling", "the one spelling of the log, with a line feed", spelled == text),
            ("n", number, line["n"] == number),
            ("previous", before or "none", line["previous"] == before),
        ):
            if not sound:
                told = {"n": line["n"], "previous": line["previous"] or "none"}.get(what, "another")
                self._fault(day, f"{at}: {what}", expected, told)
        return line

    def _take(self, number: int, line: _Line) -> None:
        """Hold a line against those before it that speak of its day."""
        day = date.fromisoformat(line["day"])
        takes = {"settled": self._settled, "approved": self._approved, "released": self._released,
                 "cancelled": self._cancelled}  # fmt: skip
        takes[line["event"]](day, f"line {number}", line, self.days[day])

    def _settled(self, day: date, at: str, line: _Line, known: _Day) -> None:
        known.makers.append(line["by"])
        known.seals.append(line["seal"])
        if not line["late"]:
            self.begun = min(day, self.begun or day)

    def _approved(self, day: date, at: str, line: _Line, known: _Day) -> None:
        if same := [maker for maker in known.makers if _plain(maker) == _plain(line["by"])]:
            self._fault(day, f"{at}: approved by", "another than who made the files", same[0])
        sealed = known.seals[-1] if known.seals else "none"
        if line["seal"] != sealed:
            self._fault(day, f"{at}: the seal approved", sealed, line["seal"])
        for name, sha256 in line["files"].items():
            if known.approved.get(name) == sha256:
                self._fault(day, f"{at}: {name}", "approved once", "twice")
        known.approved |= line["files"]
        known.approvals.append(line)

    def _released(self, day: date, at: str, line: _Line, known: _Day) -> None:
        name = line["file"]
        if (approved := known.approved.get(name, "not approved")) != line["sha256"]:
            self._fault(day, f"{at}: {name} released", approved, line["sha256"])
        if name in known.released:
            self._fault(day, f"{at}: {name}", "released once", "twice")
        if name in known.cancelled:
            self._fault(day, f"{at}: {name}", "not released, as it was cancelled", "released")
        for copied, sha256 in line["outbox"].items():
            if copied in self.outbox:
                self._fault(day, f"{at}: {copied}", "a name used once in the outbox", "again")
            self.outbox[copied] = sha256
        known.released[name] = line

    def _cancelled(self, day: date, at: str, line: _Line, known: _Day) -> None:
        name, before = line["file"], known.released.get(line["file"])
        if name in known.cancelled:
            self._fault(day, f"{at}: {name}", "cancelled once", "twice")
        if line["after_release"] != bool(before):
            self._fault(day, f"{at}: {name} after_release", bool(before), line["after_release"])
        if before and _plain(before["by"]) == _plain(line["by"]):
            self._fault(day, f"{at}: cancelled by", "another than who released it", line["by"])
        text = "\n".join((line["day"], name, line["sha256"], "cancelled"))
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        if line["results"] != digest:
            self._fault(day, f"{at}: results", digest, line["results"])
        self._left(day, f"{at}: {name}", name, f"payout_results-{digest}.csv")
        known.cancelled[name] = line

    def _left(self, day: date, what: str, name: str, left: str) -> None:
        """The results of a cancelled file lie where a day takes them or took them, and say of each payment that it
        failed."""
        found = sorted(self.home.root.glob(f"imports/*/{left}"))
        if not self.home.is_settled(day):
            return  # a folder that is gone is a fault of its own
        if not found:
            self._fault(day, what, f"its failed payouts in imports/*/{left}", "no such file")
        for path in found:
            where = path.relative_to(self.home.root).as_posix()
            try:
                taker = parse_day(path.parent.name)
                seal = self.home.settlement(taker) / MANIFEST if taker else None
                if seal is None or (seal.is_file() and where not in json.loads(seal.read_bytes())["inputs"]):
                    self._fault(day, what, "its failed payouts with a day that takes them", where)
                if (told := _results(path)) != (due := _failed(self.home.settlement(day), name)):
                    wrong = min(told ^ due)
                    self._fault(day, what, f"{len(due)} payouts that failed", f"{' '.join(wrong)} differs", where)
            except (OSError, ValueError, KeyError, TypeError, csv.Error, pl.exceptions.PolarsError) as error:
                self._fault(day, what, "its failed payouts, readable", type(error).__name__, where)

    # --- the seals ----------------------------------------------------------------------------------------------

    def visit(self, link: Link, newest: date | None) -> None:
        """Hold what the log says of a day against its seal."""
        self.outcome.count("log", days=1)
        day = link.day
        if day not in self.days or not self.days[day].seals:
            if self.begun and day > self.begun and day != newest:
                self._fault(day, "who settled the day", "a line, as of the days before it", "none")
            else:
                self.unsigned.append(day)
        known = self.days[day]
        if known.seals and known.seals[-1] != link.sha256:
            self._fault(day, "the seal that was settled last", link.sha256, known.seals[-1])
        sealed = {name: listed.sha256 for name, listed in link.content.outputs.items()}
        told = [(name, sha256) for line in known.approvals if line["seal"] == link.sha256
                for name, sha256 in line["files"].items()]  # fmt: skip
        told += [(name, line["sha256"]) for lines in (known.released, known.cancelled) for name, line in lines.items()]
        for name, sha256 in dict.fromkeys(told):
            if (now := sealed.get(f"payouts/{name}", "no such file")) != sha256:
                self._fault(day, f"{name} as the seal names it", now, sha256)

    def close(self, upto: date | None) -> None:
        """What is left once every day up to ``upto`` was shown: days that are gone, the outbox, a note."""
        for day in sorted(self.days):
            if (upto is None or day <= upto) and not self.home.is_settled(day):
                self._fault(day, f"the sealed folder of {day}", "a sealed folder", "none")
        if self.unsigned:
            first, last = self.unsigned[0], self.unsigned[-1]
            span = f"{first} to {last}" if first != last else f"{first}"
            self.outcome.notes.append(
                f"the log does not say who settled {len(self.unsigned)} days, {span}: `settle run --date` enters it"
            )
        cancelled = {copied for known in self.days.values() for name in known.cancelled
                     for copied in known.released.get(name, {}).get("outbox", ())}  # fmt: skip
        folder = self.home.outbox
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            self._lies(path, cancelled, upto or max(self.days, default=date.max))

    def _lies(self, path: Path, cancelled: set[str], day: date) -> None:
        where, sha256 = f"outbox/{path.name}", self.outbox.get(path.name)
        self.outcome.count("log", files=1)
        if sha256 is None:
            self._fault(day, "a file that the log does not know", "absent", "present", where)
        elif path.is_symlink() or not path.is_file():
            self._fault(day, "a released file", "a plain file", "something else", where)
        elif (found := sha256_file(path)) != sha256:
            self._fault(day, "sha256", sha256, found, where)
        elif path.name in cancelled:
            self._fault(day, "a file that was cancelled", "taken away", "present", where)

    def _fault(self, day: date, what: str, expected: object, found: object, where: str = _WHERE) -> None:
        self.outcome.faults.append(Fault("log", day, where, what, str(expected), str(found)))


def _failed(settlement: Path, name: str) -> set[tuple[str, str, str]]:
    """What a cancelled file's results have to say: payout_id, failed, the net in yuan."""
    rows = pl.read_parquet(settlement / "payouts.parquet", columns=["payout_id", "net", "file"])
    cut = rows.filter(pl.col("file") == name).select("payout_id", "net").iter_rows()
    return {(payout, "failed", f"{net // 100}.{net % 100:02d}") for payout, net in cut}


def _results(path: Path) -> set[tuple[str, str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {(row["payout_id"], row["status"], row["amount"]) for row in csv.DictReader(stream, strict=True)}


def _plain(name: str) -> str:
    """A name without what tells no two people apart: case, spaces, forms of the same letters."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
