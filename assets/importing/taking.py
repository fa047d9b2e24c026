"""An import: a channel's result file read and judged, then left for a day with the file itself beside it.

Holds: which profile reads the file, which day takes it, the order in which an import's files are written.
Never holds: a channel's format, the checks of a row (``judging.py``), a clock, the home's lock.
Neighbour: ``pipelines/importing.py`` is the command.

An import leaves in ``imports/<day>/``, each name with the sha256 of the file: ``source-…`` its bytes,
``quarantine-…csv`` the rows that no day is told of, ``import-…json`` what came of it, and last ``payout_results-…csv``,
by which it counts. The file's own name is not kept: it may hold the name of a person.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from assets.foundation.errors import Refused
from assets.foundation.rules import Rules
from assets.foundation.store import Home, canonical_json
from assets.importing.judging import Judged, judge
from assets.importing.known import known_payments
from assets.importing.leaving import leave_file, leave_results, results_name
from assets.payouts.channels import PROFILES
from assets.payouts.channels.base import Results

_MOST_BYTES = 64 << 20  # some 200,000 rows of any channel
_SUFFIXES = (".csv", ".json", ".txt", ".xls", ".xlsx", ".xml", ".zip")
_ONE_DAY = timedelta(days=1)
_END = time(23, 59, 59)


@dataclass(frozen=True)
class Source:
    """A channel's file: its bytes, their sha256, and the suffix of its name, "" unless it is a usual one."""

    raw: bytes
    digest: str
    suffix: str


@dataclass(frozen=True)
class Import:
    """A file that was read and judged, and the day that is to take it."""

    day: date
    channel: str
    profile: str
    source: Source
    judged: Judged


def read_source(path: Path) -> Source:
    """A channel's file; Refused for what is no file, cannot be read or is too large."""
    try:
        if not path.is_file():
            raise Refused(f"{path}: found no file; allowed: a result file of a channel")
        with path.open("rb") as stream:
            raw = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > _MOST_BYTES:
        raise Refused(f"{path}: found more than {_MOST_BYTES >> 20} MiB; allowed: result files up to that size")
    suffix = path.suffix.lower()
    return Source(raw, hashlib.sha256(raw).hexdigest(), suffix if suffix in _SUFFIXES else "")


def imported_before(home: Home, digest: str) -> Path | None:
    """The results that a file of that sha256 left before, for whatever day."""
    return min(home.imports_root.glob(f"*/{results_name(digest)}"), default=None)


def require_same_channel(before: Path, digest: str, channel: str) -> None:
    """Raise Refused when the import that left ``before`` was for another channel: what the file says of this one was
    kept apart then, and is not in the results."""
    try:
        said = json.loads(before.with_name(f"import-{digest}.json").read_bytes())["channel"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # nothing is known of it
    if said != channel:
        raise Refused(
            f"{before}: these bytes were imported for the channel {said}, found {channel}; rows of other channels were"
            " kept apart then, bring them in a file of their own"
        )


def look_at(
    home: Home, rules: Rules, channel: str, source: Source, *, form: str, asked: date | None, now: datetime
) -> Import:
    """Read and judge a channel's file; nothing is written.

    The channel's profile on the day reads it, or the profile ``form``. The day is ``asked``, else the later of the
    next one to settle and the last of which the file tells. ``now`` (local) is the time of what has none, but never
    later than the day. Raises Refused.
    """
    settled = home.settled_days()
    if not settled:
        raise Refused("no day is settled: no payout was issued that a result could be of")
    following = settled[-1] + _ONE_DAY
    if asked and asked < following:
        raise Refused(f"{asked} is settled already; results come with {following} or a later day")
    profile = form or rules.version_on(asked or following).payout.channel(channel).profile
    try:
        results = PROFILES[profile].read_results(source.raw, rules.timezone)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{channel}, read as {profile}: {error}; nothing was imported") from None
    last = _last(results)
    if last and not asked and last > max(following, now.date() + _ONE_DAY):
        # Left for a day that never comes, its results would be lost.
        raise Refused(f"the file tells of {last}, which lies ahead; --date {last} lets it through if that is right")
    day = asked or max(following, last or following)
    if last and last > day:
        raise Refused(f"the file tells of {last}, found --date {day}; allowed: {last} or a later day")
    known = known_payments(home, results.rows["serial"].str.strip_chars(), results.batch if results.whole else "")
    judged = judge(results, known, channel, min(now, datetime.combine(day, _END)))
    return Import(day, channel, profile, source, judged)


def _last(results: Results) -> date | None:
    """The last day of which a file tells that something became of a payment."""
    times = [results.rows.filter(pl.col("state") != "open")["at"].max()]
    if results.whole != "open":
        times.append(results.at)
    return max((one.date() for one in times if isinstance(one, datetime)), default=None)


def leave_import(home: Home, found: Import) -> Path | None:
    """Write what an import leaves; the caller holds the home's lock. Returns the results, None where the day is told
    nothing.

    Killed in between, it has left nothing that counts, and the next import of the file writes over it. Raises Refused
    when the day was settled, or the file imported, since it was read.
    """
    judged, digest = found.judged, found.source.digest
    if before := imported_before(home, digest):
        raise Refused(f"{before}: the file was imported meanwhile")
    if judged.left.is_empty() and judged.apart.is_empty():
        return None
    source = f"source-{digest}{found.source.suffix}"
    leave_file(home, found.day, source, found.source.raw)
    if judged.apart.height:
        apart = judged.apart.with_columns(pl.col(pl.String).replace("", None))
        leave_file(home, found.day, quarantine_name(digest), apart.write_csv().encode("utf-8"))
    outcomes = {outcome: {"payments": payments, "fen": fen} for outcome, payments, fen in judged.tally}
    said = {
        "business_date": found.day.isoformat(), "channel": found.channel, "profile": found.profile, "source": source,
        "results": judged.left.height, "outcomes": outcomes,
    }  # fmt: skip
    leave_file(home, found.day, f"import-{digest}.json", canonical_json(said))
    return leave_results(home, found.day, digest, judged.left) if judged.left.height else None


def quarantine_name(digest: str) -> str:
    """The name of the file with the rows of an import that no day is told of."""
    return f"quarantine-{digest}.csv"
