"""Handing out: a file that somebody asked for, outside the home, whole or not at all.

Holds: where such a file may lie, who may read it, that no half of one is ever seen.
Never holds: what is in it.
Neighbour: ``statement/page.py`` hands out pages, ``books/`` whole years.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from assets.foundation.errors import Refused
from assets.foundation.store import Home


@contextlib.contextmanager
def handed_out(home: Home, path: Path) -> Iterator[BinaryIO]:
    """A stream whose content stands at ``path`` when all went well, readable for whom the home's settings name and
    nobody else.

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
        with os.fdopen(handle, "wb") as stream:
            yield stream
        rights.give(staged)
        staged.rename(place / path.name)
        staged = None
    except OSError as fault:
        raise Refused(f"{path}: cannot be written ({fault.strerror})") from None
    finally:
        if staged:
            staged.unlink(missing_ok=True)


def write_page(home: Home, path: Path, text: str) -> None:
    """Leave a page at ``path``. Raises Refused as ``handed_out``."""
    with handed_out(home, path) as stream:
        stream.write(text.encode("utf-8"))
