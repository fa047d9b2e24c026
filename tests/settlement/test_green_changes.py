"""Late refunds and changes of rules in green points (rules.md sections 2, 3, 7 and 9), and who tries to gain by them.

Holds: a home of five days in which every lot ends, with a merchant, his referrer and a buyer of one name; a home of
four versions that ends with green points off.
Never holds: periods that end by growth (``test_green.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from assets.foundation.store import Home
from assets.verification.home import verify_home
from tests.settlement.ledger import Book, ledger, rules, version
from tests.settlement.test_green import GREEN, lots, periods, pool

ONE, TWO, THREE, FOUR, FIVE = (f"2026-11-0{day}" for day in range(1, 6))

# Two fifths of a lot a day, ended with the third; nothing is left for the platform.
QUICK = {
    **GREEN, "pool_bp": 9500, "merchant_factor_bp": 10000, "first_release_bp": 4000, "period_days": 1,
    "exit_multiple": 1,
}  # fmt: skip
DAYS = """
2026-11-01
member   A
member   B
member   C
member   D
merchant A - 2000 A
order    O1 A A 100.00
order    O2 B A  10.00
order    O3 C A  50.00
order    O4 D A  20.00
2026-11-02
refund   RA O1  40.00
refund   RB O2   9.99
redeem   X1 C 400 VOUCHER A 13:01
redeem   X2 D 100 VOUCHER A 13:02
redeem   X3 A 481 VOUCHER A 13:03
2026-11-03
refund   RC O3  25.00
2026-11-04
refund   RA2 O1 60.00
refund   RD O4   5.00
redeem   X4 C   1 VOUCHER A
2026-11-05
refund   RD2 O4  5.00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("refunds"), rules(green=QUICK), DAYS)


def vouchers(book: Book, day: str) -> list[str]:
    return book.balances(day, "member_vouchers", "merchant_vouchers")


def test_who_brought_a_merchant_and_buys_there_gets_no_money_but_what_the_merchant_paid(book: Book) -> None:
    # 20 % of 180.00: 95 % of each concession to the pool, 5 % to A, whose grants are all that anybody can pay out.
    assert book.balances(ONE, "merchant_receivable", "member_wallet_labour", "platform_income") == ledger("""
        member_wallet_labour A  180
        merchant_receivable  A 3600
    """)
    assert pool(book, ONE) == ["pool_green platform 540", "voucher_backing platform 2880"]
    # One name, two holders.
    assert vouchers(book, ONE) == ledger("""
        member_vouchers   A  800
        member_vouchers   B   80
        member_vouchers   C  400
        member_vouchers   D  160
        merchant_vouchers A 1440
    """)


def test_a_late_refund_makes_both_lots_smaller_and_takes_vouchers_and_their_money_back(book: Book) -> None:
    # O1 keeps 60.00: lots of 1200. Of 800 that were due and given 480 stay. The next two fifths are 480: 309 of them.
    assert book.rewards(TWO, "O1") == ledger("""
        green clawback A          O1 - -800 GREEN
        green clawback merchant/A O1 - -800 GREEN
        green clawback A          O1 - -320 VOUCHER
        green clawback merchant/A O1 - -320 VOUCHER
        green release  A          O1 -  309 VOUCHER   # 480 x 1340 / 2080
        green release  merchant/A O1 -  309 VOUCHER
    """)
    assert lots(book, TWO, "green/O1") == ["green/O1 A 1200 1200 789 live"]
    # 320 + 320 of O1, 80 + 80 of O2; 500 were spent after that, 1338 released.
    assert "2026-11-02/green/clawback pool_green 0 800" in book.table(TWO, "entries", "txn_id account debit credit")
    assert pool(book, TWO) == ["pool_green platform 2", "voucher_backing platform 2918"]  # 2880 - 800 - 500 + 1338
    assert "merchant_payable A 500" in book.balances(TWO)


