"""A home at a URL: what its objects are, the working folder on this machine, and one writer after the other.

Holds: fetching what a command needs, taking turns by compare-and-set, publishing a day, completing what died.
Never holds: requests to a store (``objects.py``), the layout of a home and its local lock (``store.py``).
Neighbour: ``store.py`` writes to a home through it; ``assets/needs.py`` says what a command reads.

The objects have the names and bytes of the files of a home. Beside them lies ``turn.json``, the last thing that
anybody wrote: every writer puts the next one over the one that it began from (If-Match), and what it is about to write
lies in ``.turn/<number>-<writer>/`` before. So of two writers one is refused, and has changed nothing that counts; who
dies after his turn is completed by the next writer; and a late one writes nothing over a newer object, since each is
put over the one that the turn names. A day's files are put where nothing is, or where other bytes are left of an
attempt that has no seal, from ``.turn/`` once the turn is taken. Its manifest is the last object, where none is.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from assets.foundation.errors import Changed, Refused
from assets.foundation.objects import Object, Objects
from assets.foundation.rights import Rights

if TYPE_CHECKING:
    from assets.foundation.store import Home

TURN, POOL = "turn.json", ".turn/"
_MANIFEST = "manifest.json"
_ROOT = ("rules.yaml", "settings.yaml", "pruned.json", "audit.jsonl")
_PARTS = ("exports", "imports", "settlements", "issued", "outbox")
_DATED = ("exports", "imports")  # parts whose folders say something by being there
_RECORD, _LOCK, _FETCHING = ".fetched.json", ".fetching.lock", ".fetching"
_FETCHED_AT_ONCE, _SENT_AT_ONCE = 16, 8
_NOBODYS = '"00000000000000000000000000000000"'  # an ETag that no object has
_ANY = "*"  # over whatever lies there: left of an attempt that never got its seal
_CHUNK = 1 << 20
_TRIES = 20  # turns that somebody else takes before a day gives up
_ONE_DAY = timedelta(days=1)

Wanted = Callable[[str], bool]
Need = Callable[["Home"], Wanted]  # which objects a command reads, once the seals are there


@dataclass(frozen=True)
class Turn:
    """``turn.json``: its number from 1, who took it for what and when, and what it puts: name to sha256 and the ETag
    of the object that it takes the place of."""

    n: int = 0
    by: str = ""
    purpose: str = ""
    since: str = ""
    puts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def pool(self) -> str:
        """Where what it puts lies until it is put."""
        return f"{POOL}{self.n}-{self.by}/"

    def raw(self) -> bytes:
        """In one spelling."""
        return (json.dumps(vars(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


class Remote:
    """The objects of one home, and the working folder ``root`` where this machine reads and builds.

    ``who`` names this process among all that may write. ``tell`` hears how far a transfer is.
    """

    def __init__(self, objects: Objects, root: Path, who: str) -> None:
        self._objects, self._root, self._who = objects, root, who
        self.url = objects.url
        self.tell: Callable[[str], None] = lambda _: None
        self._listing: dict[str, Object] = {}
        self._turn, self._etag = Turn(), ""
        self._needs: list[Need] = []
        self._looked = self._fresh = False
        self._purpose = self._since = ""

    # --- reading ----------------------------------------------------------------------------------------------------

    def bring(self, home: Home, *needs: Need, only: bool = False) -> None:
        """Fetch what is always read (rules, seals, registers) and what is needed, as far as it does not lie here.

        With ``only`` nothing else is kept up to date from now on. Raises Refused where there is no home.
        """
        self._needs = [*([] if only else self._needs), *needs]
        with self._alone():
            if not self._looked:
                self._look()
                self._drop()
                self._fresh = True
            self._lay(home)

    def look_again(self, home: Home) -> None:
        """See what was put or removed meanwhile, and fetch that of it which was needed before."""
        with self._alone():
            self._look()
            self._drop()
            self._lay(home)

    def size(self, name: str) -> int | None:
        """Bytes of an object, None where there is none."""
        found = self._listing.get(name)
        return found.bytes if found else None

    def sizes(self) -> Iterator[tuple[str, int]]:
        """Every object of the home with its bytes."""
        yield from ((name, one.bytes) for name, one in self._listing.items())

    def sha256(self, name: str) -> str:
        """The sha256 of an object: as ours say it of themselves, else of its bytes."""
        if said := self._objects.digest(name):
            return said
        staged = self._root / _FETCHING
        try:
            return sha256_of(staged) if self._objects.fetch(name, staged) else "no such file"
        finally:
            staged.unlink(missing_ok=True)

    @property
    def pending(self) -> bool:
        """Whether a writer died after he took his turn: the next one completes what he began."""
        return any(name.startswith(self._turn.pool) for name in self._listing)

    def _look(self) -> None:
        self._turn, self._etag = self._read_turn()  # before the listing: what comes later is not in this turn
        self._listing = self._objects.listing()
        self._looked, self._fresh = True, False
        if not any(name == "rules.yaml" or name.startswith("exports/") for name in self._listing):
            raise Refused(f"{self.url}: no such home; allowed: a URL below which rules.yaml and exports/ lie")

    def _read_turn(self) -> tuple[Turn, str]:
        found = self._objects.read(TURN)
        if found is None:
            return Turn(), ""
        raw, etag = found
        try:
            turn = Turn(**json.loads(raw))
            if turn.raw() != raw:
                raise ValueError("another spelling")
        except (ValueError, TypeError) as fault:
            raise Refused(f"{self.url}/{TURN}: is damaged ({type(fault).__name__}); nothing was changed") from None
        return turn, etag

    def _names(self) -> list[str]:
        """Objects that are files of a home; what lies in the folder of a day without a seal is none yet."""
        sealed = {name.split("/")[1] for name in self._listing if _is_seal(name)}
        return [
            name
            for name in self._listing
            if _is_file(name) and not (name.startswith("settlements/") and name.split("/")[1] not in sealed)
        ]

    def _drop(self) -> None:
        """Take away what lies here and is no longer in the home."""
        names = set(self._names())
        for name in _ROOT:
            if name not in names:
                (self._root / name).unlink(missing_ok=True)
        for part in _PARTS:
            for folder, _, files in os.walk(self._root / part, topdown=False):
                at = Path(folder)
                for file in files:
                    if (at / file).relative_to(self._root).as_posix() not in names:
                        (at / file).unlink()
                if not any(at.iterdir()):
                    at.rmdir()

    def _lay(self, home: Home) -> None:
        """Fetch what is needed and is not here as it is there."""
        names, rights = self._names(), Rights()
        with rights.kept():
            for folder in sorted({folder for name in self._listing if (folder := _dated(name))}):
                (self._root / folder).mkdir(parents=True, exist_ok=True)
            record = _Record(self._root)
            try:
                self._fetch([name for name in names if name in _ROOT or _is_seal(name)], record)
                wanted = [need(home) for need in self._needs]
                self._fetch([name for name in names if any(wants(name) for wants in wanted)], record)
            finally:
                record.write()
                shutil.rmtree(self._root / _FETCHING, ignore_errors=True)

    def _fetch(self, names: Iterable[str], record: _Record) -> None:
        due = [name for name in names if not record.vouches(name, self._listing[name])]
        if not due:
            return
        (self._root / _FETCHING).mkdir(exist_ok=True)
        size = sum(self._listing[name].bytes for name in due)
        for number, (name, digest) in enumerate(_beside(self._fetch_one, due, _FETCHED_AT_ONCE), start=1):
            if digest:
                record.enter(name, self._listing[name], digest)
            self.tell(f"fetched {number:,} of {len(due):,} objects, {size >> 20:,} MiB in all")

    def _fetch_one(self, name: str) -> str:
        """The sha256 of what was fetched, "" where the object went meanwhile."""
        staged = self._root / _FETCHING / hashlib.sha256(name.encode("utf-8")).hexdigest()
        target = self._root / name
        if not self._objects.fetch(name, staged):
            target.unlink(missing_ok=True)
            return ""
        digest, at = sha256_of(staged), self._listing[name].modified
        os.utime(staged, ns=(at, at))
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
        return digest

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes what lies in the working folder, or looks what should."""
        handle = os.open(self._root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    # --- taking turns -----------------------------------------------------------------------------------------------

    def begin(self, home: Home, purpose: str, since: str) -> None:
        """Start from what is written now; the caller holds the lock of the working folder. What a dead writer began is
        completed first.

        Raises Refused where the store does not put on condition: nothing would be safe there.
        """
        self._purpose, self._since = purpose, since
        with self._alone():
            if not (self._fresh and self._read_turn()[1] == self._etag):
                self._look()
            self._fresh = False
            if self._turn.n < 2:
                self._require_conditions()
            self._complete()
            self._drop()
            self._lay(home)

    def begin_again(self, home: Home) -> None:
        """Start anew after somebody else took the turn."""
        self.begin(home, self._purpose, self._since)

    def _require_conditions(self) -> None:
        """Make ``turn.json`` where there is none, and see that the store puts nothing over it, until a second turn is
        taken."""
        if not self._etag:
            first = Turn(1, self._who, self._purpose, self._since)
            if etag := self._put_turn(first):
                self._turn, self._etag = first, etag
            else:
                self._look()
        raw = self._turn.raw()
        for over in ("", _NOBODYS):
            if self._objects.put(TURN, raw, _sha256(raw), over=over) is not None:
                raise Refused(
                    f"{self.url}: the store put an object over another on a condition that does not hold; allowed: a"
                    " store that keeps If-None-Match and If-Match, as Amazon S3 does"
                )

    def _put_turn(self, turn: Turn) -> str | None:
        """Take a turn over the one that this writer began from; its ETag, None where somebody else took one."""
        raw = turn.raw()
        etag = self._objects.put(TURN, raw, _sha256(raw), over=self._etag)
        if etag is None and (found := self._objects.read(TURN)) and found[0] == raw:
            return found[1]  # it was put, and the answer was lost
        return etag

    def _complete(self) -> None:
        """Put what the last turn was to put and its writer did not."""
        if self.pending:
            self._apply(self._turn, {})
            self._listing = self._objects.listing()
        self._sweep()

    def _sweep(self) -> None:
        """Remove what writers who lost or died were to put with a turn that is taken: they cannot take it any more."""
        old = [name for name in self._listing if name.startswith(POOL) and _number(name) <= self._turn.n]
        if old:
            self._objects.remove(old)
            for name in old:
                del self._listing[name]

    def _commit(self, puts: Mapping[str, bytes | Path], over_any: Iterable[str] = ()) -> None:
        """Take a turn and put what it names. Raises Changed when somebody else took it: nothing was put then."""
        digests = {name: _sha256(raw) if isinstance(raw, bytes) else sha256_of(raw) for name, raw in puts.items()}
        over = {name: found.etag if (found := self._listing.get(name)) else "" for name in puts}
        over |= dict.fromkeys(over_any, _ANY)
        told = {name: {"sha256": digests[name], "over": over[name]} for name in sorted(puts)}
        turn = Turn(self._turn.n + 1, self._who, self._purpose, self._since, told)
        for name, raw in puts.items():
            if isinstance(raw, bytes):
                self._objects.put(turn.pool + digests[name], raw, digests[name], over="")
            else:
                self._objects.send(raw, turn.pool + digests[name], digests[name])
        etag = self._put_turn(turn)
        if etag is None:
            self._objects.remove([turn.pool + digest for digest in digests.values()])
            now, _ = self._read_turn()
            raise Changed(
                f"{self.url}: {now.purpose} was written meanwhile (since {now.since}, by {now.by}); nothing was"
                " changed, run the command again"
            )
        self._turn, self._etag = turn, etag
        try:
            foreign = self._apply(turn, puts)
        except Refused as refused:
            raise Refused(
                f"{self.url}: {self._purpose} is decided, but not all of it could be put: {refused}. The next command"
                " that writes to the home completes it"
            ) from None
        if foreign:
            raise Refused(
                f"{self.url}/{foreign[0]} was put or removed by something else than Settle at the same moment; it stays"
                f" as it is, and what {self._purpose} wrote of it is lost (settle verify says more)"
            )

    def _apply(self, turn: Turn, own: Mapping[str, bytes | Path]) -> list[str]:
        """Put what a turn names, each over the object that it names, seals last; then clear its pool.

        Whoever does it, at whatever time, and however often: an object that is newer by now stays. Returns the names
        where something else than Settle put an object since the turn was taken: that stays too.
        """
        foreign: list[str] = []
        for name in sorted(turn.puts, key=lambda name: (_is_seal(name), name)):
            put, raw = turn.puts[name], own.get(name)
            pooled = turn.pool + put["sha256"]
            if put["over"] == _ANY:
                self._objects.copy(pooled, name)
                continue
            if not isinstance(raw, bytes):
                found = self._objects.read(pooled)
                if found is None:
                    continue  # another writer has completed the turn
                raw = found[0]
            if self._objects.put(name, raw, put["sha256"], over=put["over"]) is None and not self._is_put(turn, name):
                foreign.append(name)
        self._objects.remove(sorted({turn.pool + put["sha256"] for put in turn.puts.values()}))
        self._sweep()
        return foreign

    def _is_put(self, turn: Turn, name: str) -> bool:
        """Whether an object is what the turn puts, or that of a later turn."""
        return self._objects.digest(name) == turn.puts[name]["sha256"] or self._read_turn()[0].n > turn.n

    # --- writing ----------------------------------------------------------------------------------------------------

    def put(self, puts: Mapping[str, bytes], place: Callable[[], None]) -> None:
        """Put objects over those that this writer began from, then let ``place`` put the files here.

        Raises Changed when somebody else wrote meanwhile.
        """
        with self._alone():
            record = _Record(self._root)
            for name in puts:  # what is written now was made from the file here
                self._listing.pop(name, None)
                self._listing |= self._objects.listing(name)
                there = self._listing.get(name)
                if (there.etag if there else "") != record.etag(name):
                    raise Changed(
                        f"{self.url}/{name} is another one by now; nothing was changed, run the command again"
                    )
            self._commit(puts)
            place()
            for name, raw in puts.items():
                self._note(name, {name: _sha256(raw)})

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects, and the files here, that nothing reads any more."""
        gone = sorted(names)
        with self._alone():
            self._objects.remove(gone)
            for name in gone:
                self._listing.pop(name, None)
                (self._root / name).unlink(missing_ok=True)

    def publish(self, home: Home, day: date, staged: Path, place: Callable[[], None]) -> None:
        """Put a staged day, its seal last, then let ``place`` put the folder where it lies here.

        Raises Changed when the day was settled, or something that it rests on was changed, meanwhile.
        """
        folder = f"settlements/{day.isoformat()}/"
        files = {folder + path.relative_to(staged).as_posix(): path for path in _files(staged)}
        seal = files.pop(folder + _MANIFEST)
        rests_on = _rests_on(day, self._listing)
        if self._read_turn()[1] != self._etag:
            self._rebase(day, rests_on)
        digests = {name: sha256_of(path) for name, path in files.items()}
        made, taken = self._send(files, digests)
        with self._alone():
            try:
                self._require_same_exports(day)
                self._commit_day(day, {folder + _MANIFEST: seal.read_bytes(), **taken}, taken, rests_on)
            except Changed:
                self._clear(day, made)
                raise
            place()
            self._note(folder, {**digests, folder + _MANIFEST: sha256_of(self._root / folder / _MANIFEST)})
            if strays := [name for name in self._listing if name.startswith(folder) and name not in digests
                          and name != folder + _MANIFEST]:  # fmt: skip
                self._objects.remove(strays)  # left of attempts that never got their seal
            self._lay(home)  # what others wrote meanwhile: the log goes on from there

    def _commit_day(
        self, day: date, puts: Mapping[str, bytes | Path], taken: Iterable[str], rests_on: Mapping[str, str]
    ) -> None:
        """Take the turn, also after others that do not touch the day: who approves yesterday's files undoes none."""
        for _ in range(_TRIES):
            try:
                return self._commit(puts, taken)
            except Changed:
                self._rebase(day, rests_on)
        raise Changed(f"{self.url}: others wrote {_TRIES} times while {day} was to be published; nothing was published")

    def _rebase(self, day: date, rests_on: Mapping[str, str]) -> None:
        """Start from the newest turn, unless what the day rests on is another than it was."""
        self._look()
        self._complete()
        now = _rests_on(day, self._listing)
        if wrong := sorted(name for name in now.keys() | rests_on.keys() if now.get(name) != rests_on.get(name)):
            settled = f"settlements/{day}/{_MANIFEST}" in wrong
            what = f"{day} was settled" if settled else f"{', '.join(wrong[:3])} changed"
            raise Changed(
                f"{self.url}: {what} meanwhile by another ({self._turn.by}); nothing was published, run the command"
                " again"
            )

    def _require_same_exports(self, day: date) -> None:
        prefix = f"exports/{day}/"
        was = {name: one.etag for name, one in self._listing.items() if name.startswith(prefix)}
        now = {name: one.etag for name, one in self._objects.listing(prefix).items()}
        if wrong := sorted(name for name in now.keys() | was.keys() if now.get(name) != was.get(name)):
            raise Changed(f"{self.url}/{wrong[0]} changed while {day} was being settled; nothing was published")

    def _send(self, files: Mapping[str, Path], digests: Mapping[str, str]) -> tuple[list[str], dict[str, Path]]:
        """Put files where nothing is. Returns the names that were put, and the files in whose place other bytes lie."""
        made: list[str] = []
        taken: dict[str, Path] = {}
        size = sum(path.stat().st_size for path in files.values())

        def send(name: str) -> str:
            return self._send_one(files[name], name, digests[name])

        for number, (name, outcome) in enumerate(_beside(send, files, _SENT_AT_ONCE), start=1):
            if outcome == "made":
                made.append(name)
            elif outcome == "taken":
                taken[name] = files[name]
            self.tell(f"sent {number:,} of {len(files):,} objects, {size >> 20:,} MiB in all")
        return made, taken

    def _send_one(self, path: Path, name: str, digest: str) -> str:
        found = self._objects.digest(name) if name in self._listing else None
        if found is None and self._objects.send(path, name, digest):
            return "made"
        found = found if found is not None else self._objects.digest(name)
        return "same" if found == digest else "taken"

    def _clear(self, day: date, made: Iterable[str]) -> None:
        """Remove what this writer put for a day that another one settled and whose seal does not name it."""
        found = self._objects.read(f"settlements/{day}/{_MANIFEST}")
        if found is None:
            return  # the next attempt may take it as it is
        content = json.loads(found[0])
        named = {f"settlements/{day}/{name}" for name in content["outputs"]}
        written = (segment for segments in content["state"].values() for segment in segments)
        for segment in written:
            stem = PurePosixPath(segment["file"]).with_suffix("")
            named |= {segment["file"], *(f"{stem}.{index}.arrow" for index in segment.get("indexes", {}))}
        self._objects.remove(sorted(set(made) - named))

    def _note(self, prefix: str, digests: Mapping[str, str]) -> None:
        """Remember objects that were just put, and that the files here are the same."""
        self._listing |= self._objects.listing(prefix)
        with Rights().kept():
            record = _Record(self._root)
            for name, digest in digests.items():
                if name in self._listing and (self._root / name).is_file():
                    record.enter(name, self._listing[name], digest)
            record.write()


def _beside(work: Callable[[str], str], names: Iterable[str], at_once: int) -> Iterator[tuple[str, str]]:
    """Each name with what the work on it came to, as it ends; the first that fails ends them all."""
    pool = ThreadPoolExecutor(at_once)
    try:
        working = {pool.submit(work, name): name for name in names}
        for done in as_completed(working):
            yield working[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)


class _Record:
    """Which file here is which object: name to ETag, the marks of the file system, and sha256. May be deleted."""

    def __init__(self, root: Path) -> None:
        self._root, self._file = root, root / _RECORD
        self._known: dict[str, list[Any]] = {}
        self._written_at, self._same = 0, True
        try:
            read = json.loads(self._file.read_bytes())
            self._written_at = self._file.stat().st_mtime_ns
        except (OSError, ValueError):
            return
        if isinstance(read, dict):
            self._known = {name: entry for name, entry in read.items() if isinstance(entry, list) and len(entry) == 3}

    def vouches(self, name: str, found: Object) -> bool:
        """Whether the file here is that object: nothing touched it since it was fetched, or it has the same bytes."""
        entry = self._known.get(name)
        path = self._root / name
        if entry is None or entry[0] != found.etag or not path.is_file():
            return False
        marks = _marks(path)
        if entry[1] == marks and marks[2] < self._written_at:
            return True
        if sha256_of(path) != entry[2]:
            return False
        self.enter(name, found, entry[2])
        return True

    def etag(self, name: str) -> str:
        """The ETag of the object that the file here was fetched from or put as; "" where there is no file."""
        return str(self._known[name][0]) if name in self._known and (self._root / name).is_file() else ""

    def enter(self, name: str, found: Object, digest: str) -> None:
        """The file here has the bytes of that object."""
        self._known[name], self._same = [found.etag, _marks(self._root / name), digest], False

    def write(self) -> None:
        """Keep it for the next command."""
        if self._same:
            return
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._known), encoding="utf-8")
        new.replace(self._file)


