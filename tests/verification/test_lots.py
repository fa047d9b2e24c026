"""The second opinion on lots, vouchers and the shares of the schemes that have them: forged homes, and tables by hand.

Holds: a settled home with circular purchase to forge; literal tables of single days for what other schemes leave.
Never holds: the settling of those schemes (``tests/settlement``). Neighbour: ``test_tampering.py``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.foundation.rules import Rules, parse_rules
from assets.foundation.store import Home
from assets.outputs import OUTPUTS
from assets.verification.awards import Awards
from assets.verification.books import Books
from assets.verification.findings import Page, Verification
from assets.verification.home import verify_home
from assets.verification.lots import Lots
from tests.settlement.ledger import Book, rules
from tests.verification.conftest import Forger

DAY1, DAY2, DAY3, DAY4 = (date(2026, 11, day) for day in range(1, 5))

# --- a settled home, forged ------------------------------------------------------------------------------------------

DAYS = """
2026-11-01
member A
member B
merchant S
order A1 A S 60.00
order B1 B S 50.00
2026-11-02
order C1 A S 10.00
2026-11-03
order  A2 A S 600.00
refund R1 B1  20.00
redeem X1 A 300 VOUCHER S
2026-11-04
order  A3 A S 60.00
refund R2 B1 10.00
"""
CIRCULAR = {
    "tiers": [
        {"min_fen": 1000, "energy_fen": 3000, "contribution": 1},
        {"min_fen": 5000, "energy_fen": 20000, "contribution": 3},
    ]
}


@pytest.fixture(scope="module")
def dividends(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Day 2 pays 200 a contribution, 600 to A1 and to B1, half of it in vouchers; day 3 shrinks B1 to one contribution,
    redeems 300 vouchers and pays 1200 a contribution, to A1, B1 and C1; day 4 shrinks B1 again and pays 75."""
    return Home(Book(tmp_path_factory.mktemp("lots"), rules(circular=CIRCULAR), DAYS).root)


@pytest.fixture
def forge(dividends: Home, tmp_path: Path) -> Forger:
    shutil.copytree(dividends.root, tmp_path / "home")
    return Forger(Home(tmp_path / "home"))


def at(**values: object) -> pl.Expr:
    return pl.all_horizontal(pl.col(name) == value for name, value in values.items())


def more(column: str, by: int = 1) -> pl.Expr:
    return pl.col(column) + by