def test_what_goes_back_today_cannot_be_spent_today(book: Book) -> None:
    assert book.quarantine(TWO) == ["redemptions X3 insufficient_points"]  # 480 are left of the 800 of A


def test_all_but_one_fen_returned_leaves_nothing(book: Book) -> None:
    assert book.rewards(TWO, "O2") == ledger("""
        green clawback B          O2 - -200 GREEN
        green clawback merchant/A O2 - -200 GREEN
        green clawback B          O2 -  -80 VOUCHER
        green clawback merchant/A O2 -  -80 VOUCHER
    """)
    assert book.table(TWO, "lots", "lot_id granted left received status closed_on", "closed") == ledger("""
        green/O2          0 0 0 closed 2026-11-02
        green/O2/merchant 0 0 0 closed 2026-11-02
    """)


def test_vouchers_spent_and_the_order_returned_go_below_zero_and_bring_no_money(book: Book) -> None:
    # Half of O3 stays: of 800 due 400, of 657 given 328. C spent 400 and holds 257: so much money follows his 329.
    assert book.rewards(THREE, "clawback") == ledger("""
        green clawback C          O3 - -500 GREEN
        green clawback merchant/A O3 - -500 GREEN
        green clawback C          O3 - -329 VOUCHER
        green clawback merchant/A O3 - -329 VOUCHER
    """)
    assert "2026-11-03/green/clawback voucher_backing 586 0" in book.table(
        THREE, "entries", "txn_id account debit credit"
    )  # 257 + 329
    assert "member_vouchers C -2" in vouchers(book, THREE)  # 257 - 329 + 70 of the last release
    assert book.quarantine(FOUR) == ["redemptions X4 insufficient_points"]


def test_lots_that_have_all_end_and_what_is_cut_off_is_lost(book: Book) -> None:
    # A fifth is left: 240, 100 and 80 for each side, 840 in all, of which the pool holds 588.
    assert book.rewards(THREE, "A") == ledger("""
        green release A O1 -   168 VOUCHER
        green expire  A O1 - -1200 GREEN
    """)
    assert book.table(THREE, "lots", "lot_id granted left received status closed_on") == ledger("""
        green/O1          1200 0 957 closed 2026-11-03
        green/O1/merchant 1200 0 957 closed 2026-11-03
        green/O3           500 0 398 closed 2026-11-03   # 328 + 70
        green/O3/merchant  500 0 398 closed 2026-11-03
        green/O4           400 0 319 closed 2026-11-03   # 160 + 103 + 56
        green/O4/merchant  400 0 319 closed 2026-11-03
    """)
    assert not book.balances(THREE, "member_green", "merchant_green", "green_issued", "pool_green")


def test_the_order_of_an_ended_lot_returned_brings_its_vouchers_back(book: Book) -> None:
    assert book.rewards(FOUR) == ledger("""
        green clawback A          O1 - -957 VOUCHER   # all of it
        green clawback merchant/A O1 - -957 VOUCHER
        green clawback D          O4 -  -80 VOUCHER   # 319 x 300 / 400 = 239
        green clawback merchant/A O4 -  -80 VOUCHER
    """)
    assert book.rewards(FIVE) == ledger("""
        green clawback D          O4 -  -80 VOUCHER   # 239 x 200 / 300 = 159
        green clawback merchant/A O4 -  -80 VOUCHER
    """)
    assert book.table(FOUR, "lots", "lot_id granted left received status closed_on") == ledger("""
        green/O1            0 0   0 closed 2026-11-03
        green/O1/merchant   0 0   0 closed 2026-11-03
        green/O4          300 0 239 closed 2026-11-03
        green/O4/merchant 300 0 239 closed 2026-11-03
    """)
    assert lots(book, FIVE, "D") == ["green/O4 D 200 0 159 closed"]
    # Neither A has anything left of O1; the merchant keeps what O3 and O4 gave him.
    assert vouchers(book, FIVE) == ledger("""
        member_vouchers   C  -2
        member_vouchers   D  59   # 319 - 100 - 80 - 80
        merchant_vouchers A 557   # 398 + 159
    """)


