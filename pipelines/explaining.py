"""`settle explain`: the tree of one thing in a terminal, as JSON, as a page in a file.

Holds: the layout of the tree in a terminal and the shape of the JSON.
Never holds: what the tree says (``assets/explain/``).
Neighbour: ``cli.py``; ``statement.py`` tells all movements of one holder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from assets.explain.naming import explain
from assets.explain.tree import Node, nodes
from assets.explain.wording import amount_of
from assets.foundation.store import Home
from pipelines.streams import carries_unicode

_LISTED = 30  # parts of a node that a terminal shows; JSON and page have them all


def explain_and_show(
    console: Console, home: Home, named: str, day: date | None, page: Path | None, *, as_json: bool
) -> None:
    """Make the tree, leave its page where one is asked for, and print it; as JSON where that is asked for."""
    tree, day, units = explain(home, named, day)
    if page:
        from assets.explain.page import explain_page  # pages are long to import, and few are asked for
        from assets.handing import write_page

        write_page(home, page, explain_page(tree, day, units))
    if as_json:
        whole = {"date": day.isoformat(), "point_units": units, "tree": tree.as_json()}
        _say(console, json.dumps(whole, ensure_ascii=not carries_unicode(), indent=1))
    elif page:
        _say(console, f"{tree.kind} {tree.id} at the close of {day}, {sum(1 for _ in nodes(tree))} lines: {page}")
    else:
        _show(console, tree, day, units)


def _show(console: Console, tree: Node, day: date, units: int) -> None:
    """A tree that folds in a terminal, else a line a node."""
    _say(console, f"At the close of {day}; amounts in yuan, every amount the sum of those right below it:")
    if console.is_terminal:
        shown = Tree(_line(tree, units), guide_style="dim")
        _grow(shown, tree, units)
        console.print(shown)
    else:
        _say(console, _line(tree, units).plain)
        for line in _lines(tree, units, ""):
            _say(console, line)


def _listed(node: Node, units: int) -> Iterator[tuple[Text, Node | None]]:
    """The parts of a node with their lines; what is too much as one line with its sum."""
    yield from ((_line(child, units), child) for child in node.children[:_LISTED])
    if rest := node.children[_LISTED:]:
        amounts = [one.amount for one in rest if one.amount is not None]
        summed = replace(rest[0], amount=sum(amounts) if amounts else None)
        more = Text(f"{amount_of(summed, units)}  ".lstrip() + f"… and {len(rest)} more, which --json and --html have")
        yield more, None


def _grow(shown: Tree, node: Node, units: int) -> None:
    for line, child in _listed(node, units):
        branch = shown.add(line)
        if child:
            _grow(branch, child, units)


def _lines(node: Node, units: int, before: str) -> Iterator[str]:
    listed = list(_listed(node, units))
    for place, (line, child) in enumerate(listed, start=1):
        last = place == len(listed)
        yield f"{before}{'└── ' if last else '├── '}{line.plain}"
        if child:
            yield from _lines(child, units, f"{before}{'    ' if last else '│   '}")


def _line(node: Node, units: int) -> Text:
    """Amount, kind and id, what it is, the formula; to the letter, since ids may look like markup."""
    line = Text()
    if node.amount is not None:
        line.append(f"{amount_of(node, units)}  ", style="bold red" if node.amount < 0 else "bold")
        if node.unit != "CNY":
            line.append(f"{node.unit}  ", style="dim")
    line.append(f"{node.kind} {node.id}".strip(), style="cyan").append(f"  {node.text.en}")
    if node.formula:
        line.append(f"  {node.formula}", style="green")
    return line


def _say(console: Console, line: str) -> None:
    console.out(line, highlight=False)  # to the letter: print would make pictures of ids like :star:
