"""A tree of reasons: nodes with an amount, each the sum of its parts.

Holds: what a node is, the one thing that must be true of it, its JSON.
Never holds: words, layout, where figures come from.
Neighbour: ``naming.py`` asks for a tree; ``page.py`` and ``pipelines/explaining.py`` lay it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assets.foundation.errors import Refused
from assets.wording import Words


@dataclass(frozen=True)
class Node:
    """One thing: an amount in fen (``unit`` CNY) or units, how it is reckoned, and what it is made of.

    ``amount`` None: the node says something, or holds together what is no sum; it counts for nothing above it.
    """

    kind: str
    id: str
    text: Words
    amount: int | None = None
    unit: str = "CNY"
    formula: str = ""
    children: tuple[Node, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything that the node says, its parts below it; amounts are whole numbers of ``unit``."""
        return {
            "kind": self.kind,
            "id": self.id,
            "text": self.text._asdict(),
            "amount": self.amount,
            "unit": {"CNY": "fen"}.get(self.unit, self.unit),
            "formula": self.formula,
            "children": [child.as_json() for child in self.children],
        }


def nodes(tree: Node) -> Iterator[Node]:
    """The tree's nodes, each before its parts."""
    yield tree
    for child in tree.children:
        yield from nodes(child)


def require_sums(tree: Node) -> Node:
    """The tree, if every amount is the sum of its parts; else raise Refused with both figures of the first that is
    not."""
    for node in nodes(tree):
        parts = [child for child in node.children if child.amount is not None]
        if node.amount is None or not parts:
            continue
        found = sum(part.amount or 0 for part in parts)
        if found != node.amount or any(part.unit != node.unit for part in parts):
            raise Refused(
                f"{node.kind} {node.id}: its parts do not add up: expected {node.amount}, found {found}. Sealed days"
                " were changed: settle verify says more"
            )
    return tree
