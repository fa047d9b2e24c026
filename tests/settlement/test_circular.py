"""循环购, circular purchase (rules.md section 8): lots, dividends, late refunds, versions, and what people may try.

Holds: homes of a few days each. Never holds: how vouchers are spent (``test_vouchers.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from tests.settlement.ledger import Book, ledger, rules, version

# At 10 % of what was kept. Yuan: 10 -> 30 of energy, 50 -> 200, contributions 1 and 3.
SMALL, LARGE = (
    {"min_fen": 1000, "energy_fen": 3000, "contribution": 1},
    {"min_fen": 5000, "energy_fen": 20000, "contribution": 3},
)
CIRCULAR: dict[str, Any] = {"dividend_bp": 1000, "cash_bp": 5000, "tiers": [LARGE, SMALL]}
SAMPLE = [
    {"min_fen": 200000, "energy_fen": 600000, "contribution": 1},
    {"min_fen": 600000, "energy_fen": 2000000, "contribution": 3},
    {"min_fen": 1800000, "energy_fen": 8000000, "contribution": 9},
]
DAY1, DAY2, DAY3, DAY4, DAY5 = (f"2026-11-0{day}" for day in range(1, 6))
MONEY = ("pool_circular", "voucher_backing", "pool_due", "member_debt")


def lots(book: Book, day: str, where: str = "") -> list[str]:
    """``lot holder granted left received contribution status closed_on``"""
    names = "lot_id holder granted left received contribution status closed_on"
    return book.table(day, "lots", names, where)


# --- three days ------------------------------------------------------------------------------------------------------

DAYS = """
2026-11-01
member A
member B
member C
member D
merchant S
order A1 A S 60.00
order B1 B S 50.00
order C1 C S 49.99
order C2 C S  9.99
order D1 D S 10.00
order G1 - S 50.00
2026-11-02
order D2 D S 10.05
2026-11-03
order A2 A S 2000.00
2026-11-04
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("circular"), rules(circular=CIRCULAR), DAYS)


def test_an_order_takes_the_highest_tier_at_or_below_what_was_kept(book: Book) -> None:
    assert lots(book, DAY1) == ledger("""
        circular/A1 A 20000 20000 0 3 live -
        circular/B1 B 20000 20000 0 3 live -   # 50.00 reaches the tier
        circular/C1 C  3000  3000 0 1 live -   # 49.99 does not; 9.99 is below the lowest
        circular/D1 D  3000  3000 0 1 live -
    """)


def test_every_order_of_a_member_contributes_its_share_rounded_down(book: Book) -> None:
    # 600 + 500 + 499 (499.9) + 99 (99.9, below the lowest tier) + 100; the guest's order takes part in nothing.
    assert book.balances(DAY1, "merchant_receivable", "pool_circular") == [
        "merchant_receivable S 1798",
        "pool_circular platform 1798",
    ]


def test_the_lots_of_today_have_no_part_in_the_dividend_of_today(book: Book) -> None:
    assert not book.rewards(DAY1)


def test_a_dividend_is_a_whole_number_of_fen_a_contribution_half_in_money_half_in_vouchers(book: Book) -> None:
    # The pool holds 1798 and today's share of D2: 100 (100.5). 1898 over 3 + 3 + 1 + 1: 237 each.
    assert book.rewards(DAY2) == ledger("""
        circular release A A1 - 355 CNY       # of 711, rounded down
        circular release A A1 - 356 VOUCHER
        circular release B B1 - 355 CNY
        circular release B B1 - 356 VOUCHER
        circular release C C1 - 118 CNY       # of 237
        circular release C C1 - 119 VOUCHER
        circular release D D1 - 118 CNY
        circular release D D1 - 119 VOUCHER
    """)
    assert book.balances(DAY2) == ledger("""
        member_vouchers      A        356
        member_vouchers      B        356
        member_vouchers      C        119
        member_vouchers      D        119
        member_wallet_rebate A        355
        member_wallet_rebate B        355
        member_wallet_rebate C        118
        member_wallet_rebate D        118
        merchant_receivable  S       1898
        pool_circular        platform   2   # 1898 - 8 x 237
        voucher_backing      platform 950   # 2 x 356 + 2 x 119: a fen behind every voucher
        vouchers_issued      platform 950
    """)
    assert lots(book, DAY2) == ledger("""
        circular/A1 A 20000 19289 711 3 live -
        circular/B1 B 20000 19289 711 3 live -
        circular/C1 C  3000  2763 237 1 live -
        circular/D1 D  3000  2763 237 1 live -
        circular/D2 D  3000  3000   0 1 live -
    """)