A1, A2, B1 = (at(lot_id=f"circular/{order}") for order in ("A1", "A2", "B1"))
RELEASE = at(kind="release", order_id="A1")
FORGED: dict[str, tuple[Callable[[Forger], object], str, str, str, str, str]] = {
    "energy": (
        lambda f: f.table(DAY3, "lots", A1, left=more("left")),
        "lots", "lots.parquet", "left of lot circular/A1", "15800", "15801"),
    "energy of a new lot": (
        lambda f: f.table(DAY3, "lots", A2, granted=more("granted"), left=more("left")),
        "lots", "lots.parquet", "energy of a new lot of order A2", "20000", "20001"),
    "contribution of a new lot": (
        lambda f: f.table(DAY3, "lots", A2, contribution=pl.lit(9)),
        "lots", "lots.parquet", "contribution of a new lot of order A2", "3", "9"),
    "a lot of nobody": (
        lambda f: f.table(DAY3, "lots", A2, contribution=pl.lit(0)),
        "lots", "lots.parquet", "contribution of lot circular/A2", "above 0 while it lives (live)", "0"),
    "a new lot of another": (
        lambda f: f.table(DAY3, "lots", A2, holder=pl.lit("B")),
        "lots", "lots.parquet", "holder (or name, or rule_version) of lot circular/A2", "A", "B"),
    "what a lot received": (
        lambda f: f.table(DAY3, "lots", A1, received=more("received"), left=more("left", -1)),
        "lots", "lots.parquet", "received of lot circular A1 A", "4200", "4201"),
    "a lot below zero": (
        lambda f: f.table(DAY3, "lots", A1, received=more("received", 20000), left=more("left", -20000)),
        "lots", "lots.parquet", "least figure of lot circular/A1", "at least 0", "-4200"),
    "a lot that ended": (
        lambda f: f.table(DAY3, "lots", A1, status=pl.lit("closed")),
        "lots", "lots.parquet", "status of lot circular/A1", "live and only then open (None)", "closed"),
    "a dividend": (
        lambda f: f.table(DAY3, "rewards", RELEASE, amount=more("amount", 3)),
        "lots", "rewards.parquet", "dividend at 1202 a contribution of B1", "1202", "1200"),
    "a dividend in money": (
        lambda f: f.table(DAY3, "rewards", RELEASE,
                          amount=pl.when(at(commodity="CNY")).then(more("amount")).otherwise(more("amount", -1))),
        "lots", "rewards.parquet", "money of the dividend of A1", "1800", "1801"),
    "a dividend on a lot that is new": (
        lambda f: f.table(DAY3, "rewards", RELEASE, order_id=pl.lit("A2")),
        "lots", "rewards.parquet", "dividend of A2", "0: no lot of it lived", "3600"),
    "money behind vouchers": (
        lambda f: f.table(DAY3, "entries", at(txn_id=f"{DAY3}/circular/release", account="voucher_backing"),
                          credit=more("credit", 5)),
        "pools", "entries.parquet", "money put behind vouchers of circular", "3000", "3005"),
    "money that follows vouchers": (
        lambda f: f.table(DAY3, "entries", at(txn_id=f"{DAY3}/points/redeem", commodity="CNY"),
                          debit=pl.col("debit") * 2, credit=pl.col("credit") * 2),
        "pools", "entries.parquet", "money that follows vouchers of points/redeem", "0 to 300", "600"),
    "backing below zero": (
        lambda f: f.table(DAY3, "balances", at(account="voucher_backing"), balance=pl.lit(-1)),
        "pools", "balances.parquet", "balance of voucher_backing platform CNY", "at least 0", "-1"),
    "a share": (
        lambda f: f.table(DAY3, "entries", at(txn_id=f"{DAY3}/circular/contribute"),
                          debit=pl.col("debit") * 2, credit=pl.col("credit") * 2),
        "subledger", "entries.parquet", "circular shares of merchant S", "6000", "12000"),
}  # fmt: skip


def test_a_home_with_lots_and_vouchers_is_clean(dividends: Home) -> None:
    outcome = verify_home(dividends)
    assert (outcome.faults, outcome.stopped) == ([], "")
    tally = outcome.tallies["lots"]
    # Money of the dividends: half of 1200 and of 6000, then 112 + 112 + 37 + 37.
    assert (tally.days, tally.files, tally.fen) == (4, 12, 3898)


@pytest.mark.parametrize("name", FORGED)
def test_what_was_forged_is_named(forge: Forger, name: str) -> None:
    tamper, kind, file, what, expected, found = FORGED[name]
    tamper(forge)
    outcome = verify_home(forge.home)
    assert not outcome.of_kind("chain") and not outcome.of_kind("files")
    faults = [(one.where.rpartition("/")[2], one.what, one.expected, one.found) for one in outcome.of_kind(kind)]
    assert (file, what, expected, found) in faults, faults


# --- single days by hand ---------------------------------------------------------------------------------------------

ALL = {
    "orders": "order_id member_id merchant_id total kept rule_version",
    "rewards": "programme kind member_id order_id commodity amount paid_depth rule_version",
    "tickets": "", "payouts": "", "controls": "",
    "claims": "claim_id programme member_id order_id cap amount received status claimed_on",
    "lots": "lot_id programme holder order_id granted left received contribution status opened_on rule_version",
    "entries": "txn_id account holder commodity debit credit",
    "balances": "account holder commodity balance",
}  # fmt: skip


_MADE: dict[pl.DataType, tuple[Callable[[str], Any], Any]] = {
    pl.String(): (str, ""), pl.Int64(): (int, 0), pl.Date(): (date.fromisoformat, None),
}  # fmt: skip


