"""What is asked for: from ``KIND/ID`` or a bare id to the rows of that thing, and its tree.

Holds: the kinds, which rows have an id, the messages about ids that nothing or several things have.
Never holds: what a tree says.
Neighbour: every module with a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from assets.explain.claims import claim_tree
from assets.explain.lots import lot_tree
from assets.explain.members import member_tree
from assets.explain.orders import order_tree, pending_tree
from assets.explain.payouts import payout_tree
from assets.explain.queues import ticket_tree
from assets.explain.reading import Past, Row
from assets.explain.tree import Node, require_sums
from assets.foundation.errors import Refused
from assets.foundation.store import Home

KINDS = ("payout", "member", "order", "ticket", "claim", "lot")
_SHOWN = 150  # letters of an id in a message
Tree = Callable[[Past, Row], Node]


def explain(home: Home, named: str, day: date | None = None) -> tuple[Node, date, int]:
    """The tree of what ``named`` is (``KIND/ID``, or an id that only one thing has) at the close of ``day``, by
    default the last settled one; that day, and how many units a point has.

    Raises Refused for an id that nothing or several things have, for a day that is not settled, and with both figures
    where a node is not the sum of its parts or a formula not what was booked.
    """
    past = Past(home, day)
    try:
        return tree_of(past, named), past.day, past.point_units
    finally:
        past.close()


def tree_of(past: Past, named: str) -> Node:
    """As ``explain``, for one who asks for several things of the same close."""
    tree, row = _found(past, named)
    return require_sums(tree(past, row))


def _found(past: Past, named: str) -> tuple[Tree, Row]:
    shown = named[:_SHOWN] if named.isprintable() else ascii(named[:_SHOWN])
    kind, slash, name = named.partition("/")
    if slash and kind in KINDS and name:
        if found := _rows(past, kind, name):
            return found
        raise Refused(f"{kind} {shown[len(kind) + 1 :]}: unknown up to {past.day}{_form(kind)}")
    found_all = {f"{one}/{named}": row for one in KINDS if (row := _rows(past, one, named))}
    if not found_all:
        raise Refused(f"found {shown!r}, which nothing is called up to {past.day}; allowed KIND/ID with KIND one of"
                      f" {', '.join(KINDS)}, or the bare id of one thing")  # fmt: skip
    if len(found_all) > 1:
        raise Refused(f"{shown} is the id of several things, say which: {', '.join(found_all)}")
    return next(iter(found_all.values()))


def _form(kind: str) -> str:
    """What an id of this kind looks like, where that may not be clear."""
    forms = {
        "ticket": "; allowed ticket/<queue>#<number>, as ticket/merchant/S#1 or ticket/platform#1",
        "claim": "; allowed claim/referral/<order>, or claim/chain/<order>/<award>",
        "lot": "; allowed lot/<programme>/<order>, and a merchant's with /merchant at the end",
    }
    return forms.get(kind, "")


def _rows(past: Past, kind: str, name: str) -> tuple[Tree, Row] | None:
    return next(_LOOKS[kind](past, name), None)


def _payout(past: Past, name: str) -> Iterator[tuple[Tree, Row]]:
    yield from ((payout_tree, row) for row in past.find("payouts", "payout_id", [name]))


def _member(past: Past, name: str) -> Iterator[tuple[Tree, Row]]:
    yield from ((member_tree, row) for row in past.where("members", member_id=name))


def _order(past: Past, name: str) -> Iterator[tuple[Tree, Row]]:
    yield from ((order_tree, row) for row in past.orders([name]).values())
    waits = (row for row in past.where("pending", order_id=name) if row["qualify_on"] > past.day)
    yield from ((pending_tree, row) for row in waits)


def _ticket(past: Past, name: str) -> Iterator[tuple[Tree, Row]]:
    queue, _, number = name.rpartition("#")
    if queue and number.isascii() and number.isdecimal():
        block = f"{queue}|{int(number) // 32}"
        yield from ((ticket_tree, row) for row in past.find("tickets", "block", [block])
                    if row["ticket_no"] == int(number))  # fmt: skip


def _claim(past: Past, name: str) -> Iterator[tuple[Tree, Row]]:
    programme, _, rest = name.partition("/")
    order = rest if programme == "referral" else rest.rpartition("/")[0]
    yield from ((claim_tree, row) for row in past.find("claims", "order_id", [order] if order else [])
                if row["claim_id"] == name)  # fmt: skip


def _lot(past: Past, name: str) -> Iterator[tuple[Tree, Row]]:
    programme, _, rest = name.partition("/")
    order = rest.removesuffix("/merchant")
    if not order:
        return
    yield from ((lot_tree, row) for row in past.find("scheme_lots", "order_id", [order]) if row["lot_id"] == name)
    known = past.orders([order]) if programme == "points" else {}
    for row in past.find("lots", "holder", (one["member_id"] for one in known.values())):
        if f"{row['programme']}/{row['order_id']}" == name:
            yield lot_tree, {**row, "lot_id": name}


_LOOKS: dict[str, Callable[[Past, str], Iterator[tuple[Tree, Row]]]] = {
    "payout": _payout, "member": _member, "order": _order, "ticket": _ticket, "claim": _claim, "lot": _lot,
}  # fmt: skip
