"""What a person sees of a run: a bar that moves within a stage too, and plain lines without a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from pipelines.terminal import RunView
from tests.pipelines.homes import D1, D2

CONTENT = {"outputs": {"orders.parquet": {"rows": 3}}, "sums": {"payouts_net_fen": 2400}}


def _at(view: RunView) -> float:
    assert view._bar
    return view._bar.tasks[0].completed


def test_the_bar_moves_with_stages_and_within_them() -> None:
    said = io.StringIO()
    with RunView(Console(file=said, force_terminal=True, width=120), days=2, stages=2) as view:
        assert view._bar
        view.starts(D1)
        seen = []
        for name, details in (("exports", ("orders", "refunds", "members")), ("orders", ())):
            for detail in ("", *details):
                view.stage(name, detail)
                seen.append(_at(view))
        assert seen == sorted(set(seen))  # never back, never still
        assert seen[0] == 0 and seen[-2] < 1 == seen[-1]
        view.stage("orders", "one half")
        assert "2025-11-01  orders: one half" in str(view._bar.tasks[0].description)
        view.ends(CONTENT, fresh=True)
        assert _at(view) == 2
        view.starts(D2)
        view.ends(CONTENT, fresh=False)
        assert _at(view) == view._bar.tasks[0].total == 4


def test_a_log_has_a_line_a_day_and_no_more() -> None:
    said = io.StringIO()
    with RunView(Console(file=said, width=120), days=1, stages=2) as view:
        view.starts(D1)
        for name in ("exports", "orders"):
            for detail in ("", "one half"):
                view.stage(name, detail)
        assert said.getvalue() == ""
        view.ends(CONTENT, fresh=True)
    assert said.getvalue().splitlines() == ["2025-11-01  settled in 0.0 s: 3 orders, payouts 24.00 yuan"]
