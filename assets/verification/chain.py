"""The chain of seals and the files that they name (contract.md, manifest.json).

Holds: reading a seal, days without a gap, hashes of outputs, state files and inputs, files that no seal names, state
files that were pruned.
Never holds: what is in a table (``tables.py``).
Neighbour: ``home.py`` walks the days; ``assets/pruned.py`` is the record of what was pruned.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assets.foundation.errors import Refused
from assets.foundation.rules import Rules, content_differences
from assets.foundation.store import MANIFEST, Home, canonical_json, parse_day, sha256_file
from assets.pruned import Record, read_record
from assets.verification.findings import Fault, Page, Verification

_FORMAT = 6
_ONE_DAY = timedelta(days=1)
_MISSING = "no such file"


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Listed(_Part):
    """A file as a seal names it."""

    sha256: str
    bytes: int
    rows: int | None = None
    content_sha256: str | None = None


class Segment(_Part):
    """A state file, path relative to the home, and the sha256 of its index files by the index's name."""

    file: str
    rows: int
    sha256: str
    indexes: dict[str, str] = {}

    def files(self) -> dict[str, str]:
        """Path to sha256 of the file and of the indexes beside it."""
        stem = self.file.rpartition(".")[0]
        return {self.file: self.sha256} | {f"{stem}.{name}.arrow": digest for name, digest in self.indexes.items()}


class Previous(_Part):
    """The seal of the day before."""

    business_date: str
    sha256: str


class SealedRules(_Part):
    """The rules that a day was settled with."""

    version: str
    versions: dict[str, dict[str, Any]]


class Manifest(_Part):
    """The content of a seal."""

    format: int
    business_date: str
    previous: Previous | None
    rules: SealedRules
    inputs: dict[str, Listed]
    totals: dict[str, dict[str, int]]
    outputs: dict[str, Listed]
    language: Literal["en", "zh"]
    sums: dict[str, int]
    state: dict[str, list[Segment]]


@dataclass(frozen=True)
class Link:
    """One readable seal of the chain."""

    day: date
    content: Manifest
    sha256: str


