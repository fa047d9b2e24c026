"""`settle statement` as a person and as a script meet it: lines, a table, JSON, a page, and its refusals."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from rich.console import Console

from assets.foundation.store import Home
from pipelines.statement import statement_and_show
from tests.pipelines.homes import settle, tree
from tests.pipelines.test_command_line import said
from tests.settlement.ledger import payout_id
from tests.statement.conftest import MEMBER, ORDER, SHOP

D2, D3 = "2026-11-02", "2026-11-03"
PAID = payout_id(MEMBER, D2)
LINES = f"""\
Statement of member {MEMBER}, 2026-11-02 to 2026-11-03
Money, yuan:
  opening  Rebate wallet  0.00
  opening  Debt  0.00
  2026-11-02  Queue: paid from the pool  Rebate wallet  +15.00  balance 15.00
      order {ORDER}, money of order {ORDER}  +10.00
      order {ORDER}, money of order OZ  +5.00
  2026-11-02  Payout: sent  Rebate wallet  -15.00  balance 0.00
      payout {PAID}, by bank, attempt 1, tax 0.00, net 15.00
  2026-11-03  Queue: taken back after a refund  Debt  +15.00  balance 15.00
      order {ORDER}
  closing  Rebate wallet  0.00
  closing  Debt  15.00
Points:
  opening  Points  1,400
  2026-11-02  Points: taken back after a refund  Points  -350  balance 1,050
      order {ORDER}
  2026-11-03  Points: taken back after a refund  Points  -1,050  balance 0
      order {ORDER}
  closing  Points  0
"""


def test_as_a_process(settled: Path, tmp_path: Path) -> None:
    before = tree(settled)
    done = settle("statement", MEMBER, "--home", settled, "--from", D2)
    assert (done.code, done.out, done.err) == (0, LINES, "")
    page = tmp_path / "page.html"
    done = settle("statement", f"merchant/{SHOP}", "--html", page, SETTLE_HOME=str(settled))
    assert (done.code, done.err) == (0, "")
    assert done.out == f"Statement of merchant {SHOP}, 2026-11-01 to 2026-11-03: {page}\n"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert "Owed by the merchant" in page.read_text(encoding="utf-8")
    assert tree(settled) == before


def test_as_json(settled: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = said("statement", MEMBER, "--home", settled, "--from", D2, "--to", D2, "--json", "--html", page)
    assert (done.code, done.err) == (0, "") and page.is_file()
    seal = Home(settled).seal(Home(settled).settled_days()[1])
    own = {"order_id": ORDER, "paid_depth": 0}
    assert seal
    assert json.loads(done.out) == {
        "holder": {"kind": "member", "id": MEMBER},
        "from": D2,
        "to": D2,
        "seal": seal.sha256,
        "units": {"CNY": "fen", "POINT": "point"},
        "accounts": [
            {"account": "member_wallet_rebate", "commodity": "CNY", "opening": 0, "came_in": 1500, "went_out": -1500,
             "closing": 0},
            {"account": "member_points", "commodity": "POINT", "opening": 1400, "came_in": 0, "went_out": -350,
             "closing": 1050},
        ],
        "movements": [
            {"date": D2, "programme": "queue", "cause": "fund", "commodity": "CNY",
             "text": {"en": "Queue: paid from the pool", "zh": "排队免单：资金池返还"},
             "accounts": {"member_wallet_rebate": {"amount": 1500, "balance": 1500}},
             "details": [{**own, "from_order_id": ORDER, "amount": 1000},
                         {**own, "from_order_id": "OZ", "amount": 500}]},
            {"date": D2, "programme": "payout", "cause": "cut", "commodity": "CNY",
             "text": {"en": "Payout: sent", "zh": "提现：付款"},
             "accounts": {"member_wallet_rebate": {"amount": -1500, "balance": 0}},
             "details": [{"payout_id": PAID, "channel": "bank", "attempt": 1, "tax": 0, "net": 1500, "amount": -1500}]},
            {"date": D2, "programme": "points", "cause": "clawback", "commodity": "POINT",
             "text": {"en": "Points: taken back after a refund", "zh": "消费增值：退款后收回"},
             "accounts": {"member_points": {"amount": -350, "balance": 1050}},
             "details": [{**own, "amount": -350}]},
        ],
    }  # fmt: skip


def test_in_a_terminal_a_table_a_commodity(settled: Path) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100, no_color=True)
    statement_and_show(console, Home(settled), MEMBER, None, None, None, as_json=False)
    text = shown.getvalue()
    for part in (MEMBER, "Money, yuan", "Queue: paid from the pool", f"payout {PAID}", "+1,400", "closing"):
        assert part in text
    merchant = f"merchant/{SHOP}"
    statement_and_show(console, Home(settled), merchant, None, None, None, as_json=False)
    assert f"Statement of merchant {SHOP}" in shown.getvalue()  # :star: is an id here and no picture
    assert "+1,234.57" in shown.getvalue()


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("nobody",), 1, "refused: member nobody: unknown up to 2026-11-03; allowed a member that an export brought"),
        (("Z", "--from", "2026-10-31"), 1, "refused: found 2026-10-31 to 2026-11-03, allowed the settled days: "),
        (("Z", "--to", "2026-11-04"), 1, "allowed the settled days: 2026-11-01 to 2026-11-03"),
        (("Z", "--from", D3, "--to", D2), 2, "--from 2026-11-03 is after --to 2026-11-02"),
        (("Z", "--from", "yesterday"), 2, "allowed a date as YYYY-MM-DD"),
        ((), 2, "Missing argument"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(settled: Path, words: tuple[str, ...], code: int, named: str) -> None:
    done = said("statement", *words, "--home", settled)
    assert (done.code, done.out) == (code, "")
    assert named in " ".join(done.err.replace("│", " ").split())


def test_no_page_of_a_statement_that_is_refused(settled: Path, tmp_path: Path) -> None:
    assert said("statement", "nobody", "--home", settled, "--html", tmp_path / "page.html").code == 1
    assert list(tmp_path.iterdir()) == []
    done = said("statement", "Z", "--home", settled, "--html", settled / "rules.yaml")
    assert (done.code, done.out) == (1, "")
    assert "found a place in the home" in done.err