def tables(**rows: str) -> dict[str, pl.DataFrame]:
    """Output tables from text: the columns above, a row a line, ``-`` for empty; other columns are empty or 0."""
    made = {}
    for name, named in ALL.items():
        kinds = {column: one.dtype.type for column, one in OUTPUTS[name].model.to_schema().columns.items()}
        empty = {column: _MADE.get(kind, (str, None))[1] for column, kind in kinds.items()}
        lines = [line.partition("#")[0].split() for line in rows.get(name, "").splitlines()]
        filled = [dict(zip(named.split(), line, strict=True)) for line in lines if line]
        read = [{column: _MADE[kinds[column]][0](word.strip("-")) for column, word in row.items()} for row in filled]
        made[name] = pl.DataFrame([empty | row for row in read], schema=kinds)
    return made


def law(**blocks: Any) -> Rules:
    versions = rules("2026-11-01", tax={"chain": "labour"}, **blocks)
    return parse_rules(json.dumps({"timezone": "Asia/Shanghai", "versions": versions}), "rules")


def weigh(rules_: Rules, days: list[dict[str, pl.DataFrame]]) -> list[str]:
    """What the checks of lots say of days from the first of November on."""
    verification, lots = Verification(), Lots(rules_)
    for number, one in enumerate(days, start=1):
        page = Page(verification, date(2026, 11, number))
        lots.take(one, rules_.version_on(page.day), page, checked=True)
    return [f"{one.day.day} {one.what}: {one.expected}, {one.found}" for one in verification.faults]


# Points at a price: rules.md section 4.2, check: an order of 100.00 a day, 30 % to the pool, 21 % as points.
POINTS = {"mode": "pool_priced", "pool_bp": 3000, "grant_bp": 2100, "min_units": 0, "exit_multiple_bp": 0}
UNITS = (210000, 147000, 124950)  # 2100 fen at 1 000 000, 1 428 571 and 1 680 672


def priced(units: tuple[int, ...], pool: tuple[int, ...] = (3000, 6000, 9000)) -> list[dict[str, pl.DataFrame]]:
    return [
        tables(
            orders=f"O{no} M{no} S 10000 10000 v2026-11-01",
            lots=f"points/O{no} points M{no} O{no} {units[no - 1]} {units[no - 1]} 0 0 live 2026-11-0{no} v2026-11-01",
            balances=f"pool_points platform CNY {pool[no - 1]}\n"
            + "\n".join(f"member_points M{one} POINT {units[one - 1]}" for one in range(1, no + 1)),
        )
        for no in (1, 2, 3)
    ]  # fmt: skip


def test_points_are_granted_at_the_price_that_the_last_close_left() -> None:
    assert weigh(law(points=POINTS), priced(UNITS)) == []
    assert weigh(law(points=POINTS), priced((210000, 147001, 124950))) == [
        "2 units at 1428571 of order O2: 147000, 147001"
    ]
    # 6010 fen instead of 6000 for 357 000 units: 1 683 473.
    assert weigh(law(points=POINTS), priced(UNITS, (3000, 6010, 9000))) == [
        "3 units at 1683473 of order O3: 124742, 124950"
    ]


def test_a_thin_pool_strikes_no_price_and_what_debtors_paid_comes_after_the_strike() -> None:
    thin = law(points={**POINTS, "min_units": 210001})
    assert weigh(thin, priced((210000, 210000, 147000), (3000, 6000, 9000))) == []  # 6000 for 420 000: 1 428 571
    late = priced(UNITS, (3500, 6000, 9000))
    late[0]["entries"] = tables(entries="2026-11-01/points/collect pool_points platform CNY 0 500")["entries"]
    assert weigh(law(points=POINTS), late) == []


def test_units_of_a_holder_are_what_is_left_of_his_lots() -> None:
    days = priced(UNITS)
    days[2]["balances"] = days[2]["balances"].with_columns(
        balance=pl.when(pl.col("holder") == "M2").then(pl.col("balance") - 1).otherwise(pl.col("balance"))
    )
    assert weigh(law(points=POINTS), days) == ["3 POINT of M2: 147000, 146999"]


