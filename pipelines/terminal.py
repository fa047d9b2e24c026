"""What all commands print with: the console, tables that fit into 80 columns, figures as people write them.

Holds: rich's objects and the wording that commands share.
Never holds: what is run or decided; what a single command says.
Neighbour: ``run_view.py`` shows a run with it; ``streams.py`` knows what the streams can carry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.foundation.errors import Refused
from assets.foundation.rights import too_open
from assets.foundation.store import Home


def open_console() -> Console:
    """Standard output. A terminal that moves no cursor (TERM=dumb) is written to like a file: lines, no tables."""
    console = Console(highlight=False, emoji=False)
    return Console(highlight=False, emoji=False, force_terminal=False) if console.is_dumb_terminal else console


def silent_console() -> Console:
    """A console that prints nothing: standard output belongs to a program."""
    return Console(quiet=True, force_terminal=False)


def open_table(
    title: str, left: Sequence[str] = (), right: Sequence[str] = (), kept: Sequence[str] = (), *, headed: bool = True
) -> Table:
    """A table with columns for text, then for figures. Figures and what is ``kept`` are never broken nor cut; texts
    are broken over lines where the terminal is narrow."""
    table = Table(
        title=Text(title), title_justify="left", show_header=headed, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for name in left:
        table.add_column(name, overflow="fold", no_wrap=name in kept)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def counted(number: int, thing: str) -> str:
    """A number of things in words: 1 payment, 2 payments."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def open_to_others(home: Home) -> str:
    """What of the settled days, the register, the outbox and the log is open to more people than the home's rights
    say, and what to type, or ""; where its settings are at fault, that."""
    try:
        rights = home.rights()
    except Refused as refused:
        return str(refused)
    found = too_open([home.root / "settlements", home.issued_root, home.outbox, home.audit_file], rights)
    if not found:
        return ""
    path = found[0].relative_to(home.root)
    change = "go-rwx" if rights.group is None else "g-w,o-rwx"
    at = " ".join(sorted({str(home.root / one.relative_to(home.root).parts[0]) for one in found}))
    return f"{len(found)} files and folders, {path} first: chmod -R {change} {at}"


@contextmanager
def transfers(home: Home) -> Iterator[None]:
    """Show on a terminal's standard error how far fetching from a URL is; standard output belongs to the command."""
    console = Console(stderr=True, highlight=False, emoji=False)
    if home.remote is None or not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    with console.status(Text(f"looking at {home.name}")) as status:
        home.remote.tell = lambda text: status.update(Text(text))
        yield
    home.remote.tell = lambda _: None


def where_things_are(console: Console, home: Home, day: date) -> None:
    """The last lines of a run: payout files, ledger snapshot, report of the last day."""
    folder = home.settlement(day)
    for label, path in (("Payout files", folder / "payouts"), ("Ledger snapshot", folder / "balances.parquet"),
                        ("Report", folder / "report.html")):  # fmt: skip
        console.print(f"{label + ':':<17}{home.shown(path)}", highlight=False, soft_wrap=True, markup=False)
