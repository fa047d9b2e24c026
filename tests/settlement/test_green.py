"""Green points (rules.md section 7): concessions, lots, periods, releases, caps and ends.

Holds: one home of eight days whose pool is once too small; short ones of what ends a lot.
Never holds: late refunds and changes of rules (``test_green_changes.py``), the index itself (``test_periods.py``).
Neighbour: ``ledger.py``.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.settlement.ledger import Book, ledger, rules, version

GREEN = {
    "enabled": True, "pool_bp": 4000, "merchant_referrer_bp": 500, "user_factor_bp": 10000,
    "merchant_factor_bp": 5000, "first_release_bp": 1000, "growth_bp": 1500, "period_days": 3, "max_periods": 40,
    "exit_multiple": 5,
}  # fmt: skip

DAYS = """
2026-11-01
member   A
member   B
member   R
merchant S - 1000 R
merchant T -  299 R
merchant U - 2001 R
merchant V -  300
merchant W - 2000
order    O1 A S 100.00 09:01
order    O2 A T 100.00 09:02
order    O3 A U 100.00 09:03
order    O4 B V  10.00 09:04
order    O5 - S 100.00 09:05
2026-11-02
order    P1 B S   9.00
2026-11-03
order    Q1 A S   0.80 09:01
order    Q2 A W   0.04 09:02
2026-11-04
order    T1 A S   5.00
2026-11-08
order    X1 A W  60.00
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("green"), rules(green=GREEN), DAYS)


def periods(book: Book) -> list[str]:
    """``period started ended inflow base growth due released``: of every period, its last row."""
    frames = [pl.read_parquet(path) for path in sorted(book.root.glob("settlements/*/state/periods.parquet"))]
    newest = pl.concat(frames).unique("period", keep="last").sort("period")
    days = [pl.col(name).dt.strftime("%m-%d").fill_null("-") for name in ("started_on", "ended_on")]
    rows = newest.select("period", *days, "inflow", "base", "growth", "due", "released").rows()
    return [" ".join(map(str, row)) for row in rows]


def lots(book: Book, day: str, where: str = "") -> list[str]:
    """``lot holder granted left received status``"""
    return book.table(day, "lots", "lot_id holder granted left received status", where)


def pool(book: Book, day: str) -> list[str]:
    return book.balances(day, "pool_green", "voucher_backing")


def test_what_a_merchant_concedes_is_split_and_both_sides_get_lots(book: Book) -> None:
    # O1: 10 % of 100.00 is 1000; O4: 3 % of 10.00 is 30. T and U lie outside of 300 to 2000, O5 is a guest's.
    assert book.rewards("2026-11-01", "grant") == ledger("""
        green grant R          O1 -   50 CNY     # 5 % of 1000
        green grant A          O1 - 1000 GREEN
        green grant merchant/S O1 -  500 GREEN   # half of it
        green grant B          O4 -   30 GREEN
        green grant merchant/V O4 -   15 GREEN
    """)
    assert book.table("2026-11-01", "entries", "txn_id account holder debit credit commodity", "CNY") == ledger("""
        2026-11-01/green/contribute merchant_receivable  S        400   0 CNY
        2026-11-01/green/contribute merchant_receivable  V         12   0 CNY
        2026-11-01/green/contribute pool_green           platform   0 412 CNY
        2026-11-01/green/grant      member_wallet_labour R          0  50 CNY
        2026-11-01/green/grant      merchant_receivable  S         50   0 CNY
        2026-11-01/green/income     merchant_receivable  S        550   0 CNY   # 1000 - 400 - 50
        2026-11-01/green/income     merchant_receivable  V         18   0 CNY   # nobody brought V
        2026-11-01/green/income     platform_income      platform   0 568 CNY
        2026-11-01/green/release    pool_green           platform 154   0 CNY
        2026-11-01/green/release    voucher_backing      platform   0 154 CNY
    """)


def test_a_merchant_outside_of_three_to_twenty_percent_takes_no_part(book: Book) -> None:
    owing = {line.split()[1] for line in book.balances("2026-11-08", "merchant_receivable")}
    assert owing == {"S", "V", "W"}  # T concedes 2.99 %, U 20.01 %; V 3 %, W 20 %
    assert not book.rewards("2026-11-01", "O2") and not book.rewards("2026-11-01", "O3")


