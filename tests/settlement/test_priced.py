"""消费增值 in mode pool_priced (rules.md section 4.2): strikes, sales, forced exits, thin and empty pools, refunds.

Holds: homes of a few days with every sentence of the section, and each way to draw what others put in as a test that
tries it.
Never holds: debts as such (``test_debts.py``), points in mode fixed (``test_points.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from assets.foundation.errors import Refused
from assets.foundation.state import State
from assets.foundation.store import Home
from assets.programmes.priced import Close, Strikes
from assets.tables import STATE_TABLES
from tests.settlement.ledger import Book, ledger, rules, version

DAY1, DAY2, DAY3, DAY4, DAY5, DAY6, DAY7, DAY8, DAY9 = (f"2026-11-0{day}" for day in range(1, 10))


def priced(**changed: Any) -> dict[str, Any]:
    """Points with a price, without exits, struck however few there are, with some keys changed."""
    plain = {"mode": "pool_priced", "pool_bp": 3000, "grant_bp": 2100, "min_units": 0, "exit_multiple_bp": 0}
    return {**plain, **changed}


def state(book: Book, day: str, select: str) -> list[tuple[Any, ...]]:
    """Rows of the state as the day sealed it."""
    seal = Home(book.root).seal(date.fromisoformat(day))
    assert seal
    engine = DuckEngine(threads=1)
    State(engine, book.root, date.fromisoformat(day), STATE_TABLES, seal.content["state"])
    found = engine.query(select)
    engine.close()
    return found


def prices(book: Book, day: str) -> list[int]:
    """What every close up to the day left in use."""
    return [price for (price,) in state(book, day, "select price from prior_strikes order by struck_on")]


def lots(book: Book, day: str, where: str = "") -> list[str]:
    """``lot holder granted left sold status opened closed``"""
    names = "lot_id holder granted left received status opened_on closed_on"
    return book.table(day, "lots", names, where)


def paid(book: Book, day: str) -> list[tuple[Any, ...]]:
    """Per lot what was paid for the units that it sold, in fen."""
    return state(book, day, "select order_id, paid from prior_scheme_lots order by order_id")


# --- strikes, sales, late refunds ------------------------------------------------------------------------------------

ONE_A_DAY = """
2026-11-01
merchant M
member A
order O1 A M 100.00
2026-11-02
order O2 A M 100.00
2026-11-03
order O3 A M 100.00
2026-11-04
redeem Y1 A      5 POINT - 12:00
sell   X1 A 200000 13:00
sell   X2 A  30000 13:01
sell   X3 A 300000 13:02
sell   X4 A     10 13:03
2026-11-05
refund R1 O2 50.00 12:00
refund R2 O1 60.00 12:01
sell   X5 A 178451
2026-11-06
refund R3 O1 20.00 12:00
refund R4 O2 49.99 12:01
2026-11-07
sell   X6 A 124950
2026-11-08
member B
order  O8 B M 100.00
sell   X6 A 124950 2026-11-07T13:00:00
sell   X7 A      1
2026-11-09
order  O9 B M   0.04
refund R5 O3 100.00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    versions = [version("2026-01-01", points=priced()), version(DAY8, points=priced(initial_price=2_000_000))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.day._FIRST", 1)  # so that a seller's second lot is looked for
        return Book(tmp_path_factory.mktemp("priced"), versions, ONE_A_DAY)


def test_the_price_is_struck_at_the_close_and_used_the_next_day(book: Book) -> None:
    # 3000 of 10000 to the pool, 2100 as points. 3000 / 21.0000 points; 6000 / 35.7000; 9000 / 48.1950.
    assert prices(book, DAY3) == [1_428_571, 1_680_672, 1_867_413]
    assert book.balances(DAY3, "pool_points", "member_points", "points_issued") == ledger("""
        pool_points    platform  9000
        member_points  A       481950
        points_issued  platform 481950
    """)


def test_an_order_is_a_lot_at_the_price_in_use(book: Book) -> None:
    # 2100 fen x 10^8 / 1 000 000; / 1 428 571 = 147 000.04; / 1 680 672 = 124 950.02
    assert lots(book, DAY1) == ledger("points/O1 A 210000 210000 0 live 2026-11-01 -")
    assert lots(book, DAY2) == ledger("points/O2 A 147000 147000 0 live 2026-11-02 -")
    assert lots(book, DAY3) == ledger("points/O3 A 124950 124950 0 live 2026-11-03 -")
    assert state(book, DAY3, "select order_id, price from prior_scheme_lots order by order_id") == [
        ("O1", 1_000_000), ("O2", 1_428_571), ("O3", 1_680_672),
    ]  # fmt: skip
    assert book.rewards(DAY2) == ledger("points grant A O2 - 147000 POINT")


def test_a_sale_is_paid_at_last_nights_price_oldest_lots_first(book: Book) -> None:
    # X1: 200 000 x 1 867 413 / 10^8 = 3734.8, 80 % of 3734 = 2987.2. X2: 30 000: 560.2, 448: of it 149.3 for 10 000
    # units of O1, the rest for 20 000 of O2. X3 passes the 251 950 left, so X4 goes too.
    assert book.rewards(DAY4) == ledger("""
        points sale A - - -230000 POINT
        points sale A - -    3435 CNY
    """)
    assert lots(book, DAY4) == ledger("""
        points/O1 A 210000      0 210000 closed 2026-11-01 2026-11-04
        points/O2 A 147000 127000  20000 live   2026-11-02 -
    """)
    assert paid(book, DAY4) == [("O1", 2987 + 149), ("O2", 299), ("O3", 0)]
    # 9000 - 3435 = 5565 over 251 950 units
    assert prices(book, DAY4)[-1] == 2_208_771
    assert book.balances(DAY4, "member_wallet_rebate", "points_issued") == ledger("""
        member_wallet_rebate A          3435
        points_issued        platform 251950
    """)


def test_requests_beyond_the_balance_and_of_the_other_mode_are_refused(book: Book) -> None:
    assert book.quarantine(DAY4) == [
        "redemptions X3 insufficient_points", "redemptions X4 insufficient_points", "redemptions Y1 bad_status",
    ]  # fmt: skip
    # The balance is that after step 2: 251 950 less the 73 500 units of O2 that its refund destroys.
    assert book.quarantine(DAY5) == ["redemptions X5 insufficient_points"]


def test_a_late_refund_destroys_what_is_held_above_the_right(book: Book) -> None:
    # O2: 147 000 x 5000 / 10 000 = 73 500, 20 000 of them sold: 53 500 of 127 000 stay.
    assert lots(book, DAY5, "points/O2") == ledger("points/O2 A 73500 53500 20000 live 2026-11-02 -")
    assert book.rewards(DAY5, "O2") == ledger("points clawback A O2 - -73500 POINT")


def test_a_late_refund_takes_back_the_money_of_units_sold_above_the_right(book: Book) -> None:
    # O1: right 84 000, 210 000 sold: of 3136 fen 126 000 / 210 000 = 1881.6. The share of O1 stays in the pool.
    assert lots(book, DAY5, "points/O1") == ledger("points/O1 A 84000 0 84000 closed 2026-11-01 2026-11-04")
    assert book.rewards(DAY5, "O1") == ledger("points clawback A O1 - -1881 CNY")
    assert paid(book, DAY5) == [("O1", 1255), ("O2", 299), ("O3", 0)]
    assert book.balances(DAY5, "pool_points", "member_wallet_rebate") == ledger("""
        pool_points          platform 7446
        member_wallet_rebate A        1554
    """)
    assert prices(book, DAY5)[-1] == 4_172_597  # 7446 over 178 450


def test_a_second_refund_is_reckoned_from_what_was_granted_at_first(book: Book) -> None:
    # O1: 210 000 x 2000 / 10 000 = 42 000; 1255 x 42 000 / 84 000 = 627.5. O2: 147 000 x 1 / 10 000 = 14.7: all that is
    # held goes, and 299 x 19 986 / 20 000 = 298.8.
    assert lots(book, DAY6) == ledger("""
        points/O1 A 42000 0 42000 closed 2026-11-01 2026-11-04
        points/O2 A    14 0    14 closed 2026-11-02 2026-11-06
    """)
    assert book.rewards(DAY6) == ledger("""
        points clawback A O1 -   -627 CNY
        points clawback A O2 -   -298 CNY
        points clawback A O2 - -53500 POINT
    """)


def test_buying_the_residual_of_an_empty_pool(book: Book) -> None:
    # A sells all: 8371 over 124 950 units is 6 699 479; 8370, 80 % of it 6696. Of the 1675 left B, the next buyer, gets
    # nothing: they are the platform's, and B's points cost the initial price of his day.
    assert book.rewards(DAY7) == ledger("""
        points sale A - - -124950 POINT
        points sale A - -    6696 CNY
    """)
    assert book.balances(DAY7, "pool_points", "platform_income") == ["platform_income platform 1675"]
    assert lots(book, DAY8) == ledger("points/O8 B 105000 105000 0 live 2026-11-08 -")
    assert book.balances(DAY8, "pool_points") == ["pool_points platform 3000"]
    assert prices(book, DAY8)[-2:] == [0, 2_857_142]


def test_selling_twice(book: Book) -> None:
    # The same request again is a repetition, another one finds no units.
    assert book.duplicates(DAY8, "redemptions") == 1
    assert book.quarantine(DAY8) == ["redemptions X7 insufficient_points"]
    assert book.rewards(DAY8, "A") == []


def test_a_sale_and_then_the_order_returned(book: Book) -> None:
    # O3 comes back whole after all its units were sold: all that was paid for them comes back with it.
    assert book.rewards(DAY9, "A") == ledger("points clawback A O3 - -6696 CNY")
    assert lots(book, DAY9) == ledger("points/O3 A 0 0 0 closed 2026-11-03 2026-11-07")
    assert paid(book, DAY9)[2] == ("O3", 0)


def test_an_order_too_small_for_a_unit_pays_in_all_the_same(book: Book) -> None:
    # 4 fen: 0.84 fen of points, none; 1.2 fen to the pool. Before, 3000; 6696 came back from A.
    assert book.rewards(DAY9, "B") == []
    assert book.balances(DAY9, "pool_points") == ["pool_points platform 9697"]


# --- forced exits ----------------------------------------------------------------------------------------------------

GROWING = """
2026-11-01
merchant M
member A
member B
order O1 A M 100.00
2026-11-02
order O2 B M 100.00
2026-11-03
order O3 B M  50.00
2026-11-04
2026-11-05
order O5 A M 100.00
"""


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Book:
    one = priced(grant_bp=2500, exit_multiple_bp=15_000)
    versions = [
        version("2026-01-01", points=one), version(DAY3, points={**one, "grant_bp": 0}),
        version(DAY5, points={**one, "grant_bp": 2000}),
    ]  # fmt: skip
    return Book(tmp_path_factory.mktemp("growing"), versions, GROWING)


def test_lots_are_forced_out_at_their_multiple(growing: Book) -> None:
    # Day 3: 7500 over 458 333 is 1 636 365: 1.5 times what O1 cost, not 1.5 times the 1 200 000 of O2. O1 gets 1.5 a
    # point and no more: 3750, 80 % of it. Then 4500 over 208 333: tomorrow's price.
    assert prices(growing, DAY2) == [1_200_000, 1_309_091]
    assert growing.rewards(DAY3) == ledger("""
        points sale A O1 - -250000 POINT
        points sale A O1 -    3000 CNY
    """)
    assert lots(growing, DAY3) == ledger("points/O1 A 250000 0 250000 closed 2026-11-01 2026-11-03")
    assert prices(growing, DAY3)[-1] == 2_160_003


def test_who_is_reached_by_the_second_strike_leaves_a_day_later(growing: Book) -> None:
    # 208 333 x 1 800 000 / 10^8 = 3749.99; the 1501 left are nobody's.
    assert growing.rewards(DAY4) == ledger("""
        points sale B O2 - -208333 POINT
        points sale B O2 -    2999 CNY
    """)
    assert growing.balances(DAY4, "pool_points", "platform_income", "member_points") == [
        "platform_income platform 1501"
    ]
    assert state(growing, DAY4, "select * from prior_issues where units > 0") == []


def test_a_lot_may_be_forced_out_on_its_first_day(growing: Book) -> None:
    # 3000 over 200 000 units is exactly 1.5 times what they cost.
    assert growing.rewards(DAY5) == ledger("""
        points grant A O5 -  200000 POINT
        points sale  A O5 - -200000 POINT
        points sale  A O5 -    2400 CNY
    """)
    assert lots(growing, DAY5) == ledger("points/O5 A 200000 0 200000 closed 2026-11-05 2026-11-05")


# --- a thin pool -----------------------------------------------------------------------------------------------------

THIN = """
2026-11-01
merchant M
member A
member B
member C
order O1 A M 100.00
2026-11-02
order O2 B M 100.00
2026-11-03
order O3 C M  50.00
2026-11-04
order O4 A M  83.34
2026-11-05
order O5 C M 100.00
2026-11-06
sell  X1 C 104166
"""


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Book:
    one = priced(grant_bp=2500, exit_multiple_bp=15_000, min_units=300_000)
    versions = [
        version("2026-01-01", points=one), version(DAY2, points={**one, "initial_price": 5_000_000}),
        version(DAY4, points={**one, "grant_bp": 0}),
    ]  # fmt: skip
    return Book(tmp_path_factory.mktemp("thin"), versions, THIN)


def test_too_few_units_are_not_struck_and_keep_the_price_in_use(thin: Book) -> None:
    # 250 000 units of 300 000: the price stays the initial one of the day of O1, whatever the next version says.
    assert prices(thin, DAY3) == [1_000_000, 1_200_000, 1_241_380]
    assert lots(thin, DAY2) == ledger("points/O2 B 250000 250000 0 live 2026-11-02 -")


def test_what_a_pool_grown_thin_by_exits_has_beyond_its_price_is_the_platforms(thin: Book) -> None:
    # Day 4: 10 000 over 604 166 is 1 655 174: O1 and O2 leave at 1.5. 104 166 units are too few for a second strike:
    # the price of today stays, and above 104 166 x 1 241 380 / 10^8 = 1293.1 the pool goes to the platform.
    assert thin.rewards(DAY4, "CNY") == ledger("""
        points sale A O1 - 3000 CNY
        points sale B O2 - 3000 CNY
    """)
    assert prices(thin, DAY4)[-1] == 1_241_380
    assert thin.balances(DAY4, "pool_points", "platform_income") == ledger("""
        pool_points     platform 1294
        platform_income platform 2706
    """)


def test_inflating_a_thin_pool(thin: Book) -> None:
    # C is alone in the pool and pays 3000 into it: no strike is taken, so his points do not rise, nobody is forced out
    # and he sells at the old price: 1293, 80 %. What he paid in stays, and goes to the platform when he is out.
    assert prices(thin, DAY5)[-1] == 1_241_380
    assert thin.balances(DAY5, "pool_points") == ["pool_points platform 4294"]
    assert thin.rewards(DAY6) == ledger("""
        points sale C - - -104166 POINT
        points sale C - -    1034 CNY
    """)
    assert thin.balances(DAY6, "pool_points", "platform_income") == ["platform_income platform 5966"]


# --- versions, switched off, modes -----------------------------------------------------------------------------------


def test_a_sale_and_a_take_back_follow_the_version_of_their_day(tmp_path: Path) -> None:
    """Return and income class; the take-back looks into the wallet of its own day's class, and leaves a debt."""
    later = version(DAY2, points=priced(sale_return_bp=10_000), tax={"points": "labour"})
    last = version(DAY3, points=priced(sale_return_bp=0), tax={"points": "chance"})
    book = Book(tmp_path, [version("2026-01-01", points=priced()), later, last], """
        2026-11-01
        merchant M
        member A
        member B
        order O1 A M 100.00
        order O2 B M 100.00 11:00
        2026-11-02
        sell X1 A 210000
        2026-11-03
        refund R1 O1 100.00
        sell X2 B 10000
    """)  # fmt: skip
    # 6000 over 420 000: 1 428 571 x 210 000 / 10^8 = 2999.9
    assert book.rewards(DAY2) == ledger("""
        points sale A - - -210000 POINT
        points sale A - -    2999 CNY
    """)
    assert book.balances(DAY2, "member_wallet_labour") == ["member_wallet_labour A 2999"]
    # The sale of B returns nothing. Of what A had to give back his wallet chance held nothing; the debt is collected
    # from the others at the close, after the strike: 3001 over 200 000.
    assert book.rewards(DAY3) == ledger("""
        points clawback A O1 -  -2999 CNY
        points sale     B - -  -10000 POINT
    """)
    assert prices(book, DAY3)[-1] == 1_500_500
    assert book.balances(DAY3, "pool_points", "member_debt", "member_wallet_labour") == ["pool_points platform 6000"]
    assert book.table(DAY3, "rewards", "kind rule_version") == ledger(f"""
        clawback v2026-01-01
        sale     v{DAY3}
    """)


def test_switched_off_it_goes_on_with_its_last_keys(tmp_path: Path) -> None:
    on = priced(grant_bp=2500, exit_multiple_bp=13_000)
    off = version(DAY2, points={"enabled": False}, tax={"points": "chance"})
    book = Book(tmp_path, [version("2026-01-01", points=on), off], """
        2026-11-01
        merchant M
        member A
        member B
        order O1 A M 100.00
        order O2 B M 100.00 11:00
        2026-11-02
        order O3 A M 100.00
        sell X1 A 200000
        redeem X2 B 1
        2026-11-03
        refund R1 O1 99.99
    """)  # fmt: skip
    # No share and no grant of O3; A sells at 1.2 with a return of 80 %: 2400, 1920. 4080 over 300 000 is 1.36, and B
    # and what A has left leave at 1.3: 3250, 2600 and 650, 520.
    assert book.rewards(DAY2) == ledger("""
        points sale A -  - -200000 POINT
        points sale A -  -    1920 CNY
        points sale A O1 -  -50000 POINT
        points sale A O1 -     520 CNY
        points sale B O2 - -250000 POINT
        points sale B O2 -    2600 CNY
    """)
    assert book.quarantine(DAY2) == ["redemptions X2 bad_status"]
    assert book.balances(DAY2, "pool_points", "platform_income", "member_wallet_rebate") == ledger("""
        member_wallet_rebate A            2440
        member_wallet_rebate B            2600
        platform_income      platform      960
    """)
    # Right ⌊250 000 x 1 / 10 000⌋ = 25 of 250 000 sold for 2440: 2439.8 come back, and there is nobody to have them.
    assert book.rewards(DAY3) == ledger("points clawback A O1 - -2439 CNY")
    assert book.balances(DAY3, "pool_points", "platform_income") == ["platform_income platform 3399"]
    assert book.table(DAY2, "rewards", "kind rule_version") == ["sale v2026-01-01"] * 6


def test_the_mode_changes_only_while_nobody_has_points(tmp_path: Path) -> None:
    versions = [version("2026-01-01", points={}), version(DAY2, points=priced()), version(DAY4, points={})]
    book = Book(tmp_path, versions, "2026-11-01\nmerchant M\nmember A\norder O1 A M 1.00")
    with pytest.raises(
        Refused, match=r"version v2026-11-02 has points\.mode pool_priced, but 1 members have points of"
    ):
        book.settle("2026-11-02")


def test_a_change_of_mode_and_back(tmp_path: Path) -> None:
    """Requests, late refunds and lots of the one mode while the other is on."""
    versions = [
        version("2026-01-01", points={"expire_months": 1}), version(DAY2, points={"enabled": False}),
        version(DAY3, points=priced()), version(DAY5, points={}), version(DAY6, points=priced()),
    ]  # fmt: skip
    book = Book(tmp_path, versions, """
        2026-11-01
        merchant M
        member A
        member B
        order O1 A M 1.00
        2026-11-02
        redeem X1 A 70
        2026-11-03
        order O2 A M 10.00
        order O3 B M 10.00
        2026-11-04
        refund R1 O1 0.50
        sell X2 A 20965
        sell X3 A 1 14:00
        sell X4 B 21000
        2026-11-05
        refund R2 O3 10.00
        sell X5 B 1
        order O5 A M 1.00
    """)  # fmt: skip
    assert book.rewards(DAY3) == ledger("""
        points grant A O2 - 21000 POINT
        points grant B O3 - 21000 POINT
    """)
    # A grant of mode fixed is taken back though all of it was redeemed, 70 - 35: that much less can A sell. His lot
    # keeps it, and the pool of 600 - 478 what it is worth.
    assert book.rewards(DAY4, "A") == ledger("""
        points clawback A O1 - -35 POINT
        points sale     A -  - -20965 POINT
        points sale     A -  -    239 CNY
    """)
    assert book.quarantine(DAY4) == ["redemptions X3 insufficient_points"]
    assert lots(book, DAY4, "points/O2") == ledger("points/O2 A 21000 35 20965 live 2026-11-03 -")
    # In mode fixed no strike is taken, though the pool grows by what comes back from B.
    assert book.rewards(DAY5) == ledger("""
        points clawback B O3 - -239 CNY
        points grant    A O5 -   70 POINT
    """)
    assert book.quarantine(DAY5) == ["redemptions X5 bad_status"]
    assert prices(book, DAY5) == [1_428_571, 348_571_428, 348_571_428]
    assert book.balances(DAY5, "member_points", "pool_points") == ["member_points A 70", "pool_points platform 361"]
    with pytest.raises(Refused, match=r"has points\.mode pool_priced, but 1 members have points of mode fixed left"):
        book.settle(DAY6)


def test_points_below_zero_hold_the_mode_too(tmp_path: Path) -> None:
    book = Book(tmp_path, [version("2026-01-01", points={}), version(DAY4, points=priced())], """
        2026-11-01
        merchant M
        member A
        order O1 A M 1.00
        2026-11-02
        redeem X1 A 70
        2026-11-03
        refund R1 O1 0.50
    """)  # fmt: skip
    assert book.balances(DAY3, "member_points") == ["member_points A -35"]
    with pytest.raises(Refused, match="1 members have points of mode fixed left; allowed: fixed"):
        book.settle(DAY4)


def test_money_that_comes_back_while_points_are_fixed_is_nobodys(tmp_path: Path) -> None:
    versions = [version("2026-01-01", points=priced()), version(DAY3, points={}), version(DAY5, points=priced())]
    book = Book(tmp_path, versions, """
        2026-11-01
        merchant M
        member A
        order O1 A M 100.00
        2026-11-02
        sell X1 A 210000
        2026-11-03
        refund R1 O1 100.00
        sell X2 A 1
        2026-11-04
        2026-11-05
        order O5 A M 10.00
    """)  # fmt: skip
    # 2999 x 80 % = 2399 came back; the pool holds nothing of it when A buys again.
    assert book.rewards(DAY3) == ledger("points clawback A O1 - -2399 CNY")
    assert book.quarantine(DAY3) == ["redemptions X2 bad_status"]
    assert book.balances(DAY4, "pool_points", "platform_income") == ["platform_income platform 3000"]
    assert prices(book, DAY5) == [1_428_571, 0, 0, 0, 1_428_571]


# --- sizes -----------------------------------------------------------------------------------------------------------


def test_products_beyond_64_bits(tmp_path: Path) -> None:
    """10^12 fen: value x 10^8, pool x 10^8, units x price and units x kept all pass 2^63."""
    book = Book(tmp_path, rules(points=priced(exit_multiple_bp=15_000)), """
        2026-11-01
        merchant M
        member A
        order O1 A M 10000000000.00
        2026-11-02
        sell X1 A 20000000000000
        2026-11-03
        refund R1 O1 4000000000.00
    """)  # fmt: skip
    assert lots(book, DAY1) == ledger("points/O1 A 21000000000000 21000000000000 0 live 2026-11-01 -")
    # 20 x 10^12 units at 1 428 571: 285 714 200 000 fen, 80 %. What is left of the pool over 10^12 units would be 7.1:
    # A is forced out at 1.5.
    assert book.rewards(DAY2) == ledger("""
        points sale A -  - -20000000000000 POINT
        points sale A -  -    228571360000 CNY
        points sale A O1 -  -1000000000000 POINT
        points sale A O1 -     12000000000 CNY
    """)
    # 8.4 of 21 x 10^12 units: 240 571 360 000 x 0.4
    assert book.rewards(DAY3) == ledger("points clawback A O1 - -96228544000 CNY")


def test_figures_that_no_column_holds_are_refused(tmp_path: Path) -> None:
    book = Book(tmp_path, rules(points=priced(initial_price=1)))
    with pytest.raises(Refused, match="210000000000 fen of grants at 1 millionths of a yuan per point, with 0 units"):
        book.settle("2026-11-01\nmerchant M\nmember A\norder O1 A M 10000000000.00")


def test_a_price_that_no_column_holds_is_refused(tmp_path: Path) -> None:
    one = priced(initial_price=10**13)
    book = Book(tmp_path, [version("2026-01-01", points=one), version(DAY2, points={**one, "grant_bp": 0})], """
        2026-11-01
        merchant M
        member A
        order O1 A M 5000.00
    """)  # fmt: skip
    assert lots(book, DAY1) == ledger("points/O1 A 1 1 0 live 2026-11-01 -")
    with pytest.raises(Refused, match=r"1 units outstanding are worth 30000015000000000000 millionths of a yuan"):
        book.settle("2026-11-02\norder O2 A M 10000000000.00")


def test_an_exit_at_a_price_that_no_column_holds_is_refused(tmp_path: Path) -> None:
    most = priced(initial_price=10**13, exit_multiple_bp=10**8, grant_bp=1, pool_bp=100)
    # One unit at the first price; the next one, alone from then on, at a hundred times that.
    book = Book(tmp_path, [version("2026-01-01", points=most), version(DAY3, points={**most, "grant_bp": 0})], """
        2026-11-01
        merchant M
        member A
        order O1 A M 10000000.00
        2026-11-02
        sell  X1 A 1
        order O2 A M 1000000000.00
    """)  # fmt: skip
    assert "points/O2 A 1 1 0 live 2026-11-02 -" in lots(book, DAY2)
    with pytest.raises(Refused, match="forces out lots of 2026-11-02 at 10000000000000000000 millionths of a yuan"):
        book.settle("2026-11-03\norder O3 A M 99999999999.99")


def test_lots_of_one_unit_draw_no_more_than_they_paid_in(tmp_path: Path) -> None:
    """Forty orders of 5 fen, each a lot, sold one by one and in one: what rounding leaves is never the seller's."""
    orders = "\n".join(f"order T{n:02} A M 0.05 10:{n:02}" for n in range(40))
    sales = "\n".join(f"sell S{n:02} A 100 13:{n:02}" for n in range(20))
    book = Book(tmp_path, rules(points=priced(sale_return_bp=10_000)), f"""
        2026-11-01
        merchant M
        member A
        {orders}
        2026-11-02
        {sales}
        sell SX A 2000 14:00
    """)  # fmt: skip
    # Each pays in 1 fen and is worth 1 fen of points.
    assert book.balances(DAY1, "pool_points", "member_points") == ledger("""
        pool_points   platform   40
        member_points A        4000
    """)
    # At 1.0 a point 100 units are one fen; nothing was put in beyond what comes out.
    assert book.rewards(DAY2) == ledger("""
        points sale A - - -4000 POINT
        points sale A - -    40 CNY
    """)


def test_a_day_with_all_of_it_whatever_the_order_of_its_rows(tmp_path: Path) -> None:
    lines = """
        order O1 A M 30.00 10:00
        order O2 B M 20.01 10:01
        order O3 A M 77.77 10:02
        sell X1 A 30000 13:00
        sell X2 B 20000 13:00
        sell X3 A 45000 12:00
        refund R1 P1 3.33 11:00
        refund R2 P2 2.22 11:01
    """.strip().splitlines()
    first = "2026-11-01\nmerchant M\nmember A\nmember B\norder P1 A M 50.00\norder P2 B M 40.00\n2026-11-02\n"
    tables = []
    for place, some in enumerate((lines, lines[::-1])):
        (tmp_path / str(place)).mkdir()
        book = Book(tmp_path / str(place), rules(points=priced(exit_multiple_bp=16_000)), first + "\n".join(some))
        folder = Home(book.root).settlement(date.fromisoformat(DAY2))
        tables.append([pl.read_parquet(folder / f"{name}.parquet").rows() for name in ("rewards", "lots", "entries")])
    assert tables[0] == tables[1]
    # One day with all of it. Rights: 105 000 x 4667 / 5000 and 84 000 x 3778 / 4000. Sales at 1 428 571: 642, 428, 285.
    # 2700 - 513 - 342 - 228 + 900 + 600 + 2333 = 5450 over 270 155 units: 2 017 360, so the rest of P1 and P2 leaves
    # at 1.6: 368 and 949. Then 4397 over 187 810.
    assert book.rewards(DAY2) == ledger("""
        points clawback A P1 -  -6993 POINT
        points clawback B P2 -  -4662 POINT
        points sale     A -  - -75000 POINT
        points sale     A -  -    855 CNY
        points sale     B -  - -20000 POINT
        points sale     B -  -    228 CNY
        points grant    A O1 -  44100 POINT
        points grant    B O2 -  29400 POINT
        points grant    A O3 - 114310 POINT
        points sale     A P1 - -23007 POINT
        points sale     A P1 -    294 CNY
        points sale     B P2 - -59338 POINT
        points sale     B P2 -    759 CNY
    """)
    assert lots(book, DAY2, "closed") == ledger("""
        points/P1 A 98007 0 98007 closed 2026-11-01 2026-11-02
        points/P2 B 79338 0 79338 closed 2026-11-01 2026-11-02
    """)
    assert paid(book, DAY2)[3:] == [("P1", 855 + 294), ("P2", 228 + 759)]
    assert prices(book, DAY2) == [1_428_571, 2_341_195]


# --- properties of a close -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("struck", "issue", "price"),
    [
        (1_500_000, 1_000_000, 1_500_000),
        (1_499_999, 1_000_000, None),
        (9_000_000, 1_000_001, 1_500_001),
        (None, 1, None),
    ],
)
def test_when_a_lot_is_forced_out(struck: int | None, issue: int, price: int | None) -> None:
    assert Strikes(1, 1, 15_000).exit_price(issue, struck) == price
    assert Strikes(1, 1, 0).exit_price(issue, struck) is None