def test_money_that_comes_back_does_not_grow_a_period(book: Book) -> None:
    # 2074 came back on 4 November; the period ends by its days, and the next must grow against them.
    assert pool(book, FOUR) == ["pool_green platform 2074", "voucher_backing platform 846"]
    assert [line.split(maxsplit=3)[3] for line in periods(book)] == [
        "3420 0 1500 2880 2880",
        "0 2880 0 2080 1338",
        "0 2080 0 840 588",
        "0 840 0 0 0",
        "0 2074 0 0 0",
        "0 2234 0 0 0",
    ]


def test_what_the_referrer_and_the_pool_got_of_a_returned_order_is_final(book: Book) -> None:
    assert book.balances(FIVE, "member_wallet_labour", "merchant_receivable") == book.balances(
        ONE, "member_wallet_labour", "merchant_receivable"
    )
    assert not book.rewards(FOUR, "CNY")


def test_when_the_money_behind_vouchers_is_short_it_follows_the_buyers_first(tmp_path: Path) -> None:
    # Vouchers of an exit have no money of their own and draw on what stands behind the others (section 4.1): 600.00 of
    # 950.00 are gone when O1 comes back.
    all_at_once = {**QUICK, "first_release_bp": 10000}
    book = Book(
        tmp_path,
        rules(green=all_at_once, queue={}),
        """
        2026-11-01
        member   A
        member   Z
        merchant M - 2000
        merchant N
        order    O1 A M 5000.00
        order    Q1 Z N 1000.00
        2026-11-02
        exit     E1 Q1
        2026-11-03
        redeem   X1 Z 60000 VOUCHER N
        2026-11-04
        refund   R1 O1 5000.00
    """,
    )
    assert vouchers(book, THREE) == ["member_vouchers A 47500", "merchant_vouchers M 47500"]
    assert pool(book, THREE) == ["voucher_backing platform 35000"]
    assert book.rewards(FOUR, "green") == ledger("""
        green clawback A          O1 - -47500 VOUCHER
        green clawback merchant/M O1 - -47500 VOUCHER
    """)
    assert pool(book, FOUR) == ["pool_green platform 35000"]


# --- changes of rules -------------------------------------------------------------------------------------------------

VERSIONS = [
    version("2026-11-01", freeze_days=1),
    version("2026-11-02", freeze_days=1, green={**GREEN, "period_days": 2}),
    version("2026-11-04", green={**GREEN, "user_factor_bp": 5000, "first_release_bp": 2000}),
    version("2026-11-06"),
]
CHANGES = """
2026-11-01
member   A
member   B
member   R
merchant S - 1000 R
merchant N
order    O1 A S 100.00
order    G1 - S 100.00
order    N1 A N 100.00
2026-11-02
merchant S - 2000
order    O2 A S   1.00
2026-11-04
merchant S -    0
refund   R2 O2    0.50
2026-11-05
merchant S - 2000
order    O3 B S   3.40
2026-11-06
order    O4 B S  10.00
refund   R1 O1   50.00
refund   R3 O3    0.40
2026-11-08
"""


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("versions"), VERSIONS, CHANGES)


def test_the_concession_is_that_of_the_day_on_which_the_order_came(changes: Book) -> None:
    # O1 came while green points were off, and S conceded 10 % then; O2 came on the day of the new rate.
    assert changes.rewards("2026-11-02", "grant") == ledger("""
        green grant R          O1 -   50 CNY
        green grant A          O1 - 1000 GREEN
        green grant merchant/S O1 -  500 GREEN
    """)
    assert changes.rewards("2026-11-03") == ledger("""
        green grant A          O2 - 20 GREEN
        green grant merchant/S O2 - 10 GREEN
    """)