def test_a_lot_is_paid_at_most_its_energy_then_it_is_closed_and_the_rest_stays_in_the_pool(book: Book) -> None:
    # 2 + 20000 over 9 contributions: 2222. 3 x 2222 = 6666 for A1 and B1, 2222 for D2 and C1 and D1.
    assert book.rewards(DAY3, "CNY") == ledger("""
        circular release A A1 - 3333 CNY
        circular release B B1 - 3333 CNY
        circular release C C1 - 1111 CNY
        circular release D D1 - 1111 CNY
        circular release D D2 - 1111 CNY
    """)
    # 20002 - 9 x 2222 = 4, and no new money: with A2's 3 they are 12 contributions, so nobody gets a fen.
    assert not book.rewards(DAY4)
    assert book.balances(DAY4, "pool_circular") == ["pool_circular platform 4"]
    assert not lots(book, DAY4)


def test_a_closed_lot_is_gone_from_the_next_dividend(tmp_path: Path) -> None:
    book = Book(
        tmp_path,
        rules(circular={**CIRCULAR, "cash_bp": 10000, "tiers": [{**SMALL, "energy_fen": 500}, LARGE]}),
        """
        2026-11-01
        member A
        member B
        member C
        merchant S
        order A1 A S 10.00
        order B1 B S 50.00
        2026-11-02
        order C1 C S 240.00
        2026-11-03
        """,
    )
    # 100 + 500 + 2400 over 1 + 3: 750. A1 has 500 of energy: 250 stay.
    assert book.rewards(DAY2) == ["circular release A A1 - 500 CNY", "circular release B B1 - 2250 CNY"]
    assert lots(book, DAY2, "A") == [f"circular/A1 A 500 0 500 0 closed {DAY2}"]
    # 250 over B1's 3 and C1's 3: 41. A1's contribution is gone.
    assert book.rewards(DAY3) == ["circular release B B1 - 123 CNY", "circular release C C1 - 123 CNY"]
    assert book.balances(DAY3, *MONEY) == ["pool_circular platform 4"]


@pytest.mark.parametrize(("cash_bp", "money", "vouchers"), [(0, 0, 333), (9999, 332, 1)])
def test_no_row_of_nothing(tmp_path: Path, cash_bp: int, money: int, vouchers: int) -> None:
    circular = {**CIRCULAR, "cash_bp": cash_bp}
    days = "2026-11-01\nmember A\nmerchant S\norder A1 A S 33.30\n2026-11-02"
    book = Book(tmp_path, rules(circular=circular), days)
    expected = [f"circular release A A1 - {money} CNY"] if money else []
    assert book.rewards(DAY2) == sorted([*expected, f"circular release A A1 - {vouchers} VOUCHER"])
    assert book.balances(DAY2, *MONEY) == [f"voucher_backing platform {vouchers}"]


def test_a_dividend_of_nothing_makes_lots_that_are_paid_nothing(tmp_path: Path) -> None:
    days = "2026-11-01\nmember A\nmerchant S\norder A1 A S 33.30\n2026-11-02"
    book = Book(tmp_path, rules(circular={**CIRCULAR, "dividend_bp": 0}), days)
    assert lots(book, DAY1) == ["circular/A1 A 3000 3000 0 1 live -"]
    assert not book.rewards(DAY2) and not book.balances(DAY2)