def test_what_a_close_leaves() -> None:
    strikes = Strikes(1_000_001, 100, 0)
    assert strikes.strike(7, 100) == 7_000_000 and strikes.strike(7, 99) is None
    assert strikes.close(7, 100, struck=True) == Close(7_000_000, 0)
    # 99 units at 1.000001: one fen is kept for what is less than one.
    assert strikes.close(7, 99, struck=True) == Close(1_000_001, 6)
    assert strikes.close(7, 99, struck=False) == Close(1_000_001, 0)
    assert strikes.close(7, 0, struck=False) == Close(0, 7)


_DAYS = st.lists(
    st.tuples(st.integers(0, 9_999), st.integers(0, 3), st.integers(0, 10_000)), min_size=1, max_size=30
)  # kept, which lot is sold from, how much of it in bp


@settings(max_examples=300, derandomize=True, deadline=None)
@given(_DAYS, st.sampled_from([0, 300, 200_000]), st.sampled_from([0, 10_000, 12_000, 20_000]), st.integers(0, 10_000))
def test_the_price_never_falls_and_the_pool_covers_it(
    days: list[tuple[int, int, int]], min_units: int, multiple: int, back: int
) -> None:
    """Days without a refund: while anybody holds a unit, tomorrow's price is at least today's, and the pool holds what
    all units outstanding would be sold for."""
    pool, price, held = 0, 1_000_000, []
    for kept, which, part in days:
        strikes = Strikes(price, max(1, min_units), multiple)
        if which < len(held):
            issue, units = held[which]
            sold = units * part // 10_000
            held[which] = (issue, units - sold)
            pool -= sold * price // 10**8 * back // 10_000
        pool += kept * 3_000 // 10_000
        held.append((price, kept * 3_000 // 10_000 * 10**8 // price))
        struck = strikes.strike(pool, sum(units for _, units in held))
        stay = []
        for issue, units in held:
            if (exit_price := strikes.exit_price(issue, struck)) is None:
                stay.append((issue, units))
            else:
                assert struck is not None and issue <= exit_price <= struck
                pool -= units * exit_price // 10**8 * back // 10_000
        held = [(issue, units) for issue, units in stay if units]
        outstanding = sum(units for _, units in held)
        close = strikes.close(pool, outstanding, struck=struck is not None)
        pool -= close.income
        assert pool >= 0 and pool * 10**8 >= outstanding * close.price
        assert close.price >= price if outstanding else (close.price, pool) == (0, 0)
        price = close.price or 1_000_000
