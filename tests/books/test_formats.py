"""The books of a small home, to the letter and in the eyes of beancount and hledger."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from beancount import loader

from assets.books.beancount import beancount
from assets.books.gathering import Books, gather
from assets.books.hledger import hledger
from assets.foundation.store import Home
from tests.books.conftest import CHINESE, MARKUP, PLAIN, SHOP, SMALL, SPELLED, TEAHOUSE
from tests.books.reading import by_beancount, by_hledger, needs_hledger, run_hledger, sealed

D1, D2, D3 = (date(2026, 11, day) for day in (1, 2, 3))
Format = Callable[[Books], Iterator[str]]
ACCOUNTS_OF_D2 = """\
; Made from sealed days; the seal of 2026-11-02 is {seal}.
; Accounts are control accounts: members, merchants and queues are summed.

option "title" "Settle, the books of 2026-11-02 to 2026-11-02"
option "operating_currency" "CNY"

2026-11-02 commodity CNY
  name: "Yuan"
2026-11-02 commodity POINT
  name: "Points"

2026-11-02 open Assets:Receivable:Merchants CNY
  account: "merchant_receivable"
2026-11-02 open Equity:Points:Issued POINT
  account: "points_issued"
2026-11-02 open Liabilities:InTransit:Alipay CNY
  account: "payout_in_transit"
  holder: "alipay"
2026-11-02 open Liabilities:Points:Members POINT
  account: "member_points"
2026-11-02 open Liabilities:Pools:Queue CNY
  account: "pool_queue"
2026-11-02 open Liabilities:Wallets:Rebate CNY
  account: "member_wallet_rebate"
"""
# Opening: half of 32.00 yuan of orders lies in the queues' pools, 70 points a yuan are granted.
ENTRIES_OF_D2 = """
2026-11-02 * "opening: balances at the close of the day before"
  txn: "opening"
  Assets:Receivable:Merchants  16.00 CNY
  Liabilities:Pools:Queue  -16.00 CNY
  Equity:Points:Issued  2240 POINT
  Liabilities:Points:Members  -2240 POINT

2026-11-02 * "payout: cut of 2026-11-02"
  txn: "2026-11-02/payout/cut"
  Liabilities:Wallets:Rebate  21.00 CNY
  Liabilities:InTransit:Alipay  -21.00 CNY

2026-11-02 * "points: clawback of 2026-11-02"
  txn: "2026-11-02/points/clawback"
  Liabilities:Points:Members  350 POINT
  Equity:Points:Issued  -350 POINT

2026-11-02 * "points: grant of 2026-11-02"
  txn: "2026-11-02/points/grant"
  Equity:Points:Issued  172839 POINT
  Liabilities:Points:Members  -172839 POINT

2026-11-02 * "queue: contribute of 2026-11-02"
  txn: "2026-11-02/queue/contribute"
  Assets:Receivable:Merchants  1234.57 CNY
  Liabilities:Pools:Queue  -1234.57 CNY

2026-11-02 * "queue: fund of 2026-11-02"
  txn: "2026-11-02/queue/fund"
  Liabilities:Pools:Queue  21.00 CNY
  Liabilities:Wallets:Rebate  -21.00 CNY

2026-11-03 balance Assets:Receivable:Merchants  1250.57 ~ 0 CNY
2026-11-03 balance Equity:Points:Issued  174729 ~ 0 POINT
2026-11-03 balance Liabilities:InTransit:Alipay  -21.00 ~ 0 CNY
2026-11-03 balance Liabilities:Points:Members  -174729 ~ 0 POINT
2026-11-03 balance Liabilities:Pools:Queue  -1229.57 ~ 0 CNY
2026-11-03 balance Liabilities:Wallets:Rebate  0.00 ~ 0 CNY
"""
MARKED = r"X---3c-b-3e--3a-a-5c-n-3b--26--5b-red-5d-"
HLEDGER_OF_D3 = f"""
account Assets:Receivable:Members:{MARKED}  ; account:member_debt, holder:{MARKUP}
account Assets:Receivable:Members:X--m0001  ; account:member_debt, holder:m0001
account Assets:Receivable:Merchants:85123A  ; account:merchant_receivable, holder:85123A
account Assets:Receivable:Merchants:X--茶-2d-馆  ; account:merchant_receivable, holder:茶-馆
"""
DEBTS_OF_D3 = f"""
2026-11-03 * (2026-11-03/queue/clawback) queue: clawback of 2026-11-03
    Assets:Receivable:Members:{MARKED}  15.00 CNY
    Assets:Receivable:Members:X--m0001  6.00 CNY
    Liabilities:Due:Queue:Merchant:85123A  -6.00 CNY
    Liabilities:Due:Queue:Merchant:X--茶-2d-馆  -15.00 CNY
