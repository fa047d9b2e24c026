"""`settle import`: what a channel's result file says, what becomes of it, and what to type next.

Holds: the wording, the clock, holding the home's lock while an import is written.
Never holds: reading or judging of results (``assets/importing``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from assets.foundation.errors import Refused
from assets.foundation.store import Home, HomeLock
from assets.importing.judging import Judged
from assets.importing.taking import (
    Import,
    imported_before,
    leave_import,
    look_at,
    quarantine_name,
    read_source,
    require_same_channel,
)
from assets.payouts.channels import read_rules
from assets.units import yuan
from pipelines.terminal import counted, open_table

_SHOWN = 20


def import_and_show(console: Console, home: Home, channel: str, file: Path, *, form: str, day: date | None) -> None:
    """Import a channel's result file and say what came of it; a file that was imported before is left alone.

    Raises Refused, with nothing changed, when it cannot be read or is not the channel's, or the home is at work.
    """
    rules, source, now = read_rules(home.rules_file), read_source(file), datetime.now(UTC)
    if before := imported_before(home, source.digest):
        require_same_channel(before, source.digest, channel)
        taken = before.parent.name
        settled = "settled" if before.parent.name in map(str, home.settled_days()) else "not settled yet"
        _say(console, f"imported before, with the results of {taken} ({settled}): {home.shown(before)}")
        return
    local = now.astimezone(ZoneInfo(rules.timezone)).replace(tzinfo=None, microsecond=0)
    found = look_at(home, rules, channel, source, form=form, asked=day, now=local)
    written = _leave(home, found, now)
    _show(console, found)
    if found.judged.apart.height:
        _say(console, f"kept apart: {home.shown(home.imports(found.day) / quarantine_name(source.digest))}")
    if written is None:
        _say(console, "no payment has a result that a day could take: no results were written")
        return
    _say(console, f"written: {home.shown(written)}")
    _say(console, f"next: {_next(home, found.day)}")


def _leave(home: Home, found: Import, now: datetime) -> Path | None:
    purpose = f"importing results of {found.channel}"
    lock = HomeLock(home, purpose, now.isoformat(timespec="seconds"))
    try:
        lock.acquire()
        return leave_import(home, found)
    except OSError as error:
        raise Refused(f"{home.root}: the results could not be written ({error.strerror})") from None
    finally:
        lock.release()


def _show(console: Console, found: Import) -> None:
    """Outcomes with their money, then the rows that are not as they should be: tables in a terminal, else lines."""
    title = f"Results of {found.channel} for {found.day}"
    judged = found.judged
    if console.is_terminal:
        table = open_table(title, ["Outcome"], ["Payments", "Yuan"])
        for outcome, payments, fen in judged.tally:
            table.add_row(outcome, f"{payments:,}", yuan(fen))
        console.print(table)
    else:
        _say(console, title)
        for outcome, payments, fen in judged.tally:
            _say(console, f"{outcome + ':':<24}{counted(payments, 'payment')}, {yuan(fen)} yuan")
    _show_faults(console, judged)


def _show_faults(console: Console, judged: Judged) -> None:
    faults = judged.faults
    for row, code, sentence, payout in faults.head(_SHOWN).select("row", "code", "sentence", "payout_id").iter_rows():
        _say(console, f"quarantine: row {row}{payout and f', {payout}'}: {code}: {sentence}")
    if faults.height > _SHOWN:
        _say(console, f"quarantine: and {counted(faults.height - _SHOWN, 'row')} more")


def _next(home: Home, day: date) -> str:
    """The command that takes the results, or what it waits for."""
    following, root = home.settled_days()[-1] + timedelta(days=1), shlex.quote(home.name)
    if missing := [one for one in (following, day) if not home.exports(one).is_dir()]:
        return f"{missing[0]} has no export folder yet; the results are taken when {day} is settled"
    if day == following:
        return f"settle run --date {day} --home {root}"
    return f"settle run --from {following} --to {day} --home {root}"


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
