"""The log ``audit.jsonl``: who settled, approved, released and cancelled what, and when; a line names the one before.

Holds: what a line says, reading the log, adding to it.
Never holds: who may do what (``assets/release/``); a clock (the time is handed in); the home's lock (its caller's).
Neighbour: ``store.py`` puts the new log in place of the old one; ``verification/log.py`` reads it another way.

A line is one JSON object in one spelling: ``n`` (1, 2, …), ``at`` (UTC), ``by`` (the name that was given), ``user``
(the login of the process), ``event``, ``day`` (the business date), what the event says, and ``previous``: the sha256 of
the line before without its line feed, "" in the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from assets.foundation.errors import Refused
from assets.foundation.store import Home, replace_file

LONGEST_NAME, LONGEST_REASON = 64, 200


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("allowed: printable characters, no space at the ends")
    return text


Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(_printable)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REASON), AfterValidator(_printable)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Settled(_Part):
    """The run that made the day's files. ``late``: entered by the next run, for one that died before it could."""

    event: Literal["settled"] = "settled"
    seal: Sha256
    late: bool


class Approved(_Part):
    """Files by name with the sha256 that was approved, as the day's seal names them."""

    event: Literal["approved"] = "approved"
    seal: Sha256
    files: Annotated[dict[str, Sha256], Field(min_length=1)]


class Released(_Part):
    """A file that goes to the outbox: as sealed, and what lies there by name. Keys of OpenPGP by their fingerprint."""

    event: Literal["released"] = "released"
    file: str
    sha256: Sha256
    outbox: Annotated[dict[str, Sha256], Field(min_length=1)]
    signed_with: str = ""
    encrypted_to: list[str] = []


class Cancelled(_Part):
    """A file that is not to be paid, or that its channel refused whole (``after_release``). ``results`` is the sha256
    by which its failed payouts come back (``imports/<day>/payout_results-<results>.csv``)."""

    event: Literal["cancelled"] = "cancelled"
    file: str
    sha256: Sha256
    reason: Reason
    after_release: bool
    results: Sha256


Event = Annotated[Settled | Approved | Released | Cancelled, Field(discriminator="event")]


@dataclass(frozen=True)
class Stamp:
    """When (UTC) and by whom: the name that was given, and the login of the process."""

    at: str
    by: str
    user: str


class Entry(_Part):
    """A line of the log. The event's own keys stand between the others."""

    n: int
    at: Time
    by: Name
    user: Name
    day: date
    says: Event
    previous: Sha256 | Literal[""]

    def line(self) -> bytes:
        """The entry in its one spelling, without line feed."""
        told = self.model_dump(mode="json")
        told |= told.pop("says")
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


_OUTER = Entry.model_fields.keys() - {"says"}
_EVENT: TypeAdapter[Settled | Approved | Released | Cancelled] = TypeAdapter(Event)


def read_log(home: Home) -> list[Entry]:
    """The log's entries in order, none where there is no log. Raises Refused, with the line, for a damaged one."""
    return _parse(home, _raw(home))


def add_entry(home: Home, day: date, stamp: Stamp, says: Settled | Approved | Released | Cancelled) -> Entry:
    """Write the log anew with one line more, whole or not at all; the caller holds the home's lock.

    Raises Refused for a damaged log and OSError when it cannot be written: nothing was entered then.
    """
    raw = _raw(home)
    entries = _parse(home, raw)
    entry = Entry(
        n=len(entries) + 1, at=stamp.at, by=stamp.by, user=stamp.user, day=day, says=says,
        previous=_hash(entries[-1].line()) if entries else "",
    )  # fmt: skip
    replace_file(home, home.audit_file, raw + entry.line() + b"\n")
    return entry


def head(entries: Sequence[Entry]) -> str:
    """The sha256 of the last line, which vouches for all lines; "" for none."""
    return _hash(entries[-1].line()) if entries else ""


def _raw(home: Home) -> bytes:
    try:
        return home.audit_file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise Refused(f"{home.audit_file}: the log cannot be read ({error.strerror})") from None


def _parse(home: Home, raw: bytes) -> list[Entry]:
    entries: list[Entry] = []
    previous = ""
    *lines, rest = raw.split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            entry = _entry(line)
        except (ValueError, RecursionError) as error:
            raise _damaged(home, number, _told(error)) from None
        if entry.n != number:
            raise _damaged(home, number, f"it has the number {entry.n}")
        if entry.previous != previous:
            found, wanted = entry.previous[:16] or "none", previous[:16] or "none"
            raise _damaged(home, number, f"it names {found} as the line before, which is {wanted}")
        entries.append(entry)
        previous = _hash(line)
    if rest:
        raise _damaged(home, len(lines) + 1, "it is cut short")
    return entries


def _entry(line: bytes) -> Entry:
    told = json.loads(line)
    if not isinstance(told, dict):
        raise ValueError("it is no JSON object")
    outer = {name: told.pop(name) for name in sorted(_OUTER & told.keys())}
    says = _EVENT.validate_python(told)
    entry = Entry.model_validate_json(json.dumps(outer | {"says": says.model_dump(mode="json")}))
    if entry.line() != line:
        raise ValueError("it is not in the one spelling of the log")
    return entry


def _told(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error).splitlines()[0]
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"key {where}: {first['msg']}" if where else str(first["msg"])


def _damaged(home: Home, number: int, what: str) -> Refused:
    return Refused(
        f"{home.audit_file}: line {number}: the log is damaged: {what}. Bring back the log from a copy of the home;"
        " nothing was changed"
    )


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
