"""Names that people give: which are allowed, and when two of them are one person.

Holds: both.
Never holds: who may do what; logins (a name is what somebody types).
Neighbour: the log keeps them as they were given.
"""

from __future__ import annotations

import unicodedata

from assets.foundation.audit import LONGEST_NAME
from assets.foundation.errors import Refused


def person(text: str) -> str:
    """A name as the log keeps it: without the spaces around it. Raises Refused for what is no name."""
    name = text.strip()
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise Refused(f"name: found {text[:LONGEST_NAME]!r}, allowed 1 to {LONGEST_NAME} printable characters")
    return name


def same_person(one: str, other: str) -> bool:
    """Whether two names are one person's: case, spaces and ways to write the same letters do not tell them apart."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())
