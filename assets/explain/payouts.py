"""A payout: the wallets it was cut from, the rewards that were in them, the tax with its formula, what became of it.

Holds: rules.md section 10.3 in numbers, for one payout.
Never holds: the payee's account or name.
Neighbour: ``wallets.py`` tells which rewards they were; ``unpaid.py`` why money was not paid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from assets.explain.formulas import Formula, agreed, part, plain
from assets.explain.reading import Past, Row
from assets.explain.rewards import Reasons
from assets.explain.tree import Node
from assets.explain.wallets import WALLETS, Piece, Wallets, grouped
from assets.explain.wording import say
from assets.units import yuan

CHANCE_BP = 2_000  # withheld of chance income (rules.md section 10.3)
_FREE, _SMALL, _FIFTH = 80_000, 400_000, 2_000  # fen, fen, bp (rules.md section 10.3, monthly)
_MONTHLY: tuple[tuple[int | None, int, int], ...] = (
    (2_000_000, 2_000, 0), (5_000_000, 3_000, 200_000), (None, 4_000, 700_000),
)  # fmt: skip
_A_MONTH = 500_000  # fen that a month takes off the year's base


def payouts_of(past: Past, member: str) -> list[Row]:
    """All payouts of a member, oldest first."""
    found = past.where("payouts", member_id=member)
    return sorted(found, key=lambda row: (row["paid_on"], row["payout_id"]))


def payout_tree(past: Past, payout: Row) -> Node:
    """Net = what left the wallets, reward by reward, less the tax."""
    every = payouts_of(past, payout["member_id"])
    cut = Wallets(past, payout["member_id"], every, payout).cuts[payout["payout_id"]]
    children = [wallet_node(past, name, payout[name], cut[name]) for name in WALLETS if payout[name]]
    if payout["tax"]:
        children.append(_tax(past, payout))
    children += _became(payout, every)
    text = say("payout", member=payout["member_id"], day=payout["paid_on"], channel=payout["channel"],
               attempt=payout["attempt"], gross=yuan(payout["gross"]), tax=yuan(payout["tax"]))  # fmt: skip
    return Node("payout", payout["payout_id"], text, payout["net"],
                formula=f"{yuan(payout['gross'])} - {yuan(payout['tax'])} = {yuan(payout['net'])}",
                children=tuple(children))  # fmt: skip


def _became(payout: Row, every: list[Row]) -> Iterator[Node]:
    """What became of it, and whether it was paid again."""
    name = payout["payout_id"]
    yield Node("status", name, say(f"payout_{payout['status']}", channel=payout["channel"]))
    if payout["replaced_by"]:
        yield Node("payout", payout["replaced_by"], say("replaced_by"))
    for one in every:
        if one["replaced_by"] == name:
            yield Node("payout", one["payout_id"], say("replaces", day=one["paid_on"], status=one["status"]))


# --- the money in a wallet -------------------------------------------------------------------------------------------


def wallet_node(past: Past, name: str, amount: int, pieces: list[Piece]) -> Node:
    """A wallet's money by the rewards it was."""
    rows = {piece.row["reward_id"]: piece.row for piece in pieces if piece.row}
    told = _pieces(Reasons(past, list(rows.values())), pieces, 0)
    return Node("wallet", name, say(f"wallet_{name}"), amount, children=tuple(told))


def _pieces(reasons: Reasons, pieces: list[Piece], depth: int) -> Iterator[Node]:
    """A node for each piece; those that came back from a payout below that payout, which may itself have had such."""
    for payout, some in grouped(pieces, depth):
        amount = sum(piece.amount for piece in some)
        if payout:
            yield Node("payout", payout, say("came_back"), amount, children=tuple(_pieces(reasons, some, depth + 1)))
            continue
        for piece in some:
            if piece.row is None:
                yield Node("money", "", say("came_back_untold"), piece.amount)
            else:
                yield reasons.node(piece.row, piece.amount)


# --- tax -------------------------------------------------------------------------------------------------------------


def _tax(past: Past, payout: Row) -> Node:
    """The tax of each class with its formula."""
    name, labour = payout["payout_id"], payout["labour_tax"]
    children = []
    if chance := payout["tax"] - labour:
        said = agreed(f"tax of {name}", part(plain(payout["chance"]), CHANCE_BP), chance)
        children.append(Node("tax", "chance", say("tax_chance"), -chance, formula=said))
    if labour:
        children.append(_labour_tax(past, payout))
    return Node("tax", name, say("tax"), -payout["tax"], children=tuple(children))


def _labour_tax(past: Past, payout: Row) -> Node:
    """The tax on labour income. What the month or year held before is in the state of the payout's own day."""
    version = past.in_force(payout["paid_on"])
    method, booked = version["payout"]["labour_method"], payout["labour_tax"]
    words, then = say(f"tax_labour_{method}"), past.at(payout["paid_on"])
    if then is None:
        untold = (Node("note", "labour", say("tax_untold")),)
        return Node("tax", "labour", words, -booked, children=untold)
    due = labour_due(then, payout["member_id"], payout["paid_on"], version["payout"], paid=payout["labour"],
                     withheld=booked)  # fmt: skip
    return Node("tax", "labour", words, -booked, formula=agreed(f"labour tax of {payout['payout_id']}", due, booked))


def labour_due(
    past: Past, member: str, day: date, keys: Mapping[str, Any], *, paid: int, withheld: int = 0, more: int = 0
) -> Formula:
    """The tax on labour income of ``paid`` fen, of which the state already counts all but ``more``, and ``withheld``
    as tax; raises nothing: the caller says what was booked."""
    first, this = day.replace(month=1, day=1), day.replace(day=1)
    months = [row for row in past.where("tax", member_id=member) if first <= row["month"] <= this]
    if keys["labour_method"] == "monthly":
        now = [row for row in months if row["month"] == this]
        income = sum(row["income"] for row in now) + more
        before = sum(row["withheld"] for row in now) - withheld
        tax = _bracketed(_monthly_base(income), _MONTHLY)
    else:
        income = sum(row["income"] for row in months) + more
        before = sum(row["withheld"] for row in months) - withheld
        begun = min((row["month"].month for row in months if row["income"] > 0), default=day.month)
        tax = _bracketed(_yearly_base(income, day.month - begun + 1), keys["cumulative_table"])
    text = f"{tax.text} - {yuan(before)}" if before else tax.text
    due = tax.value - before
    if not 0 <= due <= paid:
        return Formula(f"min({yuan(paid)}, max(0.00, {text}))", min(paid, max(0, due)))
    return Formula(text, due)


def _monthly_base(income: int) -> Formula:
    if income <= _SMALL:
        return Formula(f"max(0.00, {yuan(income)} - {yuan(_FREE)})", max(0, income - _FREE))
    fifth = part(plain(income), _FIFTH)
    return Formula(f"({yuan(income)} - {fifth.text})", income - fifth.value)


def _yearly_base(income: int, months: int) -> Formula:
    fifth = part(plain(income), _FIFTH)
    found = income - fifth.value - _A_MONTH * months
    return Formula(f"max(0.00, {yuan(income)} - {fifth.text} - {yuan(_A_MONTH)} × {months})", max(0, found))


def _bracketed(base: Formula, table: Any) -> Formula:
    """The tax on a base by a table of (up to, bp, quick deduction)."""
    _, bp, quick = next(row for row in table if row[0] is None or base.value <= row[0])
    tax = part(base, bp)
    return Formula(f"{tax.text} - {yuan(quick)}", tax.value - quick) if quick else tax