def _marks(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield from (Path(at, name) for at, _, names in os.walk(folder) for name in names)


def _is_file(name: str) -> bool:
    """Whether an object is a file of a home: a name from elsewhere leads nowhere else."""
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") and part.isprintable() and "\\" not in part for part in parts)
    return plain and (name in _ROOT or (len(parts) > 1 and parts[0] in _PARTS))


def _dated(name: str) -> str:
    """The folder of a day's exports or imports that an object lies in, or "": it says something by being there."""
    parts = name.split("/")
    found = len(parts) > 2 and parts[0] in _DATED and _is_file("/".join(parts[:2]))
    return "/".join(parts[:2]) if found else ""


def _is_seal(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 3 and parts[0] == "settlements" and parts[2] == _MANIFEST


def _number(name: str) -> int:
    """The number of the turn that an object of the pool belongs to."""
    number = name.removeprefix(POOL).partition("-")[0]
    return int(number) if number.isdecimal() else 0


def _rests_on(day: date, listing: Mapping[str, Object]) -> dict[str, str]:
    """What must not change between the start of a day and its seal: name to ETag."""
    before, own = f"settlements/{day - _ONE_DAY}/{_MANIFEST}", f"settlements/{day}/{_MANIFEST}"
    names = ("rules.yaml", f"issued/{day}.csv", before, own)
    folders = (f"exports/{day}/", f"imports/{day}/")
    return {name: one.etag for name, one in listing.items() if name in names or name.startswith(folders)}
