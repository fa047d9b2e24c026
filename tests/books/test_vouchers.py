"""The journal as vouchers: money alone, balanced, within what accounting software takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets.books.chart import CHART
from assets.books.vouchers import Line, vouchers
from assets.foundation.errors import Refused
from assets.foundation.settings import Entry

DAY = date(2026, 11, 30)
_CAUSES = ("contribute", "income", "grant", "fund", "accelerate", "exit", "release", "sale", "redeem", "clawback")


def _entries(*rows: tuple[str, str, str, str, int, int]) -> pl.LazyFrame:
    columns = ["txn_id", "account", "holder", "commodity", "debit", "credit"]
    types = {name: pl.Int64 if name in ("debit", "credit") else pl.String for name in columns}
    return pl.DataFrame([(f"{DAY}/{cause}", *rest) for cause, *rest in rows], schema=types, orient="row").lazy()


_UNITS = ("member_points", "member_green", "member_vouchers", "merchant_green", "merchant_vouchers")
MONEY = [name for name in CHART if name not in _UNITS and not name.endswith(("_issued", "_redeemed", "_expired"))]


FUND = _entries(
    ("queue/fund", "pool_queue", "merchant/S", "CNY", 700, 0),
    ("queue/fund", "pool_queue", "merchant/T", "CNY", 300, 0),
    ("queue/fund", "member_wallet_rebate", "A", "CNY", 0, 900),
    ("queue/fund", "member_wallet_rebate", "B", "CNY", 0, 100),
    ("points/grant", "points_issued", "platform", "POINT", 5, 0),
    ("points/grant", "member_points", "A", "POINT", 0, 5),
    ("payout/failed", "payout_in_transit", "alipay", "CNY", 40, 10),
    ("payout/failed", "payout_in_transit", "bank", "CNY", 20, 0),
    ("payout/failed", "member_wallet_rebate", "A", "CNY", 0, 50),
)


def test_a_line_for_each_account_and_side() -> None:
    fund, failed = f"{DAY}/queue/fund", f"{DAY}/payout/failed"
    queue, back = "Queue: paid from the pool 2026-11-30", "Payout: failed, money back 2026-11-30"
    transit, wallet = ("224121", "Payouts in transit"), ("224111", "Wallets: rebate")
    assert vouchers(FUND, DAY, "en") == [
        Line(30001, back, *transit, 40, 0, "alipay", failed),
        Line(30001, back, *transit, 20, 0, "bank", failed),
        Line(30001, back, *wallet, 0, 50, "", failed),
        Line(30001, back, *transit, 0, 10, "alipay", failed),
        Line(30002, queue, "224103", "Pools of queues", 1000, 0, "", fund),
        Line(30002, queue, *wallet, 0, 1000, "", fund),
    ]


def test_the_shop_has_a_chart_of_its_own() -> None:
    own = {"pool_queue": Entry(code="2241.07", name="客户返还")}
    assert {(line.code, line.name) for line in vouchers(FUND, DAY, "zh", own) if line.debit == 1000} == {
        ("2241.07", "客户返还")
    }
    with pytest.raises(Refused, match="accounts: found 'member_points', allowed bank, "):
        vouchers(FUND, DAY, "zh", {"member_points": Entry(code="1", name="x")})


def test_what_does_not_balance() -> None:
    lame = _entries(("queue/fund", "pool_queue", "platform", "CNY", 700, 0),
                    ("queue/fund", "member_wallet_rebate", "A", "CNY", 0, 699))  # fmt: skip
    with pytest.raises(Refused, match="2026-11-30/queue/fund: as a voucher it does not balance: debit 700, credit 699"):
        vouchers(lame, DAY, "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_account_of_money_within_what_software_takes(language: str) -> None:
    """Summaries of 60 characters, codes of 15, numbers below 2^15 (docs/books.md), each account its own code."""
    rows = [(f"queue/{cause}", account, "", "CNY", 1, 1) for cause in _CAUSES for account in MONEY]
    lines = vouchers(_entries(*rows), DAY, language)  # type: ignore[arg-type]
    assert len(lines) == 2 * len(rows)
    assert len({line.code for line in lines}) == len({line.name for line in lines}) == len(MONEY) == 18
    assert all(len(line.summary) <= 60 and len(line.code) <= 15 and line.number < 2**15 for line in lines)
    assert len({line.number for line in lines}) == len(_CAUSES)


def test_the_page_lists_every_account() -> None:
    page = (Path(__file__).parents[2] / "docs" / "books.md").read_text(encoding="utf-8")
    told = {}
    for account in MONEY:
        line, _ = vouchers(_entries(("queue/fund", account, "", "CNY", 1, 1)), DAY, "zh")
        told[account] = f"{line.code} | {line.name}"
    listed = [f"| `{name}` | `{one.name}` | {told.get(name, '– | –')} |" for name, one in CHART.items()]
    assert page.partition("|---|---|---|---|\n")[2].splitlines() == listed
