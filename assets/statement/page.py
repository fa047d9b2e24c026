"""The statement as a page to print and hand over.

Holds: which figures stand on the page (the page itself is ``statement.html.j2``).
Never holds: names or accounts of people, a figure that the statement has not.
Neighbour: ``sections.py`` groups the rows, ``wording.py`` has the words.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from assets.pages import template
from assets.statement import wording
from assets.statement.adding import Statement
from assets.statement.holders import OWED
from assets.statement.sections import sections
from assets.units import amount

_TEMPLATE = Path(__file__).with_name("statement.html.j2")


def statement_page(statement: Statement) -> str:
    """The page: per commodity the accounts with opening and closing, then every movement with its reasons."""
    units = statement.point_units
    return template(_TEMPLATE).render(
        holder=statement.holder,
        first=statement.first,
        last=statement.last,
        seal=statement.seal,
        sections=sections(statement),
        owed=OWED,
        names=wording.COMMODITY_NAMES,
        account_of=wording.account_of,
        reason_of=wording.reason_of,
        amount=partial(amount, point_units=units),
        change=partial(wording.change, point_units=units),
    )