def test_no_units_while_points_have_no_price() -> None:
    days = priced(UNITS)[:1]
    fixed = rules("2026-11-01", points={})
    later = {**rules("2026-12-01", points=POINTS)[0], "version": "later"}
    both = parse_rules(json.dumps({"timezone": "Asia/Shanghai", "versions": [*fixed, later]}), "rules")
    days[0]["lots"] = days[0]["lots"].with_columns(rule_version=pl.lit("later"))
    assert "1 units of O1: 0, 210000" in weigh(both, days)


# Green points: a concession of 10 % of 100.00, 40 % of it to the pool, 60 % of its size to the buyer.
GREEN = {"enabled": True, "user_factor_bp": 6000}
CONCEDED = {
    "orders": "O1 A S 10000 10000 v2026-11-01",
    "lots": """
        green/O1          green A          O1  600  600 0 0 live 2026-11-01 v2026-11-01
        green/O1/merchant green merchant/S O1 1000 1000 0 0 live 2026-11-01 v2026-11-01
    """,
    "entries": """
        2026-11-01/green/contribute merchant_receivable S        CNY 400   0
        2026-11-01/green/contribute pool_green          platform CNY   0 400
        2026-11-01/green/income     merchant_receivable S        CNY 600   0
        2026-11-01/green/income     platform_income     platform CNY   0 600
    """,
    "balances": "member_green A GREEN 600\nmerchant_green S GREEN 1000",
}
GREEN_FAULTS = {
    "another concession": ("entries", "S        CNY 600", "S        CNY 601", "concessions of merchant S: 1000, 1001"),
    "another part for the pool": (
        "entries", "CNY   0 400", "CNY   0 399", "what concessions bring to pool_green: 400, 399"),
    "GREEN of the buyer": ("lots", "O1  600  600", "O1  601  601", "GREEN for order O1: 600, 601"),
    "too large a concession": (
        "orders", "10000 10000", "10000 4999", "concession of order O1: 3 to 20 % of 4999, 1000"),
    "too small a concession": (
        "orders", "10000 10000", "10000 33367", "concession of order O1: 3 to 20 % of 33367, 1000"),
    "the wrong merchant": (
        "orders", "O1 A S", "O1 A T",
        "holder (or name, or rule_version) of lot green/O1/merchant: merchant/T, merchant/S"),
    "what a merchant holds": ("balances", "S GREEN 1000", "S GREEN 999", "GREEN of merchant/S: 1000, 999"),
    "what a buyer holds": ("balances", "A GREEN 600", "A GREEN 601", "GREEN of A: 600, 601"),
    "more released than the exit allows": (
        "lots", "O1 1000 1000 0", "O1 1000 1000 5001", "released of lot green/O1/merchant: at most 5000, 5001"),
    "vouchers that no reward lists": (
        "lots", "O1 1000 1000 0", "O1 1000 1000 5", "received of lot green O1 merchant/S: 0, 5"),
    "nothing left of a lot that lives": (
        "lots", "O1 1000 1000 0", "O1 1000    0 0",
        "left of lot green/O1/merchant: something while it lives (live), else nothing, 0"),
    "less left of a lot that lives": (
        "lots", "O1 1000 1000 0", "O1 1000 999 0", "left of lot green/O1/merchant: 1000, 999"),
}  # fmt: skip


def test_a_concession_shows_in_lots_journal_and_holdings() -> None:
    assert weigh(law(green=GREEN), [tables(**CONCEDED)]) == []


@pytest.mark.parametrize("name", GREEN_FAULTS)
def test_what_green_points_do_not_add_up_to_is_named(name: str) -> None:
    table, old, new, told = GREEN_FAULTS[name]
    assert old in CONCEDED[table]
    assert f"1 {told}" in weigh(law(green=GREEN), [tables(**{**CONCEDED, table: CONCEDED[table].replace(old, new)})])


def test_an_order_may_be_called_merchant(tmp_path: Path) -> None:
    home = Home(
        Book(
            tmp_path,
            rules(green={"enabled": True}),
            """
            2026-11-01
            member   A
            merchant S - 1000
            order    merchant A S 100.00
            """,
        ).root
    )
    assert not verify_home(home).faults


def test_no_new_lots_of_green_points_while_they_are_off() -> None:
    assert "1 new lots of green points while they are off: 0, 2" in weigh(law(points={}), [tables(**CONCEDED)])


# The chain: 40.00 an order of a package of 300.00.
CHAIN = {
    "enabled": True, "released_by": "counsel", "n": 2, "packages": [{"product_id": "tea", "price_fen": 30000}],
    "fund_fen": 4000, "direct_agent_fen": 3000, "team_fen": 2000, "peer_bp": 0,
}  # fmt: skip
AWARDS = {
    "orders": "O1 A S 30000 30000 v2026-11-01\nO2 B S 30000 2500 v2026-11-01",
    "claims": """
        chain/O1/direct chain R O1 4000 3000    0 open          2026-11-01
        chain/O1/team   chain B O1 1000 1000 1000 paid          2026-11-01
        chain/O1/peer   chain C O1  500  500    0 blocked_depth 2026-11-01
    """,
    "rewards": "chain fund B O1 CNY 1000 1 v2026-11-01",
    "entries": """
        2026-11-01/chain/contribute merchant_receivable  S        CNY 6500    0
        2026-11-01/chain/contribute pool_chain           platform CNY    0 6500
        2026-11-01/chain/fund       pool_chain           platform CNY 1000    0
        2026-11-01/chain/fund       member_wallet_labour B        CNY    0 1000
    """,
    "balances": """
        member_wallet_labour B        CNY 1000
        merchant_receivable  S        CNY 6500
        pool_chain           platform CNY 5500
    """,
}
CHAIN_FAULTS = {
    "awards above what the order brought": (
        "claims", "R O1 4000 3000", "R O1 4000 3001", "claims of order O1: at most 4000, 4001"),
    "an award above its cap": ("claims", "R O1 4000 3000", "R O1 2999 3000",
                               "amount of claim chain/O1/direct: at most its cap 2999, 3000"),
    "a blocked award that was paid": (
        "claims", "500    0 blocked", "500    1 blocked", "received of blocked claim chain/O1/peer: 0, 1"),
    "more than its part of an order": (
        "entries", "S        CNY 6500", "S        CNY 6501", "chain shares of merchant S: 0 to 6500, 6501"),
}  # fmt: skip


def _judged(rules_: Rules, day: dict[str, pl.DataFrame]) -> list[str]:
    verification = Verification()
    page = Page(verification, DAY1)
    day["entries"] = day["entries"].with_columns(
        date=pl.lit(DAY1), line=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("txn_id")
    )
    day["orders"] = day["orders"].with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    day["rewards"] = day["rewards"].with_columns(reward_id=pl.lit("2026-11-01/1"))
    Books().take(day, rules_.version_on(DAY1), page, checked=True)
    Awards(rules_).take(day, None, page, checked=True)
    return [f"{one.what}: {one.expected}, {one.found}" for one in verification.faults]


def test_awards_within_what_the_order_brought() -> None:
    assert _judged(law(chain=CHAIN), tables(**AWARDS)) == []


def test_shares_of_points_with_a_price() -> None:
    booked = """
        2026-11-01/points/contribute merchant_receivable S        CNY 2999    0
        2026-11-01/points/contribute pool_points         platform CNY    0 2999
    """
    held = "merchant_receivable S CNY 2999\npool_points platform CNY 2999"
    day = tables(orders="O1 A S 10000 10000 v2026-11-01", entries=booked, balances=held)
    assert _judged(law(points=POINTS), day) == ["points shares of merchant S: 3000, 2999"]


@pytest.mark.parametrize("name", CHAIN_FAULTS)
def test_awards_that_were_not_funded_are_named(name: str) -> None:
    table, old, new, told = CHAIN_FAULTS[name]
    assert old in AWARDS[table]
    assert told in _judged(law(chain=CHAIN), tables(**{**AWARDS, table: AWARDS[table].replace(old, new)}))
