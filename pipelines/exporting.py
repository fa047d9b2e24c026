"""`settle export`: sealed days as books for other programs, into a file or onto standard output.

Holds: the formats by name, where they go, what is said about it.
Never holds: what is in the books (``assets/books/``).
Neighbour: ``cli.py``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import typer

from assets.books.beancount import beancount
from assets.books.gathering import Books, gather
from assets.books.hledger import hledger
from assets.foundation.store import Home
from assets.handing import handed_out

_FORMATS: dict[str, Callable[[Books], Iterator[str]]] = {"beancount": beancount, "hledger": hledger}
_CHECKS = {"beancount": "bean-check {}", "hledger": "hledger -f {} check --strict"}
_STANDARD = Path("-")


def export(home: Home, form: str, first: date | None, last: date | None, output: Path, *, by_holder: bool) -> None:
    """Write the books of settled days; a file is outside the home and its owner's (``handed_out``)."""
    books = gather(home, first, last, by_holder=by_holder)
    if output == _STANDARD:
        _to_standard(books, form)
        return
    with handed_out(home, output) as stream:
        _write(books, form, stream)
    typer.echo(f"{output}: books of {books.days[0]} to {books.days[-1]}, {books.names().height:,} accounts")
    typer.echo(f"to check them: {_CHECKS[form].format(output)}")


def _write(books: Books, form: str, stream: BinaryIO) -> None:
    for part in _FORMATS[form](books):
        stream.write(part.encode("utf-8"))


def _to_standard(books: Books, form: str) -> None:
    try:
        _write(books, form, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