def test_the_first_inflow_ends_the_first_period_and_the_lots_of_that_day_are_released(book: Book) -> None:
    assert lots(book, "2026-11-01") == ledger("""
        green/O1          A          1000 1000 100 live
        green/O1/merchant merchant/S  500  500  50 live
        green/O4          B            30   30   3 live
        green/O4/merchant merchant/V   15   15   1 live   # 1.5
    """)
    assert pool(book, "2026-11-01") == ["pool_green platform 258", "voucher_backing platform 154"]
    assert book.balances("2026-11-01", "member_vouchers", "merchant_vouchers", "vouchers_issued") == ledger("""
        member_vouchers   A        100
        member_vouchers   B          3
        merchant_vouchers S         50
        merchant_vouchers V          1
        vouchers_issued   platform 154
    """)
    assert book.balances("2026-11-01", "member_green", "merchant_green", "green_issued") == ledger("""
        member_green   A        1000
        member_green   B          30
        merchant_green S         500
        merchant_green V          15
        green_issued   platform 1545
    """)


def test_a_period_goes_on_while_the_pool_has_not_grown_enough(book: Book) -> None:
    # 36 of P1 are less than 15 % of the 258 that were left: 38.7.
    assert book.rewards("2026-11-02") == ledger("""
        green grant R          P1 -  4 CNY     # 4.5
        green grant B          P1 - 90 GREEN
        green grant merchant/S P1 - 45 GREEN
    """)
    assert lots(book, "2026-11-02") == ["green/P1 B 90 90 0 live", "green/P1/merchant merchant/S 45 45 0 live"]
    assert pool(book, "2026-11-02") == ["pool_green platform 294", "voucher_backing platform 154"]


def test_a_period_ends_on_the_day_on_which_it_has_grown_enough(book: Book) -> None:
    # 3 of Q1 make 39. Q2 concedes 20 % of 4 fen: nothing. First lots: 10 % x (1 + 1.15), those of P1 10 %.
    assert book.rewards("2026-11-03", "release") == ledger("""
        green release A          O1 - 115 VOUCHER   # 215 - 100
        green release merchant/S O1 -  57 VOUCHER   # 107 - 50
        green release B          O4 -   3 VOUCHER   # 6.45 - 3
        green release merchant/V O4 -   2 VOUCHER   # 3.2 - 1
        green release B          P1 -   9 VOUCHER
        green release merchant/S P1 -   4 VOUCHER
    """)
    assert lots(book, "2026-11-03", "merchant/S") == ledger("""
        green/O1/merchant merchant/S 500 500 107 live
        green/P1/merchant merchant/S  45  45   4 live
        green/Q1/merchant merchant/S   4   4   0 live   # of today, though nothing is released
    """)
    assert not book.rewards("2026-11-03", "Q2")
    assert pool(book, "2026-11-03") == ["pool_green platform 107", "voucher_backing platform 344"]


def test_a_tiny_order_does_not_end_a_period_whose_releases_have_emptied_the_pool(book: Book) -> None:
    # 20 of T1 are more than 15 % of the 107 that were left, not of the 190 that were released last.
    assert not book.rewards("2026-11-04", "release")
    assert not (book.root / "settlements" / "2026-11-05" / "state" / "periods.parquet").exists()
    assert pool(book, "2026-11-05") == pool(book, "2026-11-04") == [
        "pool_green platform 127", "voucher_backing platform 344"
    ]  # fmt: skip


def test_after_its_days_a_period_ends_with_what_it_grew_and_a_pool_too_small_is_shared(book: Book) -> None:
    # 4, 5, 6 November. Growth 20 / 190 = 1052 bp: 10 % x (1 + 1.15 + 1.27098), (1 + 1.1052), 1. 127 of 219 are there.
    assert book.rewards("2026-11-06") == ledger("""
        green release A          O1 - 73 VOUCHER   # 342 - 215 = 127, x 127 / 219
        green release merchant/S O1 - 37 VOUCHER   # 171 - 107 =  64
        green release B          O4 -  2 VOUCHER   #  10 -   6 =   4
        green release merchant/V O4 -  1 VOUCHER   #   5 -   3 =   2
        green release B          P1 -  5 VOUCHER   #  18 -   9 =   9
        green release merchant/S P1 -  2 VOUCHER   #   9 -   4 =   5
        green release A          T1 -  2 VOUCHER   #             5
        green release merchant/S T1 -  1 VOUCHER   #             2
    """)  # the 1 of Q1 is cut to nothing
    assert pool(book, "2026-11-06") == ["pool_green platform 4", "voucher_backing platform 467"]
    assert not lots(book, "2026-11-06", "green/Q1")


def test_periods(book: Book) -> None:
    # The fourth must grow against what was due, not against the 4 that are left.
    assert periods(book) == [
        "1 11-01 11-01 412 0 1500 154 154",
        "2 11-02 11-03 39 258 1500 190 190",
        "3 11-04 11-06 20 190 1052 219 123",
        "4 11-07 11-08 480 219 1500 433 433",
        "5 11-09 - 0 433 0 0 0",
    ]


def test_what_was_cut_off_lapses(book: Book) -> None:
    # The 480 of X1 end the fourth period. 10 % x (1 + 1.15 + 1.27098 + 1.46162): 488 of the lot of A, less 342.
    assert "green release A O1 - 146 VOUCHER" in book.rewards("2026-11-08")
    assert "green/O1 A 1000 1000 434 live" in lots(book, "2026-11-08")  # 100 + 115 + 73 + 146
    assert pool(book, "2026-11-08") == ["pool_green platform 51", "voucher_backing platform 900"]  # 484 - 433


# --- what ends a lot --------------------------------------------------------------------------------------------------


def test_a_lot_ends_when_it_has_its_multiple(tmp_path: Path) -> None:
    # Half of it, and half x 1.15 is more than the other half.
    quick = {**GREEN, "pool_bp": 10000, "merchant_referrer_bp": 0, "first_release_bp": 5000, "exit_multiple": 1}
    book = Book(
        tmp_path,
        rules(green=quick),
        """
        2026-11-01
        member A
        merchant S - 1000
        merchant W - 2000
        order O1 A S 10.01
        2026-11-02
        order O2 A W 10.00
        2026-11-03
        order O3 A W 90.00
    """,
    )
    assert lots(book, "2026-11-01", "A") == ["green/O1 A 100 100 50 live"]
    assert book.rewards("2026-11-02", "O1") == ledger("""
        green release A          O1 -   50 VOUCHER
        green release merchant/S O1 -   25 VOUCHER
        green expire  A          O1 - -100 GREEN
        green expire  merchant/S O1 -  -50 GREEN
    """)
    assert book.table("2026-11-02", "lots", "lot_id granted left received status closed_on", "closed") == ledger("""
        green/O1          100 0 100 closed 2026-11-02
        green/O1/merchant  50 0  50 closed 2026-11-02
    """)
    # The 225 that the pool held went to O1 and O2 to the last fen.
    assert pool(book, "2026-11-02") == ["voucher_backing platform 300"]
    assert book.balances("2026-11-02", "member_green", "merchant_green", "green_issued") == ledger("""
        member_green   A        200
        merchant_green W        100
        green_issued   platform 300
    """)
    assert book.rewards("2026-11-03", "O2") and not book.rewards("2026-11-03", "O1")


def test_a_lot_ends_after_its_periods_whatever_it_has_got(tmp_path: Path) -> None:
    # Two periods, one a day: by growth, then by time.
    book = Book(
        tmp_path,
        rules(green={**GREEN, "max_periods": 2, "period_days": 1}),
        """
        2026-11-01
        member A
        merchant S - 1000
        order O1 A S 100.00
        2026-11-02
        2026-11-03
    """,
    )
    assert book.rewards("2026-11-02") == ledger("""
        green release A          O1 -   100 VOUCHER   # nothing came in: the index stays 1
        green release merchant/S O1 -    50 VOUCHER
        green expire  A          O1 - -1000 GREEN
        green expire  merchant/S O1 -  -500 GREEN
    """)
    assert lots(book, "2026-11-02") == ledger("""
        green/O1          A          1000 0 200 closed
        green/O1/merchant merchant/S  500 0 100 closed
    """)
    assert not book.balances("2026-11-02", "member_green", "merchant_green", "green_issued")
    assert not book.rewards("2026-11-03") and not lots(book, "2026-11-03")
    assert pool(book, "2026-11-03") == ["pool_green platform 100", "voucher_backing platform 300"]


def test_fractions_of_a_fen_make_no_row(book: Book) -> None:
    assert not book.table("2026-11-03", "entries", "account holder", "W")
    assert not lots(book, "2026-11-03", "green/Q2") and not lots(book, "2026-11-03", "green/Q2/merchant")


@pytest.mark.slow
def test_two_hundred_yuan_at_half_a_percent_end_in_period_36(tmp_path: Path) -> None:
    """The check of rules.md section 7, settled: later orders fill the pool under rules that give them no lots."""
    slow = {**GREEN, "first_release_bp": 50}
    versions = [
        version("2026-01-01", green=slow),
        version("2026-01-02", green={**slow, "user_factor_bp": 0, "merchant_factor_bp": 0}),
    ]
    days = [(date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(36)]
    trade = [f"{day}\norder O{number} A S {1000 * 6**number // 5**number}.00" for number, day in enumerate(days)]
    trade.insert(0, "2026-01-01\nmember A\nmerchant S - 2000")
    trade[1] = trade[1].partition("\n")[2]
    book = Book(tmp_path, versions, "\n".join(trade))
    assert lots(book, days[0], "A") == ["green/O0 A 20000 20000 100 live"]
    assert {line.split()[5] for line in periods(book)[:36]} == {"1500"}
    assert [line for line in lots(book, days[34], "A") if "closed" in line] == []
    assert lots(book, days[35], "A") == ["green/O0 A 20000 0 100000 closed"]
