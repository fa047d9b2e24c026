"""推三返一 (rules.md section 5, reversals of section 9): who counts, the ladder, the cycle cap, bases, funding in turn.

Holds: a home of five days with a version a day, and a small one where a debt leaves the pool short.
Never holds: debts as such (``test_debts.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, version

RULES = [
    version("2026-11-01", referral={}),
    version("2026-11-02", referral={"base": "min", "need_buy": True}),
    version("2026-11-03", referral={"base": "referrer", "min_order_fen": 2000}),
    version("2026-11-04", referral={"after": "once"}),
    version("2026-11-05", referral={"after": "flat", "flat_bp": 500, "repeat_invitee": True}),
]
DAYS = """
2026-11-01
merchant M
member S1
member a1 S1
member a2 S1
member a3 S1
member aa a1
member S2
member b1 S2
member b2 S2
member b3 S2
order a1 a1 M 30.00 10:01
order a2 a2 M 30.00 10:02
order a3 a3 M 30.00 10:03
order b1 b1 M  0.01 10:04
order b2 b2 M  0.01 10:05
order b3 b3 M 1000.00 10:06
member S3
member S4
order S3 S3 M 20.00
order S1 S1 M 100.00 09:00
order S4 S4 M 40.00
order S4b S4 M 60.00 11:00
member v1 S1
order v1 v1 M 30.00 10:30
2026-11-02
member c1 S3
member c2 S3
order c1 c1 M 50.00
order c2 c2 M 10.00 10:01
order a1b a1 M 30.00
order aa aa M 30.00
member N1
member d1 N1
order d1 d1 M 10.00
member N2
member e1 N2
order e1 e1 M 10.00 09:00
order N2 N2 M 10.00 09:01
member e2 N2
order e2 e2 M 10.00 09:02
member a4 S1
order a4 a4 M 30.00
refund RV v1 30.00
2026-11-03
member f1 S4
member f2 S4
member f3 S4
order f1 f1 M 20.00 10:00
order f2 f2 M 200.00 10:01
order f3 f3 M 19.99 10:02
member a5 S1
order a5 a5 M 30.00
refund R3 S3 15.00
2026-11-04
member S5
member g1 S5
member g2 S5
member g3 S5
member g4 S5
order g1 g1 M 30.00 10:01
order g2 g2 M 30.00 10:02
order g3 g3 M 30.00 10:03
order g4 g4 M 30.00 10:04
refund R4 S3 5.00
2026-11-05
order g1b g1 M 60.00
member c3 S3
order c3 c3 M 40.00
member a6 S1
order a6 a6 M 30.00
refund R5 a2 12.00
refund R6 f2 199.99
"""
DAY1, DAY2, DAY3, DAY4, DAY5 = (f"2026-11-0{day}" for day in (1, 2, 3, 4, 5))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("referral"), RULES, DAYS)


def test_three_equal_orders_give_one_back(book: Book) -> None:
    # Each pays in 3000 x 33.34 % = 1000.2 -> 1001. Caps: 1001; 2002 - 300; 3003 - 900. 300 + 600 + 2100 = 3000.
    # The fourth begins a new cycle: its own 1001 only.
    assert book.claims(DAY1, "S1") == ledger("""
        referral/a1 S1 0 - 1001  300  300 paid
        referral/a2 S1 1 - 1702  600  600 paid
        referral/a3 S1 2 - 2103 2100 2100 paid
        referral/v1 S1 3 - 1001  300  300 paid
    """)
    assert book.rewards(DAY1, "S1") == ledger("""
        referral fund S1 a1 -  300 CNY
        referral fund S1 a2 -  600 CNY
        referral fund S1 a3 - 2100 CNY
        referral fund S1 v1 -  300 CNY
    """)


def test_two_orders_of_one_fen_do_not_draw_on_the_money_of_others(book: Book) -> None:
    # 0.1 and 0.2 fen make no claim, but take ordinals 0 and 1. The third wants 100 000 x 70 % = 70 000; its cycle
    # holds 1 + 1 + 33 340.
    assert book.claims(DAY1, "S2") == ["referral/b3 S2 2 - 33342 33342 33342 paid"]


def test_only_the_first_order_and_only_the_direct_sponsor_count(book: Book) -> None:
    # a1's second order is none; aa's order is a referral of a1, not of S1.
    assert not book.claims(DAY2, "referral/a1b")
    assert book.rewards(DAY2, "aa") == ["referral fund a1 aa - 300 CNY"]
    # The shares of the day are those of its referrals: 1667 (c1) + 334 (c2) + 1001 (a4) + 1001 (aa) + 334 (e2).
    assert book.table(DAY2, "entries", "account holder debit", "merchant_receivable") == ["merchant_receivable M 4337"]


def test_need_buy_wants_an_earlier_order_of_the_sponsor(book: Book) -> None:
    # N1 never bought; N2 bought between e1 and e2. base min: 1000 x 10 % = 100; cap 333.4 -> 334.
    assert not book.rewards(DAY2, "N1")
    assert book.claims(DAY2, "N2") == ["referral/e2 N2 0 N2 334 100 100 paid"]


def test_base_min_is_the_smaller_of_both_orders(book: Book) -> None:
    # c1: min(5000, 2000) x 10 % = 200, cap 5000 x 33.34 % = 1667
    # c2: min(1000, 2000) x 20 % = 200, cap 1667 + 334 - 200
    assert book.claims(DAY2, "S3") == ledger("""
        referral/c1 S3 0 S3 1667 200 200 paid
        referral/c2 S3 1 S3 1801 200 200 paid
    """)


def test_base_referrer_is_the_sponsors_latest_live_order_within_the_cap(book: Book) -> None:
    # Base S4b, 60.00. f1: 10 % = 600, cap 2000 x 33.34 % = 666.8 -> 667; f2: 20 % = 1200, cap 667 + 6668 - 600.
    # f3 is below min_order_fen.
    assert book.claims(DAY3, "S4") == ledger("""
        referral/f1 S4 0 S4b  667  600  600 paid
        referral/f2 S4 1 S4b 6735 1200 1200 paid
    """)


def test_a_voided_referral_frees_its_ordinal_but_its_share_stays_in_the_cycle(book: Book) -> None:
    # v1 is returned whole: its 300 come back, a4 takes its ordinal 3: min(3000, 10 000) x 10 %; cap 1001 + 1001.
    assert book.claims(DAY2, "S1") == ledger("""
        referral/v1 S1 3 -  1001   0   0 void
        referral/a4 S1 3 S1 2002 300 300 paid
    """)
    assert book.rewards(DAY2, "clawback") == ["referral clawback S1 v1 - -300 CNY"]
    # a5 is 4: S1's 100.00 x 20 % = 2000, within 1001 (of v1) + 1001 + 1001 - 300.
    assert book.claims(DAY3, "S1") == ["referral/a5 S1 4 S1 2703 2000 2000 paid"]


def test_a_refund_of_the_base_order_lowers_what_was_based_on_it(book: Book) -> None:
    # S3 keeps 5.00: c1 min(5000, 500) x 10 % = 50 of 200, c2 min(1000, 500) x 20 % = 100 of 200.
    assert book.claims(DAY3, "S3") == ledger("""
        referral/c1 S3 0 S3 1667  50  50 paid
        referral/c2 S3 1 S3 1801 100 100 paid
    """)
    assert book.rewards(DAY3, "S3") == ledger("""
        referral clawback S3 c1 - -150 CNY
        referral clawback S3 c2 - -100 CNY
    """)


def test_a_base_order_returned_whole_voids_its_claims_and_frees_no_ordinal(book: Book) -> None:
    assert book.claims(DAY4, "S3") == ledger("""
        referral/c1 S3 0 S3 1667 0 0 void
        referral/c2 S3 1 S3 1801 0 0 void
    """)
    # c3 is 2: 4000 x 70 % = 2800, within 1667 + 334 + 1334 (4000 x 33.34 % = 1333.6).
    assert book.claims(DAY5, "S3") == ["referral/c3 S3 2 - 3335 2800 2800 paid"]


def test_a_refund_of_the_invitees_order_is_computed_with_the_version_of_the_claim(book: Book) -> None:
    # a2 keeps 18.00 of 30.00: 20 % = 360 of 600; f2 keeps one fen, and no claim is above what its order kept.
    # Neither frees an ordinal: a6 is S1's next, 5, after the ladder: 3000 x 5 %.
    assert book.claims(DAY5, "S1") == ledger("""
        referral/a2 S1 1 - 1702 360 360 paid
        referral/a6 S1 5 - 1001 150 150 paid
    """)
    assert book.claims(DAY5, "S4") == ["referral/f2 S4 1 S4b 6735 1 1 paid"]
    assert book.rewards(DAY5, "clawback") == ledger("""
        referral clawback S1 a2 -  -240 CNY
        referral clawback S4 f2 - -1199 CNY
    """)


def test_after_once_the_fourth_earns_nothing_and_after_flat_it_is_its_own_cycle(book: Book) -> None:
    assert book.claims(DAY4, "S5") == ledger("""
        referral/g1 S5 0 - 1001  300  300 paid
        referral/g2 S5 1 - 1702  600  600 paid
        referral/g3 S5 2 - 2103 2100 2100 paid
    """)
    # Day 5: g4 took ordinal 3, so g1's second order (repeat_invitee) is 4: 6000 x 5 % = 300, cap 2000.4 -> 2001.
    assert book.claims(DAY5, "S5") == ["referral/g1b S5 4 - 2001 300 300 paid"]


# Half of every referral goes into the pool, and the second of two takes all: the pool is empty after each cycle.
SHORT = [
    version("2026-11-01", referral={"n": 2, "ladder_bp": [0, 10000], "reserve_bp": 5000}, payout={"min_fen": 100}),
    version("2026-11-03", payout={"min_fen": 100}),
]
SHORT_DAYS = """
2026-11-01
merchant M
member S
account S
member c0 S
member c1 S
order c0 c0 M 20.00 10:00
order c1 c1 M 20.00 10:01
2026-11-02
member c2 S
member T
member t0 T
member t1 T
refund R1 c1 20.00
order c2 c2 M 40.00 10:00
order t0 t0 M 10.00 10:01
order t1 t1 M 10.00 10:02
2026-11-03
refund R2 c2 10.00
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("short"), SHORT, SHORT_DAYS)


