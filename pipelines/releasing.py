"""`settle payouts list`, `approve`, `release`, `cancel`: the home's lock around them, and what a person reads.

Holds: the wording, the next command to type, holding the lock meanwhile.
Never holds: who may do what (``assets/release/``).
Neighbour: ``cli.py``; ``people.py`` says who is at work and when.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from rich.console import Console
from rich.text import Text

from assets.foundation.audit import Released
from assets.foundation.store import Home, HomeLock
from assets.release.approving import approve
from assets.release.cancelling import cancel
from assets.release.files import SealedFile, Standing
from assets.release.outbox import release
from assets.release.overview import shown
from assets.units import yuan
from pipelines.people import now, stamp
from pipelines.terminal import counted, open_table

T = TypeVar("T")


def show_files(console: Console, home: Home, day: date | None) -> None:
    """Print the files of ``day``, or those that are open: a table in a terminal, a line a file elsewhere."""
    files = shown(home, day)
    if console.is_terminal:
        table = open_table(
            "Payout files", ["Day", "File", "Channel", "State"], ["Payments", "Yuan"], kept=["Day", "File"]
        )
        for file, standing in files:
            day_of, name, channel, payments, net, state = _cells(file, standing)
            table.add_row(*map(Text, (day_of, name, channel, state, payments, net)))
        console.print(table)
    else:
        _say(console, ("  ".join(_cells(file, standing, in_words=True)) for file, standing in files))
    _say(console, [_next(home, files)])


def _cells(file: SealedFile, standing: Standing, *, in_words: bool = False) -> tuple[str, ...]:
    """Day, name, channel, payments, net and state of a file; units go behind the figures where no column names them."""
    figures = f"{file.payments:,}", yuan(file.net_fen)
    if in_words:
        figures = counted(file.payments, "payment"), f"{figures[1]} yuan"
    return (file.day.isoformat(), file.name, file.channel, *figures, str(standing))


def _next(home: Home, files: Sequence[tuple[SealedFile, Standing]]) -> str:
    """The last line: what to type for the oldest file that waits."""
    for word, waits in (("release", "to_release"), ("approve", "to_approve")):
        if day := next((file.day for file, standing in files if getattr(standing, waits)), None):
            return f"next: {_command(home, word, day)}"
    return "no file waits" if files else "no payout files"


def _command(home: Home, word: str, day: date) -> str:
    return f"settle payouts {word} --date {day} --by NAME --home {shlex.quote(home.name)}"


def approve_and_show(console: Console, home: Home, day: date, by: str, names: Sequence[str]) -> None:
    """Approve, and print what was approved: what the checker compares with the upload sheet."""
    files = _locked(home, f"approving {day}", lambda: approve(home, day, stamp(by), names))
    for file in files:
        _say(
            console,
            [
                f"approved {file.name}: {counted(file.payments, 'payment')}, {yuan(file.net_fen)} yuan, account hash"
                f" {file.account_hash}",
                f"    sha256 {file.sha256}",
            ],
        )
    _say(console, [f"next: {_command(home, 'release', day)}"])


def release_and_show(
    console: Console, home: Home, day: date, by: str, names: Sequence[str], sign: str, encrypt_to: Sequence[str]
) -> None:
    """Release, and print where the files lie."""
    entries = _locked(
        home, f"releasing {day}", lambda: release(home, day, stamp(by), names, sign=sign, encrypt_to=encrypt_to)
    )
    for says in (entry.says for entry in entries):
        if isinstance(says, Released):
            _say(console, [f"released {says.file}:"])
            _say(
                console,
                (f"    {home.shown(home.outbox / name)}  sha256 {sha256}" for name, sha256 in says.outbox.items()),
            )
    sheet = home.settlement(day) / "payouts" / "upload-sheet.html"
    _say(console, [f"upload each once, with the totals of {home.shown(sheet)}, and take it out of the outbox then"])


def cancel_and_show(
    console: Console, home: Home, day: date, by: str, reason: str, names: Sequence[str], *, refused_by_channel: bool
) -> None:
    """Cancel, and print with which day the payouts come back."""

    done = _locked(
        home,
        f"cancelling {day}",
        lambda: cancel(home, day, stamp(by), reason, names, refused_by_channel=refused_by_channel),
    )
    for one in done:
        file, after = one.file, one.results.parent.name
        payments = counted(file.payments, "payment")
        _say(
            console,
            [
                f"cancelled {file.name}: {payments}, {yuan(file.net_fen)} yuan fail with {after}",
                f"    {home.shown(one.results)}",
            ],
        )
    _say(console, [f"next: settle run --date {done[0].results.parent.name} --home {shlex.quote(home.name)}"])


def _locked(home: Home, purpose: str, act: Callable[[], T]) -> T:
    """Do it as the only writer of the home, by the home's rights."""
    lock = HomeLock(home, purpose, now())
    with home.rights().kept():
        lock.acquire()
        try:
            return act()
        finally:
            lock.release()


def _say(console: Console, lines: Iterable[str] | Iterator[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