def test_only_what_will_be_needed_is_kept_of_concessions(changes: Book) -> None:
    # Neither a guest's order nor one of a merchant who concedes nothing; O1 qualified when O2 was kept.
    files = sorted(changes.root.glob("settlements/*/state/concessions.parquet"))
    assert [pl.read_parquet(file).select("order_id", "concession_bp", "referrer_id").rows() for file in files] == [
        [("O1", 1000, "R")], [("O2", 2000, "")]
    ]  # fmt: skip


def test_a_lot_of_the_running_period_goes_back_without_vouchers(changes: Book) -> None:
    assert changes.rewards("2026-11-04") == ledger("""
        green clawback A          O2 - -10 GREEN
        green clawback merchant/S O2 -  -5 GREEN
    """)
    assert lots(changes, "2026-11-04") == ["green/O2 A 10 10 0 live", "green/O2/merchant merchant/S 5 5 0 live"]


def test_periods_follow_the_version_of_the_day_and_lots_their_own(changes: Book) -> None:
    # The second period lasts the three days of the new version. 35 came in against 250: 1400 bp.
    assert periods(changes) == [
        "1 11-02 11-02 400 0 1500 150 150",
        "2 11-03 11-05 35 250 1400 184 184",
        "3 11-06 11-08 0 184 0 100 100",
        "4 11-09 - 0 162 0 0 0",
    ]
    names = "member_id order_id amount rule_version"
    assert changes.table("2026-11-05", "rewards", f"kind {names}", "release") == ledger("""
        release A          O1 114 v2026-11-02   # 10 % x 2.14: 214 - 100
        release merchant/S O1  57 v2026-11-02
        release A          O2   1 v2026-11-02
        release B          O3   6 v2026-11-04   # 20 % of half of 68: 6.8
        release merchant/S O3   6 v2026-11-04
    """)


def test_a_programme_that_is_off_takes_nothing_new_and_releases_what_it_owes(changes: Book) -> None:
    assert not changes.rewards("2026-11-06", "O4")
    # O1 by its own version: half of each lot, and of the vouchers what half of the right leaves: 214 to 107, 107 to 53.
    # A right of 6 is what O3 had and has: nothing more comes back.
    assert changes.table("2026-11-06", "rewards", "kind member_id commodity amount rule_version") == ledger("""
        clawback A          GREEN   -500 v2026-11-02
        clawback merchant/S GREEN   -250 v2026-11-02
        clawback A          VOUCHER -107 v2026-11-02
        clawback merchant/S VOUCHER  -54 v2026-11-02
        clawback B          GREEN     -4 v2026-11-04
        clawback merchant/S GREEN     -4 v2026-11-04
    """)
    assert changes.rewards("2026-11-08") == ledger("""
        green release A          O1 - 57 VOUCHER   # 10 % x 3.28 of 500: 164 - 107
        green release merchant/S O1 - 29 VOUCHER
        green release A          O2 -  1 VOUCHER
        green release merchant/S O2 -  1 VOUCHER
        green release B          O3 -  6 VOUCHER
        green release merchant/S O3 -  6 VOUCHER
    """)
    assert pool(changes, "2026-11-08") == ["pool_green platform 162", "voucher_backing platform 273"]


def test_a_programme_that_was_off_before_the_first_day_has_nothing_to_do(tmp_path: Path) -> None:
    versions = [version("2026-10-01", green=GREEN), version("2026-11-01")]
    book = Book(tmp_path, versions, "2026-11-01\nmember A\nmerchant S - 1000\norder O1 A S 100.00")
    assert not book.rewards("2026-11-01") and not book.balances("2026-11-01")
    assert not list(tmp_path.glob("settlements/*/state/periods.parquet"))


def test_the_chain_of_days_stands(book: Book, changes: Book) -> None:
    for one in (book, changes):
        assert not verify_home(Home(one.root)).faults