def test_open_claims_are_paid_in_turn_each_in_full_before_the_next(short: Book) -> None:
    # c1's 2000 were paid out and are a debt now. Pool: 2000 (c2) + 500 + 500. c2 wants 4000 of 1000 + 1000 + 2000.
    assert short.payouts(DAY1) == ["S bank 2000 0 2000 1"]
    assert short.claims(DAY2) == ledger("""
        referral/c1 S 1 - 2000    0    0 void
        referral/c2 S 1 - 4000 4000 3000 open
        referral/t1 T 1 - 1000 1000    0 open
    """)
    # S's 3000 pay his debt of 2000 first: the pool has it for tomorrow, he is paid 1000.
    assert short.payouts(DAY2) == ["S bank 1000 0 1000 1"]
    assert short.balances(DAY2, "pool_referral", "pool_due", "member_debt") == ["pool_referral platform 2000"]


def test_the_unfunded_part_of_a_claim_shrinks_first_and_a_programme_that_is_off_still_pays(short: Book) -> None:
    # c2 keeps 30.00 and 3000 of it are paid: nothing is taken back; t1 gets his 1000 although the referral is off now.
    assert short.claims(DAY3) == ledger("""
        referral/c2 S 1 - 4000 3000 3000 paid
        referral/t1 T 1 - 1000 1000 1000 paid
    """)
    assert short.rewards(DAY3) == ["referral fund T t1 - 1000 CNY"]
