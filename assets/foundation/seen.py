"""Which sealed files were hashed before and lie there untouched since, so that a day does not read the history again.

Holds: the marks that the file system keeps of a file (size, times, inode), beside the sha256 that it had.
Never holds: the judgement of a difference (``assets/day.py`` refuses the day; ``settle verify`` hashes all anew).
Neighbour: ``state.py`` says which files make up the state.

A file counts as untouched when all its marks are as they were and its last change is older than this record, as in
git's index: an edit sets the time of change, which no ordinary program can set back. The record may be deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from assets.foundation.errors import Refused
from assets.foundation.store import Home, canonical_json, sha256_file

NAME = ".seen.json"


def _marks(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


class Seen:
    """The record of one home, read once."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._written_at = 0
        self._before: dict[str, list[object]] = {}
        self._marks: dict[str, list[int]] = {}
        file = home.root / NAME
        try:
            read = json.loads(file.read_bytes())
            self._written_at = file.stat().st_mtime_ns
        except (OSError, ValueError):
            return
        if isinstance(read, dict):
            self._before = {name: entry for name, entry in read.items() if isinstance(entry, list)}

    def sha256(self, name: str) -> str:
        """Hex sha256 of a file of the home, from the record where nothing has touched the file since."""
        path = self._home.root / name
        marks = self._marks[name] = _marks(path)
        entry = self._before.get(name)
        if entry and entry[:-1] == marks and marks[2] < self._written_at:
            return str(entry[-1])
        return sha256_file(path)

    def remember(self, files: Mapping[str, str]) -> None:
        """Record files (path to sha256): those asked for as they lay then, those written since as they lie now.

        A record that cannot be written undoes no day: the files are then hashed anew.
        """
        record = {
            name: [*(self._marks.get(name) or _marks(self._home.root / name)), digest]
            for name, digest in sorted(files.items())
        }
        new = self._home.root / f"{NAME}.new"
        with suppress(OSError, Refused):
            new.write_bytes(canonical_json(record))
            self._home.rights().give(new)
            new.replace(self._home.root / NAME)
