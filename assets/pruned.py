"""The record ``pruned.json`` of the state files that were pruned.

Holds: what it says, reading it, and whether it tells why a file is missing.
Never holds: what may be pruned, and pruning (``pruning.py``, which writes the record).
Neighbour: ``verification/chain.py`` asks here about every state file that is not there.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assets.foundation.errors import Refused
from assets.foundation.store import Home


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Pruned(_Part):
    """A file that was pruned: what it was, the newest settled day then, and the first day whose state was kept."""

    sha256: str
    bytes: int
    newest: date
    kept_from: date


class Record(_Part):
    """Every state file that was pruned, by its path relative to the home."""

    format: Literal[1] = 1
    files: dict[str, Pruned] = {}

    def explains(self, file: str, sha256: str, day: date) -> bool:
        """Whether ``file``, as the seal of ``day`` names it, may be missing; never one that a kept day needs."""
        one = self.files.get(file)
        return one is not None and one.sha256 == sha256 and day < one.kept_from


def read_record(home: Home) -> Record:
    """The record of the home, empty where nothing was pruned. Raises Refused when it cannot be read."""
    path = home.pruned_file
    if not path.exists():
        return Record()
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{path}: the record of pruned files is damaged: {where or 'whole'}: {first['msg']}") from None
    except OSError as error:
        raise Refused(f"{path}: the record of pruned files cannot be read: {error.strerror}") from None