def test_what_came_back_within_the_freeze_is_not_kept(tmp_path: Path) -> None:
    book = Book(
        tmp_path,
        rules(circular=CIRCULAR, freeze_days=1),
        """
        2026-11-01
        member A
        merchant S
        order A1 A S 60.00
        order A2 A S 60.00
        2026-11-02
        refund R1 A1 10.01
        refund R2 A2 50.01
        """,
    )
    assert not lots(book, DAY1)
    assert lots(book, DAY2) == ["circular/A1 A 3000 3000 0 1 live -"]  # 49.99, and 9.99
    assert book.balances(DAY2, "pool_circular") == ["pool_circular platform 598"]  # 499 + 99


# --- late refunds ----------------------------------------------------------------------------------------------------

RETURNS = """
2026-11-01
member A
member B
member C
member D
member E
member F
member G
member Z
merchant S
order A1 A S 60.00
order B1 B S 60.00
order C1 C S 60.00
order D1 D S 60.00
order E1 E S 60.00
order F1 F S 60.00
order G1 G S 60.00
order G2 G S 60.00
2026-11-02
order Z1 Z S 3200.00
order Z2 Z S    9.99
2026-11-03
refund RA A1 50.01
refund RB B1  4.45
refund RC C1 20.00
refund RD D1 59.99
refund RE E1 10.00
refund RF F1  4.45 12:01
refund RG F1  5.55 12:02
refund RZ Z2  0.01
2026-11-04
refund SC C1 30.01
refund SD D1  0.01
refund SE E1 16.67
refund SF F1  6.67 12:01
refund SG F1 10.00 12:02
2026-11-05
refund TB B1  0.55
"""


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Day 2 pays 8 x 600 + 32000 + 99 = 36899 over 24: 1537 a contribution, 4611 a lot: 2305 in money, 2306 in
    vouchers; 11 stay."""
    return Book(tmp_path_factory.mktemp("returns"), rules(circular=CIRCULAR), RETURNS)


def test_a_refund_below_the_lowest_tier_closes_the_lot_and_takes_back_all_that_it_was_paid(returns: Book) -> None:
    assert lots(returns, DAY2, "A") == ["circular/A1 A 20000 15389 4611 3 live -"]
    assert returns.rewards(DAY3, "A1") == ledger("""
        circular clawback A A1 - -2305 CNY
        circular clawback A A1 - -2306 VOUCHER
    """)
    assert lots(returns, DAY3, "A") == [f"circular/A1 A 0 0 0 0 closed {DAY3}"]
    assert not [line for line in returns.balances(DAY3) if line.split()[1] == "A"]


def test_exploit_all_but_one_fen_returned_keeps_nothing(returns: Book) -> None:
    assert returns.rewards(DAY3, "D1") == [
        "circular clawback D D1 - -2305 CNY",
        "circular clawback D D1 - -2306 VOUCHER",
    ]
    assert lots(returns, DAY3, "D") == [f"circular/D1 D 0 0 0 0 closed {DAY3}"]
    # The last fen changes nothing any more.
    assert not lots(returns, DAY4, "D") and not returns.rewards(DAY4, "D")


def test_a_refund_within_the_tier_shrinks_the_energy_in_proportion(returns: Book) -> None:
    # 20000 x 55.55 / 60.00 = 18516.67. Contribution and what was paid stay; the dividend of the day is below.
    assert not returns.rewards(DAY3, "B clawback")
    assert lots(returns, DAY3, "B") == ["circular/B1 B 18516 12099 6417 3 live -"]  # 4611 + 1806


def test_a_lot_that_a_refund_changed_is_listed_though_the_day_pays_nothing(returns: Book) -> None:
    # Day 4 left less than a fen a contribution. 20000 x 55.00 / 60.00 = 18333.
    assert not returns.rewards(DAY5)
    assert [line.split()[:3] for line in lots(returns, DAY5)] == [["circular/B1", "B", "18333"]]


def test_a_refund_into_a_lower_tier_leaves_the_smaller_of_proportion_and_tier(returns: Book) -> None:
    # 40.00 of 60.00: 13333 in proportion, 3000 in the tier: 1611 of 4611 come back. Of it floor(1611 x 2306 / 4611) =
    # 805 in vouchers (805.67), the rest, 806, in money. Nothing is left of the lot, so it is closed.
    assert returns.rewards(DAY3, "C1") == ["circular clawback C C1 - -805 VOUCHER", "circular clawback C C1 - -806 CNY"]
    assert lots(returns, DAY3, "C") == [f"circular/C1 C 3000 0 3000 0 closed {DAY3}"]


def test_what_came_back_is_in_the_pool_of_the_same_day_for_the_lots_that_live_after_it(returns: Book) -> None:
    # 11 + 4611 (A) + 4611 (D) + 1611 (C) = 10844 over B1, E1, F1, G1, G2, Z1 of 3 each: 602 a contribution.
    assert returns.rewards(DAY3, "release CNY") == [f"circular release {lot[0]} {lot} - 903 CNY" for lot in (
        "B1", "E1", "F1", "G1", "G2", "Z1")]  # fmt: skip
    assert returns.balances(DAY3, *MONEY) == ledger("""
        pool_circular   platform     8      # 10844 - 6 x 1806
        voucher_backing platform 18449
    """)


def test_refunds_of_a_day_are_taken_together_and_those_of_several_days_come_to_the_same(returns: Book) -> None:
    # E1 keeps 50.00, then 33.33 yuan; F1 the same, in two refunds on each day.
    assert [line.replace("F", "E") for line in returns.rewards(DAY3, "F")] == returns.rewards(DAY3, "E")
    assert lots(returns, DAY3, "E") == ["circular/E1 E 16666 10249 6417 3 live -"]
    assert lots(returns, DAY3, "F") == ["circular/F1 F 16666 10249 6417 3 live -"]
    # 11110 in proportion, 3000 by the tier: 3417 of 6417 come back, floor(3417 x 3209 / 6417) = 1708 in vouchers.
    for name in "EF":
        assert returns.rewards(DAY4, name) == [
            f"circular clawback {name} {name}1 - -1708 VOUCHER",
            f"circular clawback {name} {name}1 - -1709 CNY",
        ]
        assert lots(returns, DAY4, name) == [f"circular/{name}1 {name} 3000 0 3000 0 closed {DAY4}"]


def test_both_figures_of_the_lot_sink_so_that_the_next_refund_takes_back_what_is_still_there(returns: Book) -> None:
    # C1 was left 3000, 2306 - 805 = 1501 of it in vouchers. Now it is below the lowest tier.
    assert returns.rewards(DAY4, "C1") == [
        "circular clawback C C1 - -1499 CNY",
        "circular clawback C C1 - -1501 VOUCHER",
    ]
    assert lots(returns, DAY4, "C") == [f"circular/C1 C 0 0 0 0 closed {DAY3}"]  # it was closed the day before


def test_a_ladder_with_more_energy_below_gives_a_closed_lot_nothing_back(tmp_path: Path) -> None:
    """An odd ladder: 60.00 -> 20000, 50.00 -> 1000, 10.00 -> 1599."""
    odd = [{**SMALL, "energy_fen": 1599}, {**LARGE, "energy_fen": 1000}, {**LARGE, "min_fen": 6000}]
    book = Book(
        tmp_path,
        rules(circular={**CIRCULAR, "tiers": odd}),
        """
        2026-11-01
        member A
        member B
        member C
        merchant S
        order A1 A S 60.00
        order C1 C S 60.00
        2026-11-02
        order B1 B S 200.00
        2026-11-03
        refund RA A1 20.00
        refund RC C1 10.00
        order B2 B S 40.00
        2026-11-04
        refund RD C1 10.00
        """,
    )
    # Day 2: 1200 + 2000 over 6: 533, 1599 each. A1 has by its new tier what it was paid: nothing comes back, and it is
    # closed at once. C1 was paid 599 more than 1000:
    # floor(599 x 800 / 1599) = 299 of it in vouchers.
    assert lots(book, DAY3, "closed") == [
        f"circular/A1 A 1599 0 1599 0 closed {DAY3}",
        f"circular/C1 C 1000 0 1000 0 closed {DAY3}",
    ]
    # So the 2 + 599 + 400 go to B1's 3 alone: 333 each.
    assert book.rewards(DAY3, "CNY") == ["circular clawback C C1 - -300 CNY", "circular release B B1 - 499 CNY"]
    # By the formula C1 would have 1599 again.
    assert not lots(book, DAY4, "C1") and not book.rewards(DAY4, "C")


def test_a_debt_keeps_the_pool_waiting_until_it_is_collected(tmp_path: Path) -> None:
    days = """
    2026-11-01
    member A
    account A
    merchant S
    order A1 A S 60.00
    2026-11-02
    2026-11-03
    refund R1 A1 60.00
    order A2 A S 60.00
    2026-11-04
    2026-11-05
    """
    circular = {**CIRCULAR, "cash_bp": 10000}
    book = Book(tmp_path, rules(circular=circular, payout={"min_fen": 100}), days)
    assert book.payouts(DAY2) == ["A bank 600 0 600 1"]
    assert book.balances(DAY3, *MONEY) == ledger("""
        member_debt   A 600
        pool_circular platform 600             # of A2
        pool_due      pool_circular/platform 600
    """)
    # A2 is paid its 600 at step 6; they pay the debt at step 7: the pool has them for the next day.
    assert book.balances(DAY4, *MONEY) == ["pool_circular platform 600"]
    assert not book.payouts(DAY4)
    assert book.rewards(DAY5) == ["circular release A A2 - 600 CNY"]
    assert book.payouts(DAY5) == ["A bank 600 0 600 1"]


# --- versions --------------------------------------------------------------------------------------------------------


def test_a_lot_keeps_its_own_version_and_the_split_is_that_of_the_day(tmp_path: Path) -> None:
    first = version(DAY1, circular={**CIRCULAR, "cash_bp": 10000})
    second = version(
        DAY2,
        circular={"dividend_bp": 2000, "cash_bp": 2500, "tiers": [{"min_fen": 1, "energy_fen": 7, "contribution": 7}]},
        tax={"circular": "labour"},
    )
    book = Book(
        tmp_path,
        [first, second],
        """
        2026-11-01
        member A
        member B
        merchant S
        order A1 A S 60.00
        2026-11-02
        order B1 B S 10.00
        2026-11-03
        refund R1 A1 20.00
        order B2 B S 75.00
        2026-11-04
        refund R2 A1 40.00
        """,
    )
    # 600 + 200 over 3: 266. A quarter in money, to the wallet of the class of the lot's version.
    assert book.rewards(DAY2) == ["circular release A A1 - 199 CNY", "circular release A A1 - 599 VOUCHER"]
    assert book.table(DAY2, "rewards", "order_id rule_version") == [f"A1 v{DAY1}"] * 2
    assert book.balances(DAY2, "member_wallet_rebate", "member_wallet_labour") == ["member_wallet_rebate A 199"]
    # A1 refunded by the tiers of its own version: 3000, 1. B1 has 7 and 7 of the second one. Unit (2 + 1500) / 8 = 187.
    assert lots(book, DAY3) == ledger(f"""
        circular/A1 A 3000 2015 985 1 live   -         # 798 + 187
        circular/B1 B    7    0   7 0 closed {DAY3}
        circular/B2 B    7    7   0 7 live   -
    """)
    assert book.rewards(DAY3) == ledger("""
        circular release A A1 -  46 CNY
        circular release A A1 - 141 VOUCHER
        circular release B B1 -   1 CNY
        circular release B B1 -   6 VOUCHER
    """)
    assert book.balances(DAY3, "member_wallet_rebate", "member_wallet_labour") == ledger("""
        member_wallet_labour B 1
        member_wallet_rebate A 245
    """)
    # What comes back leaves the wallet of that class too.
    assert book.rewards(DAY4, "clawback") == [
        "circular clawback A A1 - -245 CNY",
        "circular clawback A A1 - -740 VOUCHER",
    ]
    assert not book.balances(DAY4, "member_wallet_rebate", "member_debt")
    assert not [line for line in book.table(DAY4, "entries", "txn_id") if "collect" in line]


def test_switched_off_it_pays_what_the_pool_still_holds_with_its_last_keys(tmp_path: Path) -> None:
    on = version(DAY1, circular={**CIRCULAR, "cash_bp": 2000})
    book = Book(
        tmp_path,
        [on, version(DAY2, points={})],
        """
        2026-11-01
        member A
        member B
        merchant S
        order A1 A S 60.00
        order B1 B S 50.00
        2026-11-02
        order A2 A S 100.00
        2026-11-03
        refund R1 B1 45.00
        2026-11-04
        2026-11-05
        """,
    )
    # 1100 over 6: 183. The order of day 2 contributes nothing and makes no lot.
    assert book.rewards(DAY2, "circular") == ledger("""
        circular release A A1 - 109 CNY        # 20 % of 549
        circular release A A1 - 440 VOUCHER
        circular release B B1 - 109 CNY
        circular release B B1 - 440 VOUCHER
    """)
    assert lots(book, DAY2, "circular/A2") == []
    # B1 keeps 5.00: below the lowest tier of its version. 2 + 549 over A1's 3.
    assert book.rewards(DAY3, "circular") == ledger("""
        circular clawback B B1 - -109 CNY
        circular clawback B B1 - -440 VOUCHER
        circular release  A A1 -  109 CNY      # 20 % of 549
        circular release  A A1 -  440 VOUCHER
    """)
    assert book.balances(DAY5, *MONEY) == ["pool_circular platform 2", "voucher_backing platform 880"]


def test_never_on_it_leaves_no_trace(tmp_path: Path) -> None:
    book = Book(tmp_path, rules(points={}), "2026-11-01\nmember A\nmerchant S\norder A1 A S 60.00")
    assert not [line for line in book.table(DAY1, "controls", "name") if "circular" in line]


# --- what people may try ---------------------------------------------------------------------------------------------


def test_exploit_an_order_at_one_fen_is_no_lot(tmp_path: Path) -> None:
    # A large order reduced to a fen by discount, by refunds before it qualifies, and one of many lines of a fen.
    book = Book(
        tmp_path,
        rules(circular=CIRCULAR, freeze_days=1),
        """
        2026-11-01
        member A
        member B
        merchant S
        order B1 B S 5000.00
        line  A1 1 A S 50.00 1 49.99
        order A2 A S 50.00
        line  A3 1 A S 0.01 999
        2026-11-02
        refund R1 A2 49.99
        2026-11-03
        """,
    )
    assert lots(book, DAY2) == ["circular/B1 B 20000 20000 0 3 live -"]
    assert not book.rewards(DAY3, "A")


def test_exploit_an_order_split_over_tiers_earns_no_more(tmp_path: Path) -> None:
    """18 000 yuan at once, in three of 6 000, in nine of 2 000: the same contribution, less energy."""
    parts = [("A", ["18000.00"]), ("B", ["6000.00"] * 3), ("C", ["2000.00"] * 9)]
    orders = "\n".join(
        f"order {member}{no} {member} S {yuan}" for member, yuans in parts for no, yuan in enumerate(yuans)
    )
    book = Book(
        tmp_path,
        rules(circular={"dividend_bp": 1000, "cash_bp": 10000, "tiers": SAMPLE}),
        f"2026-11-01\nmember A\nmember B\nmember C\nmerchant S\n{orders}\n2026-11-02",
    )
    frame = [line.split() for line in book.table(DAY1, "lots", "holder granted contribution")]
    total = {name: tuple(sum(int(row[at]) for row in frame if row[0] == name) for at in (1, 2)) for name in "ABC"}
    assert total == {"A": (8_000_000, 9), "B": (6_000_000, 9), "C": (5_400_000, 9)}
    # 540 000 of shares over 27: each gets 180 000, what the parts brought themselves.
    wallets = book.balances(DAY2, "member_wallet_rebate")
    assert wallets == [f"member_wallet_rebate {name} 180000" for name in "ABC"]


def test_exploit_one_order_does_not_pay_its_own_dividend(tmp_path: Path) -> None:
    """A joins with a huge order when the pool is full: nothing of that day is his, of the next one his part."""
    days = """
    2026-11-01
    member A
    member B
    merchant S
    order B1 B S 50.00
    2026-11-02
    order A1 A S 9000.00
    2026-11-03
    """
    book = Book(tmp_path, rules(circular={**CIRCULAR, "cash_bp": 10000}), days)
    assert book.rewards(DAY2) == ["circular release B B1 - 20000 CNY"]  # its whole energy, of 90500
    # Now A alone is left, and 70500: 20000 of them, his whole energy, and never more than was put in.
    assert book.rewards(DAY3) == ["circular release A A1 - 20000 CNY"]
    assert book.balances(DAY3, *MONEY) == ["pool_circular platform 50500"]


def test_exploit_returned_to_the_edge_of_the_tier_the_energy_sinks_in_proportion(tmp_path: Path) -> None:
    """50 000 yuan bought, all but 50.00 returned: the tier stays, but not the energy for what came back."""
    days = """
    2026-11-01
    member A
    member B
    merchant S
    order A1 A S 50000.00
    2026-11-02
    2026-11-03
    refund R1 A1 49950.00
    2026-11-04
    """
    book = Book(tmp_path, rules(circular={**CIRCULAR, "cash_bp": 10000}), days)
    assert lots(book, DAY2) == [f"circular/A1 A 20000 0 20000 0 closed {DAY2}"]
    # 20000 x 50 / 50000 = 20: 19980 come back.
    assert book.rewards(DAY3) == ["circular clawback A A1 - -19980 CNY"]
    assert lots(book, DAY3) == [f"circular/A1 A 20 0 20 0 closed {DAY2}"]


# --- properties of the two formulas ----------------------------------------------------------------------------------

LADDERS = st.lists(
    st.tuples(st.integers(0, 9000), st.integers(1, 30000), st.integers(1, 9)), min_size=1, max_size=4,
    unique_by=lambda tier: tier[0],
)  # fmt: skip


def _tiers(engine: DuckEngine, ladder: Iterable[tuple[int, int, int]]) -> None:
    names = ["version", "min_fen", "energy_fen", "contribution"]
    engine.put("tiers", pl.DataFrame([("v", *tier) for tier in sorted(ladder)], schema=names, orient="row"))


def _refunded(engine: DuckEngine, kept: tuple[int, int], lot: dict[str, int], closed: bool = False) -> dict[str, Any]:
    """The lot of an order that kept ``kept[0]`` when it qualified and ``kept[1]`` now; ``lot``: its figures before."""
    before = {
        "lot_id": "circular/O", "programme": "circular", "holder": "A", "order_id": "O", **lot,
        "status": "closed" if closed else "live", "opened_on": date(2026, 11, 1),
        "closed_on": date(2026, 11, 2) if closed else None, "rule_version": "v", "seq": 1,
    }  # fmt: skip
    engine.put("circular_lots_hit", pl.DataFrame([before]).with_columns(pl.col("closed_on").cast(pl.Date)))
    engine.put("late_refunds", pl.DataFrame([{"order_id": "O", "kept_at": kept[0], "kept_after": kept[1], "place": 1}]))
    engine.run("circular/circular_refunded", day=date(2026, 11, 3))
    (after,) = engine.frame("circular_refunded").to_dicts()
    return after


@settings(derandomize=True, max_examples=60, deadline=None)
@given(ladder=LADDERS, data=st.data())
def test_any_refunds_take_back_what_is_above_the_formula_and_no_fen_more(
    ladder: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """After any steps the lot was paid the smaller of what it was and the lowest energy it was given on the way; money
    and vouchers that came back, and those that it keeps, are what it was paid of each, never below zero."""
    engine = DuckEngine(threads=1)
    _tiers(engine, ladder)
    tier = {low: (energy, contribution) for low, energy, contribution in ladder}
    at = data.draw(st.integers(min(tier) + 1, 10000), label="kept")
    granted, contribution = tier[max(low for low in tier if low <= at)]
    paid = data.draw(st.integers(0, granted), label="paid")
    vouchers = data.draw(st.integers(0, paid), label="vouchers")
    lot = {"granted": granted, "left": granted - paid, "received": paid, "contribution": contribution, "paid": vouchers}
    closed, back, money, kept = paid == granted, 0, 0, at
    if closed:
        lot["contribution"] = 0
    for _ in range(data.draw(st.integers(1, 4), label="steps")):
        kept = data.draw(st.integers(0, max(0, kept - 1)), label="kept'")
        after = _refunded(engine, (at, kept), lot, closed)
        here = [low for low in tier if low <= kept]
        energy = min(granted * kept // at, tier[max(here)][0]) if here else 0
        assert after["granted"] == (min(lot["granted"], energy) if closed else energy)
        assert after["received"] == min(lot["received"], after["granted"])
        assert after["left"] == after["granted"] - after["received"]
        closed = closed or after["left"] == 0
        assert after["status"] == ("closed" if closed else "live")
        assert after["contribution"] == (0 if closed else tier[max(here)][1])
        assert after["changed"] == any(
            after[name] != lot[name] for name in ("granted", "left", "received", "contribution")
        )
        excess = lot["received"] - after["received"]
        assert after["vouchers_back"] == (excess * lot["paid"] // lot["received"] if excess else 0)
        back, money = back + after["vouchers_back"], money + after["money_back"]
        lot = {name: after[name] for name in ("granted", "left", "received", "contribution")} | {
            "paid": after["vouchers"]
        }
        assert 0 <= lot["paid"] <= lot["received"]
        assert (lot["paid"] + back, lot["received"] - lot["paid"] + money) == (vouchers, paid - vouchers)
    engine.close()


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    pool=st.integers(0, 10**13),
    held=st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 10**13)), max_size=6),
    cash_bp=st.integers(0, 10000),
)
def test_a_dividend_never_takes_more_than_the_pool_and_leaves_less_than_a_fen_a_contribution_or_energy(
    pool: int, held: list[tuple[int, int]], cash_bp: int
) -> None:
    engine = DuckEngine(threads=1)
    kinds = {"lot_id": pl.String, "holder": pl.String, "order_id": pl.String, "rule_version": pl.String,
             "contribution": pl.Int64, "left": pl.Int64}  # fmt: skip
    rows = [(f"L{no}", "A", f"O{no}", "v", *one) for no, one in enumerate(held)]
    engine.put("circular_sharing", pl.DataFrame(rows, schema=kinds, orient="row"))
    total = sum(contribution for contribution, _ in held)
    unit = pool // total if held else 0
    engine.run("circular/circular_paid", circular_unit=unit, circular_cash_bp_today=cash_bp)
    paid = {row["lot_id"]: row for row in engine.frame("circular_paid").to_dicts()}
    for no, (contribution, left) in enumerate(held):
        amount = min(contribution * unit, left)
        row = paid.get(f"L{no}", {"paid": 0, "cash": 0, "vouchers": 0})
        assert (row["paid"], row["cash"], row["vouchers"]) == (
            amount, amount * cash_bp // 10000, amount - amount * cash_bp // 10000,
        )  # fmt: skip
    rest = pool - sum(row["paid"] for row in paid.values())
    assert rest >= 0
    assert not held or rest < total or any(row["paid"] == held[int(lot[1:])][1] for lot, row in paid.items())
    engine.close()


def test_the_order_of_the_days_rows_does_not_matter_to_the_dividend(tmp_path: Path) -> None:
    found = set()
    orders = ["A1 A S 60.00", "B1 B S 12.34", "C1 C S 51.01"]
    for name, rows in (("forth", orders), ("back", orders[::-1])):
        text = "\n".join(f"order {row} 10:0{no}" for no, row in enumerate(rows))
        (tmp_path / name).mkdir()
        days = f"2026-11-01\nmember A\nmember B\nmember C\nmerchant S\n{text}\n2026-11-02\norder D1 A S 99.99"
        book = Book(tmp_path / name, rules(circular=CIRCULAR), days)
        found.add((*book.rewards(DAY2), *lots(book, DAY2), *book.balances(DAY2)))
    assert len(found) == 1
