"""The home: folders, the one writer, staging, the seal and its publication.

Holds: where a day's files lie, who may write, how a staged day becomes a settled one, by one rename or, for a home at a
URL, by one object.
Never holds: what is in the files; arithmetic; any scheme; how a home at a URL is kept (``remote.py``).
Neighbour: ``state.py`` reads the sealed state that a manifest names; ``day.py`` fills the staging folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from assets.foundation.errors import Changed, Refused
from assets.foundation.rights import Rights, rights_in
from assets.foundation.settings import Language, read_settings

if TYPE_CHECKING:
    from assets.foundation.remote import Need, Remote

T = TypeVar("T")

_TRIES = 20  # times that others may write before what nobody can object to is given up
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_ONE_DAY = timedelta(days=1)
_CHUNK = 1 << 20
_AT_ONCE = 8  # files that are brought to disk at a time
MANIFEST = "manifest.json"


def sha256_file(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def parse_day(text: str) -> date | None:
    """A folder name or argument as a date, or None when it is not ``YYYY-MM-DD``."""
    if not _DAY.match(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _dated_folders(folder: Path) -> list[date]:
    if not folder.is_dir():
        return []
    days = (parse_day(entry.name) for entry in folder.iterdir() if entry.is_dir())
    return sorted(day for day in days if day)


def canonical_json(value: object) -> bytes:
    """JSON with one spelling: sorted keys, one space of indent, UTF-8, a newline at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def sync(path: Path) -> None:
    """Bring one file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Bring every file and folder below ``folder`` to disk: files first, then folders, deepest first."""
    tree = list(os.walk(folder, topdown=False))
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # the disk brings what waits for it together in one go
        for _ in pool.map(sync, (Path(root, name) for root, _, files in tree for name in files)):
            pass
    for root, *_ in tree:
        sync(Path(root))


