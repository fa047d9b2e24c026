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
    """One stage: an asset of the job. ``after`` names the stages whose relations it reads; ``table`` its output."""

    name: str
    group: str
    run: Callable[[Day], Facts]
    after: tuple[str, ...]
    description: str
    table: str | None = None


def _doc(function: Callable[..., Facts]) -> str:
    return " ".join((function.__doc__ or "").split())


_SCHEMES = tuple(programme.name for programme in PROGRAMMES)
_CLAIMING = tuple(programme.name for programme in PROGRAMMES if "claims" in programme.changed)

STAGES: tuple[Stage, ...] = (
    Stage("exports", "exports", read_exports, (), _doc(read_exports)),
    Stage("results", "requests", take_results, ("exports",), _doc(take_results)),
    Stage("late_refunds", "requests", take_late_refunds, ("results",), _doc(take_late_refunds)),
    Stage("requests", "requests", take_requests, ("late_refunds",), _doc(take_requests)),
    Stage("quarantine", "exports", write_quarantine, ("requests",), _doc(write_quarantine)),
    Stage("orders", "orders", qualify_orders, ("requests",), _doc(qualify_orders), "orders"),
    *(
        Stage(
            programme.name, "programmes", partial(settle_programme, name=programme.name), ("orders",),
            f"{programme.title}: contributions, grants, claims, tickets, funding, releases (rules.md, steps 4 to 6).",
        )
        for programme in PROGRAMMES
    ),
    Stage("debts", "ledger", collect_debts, _SCHEMES, _doc(collect_debts)),
    Stage("rewards", "rewards", write_rewards, ("debts",), _doc(write_rewards), "rewards"),
    Stage("tickets", "rewards", partial(write_changed, name="tickets"), ("rewards",), _doc(write_changed), "tickets"),
    Stage("claims", "rewards", partial(write_changed, name="claims"), _CLAIMING, _doc(write_changed), "claims"),
    Stage("lots", "rewards", partial(write_changed, name="lots"), ("rewards",), _doc(write_changed), "lots"),
    Stage("payout_cut", "payouts", cut_payouts, ("debts",), _doc(cut_payouts)),
    Stage("payouts", "payouts", write_payout_files, ("payout_cut",), _doc(write_payout_files), "payouts"),
    Stage("entries", "ledger", write_entries, ("payout_cut",), _doc(write_entries), "entries"),
    Stage("balances", "ledger", write_balances, ("entries",), _doc(write_balances), "balances"),
    Stage(
        "controls", "ledger", check_controls,
        ("balances", "payouts", "rewards", "tickets", "claims", "lots"), _doc(check_controls), "controls",
    ),
    Stage("report", "report", write_report, ("controls", "quarantine"), _doc(write_report)),
    Stage("settlement", "settlement", seal_day, ("report",), _doc(seal_day)),
)  # fmt: skip
