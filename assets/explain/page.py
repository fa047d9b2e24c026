"""The tree as a page: nodes that open and close, nothing from outside.

Holds: which figures stand on the page (the page itself is ``explain.html.j2``).
Never holds: a figure that the tree has not; who may read the file (``statement/page.py`` writes it).
Neighbour: ``tree.py``.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import jinja2

from assets.explain.tree import Node
from assets.explain.wording import amount_of

_TEMPLATES = Path(__file__).resolve().parent


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    pages = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return pages.get_template("explain.html.j2")


def explain_page(tree: Node, day: date, point_units: int) -> str:
    """The page of a tree at the close of a day; ``point_units``: units of a point."""
    return _template().render(tree=tree, day=day, said=lambda node: amount_of(node, point_units))