@dataclass(frozen=True)
class Seal:
    """A published ``manifest.json``: its content and the hash that the next day names."""

    day: date
    content: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class Home:
    """The folder of contract.md; every path in it is built here.

    Of a home at a URL ``remote`` keeps the objects, and ``root`` is the working folder on this machine, which holds
    what was asked for by ``bring``; of a plain folder it holds everything.
    """

    root: Path
    remote: Remote | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """How a person names the home: its URL, or its folder."""
        return self.remote.url if self.remote else str(self.root)

    def shown(self, path: Path) -> str:
        """How a person names a file of the home."""
        return f"{self.remote.url}/{path.relative_to(self.root).as_posix()}" if self.remote else str(path)

    def everywhere(self, path: Path) -> str | None:
        """Where other machines find a file of the home: its URL, or its path in a folder that they are to share; None
        of what is in the making here."""
        if self.remote is None:
            return str(path)
        return self.shown(path) if self.size(path.relative_to(self.root).as_posix()) is not None else None

    def bring(self, *needs: Need, only: bool = False) -> None:
        """See that what a command reads lies below ``root``; with ``only`` nothing that was needed before is any more.

        Raises Refused where a store cannot be reached.
        """
        if self.remote:
            self.remote.bring(self, *needs, only=only)

    def look_again(self) -> None:
        """See what others put into the home since it was looked at."""
        if self.remote:
            self.remote.look_again(self)

    def size(self, file: str) -> int | None:
        """Bytes of a file by its path from the home, whether or not it was brought; None where it is none."""
        if self.remote:
            return self.remote.size(file)
        path = self.root / file
        return path.stat().st_size if path.is_file() and not path.is_symlink() else None

    def sha256(self, file: str) -> str:
        """sha256 of a file by its path from the home, without bringing it."""
        return self.remote.sha256(file) if self.remote else sha256_file(self.root / file)

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Every file of the home by its path, with its bytes; links are not followed. One that goes meanwhile (of a
        day in the making) does not count."""
        if self.remote:
            yield from self.remote.sizes()
            return
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    yield path.relative_to(self.root).as_posix(), path.lstat().st_size

    @property
    def rules_file(self) -> Path:
        """The rules, versioned by date."""
        return self.root / "rules.yaml"

    @property
    def staging_root(self) -> Path:
        """Where a day is built; on the same filesystem as its destination, and never read by a later day."""
        return self.root / ".staging"

    @property
    def pruned_file(self) -> Path:
        """The record of state files that were taken away; none while nothing was pruned."""
        return self.root / "pruned.json"

    @property
    def audit_file(self) -> Path:
        """The log of who settled, approved, released and cancelled (``audit.py``); none before the first of them."""
        return self.root / "audit.jsonl"

    @property
    def outbox(self) -> Path:
        """Where released payout files wait to be uploaded; people take them away from here."""
        return self.root / "outbox"

    @property
    def issued_root(self) -> Path:
        """The register of issued payouts: a file for each day that issued some (``assets/issued.py``)."""
        return self.root / "issued"

    def issued(self, day: date) -> Path:
        """What ``day`` issued."""
        return self.issued_root / f"{day.isoformat()}.csv"

    def issued_days(self) -> list[date]:
        """Days with a file in the register, oldest first."""
        if not self.issued_root.is_dir():
            return []
        days = (parse_day(path.stem) for path in self.issued_root.iterdir() if path.suffix == ".csv")
        return sorted(day for day in days if day)

    def rights(self) -> Rights:
        """Who may read what is made in the home (``rights.py``); raises Refused when its settings are at fault.

        A working folder is its owner's alone: who reads the objects is for the store to say.
        """
        return Rights() if self.remote else rights_in(self.root)

    def language(self) -> Language:
        """In which language its reports are; raises Refused when its settings are at fault."""
        return read_settings(self.root).language or "en"

    def exports(self, day: date) -> Path:
        """What the shop put there for ``day``."""
        return self.root / "exports" / day.isoformat()

    @property
    def imports_root(self) -> Path:
        """What was read from channel files, a folder for each day that takes some."""
        return self.root / "imports"

    def imports(self, day: date) -> Path:
        """Payout results that ``day`` takes with its exports."""
        return self.imports_root / day.isoformat()

    def import_days(self) -> list[date]:
        """Days with a folder of imports, oldest first."""
        return _dated_folders(self.imports_root)

    def settlement(self, day: date) -> Path:
        """The sealed folder of ``day``."""
        return self.root / "settlements" / day.isoformat()

    def export_days(self) -> list[date]:
        """Days with an export folder, oldest first."""
        return _dated_folders(self.root / "exports")

    def settled_days(self) -> list[date]:
        """Days with a manifest, oldest first: settled then, and only then (contract.md)."""
        folder = self.root / "settlements"
        return [day for day in _dated_folders(folder) if (folder / day.isoformat() / MANIFEST).is_file()]

    def is_settled(self, day: date) -> bool:
        """Whether ``day`` has its seal."""
        return (self.settlement(day) / MANIFEST).is_file()

    def seal(self, day: date) -> Seal | None:
        """The seal of ``day``, or None while it is not settled.

        Raises Refused when the manifest cannot be read: a damaged seal is never taken for a missing one.
        """
        path = self.settlement(day) / MANIFEST
        if not path.is_file():
            return None
        raw = path.read_bytes()
        try:
            content = json.loads(raw)
        except ValueError as fault:
            raise Refused(f"{path}: the seal of {day} is damaged ({fault}); nothing was changed") from None
        if not isinstance(content, dict) or content.get("business_date") != day.isoformat():
            raise Refused(f"{path}: the seal names {content!r:.60}, expected business_date {day}")
        return Seal(day, content, hashlib.sha256(raw).hexdigest())

    def require_turn(self, day: date) -> Seal | None:
        """The seal of the day before ``day``; None only for the first day of the home.

        Raises Refused when ``day`` has no export folder, is settled already, lies before the settled days, or follows
        a day that is not settled (contract.md: D without a sealed D-1).
        """
        if not self.exports(day).is_dir():
            raise Refused(f"{self.exports(day)}: no export folder for {day}; nothing was settled")
        if self.is_settled(day):
            raise Refused(f"{day} is settled already; corrections come with a later export")
        if self.settlement(day).exists():
            raise Refused(
                f"{self.settlement(day)}: a folder is there without a seal, which Settle never leaves. Move it away and"
                " run the day again"
            )
        before = day - _ONE_DAY
        if seal := self.seal(before):
            return seal
        settled, exported = self.settled_days(), self.export_days()
        if settled and day < settled[0]:
            raise Refused(f"{day} lies before the first settled day {settled[0]}; it can no longer be settled")
        first = settled[-1] + _ONE_DAY if settled else exported[0]
        if not settled and day == first:
            return None
        raise Refused(
            f"{day} cannot be settled: {before} is not settled. Settle the days from {first} first:"
            f" settle run --from {first} --to {day}"
        )


class HomeLock:
    """One writer per home: an OS lock on the home folder itself, freed by the kernel when its holder dies.

    Of a home at a URL it keeps others on this machine away from the working folder; between machines whoever writes
    first wins (``remote.py``), and holding it means to have begun from what is written now.
    """

    def __init__(self, home: Home, purpose: str, since: str) -> None:
        self._home, self._purpose, self._since = home, purpose, since
        self._handle = -1

    @cached_property
    def _note_file(self) -> Path:
        return self._home.staging_root / "holder.json"

    def acquire(self) -> None:
        """Take the home or raise Refused that names the holder and since when."""
        if not self._home.root.is_dir():
            raise Refused(f"{self._home.root}: no such home; `settle demo DIR` writes a sample one")
        rights = self._home.rights()  # what is at fault with them is said before anything is touched
        self._handle = os.open(self._home.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            self._handle = -1
            raise Refused(f"{self._home.root}: another settlement is at work{self._holder()}") from None
        try:
            self._clear_staging(rights)
            if self._home.remote:
                self._home.remote.begin(self._home, self._purpose, self._since)
        except BaseException:
            self.release()
            raise

    def _clear_staging(self, rights: Rights) -> None:
        """Whatever lies in staging belongs to a writer that died: it is never read."""
        staging = self._home.staging_root
        if staging.is_symlink() or (staging.exists() and not staging.is_dir()):
            raise Refused(f"{staging}: found something that is no folder; it is where days are made, remove it")
        if staging.exists():
            shutil.rmtree(staging)
        rights.make_folder(staging)
        note = {"pid": os.getpid(), "purpose": self._purpose, "since": self._since}
        with rights.kept():
            self._note_file.write_bytes(canonical_json(note))

    def _holder(self) -> str:
        try:
            note = json.loads(self._note_file.read_bytes())
            return f": {note['purpose']}, process {note['pid']}, since {note['since']}"
        except (OSError, ValueError, KeyError):
            return ""

    def release(self) -> None:
        """Clear what is staged and give the home back."""
        if self._handle >= 0:
            shutil.rmtree(self._home.staging_root, ignore_errors=True)
            os.close(self._handle)
            self._handle = -1


def clear_leftovers(home: Home) -> None:
    """Clear the staging of a writer that died, and complete what it began to put at a URL. Does nothing where there is
    none, or another writer is at work."""
    if home.staging_root.exists() or (home.remote and home.remote.pending):
        lock = HomeLock(home, "clearing up", "now")
        with suppress(Refused, OSError):
            lock.acquire()
            lock.release()


def insist(home: Home, act: Callable[[], T]) -> T:
    """Do what no other writer can speak against, over whatever others write meanwhile; the caller holds the lock."""
    for _ in range(_TRIES):
        try:
            return act()
        except Changed:
            if home.remote:
                home.remote.begin_again(home)
    return act()


def replace_file(home: Home, path: Path, raw: bytes) -> None:
    """Put ``raw`` at ``path``, whole or not at all; the caller holds the home's lock.

    Raises Changed for a home at a URL to which somebody else wrote meanwhile.
    """
    staged = home.staging_root / path.name
    with home.rights().kept():
        staged.write_bytes(raw)
    sync(staged)
    move_in(home, {staged: path})


def move_in(home: Home, files: Mapping[Path, Path]) -> None:
    """Move staged files to where they belong, one after the other. Raises Changed as ``replace_file``."""

    def place() -> None:
        for staged, path in files.items():
            staged.rename(path)
        for folder in sorted({path.parent for path in files.values()}):
            sync(folder)

    if home.remote:
        named = {path.relative_to(home.root).as_posix(): staged.read_bytes() for staged, path in files.items()}
        home.remote.put(named, place)
    else:
        place()


def remove_files(home: Home, files: Iterable[str]) -> None:
    """Take files away that nothing reads any more, by their paths from the home; the caller holds its lock."""
    gone = list(files)
    if home.remote:
        home.remote.remove(gone)
        return
    for file in gone:
        (home.root / file).unlink()
    for folder in sorted({(home.root / file).parent for file in gone}):
        sync(folder)


def publish(home: Home, day: date, staged: Path, manifest: dict[str, Any], previous: Seal | None) -> Seal:
    """Seal and publish a staged day: manifest last, everything on disk, one rename; at a URL everything put, then the
    manifest where none is.

    Raises Refused when the day before changed its seal meanwhile or the day is settled by now (compare and set).
    """
    raw, rights = canonical_json(manifest), home.rights()
    with (staged / MANIFEST).open("xb") as stream:
        stream.write(raw)
    sync_tree(staged)
    now = home.seal(day - _ONE_DAY)
    if (now.sha256 if now else None) != (previous.sha256 if previous else None):
        raise Refused(f"the seal of {day - _ONE_DAY} changed while {day} was being settled; nothing was published")
    target = home.settlement(day)
    if target.exists():
        raise Refused(
            f"{target}: a folder is there already, without a seal or settled meanwhile; nothing was published"
        )

    def place() -> None:
        rights.make_folder(target.parent)
        staged.rename(target)
        sync(target.parent)
        sync(home.root)

    if home.remote:
        home.remote.publish(home, day, staged, place)
    else:
        place()
    return Seal(day, manifest, hashlib.sha256(raw).hexdigest())