@dataclass
class Chain:
    """Walks the seals from the first settled day; remembers the hash of every file so that each is read once.

    ``broken`` says why the journals up to here are not whole: a day is missing or its seal cannot be read. ``newest``
    is the newest settled day, whose state the next one starts from: of that nothing may have been pruned.
    """

    home: Home
    verification: Verification
    hashes: dict[str, str] = field(default_factory=dict)
    blamed: set[str] = field(default_factory=set)
    broken: str = ""
    newest: date | None = None
    record: Record = field(default_factory=Record)
    _before: tuple[date, str] | None = None

    def __post_init__(self) -> None:
        self.newest = max(self.home.settled_days(), default=None)
        self._read_record()

    def _read_record(self) -> None:
        where = self.home.pruned_file.name
        try:
            self.record = read_record(self.home)
        except Refused as error:
            if where not in self.blamed:
                self.blamed.add(where)
                day, what = self.newest or date.max, "the record of pruned files"
                self.verification.faults.append(Fault("files", day, where, what, "readable", str(error)))

    def days(self, upto: date | None) -> list[date]:
        """Dated folders up to ``upto``; anything else below ``settlements`` is a fault."""
        folder = self.home.root / "settlements"
        found: list[date] = []
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            day = parse_day(entry.name)
            if day and entry.is_dir():
                found.append(day)
            else:
                strange = Fault("files", upto or date.max, f"settlements/{entry.name}", "a file or folder of no day",
                                "folders named by date", "present")  # fmt: skip
                self.verification.faults.append(strange)
        return [day for day in found if upto is None or day <= upto]

    def link(self, day: date, page: Page) -> Link | None:
        """The seal of ``day``, compared with the one before it; None where it cannot be read."""
        path = self.home.settlement(day) / MANIFEST
        self.verification.count("chain", days=1, files=1)
        before, raw = self._before, path.read_bytes() if path.is_file() else None
        self._before = (day, hashlib.sha256(raw).hexdigest() if raw is not None else _MISSING)
        manifest = self._read(raw, page)
        if manifest is None:
            self.broken = self.broken or f"the seal of {day} cannot be read"
            return None
        page.same("chain", MANIFEST, "format", _FORMAT, manifest.format)
        page.same("chain", MANIFEST, "business_date", day.isoformat(), manifest.business_date)
        self._follows(before, manifest.previous, page)
        return Link(day, manifest, self._before[1])

    @staticmethod
    def _read(raw: bytes | None, page: Page) -> Manifest | None:
        if raw is None:
            page.fault("chain", MANIFEST, "the seal", "a manifest", _MISSING)
            return None
        try:
            content = json.loads(raw)
            manifest = Manifest.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            page.fault("chain", MANIFEST, f"key {where or '(whole)'}", "as contract.md says", first["msg"])
            return None
        except ValueError as error:
            page.fault("chain", MANIFEST, "the seal", "readable JSON", error)
            return None
        if raw != canonical_json(content):
            page.fault("chain", MANIFEST, "spelling", "the one spelling in which seals are written", "another")
        return manifest

    def _follows(self, before: tuple[date, str] | None, named: Previous | None, page: Page) -> None:
        """Compare the seal before with what this one names; a changed seal is blamed on the file that changed."""
        told = f"{named.business_date} {named.sha256}" if named else "none"
        if before is None:
            if not page.same("chain", MANIFEST, "the seal before the first settled day", "none", told):
                self.broken = self.broken or f"{page.day} is the first day here but names an earlier one"
            return
        day, sha256 = before
        if (missing := day + _ONE_DAY) != page.day:
            self.broken = self.broken or f"{missing} is missing"
            what = f"a settled day between {day} and {page.day}"
            Page(self.verification, missing).fault("chain", MANIFEST, what, told, "no folder")
        elif told != f"{day} {sha256}":
            what = f"the seal as {page.day} names it"
            Page(self.verification, day).fault("chain", MANIFEST, what, told, f"{day} {sha256}")

    def files(self, link: Link, page: Page) -> None:
        """Every file that the seal names lies there as sealed or was pruned, and the folder holds no other."""
        folder = self.home.settlement(link.day)
        prefix = folder.relative_to(self.home.root).as_posix()
        state: dict[str, str] = {}
        for part in (part for parts in link.content.state.values() for part in parts):
            state |= part.files()
        named = {f"{prefix}/{name}": listed.sha256 for name, listed in link.content.outputs.items()} | state
        self.verification.count("files", days=1)
        for path, sha256 in sorted(named.items()):
            if path in state and self._was_pruned(path, sha256, link.day):
                self.verification.pruned.add(path)
            else:
                self._compare("files", path, sha256, page)
        for name, listed in sorted(link.content.outputs.items()):
            size = (folder / name).stat().st_size if (folder / name).is_file() else listed.bytes
            page.same("files", name, "bytes", listed.bytes, size)
        present = {path.relative_to(self.home.root).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        for path in sorted(present - named.keys() - {f"{prefix}/{MANIFEST}"}):
            page.fault(
                "files", path.removeprefix(f"{prefix}/"), "a file that the seal does not name", "absent", "present"
            )

    def inputs(self, link: Link, page: Page) -> None:
        """Every export that the day took is still what it was: inputs are never changed (contract.md)."""
        self.verification.count("inputs", days=1, rows=sum(one.rows or 0 for one in link.content.inputs.values()))
        for path, listed in sorted(link.content.inputs.items()):
            self._compare("inputs", path, listed.sha256, page)

    def _was_pruned(self, path: str, sha256: str, day: date) -> bool:
        if day == self.newest or path in self.hashes or (self.home.root / path).exists():
            return False
        if not self.record.explains(path, sha256, day):
            self._read_record()  # it may have been pruned since this verification began
        return self.record.explains(path, sha256, day)

    def standing(self, table: str) -> list[Path] | None:
        """The files of a state table as the newest seal names them, oldest first; None unless all are as sealed."""
        if self.newest is None:
            return None
        try:
            raw = (self.home.settlement(self.newest) / MANIFEST).read_bytes()
            parts = Manifest.model_validate_json(raw).state.get(table, [])
        except (OSError, ValueError):
            return None
        for part in parts:
            self._compare("files", part.file, part.sha256, Page(self.verification, self.newest))
        return None if self.blamed & {part.file for part in parts} else [self.home.root / part.file for part in parts]

    def _compare(self, kind: str, path: str, sha256: str, page: Page) -> None:
        if path not in self.hashes:
            file = self.home.root / path
            self.hashes[path] = sha256_file(file) if file.is_file() else _MISSING
            self.verification.count(kind, files=1)
        # Later days name the same state file: it is at fault once.
        if self.hashes[path] != sha256 and path not in self.blamed:
            self.blamed.add(path)
            found = self.hashes[path]
            self.verification.faults.append(Fault(kind, page.day, path, "sha256", sha256, found))


def check_rules(rules: Rules, link: Link, page: Page) -> None:
    """The versions that a day was settled with read the same today, and the right one was in force."""
    page.verification.count("rules", days=1, files=1)
    now, sealed = rules.contents(link.day), link.content.rules
    for name in sorted(now.keys() | sealed.versions.keys()):
        if name not in now or name not in sealed.versions:
            there = ("present", "absent") if name in now else ("absent", "present")
            page.same("rules", MANIFEST, f"rules.versions.{name}", *there)
        for told in content_differences(sealed.versions.get(name, {}), now.get(name, {})) if name in now else ():
            page.fault("rules", MANIFEST, f"rules.versions.{name}", "as sealed", told)
    in_force = next((one.version for one in reversed(rules.versions) if one.effective_from <= link.day), None)
    page.same("rules", MANIFEST, "rules.version", in_force, sealed.version)


def state_file(link: Link, table: str) -> str | None:
    """The state file of ``table`` that ``link`` itself wrote, or None where nothing changed that day."""
    own = f"settlements/{link.day}/"
    return next((one.file for one in link.content.state.get(table, []) if one.file.startswith(own)), None)
