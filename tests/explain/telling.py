"""What tests of trees share: trees as short lines of text.

Holds: the reading of a tree, one look at a home for all that is asked of one close.
Never holds: an expected figure. Neighbour: ``tests/settlement/ledger.py`` settles the homes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

from assets.explain.naming import tree_of
from assets.explain.reading import Past
from assets.explain.tree import Node, nodes
from assets.explain.wording import amount_of
from assets.foundation.store import Home

NOW = "2026-11-05"


@cache
def past(root: Path, day: str) -> Past:
    """The home at a close."""
    return Past(Home(root), date.fromisoformat(day))


def _lines(node: Node, units: int, depth: int = 0) -> Iterator[str]:
    said = amount_of(node, units) or "-"
    yield f"{'  ' * depth}{said} {node.kind} {node.id}{' = ' if node.formula else ''}{node.formula}"
    for child in node.children:
        yield from _lines(child, units, depth + 1)


def told(root: Path, named: str, day: str = NOW) -> list[str]:
    """``amount kind id [= formula]``, parts further in"""
    at = past(root, day)
    return list(_lines(tree_of(at, named), at.point_units))


def texts(root: Path, named: str, kind: str, day: str = NOW) -> list[str]:
    """What the nodes of a kind say in English."""
    return [node.text.en for node in nodes(tree_of(past(root, day), named)) if node.kind == kind]
