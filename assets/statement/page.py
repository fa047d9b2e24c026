"""The statement as a page to print and hand over, and as a file of that page.

Holds: which figures stand on the page (the page itself is ``statement.html.j2``), who may read the file.
Never holds: names or accounts of people, a figure that the statement has not.
Neighbour: ``sections.py`` groups the rows, ``wording.py`` has the words.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache, partial
from pathlib import Path

import jinja2

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.statement import wording
from assets.statement.adding import Statement
from assets.statement.holders import OWED
from assets.statement.sections import sections

_TEMPLATES = Path(__file__).resolve().parent


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    pages = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template("statement.html.j2")


def statement_page(statement: Statement) -> str:
    """The page: per commodity the accounts with opening and closing, then every movement with its reasons."""
    units = statement.point_units
    return _template().render(
        holder=statement.holder,
        first=statement.first,
        last=statement.last,
        seal=statement.seal,
        sections=sections(statement),
        owed=OWED,
        names=wording.COMMODITY_NAMES,
        account_of=wording.account_of,
        reason_of=wording.reason_of,
        amount=partial(wording.amount, point_units=units),
        change=partial(wording.change, point_units=units),
    )


def write_page(home: Home, path: Path, text: str) -> None:
    """Leave the page at ``path``, whole or not at all, readable for whom the home's settings name and nobody else.

    A file that is there is replaced. Raises Refused for a place in the home, which holds only what was settled, for
    one that is no plain file, and where it cannot be written.
    """
    rights, place = home.rights(), path.parent.resolve()
    if place == home.root or home.root in place.parents:
        raise Refused(f"{path}: found a place in the home {home.root}, allowed one outside it")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Refused(f"{path}: found something that is no plain file, allowed a new file or one to replace")
    staged: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=place)  # its owner's alone
        staged = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        rights.give(staged)
        staged.rename(place / path.name)
    except OSError as fault:
        if staged:
            staged.unlink(missing_ok=True)
        raise Refused(f"{path}: cannot be written ({fault.strerror})") from None
