"""The tree as a page: nodes that open and close, nothing from outside.

Holds: which figures stand on the page (the page itself is ``explain.html.j2``).
Never holds: a figure that the tree has not; who may read the file (``handing.py`` hands it out).
Neighbour: ``tree.py``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.explain.tree import Node
from assets.explain.wording import amount_of
from assets.pages import template

_TEMPLATE = Path(__file__).with_name("explain.html.j2")


def explain_page(tree: Node, day: date, point_units: int) -> str:
    """The page of a tree at the close of a day; ``point_units``: units of a point."""
    return template(_TEMPLATE).render(tree=tree, day=day, said=lambda node: amount_of(node, point_units))
