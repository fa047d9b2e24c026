"""Who is at work, and when: the one place that asks the clock and the system for the log's sake.

Holds: the login of the process, the stamp of what is entered into the log now.
Never holds: what is entered.
Neighbour: ``desk.py`` and ``releasing.py`` hand its stamps to ``assets/release/``.
"""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime

from assets.foundation.audit import Stamp
from assets.release.names import person


def login() -> str:
    """The login name of the process's user, or his number where the system knows no name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def now() -> str:
    """The time as the log and the home's lock have it: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def stamp(by: str | None = None) -> Stamp:
    """Now, by the name that was given, or else by the login name. Raises Refused for what is no name."""
    return Stamp(now(), person(login() if by is None else by), login())
