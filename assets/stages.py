"""The stages of a day, in order: what each makes, from what, and the function that does it.

Holds: the one list that the job, its graph and its progress are made from.
Never holds: the work itself; orchestration (``pipelines/``).
Neighbour: ``pipelines/definitions.py`` turns every stage into an asset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from assets.day import Day
from assets.ledger import check_controls, collect_debts, write_balances, write_entries
from assets.payouts.cut import cut_payouts
from assets.payouts.files import write_payout_files
from assets.programmes import PROGRAMMES
from assets.report.page import write_report
from assets.seal import seal_day, write_quarantine
from assets.steps import (
    Facts,
    qualify_orders,
    read_exports,
    settle_programme,
    take_late_refunds,
    take_requests,
    take_results,
    write_changed,
    write_rewards,
)


@dataclass(frozen=True)
class Stage:
    """One stage: an asset of the job. ``after`` names the stages whose relations it reads, without those that another
    of them comes after; ``table`` its output. Groups are numbered in the order in which a day flows through them, which
    is that of their names in the UI; none lies before a group whose stages it follows."""

    name: str
    group: str
    run: Callable[[Day], Facts]
    after: tuple[str, ...]
    description: str
    table: str | None = None


def _doc(function: Callable[..., Facts]) -> str:
    return " ".join((function.__doc__ or "").split())


_SCHEMES = tuple(programme.name for programme in PROGRAMMES)

STAGES: tuple[Stage, ...] = (
    Stage("exports", "1_exports", read_exports, (), _doc(read_exports)),
    Stage("results", "2_requests", take_results, ("exports",), _doc(take_results)),
    Stage("late_refunds", "2_requests", take_late_refunds, ("results",), _doc(take_late_refunds)),
    Stage("requests", "2_requests", take_requests, ("late_refunds",), _doc(take_requests)),
    Stage("quarantine", "8_report", write_quarantine, ("requests",), _doc(write_quarantine)),
    Stage("orders", "3_orders", qualify_orders, ("requests",), _doc(qualify_orders), "orders"),
    *(
        Stage(
            programme.name, "4_programmes", partial(settle_programme, name=programme.name), ("orders",),
            f"{programme.title}: contributions, grants, claims, tickets, funding, releases (rules.md section"
            f" {programme.section}). It has something to do once the rules have had a block `{programme.block}`.",
        )
        for programme in PROGRAMMES
    ),
    Stage("debts", "5_funding", collect_debts, _SCHEMES, _doc(collect_debts)),
    Stage("rewards", "5_funding", write_rewards, ("debts",), _doc(write_rewards), "rewards"),
    Stage(
        "tickets", "5_funding", partial(write_changed, name="tickets"), ("rewards",),
        "Tickets in queues that were made, paid, left or cancelled today (rules.md section 6).", "tickets",
    ),
    Stage(
        "claims", "5_funding", partial(write_changed, name="claims"), ("debts",),
        "Claims of sponsors and of the chain that were made, paid or lapsed today (rules.md sections 5 and 8b).",
        "claims",
    ),
    Stage(
        "lots", "5_funding", partial(write_changed, name="lots"), ("rewards",),
        "Lots of points, green points and circular purchase that were granted, released, sold or used today (rules.md"
        " sections 4, 7 and 8).",
        "lots",
    ),
    Stage("payout_cut", "6_ledger", cut_payouts, ("debts",), _doc(cut_payouts)),
    Stage("payouts", "7_payouts", write_payout_files, ("payout_cut",), _doc(write_payout_files), "payouts"),
    Stage("entries", "6_ledger", write_entries, ("payout_cut",), _doc(write_entries), "entries"),
    Stage("balances", "6_ledger", write_balances, ("entries",), _doc(write_balances), "balances"),
    Stage(
        "controls", "8_report", check_controls,
        ("balances", "payouts", "tickets", "claims", "lots"), _doc(check_controls), "controls",
    ),
    Stage(
        "report", "8_report", write_report, ("controls", "quarantine"),
        f"{_doc(write_report)} Only when every control holds (rules.md section 11).",
    ),
    Stage(
        "settlement", "9_seal", seal_day, ("report",),
        f"{_doc(seal_day)} The day is settled from here on (contract.md).",
    ),
)  # fmt: skip
