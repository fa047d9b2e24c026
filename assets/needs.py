"""What each kind of work reads of a home, so that of a home at a URL only that is fetched.

Holds: one function a kind of work; what is always fetched (rules, seals, registers) is not in them.
Never holds: fetching (``foundation/remote.py``); a plain folder asks for nothing.
Neighbour: the commands name one of these where they name a home; ``explain/reading.py`` asks for more as it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fnmatch import fnmatchcase

from assets.foundation.errors import Refused
from assets.foundation.remote import Need, Wanted
from assets.foundation.segments import sealed_files
from assets.foundation.store import Home, Seal

_ONE_DAY = timedelta(days=1)
_OF_PAYOUTS = ("settlements/{day}/payouts.parquet", "settlements/{day}/payouts/*")
_TABLE, _QUARANTINE = "settlements/*/{table}.parquet", "settlements/*/quarantine/payout_results.csv"
_RESULTS = ("imports/*", "exports/*/payout_results.*")


def matching(*patterns: str) -> Need:
    """Files whose names are of one of these forms; ``*`` stands for anything, folders too."""
    return lambda _: lambda name: any(fnmatchcase(name, pattern) for pattern in patterns)


def everything(_: Home) -> Wanted:
    """All of it: a second opinion on every byte."""
    return lambda _: True


def settling(day: date) -> Need:
    """What a day is made from and held against: its inputs, all of the day before, what was issued before; of a day
    that is settled what it left."""

    def need(home: Home) -> Wanted:
        before = _state(_seal(home, day - _ONE_DAY))
        own = tuple(f"settlements/{one}/" for one in (day, day - _ONE_DAY))
        inputs = (f"exports/{day}/", f"imports/{day}/", "issued/")
        unregistered = tuple(f"settlements/{one}/payouts" for one in _unregistered(home))
        return lambda name: (
            name in before
            or name.startswith((*inputs, *unregistered))
            or (name.startswith(own) and not name.startswith(tuple(f"{one}state/" for one in own)))
        )

    return need


def _unregistered(home: Home) -> list[date]:
    """Settled days of which no register says what they issued. Its files may not be here yet: then it is the objects
    that count."""
    return [day for day in home.settled_days() if home.size(f"issued/{day}.csv") is None]


def state(*tables: str, day: date | None = None) -> Need:
    """The state at the close of ``day``, by default the last settled one: these tables of it, or all."""

    def need(home: Home) -> Wanted:
        at = day or max(home.settled_days(), default=None)
        files = _state(_seal(home, at), tables) if at else set()
        return lambda name: name in files

    return need


def tables(*names: str) -> Need:
    """These output tables of all days."""
    return matching(*(_TABLE.format(table=name) for name in names))


def outputs_of(day: date) -> Need:
    """What a day left for people."""
    folder, own = f"settlements/{day}/", f"settlements/{day}/state/"
    return lambda _: lambda name: name.startswith(folder) and not name.startswith(own)


def payouts_of(days: Iterable[date]) -> Need:
    """The payouts of days and their channel files."""
    return matching(*(pattern.format(day=day) for day in days for pattern in _OF_PAYOUTS))


def markers() -> Need:
    """What says of a day's exports that they are whole."""
    return matching("exports/*/_SUCCESS", "exports/*/control*")


def looking_back() -> Need:
    """What movements and their reasons are read from, over all days."""
    back = results()
    named = tables("orders", "rewards", "tickets", "claims", "lots", "entries", "balances", "payouts")

    def need(home: Home) -> Wanted:
        parts = [back(home), named(home)]
        return lambda name: any(wants(name) for wants in parts)

    return need


def results() -> Need:
    """What channels said of payouts, taken or not."""
    return matching(*_RESULTS, _QUARANTINE)


def releasing(day: date) -> tuple[Need, ...]:
    """What approving, releasing and cancelling a day's files rests on."""
    return payouts_of([day]), state("payouts"), results(), matching("outbox/*")


def _seal(home: Home, day: date) -> Seal | None:
    try:
        return home.seal(day)
    except Refused:
        return None  # what is asked for afterwards says so


def _state(seal: Seal | None, names: Iterable[str] = ()) -> set[str]:
    """Files of the state that a seal names."""
    try:
        kept = seal.content["state"] if seal else {}
        asked = {name: kept.get(name, []) for name in names} or kept
        return {file for file, _ in sealed_files(asked)}
    except (AttributeError, KeyError, TypeError, ValueError):
        return set()