"""
CLOSE_OF_D3 = f"""
2026-11-03 * balances at the close of 2026-11-03
    Assets:Bank:Alipay  0 CNY = -15.00 CNY
    Assets:Receivable:Members:{MARKED}  0 CNY = 15.00 CNY
    Assets:Receivable:Members:X--m0001  0 CNY = 6.00 CNY
"""


def _written(settled: Path, path: Path, form: Format, *days: date | None, by_holder: bool = False) -> Path:
    first, last = days or (None, None)
    path.write_text("".join(form(gather(Home(settled), first, last, by_holder=by_holder))), encoding="utf-8")
    return path


@pytest.mark.parametrize("by_holder", [False, True])
@pytest.mark.parametrize("days", [(D1, D3), (D2, D3), (D1, D1), (D3, D3)])
def test_beancount_agrees(settled: Path, tmp_path: Path, days: tuple[date, date], by_holder: bool) -> None:
    path = _written(settled, tmp_path / "books", beancount, *days, by_holder=by_holder)
    expected = sealed(Home(settled), days[1], by_holder=by_holder)
    assert by_beancount(path) == expected
    holders = {holder for _, holder, _ in expected}
    ours = {PLAIN, SPELLED, SHOP, TEAHOUSE}
    assert ours <= holders if by_holder else not (ours | {MARKUP, SMALL, CHINESE}) & holders


@needs_hledger
@pytest.mark.parametrize("by_holder", [False, True])
@pytest.mark.parametrize("days", [(D1, D3), (D2, D3)])
def test_hledger_agrees(settled: Path, tmp_path: Path, days: tuple[date, date], by_holder: bool) -> None:
    path = _written(settled, tmp_path / "books", hledger, *days, by_holder=by_holder)
    assert by_hledger(path) == sealed(Home(settled), days[1], by_holder=by_holder)


def test_bean_check_as_a_process(settled: Path, tmp_path: Path) -> None:
    path = _written(settled, tmp_path / "books", beancount, by_holder=True)
    check = [sys.executable, "-m", "beancount.scripts.check", "--no-cache"]
    done = subprocess.run([*check, path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    path.write_text(path.read_text(encoding="utf-8") + "2026-11-05 balance Assets:Bank  1.00 CNY\n", encoding="utf-8")
    assert subprocess.run([*check, path], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize(("was", "wrong"), [(" 1250.57 ~ 0 CNY", " 1250.56 ~ 0 CNY"), (" -21.00 ~", " -21.01 ~")])
def test_beancount_is_asked_to_the_fen(settled: Path, tmp_path: Path, was: str, wrong: str) -> None:
    path = _written(settled, tmp_path / "books", beancount, D2, D2)
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, wrong), encoding="utf-8")
    assert "Balance failed" in loader.load_file(str(path))[1][0].message


@needs_hledger
def test_hledger_is_asked_to_the_fen(settled: Path, tmp_path: Path) -> None:
    path = _written(settled, tmp_path / "books", hledger)
    text = path.read_text(encoding="utf-8")
    assert " = -15.00 CNY" in text
    path.write_text(text.replace(" = -15.00 CNY", " = -15.01 CNY"), encoding="utf-8")
    with pytest.raises(AssertionError, match="assertion"):
        run_hledger(path, "check")


def test_beancount_to_the_letter(settled: Path) -> None:
    seal = Home(settled).seal(D2)
    assert seal
    text = "".join(beancount(gather(Home(settled), D2, D2, by_holder=False)))
    assert text == ACCOUNTS_OF_D2.format(seal=seal.sha256) + ENTRIES_OF_D2


def test_hledger_to_the_letter(settled: Path) -> None:
    text = "".join(hledger(gather(Home(settled), D3, D3, by_holder=True)))
    for part in (HLEDGER_OF_D3, DEBTS_OF_D3, CLOSE_OF_D3):
        assert part in text


@pytest.mark.parametrize("form", [beancount, hledger])
def test_the_same_bytes(settled: Path, tmp_path: Path, form: Format) -> None:
    one = _written(settled, tmp_path / "one", form, by_holder=True).read_bytes()
    assert one == _written(settled, tmp_path / "two", form, by_holder=True).read_bytes()
