"""The ways in which Settle says no.

Holds: the exceptions that the command line turns into exit codes 1 and 2.
Never holds: messages; those stand where the fault is found, and say what, where, found and allowed.
Neighbour: ``pipelines/cli.py`` prints them.
"""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - a refusal is an outcome of a day, not a programming error
    """The day is refused (contract.md, exit code 1): nothing of it is published."""


class RulesError(Exception):
    """The rules file is itself at fault (contract.md, exit code 2)."""


class Changed(Refused):
    """Somebody else wrote to the home meanwhile: nothing was changed, and the same may be tried again."""
