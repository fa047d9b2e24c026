"""Vouchers and the money behind them (rules.md sections 4.1, 7, 8, 9): spent at a merchant, taken back, below zero.

Holds: two homes, and the statements of ``sql/vouchers`` and ``vouchers_spent`` against a reckoning one by one. Never
holds: how vouchers are earned. Neighbour: ``test_circular.py``.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from tests.settlement.ledger import Book, ledger, rules

VOUCHERS = ("member_vouchers", "voucher_backing", "merchant_payable", "vouchers_issued", "vouchers_redeemed")
DAY1, DAY2, DAY3, DAY4, DAY5, DAY6 = (f"2026-11-0{day}" for day in range(1, 7))

# Vouchers with money behind them (all of the dividend) and vouchers without (60 % of a ticket that leaves the queue).
RULES = rules(
    circular={
        "dividend_bp": 1000, "cash_bp": 0, "tiers": [{"min_fen": 5000, "energy_fen": 20000, "contribution": 3}],
    },
    queue={"pot_bp": 0},
)  # fmt: skip
DAYS = """
2026-11-01
member A
member B
member C
merchant S
merchant T
order A1 A S  60.00
order B1 B S 100.00
order C1 C S  10.00
2026-11-02
exit   E1 B1
exit   E2 C1
redeem X0 A 1 VOUCHER S
2026-11-03
redeem X1 B 1000 VOUCHER S 13:00
redeem X3 A  700 VOUCHER T 13:01
redeem X2 B  500 VOUCHER - 13:01
redeem X4 A   98 VOUCHER U 13:02
redeem X5 A   99 VOUCHER S 13:03
redeem X6 A   98 VOUCHER S 13:04
2026-11-04
order  A2 A S 9.99
refund R1 B1 100.00 12:00
redeem X7 B 1 VOUCHER S
redeem X8 C 600 VOUCHER S
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("vouchers"), RULES, DAYS)


def test_a_fen_lies_behind_every_voucher_of_a_dividend_and_none_behind_those_of_an_exit(book: Book) -> None:
    # 600 + 1000 + 100 over 3 + 3: 283. B leaves his ticket of 100.00 for 60 %, C that of 10.00.
    assert book.balances(DAY2, *VOUCHERS) == ledger("""
        member_vouchers A        849
        member_vouchers B       6849   # 849 + 6000
        member_vouchers C        600
        voucher_backing platform 1698
        vouchers_issued platform 8298
    """)


def test_vouchers_of_today_are_not_spent_today(book: Book) -> None:
    assert book.quarantine(DAY2) == ["redemptions X0 insufficient_points"]


def test_the_money_follows_in_the_order_of_the_requests_as_far_as_it_reaches(book: Book) -> None:
    # 1698 behind all vouchers: 1000 to S, then of X2 500 and of X3 the rest, 198 (at the same minute, by id). X2 names
    # no merchant: the platform. X4 names a shop that nobody knows; X5 with the 700 before is all of A's 849 but 50.
    assert book.rewards(DAY3, "redeem") == ledger("""
        points redeem A - -  -799 VOUCHER      # 700 + 99
        points redeem B - - -1500 VOUCHER
    """)
    assert book.quarantine(DAY3) == ["redemptions X4 unknown_merchant", "redemptions X6 insufficient_points"]
    assert book.balances(DAY3, *VOUCHERS) == ledger("""
        member_vouchers   A          50
        member_vouchers   B        5349
        member_vouchers   C         600
        merchant_payable  S        1000
        merchant_payable  T         198
        merchant_payable  platform  500
        vouchers_issued   platform 8298
        vouchers_redeemed platform -2299
    """)


def test_vouchers_may_sink_below_zero_and_nothing_is_redeemed_meanwhile(book: Book) -> None:
    # B returns all: 6000 of the exit go first, and leave 5349 - 6000 < 0: no money follows the 849 of the lot.
    assert book.rewards(DAY4, "clawback") == [
        "circular clawback B B1 - -849 VOUCHER",
        "queue clawback B B1 - -6000 VOUCHER",
    ]
    assert book.quarantine(DAY4) == ["redemptions X7 insufficient_points"]
    # A2 is below the tiers; its 99, and 2 of day 2, over A1's 3: 33. C spent what had no money behind it.
    assert book.balances(DAY4, *VOUCHERS, "pool_circular") == ledger("""
        member_vouchers   A          149   # 50 + 99
        member_vouchers   B        -1500   # what he spent
        merchant_payable  S         1000
        merchant_payable  T          198
        merchant_payable  platform   500
        pool_circular     platform     2
        voucher_backing   platform    99
        vouchers_issued   platform  1548   # 8298 + 99 - 849 - 6000
        vouchers_redeemed platform -2899
    """)


def test_every_day_ends_with_the_controls_of_vouchers(book: Book) -> None:
    for day in (DAY1, DAY2, DAY3, DAY4):
        found = [line for line in book.table(day, "controls", "name ok") if "voucher" in line]
        assert found == [
            "1 vouchers held are those issued less those redeemed True",
            "2 voucher_backing below zero True",
            "2 voucher_backing is what was put behind vouchers less what followed them True",
            "2 vouchers that more money followed than they are worth True",
        ]


SPENT = """
2026-11-01
member A
member B
merchant S
merchant F
order A1 A F 60.00
order B1 B S 60.00
2026-11-02
2026-11-03
redeem X1 A 600 VOUCHER F
2026-11-04
refund R1 A1 60.00
redeem X2 A 1 VOUCHER F
redeem X3 B 300 VOUCHER S
2026-11-05
order A2 A F 60.00
2026-11-06
redeem X4 A 1 VOUCHER F
redeem X5 B 300 VOUCHER S
order  B2 B S 60.00
"""


def test_exploit_vouchers_spent_and_the_order_returned(tmp_path: Path) -> None:
    """A spends his vouchers at a friend's, then returns the order: the other holders lose nothing by it, A can spend
    nothing until new vouchers have filled the hole, and the report says what the shop may keep from the refund."""
    book = Book(tmp_path, RULES, SPENT)
    assert book.balances(DAY2, "member_vouchers", "voucher_backing") == [
        "member_vouchers A 600", "member_vouchers B 600", "voucher_backing platform 1200",
    ]  # fmt: skip
    # The friend got what A's own order had put in. B's 600 stay behind B's vouchers: R1 takes none of it.
    assert book.balances(DAY3, "merchant_payable", "voucher_backing") == [
        "merchant_payable F 600", "voucher_backing platform 600",
    ]  # fmt: skip
    assert book.rewards(DAY4, "clawback") == ["circular clawback A A1 - -600 VOUCHER"]
    assert book.quarantine(DAY4) == ["redemptions X2 insufficient_points"]
    assert book.balances(DAY4, *VOUCHERS, "pool_circular") == ledger("""
        member_vouchers   A         -600
        member_vouchers   B          300
        merchant_payable  F          600
        merchant_payable  S          300
        voucher_backing   platform   300
        vouchers_issued   platform   600
        vouchers_redeemed platform  -900
    """)
    page = (tmp_path / "settlements" / DAY4 / "report.html").read_text(encoding="utf-8")
    assert "what the shop may keep from the refund in money" in page and "-6.00" in page
    # What A2 brings goes to B1; B2 brings 600 to both: A's 300 fill half of his hole. B is served in full, and the 300
    # behind those of A stay there: no voucher stands for them.
    assert book.quarantine(DAY6) == ["redemptions X4 insufficient_points"]
    assert book.balances(DAY6, "member_vouchers", "merchant_payable", "voucher_backing") == ledger("""
        member_vouchers  A        -300
        member_vouchers  B         900   # 300 + 600 - 300 + 300
        merchant_payable F         600
        merchant_payable S         600
        voucher_backing  platform 1200
    """)


# --- the statements against a reckoning one by one -------------------------------------------------------------------

_BACK = {
    "place": pl.Int64, "step": pl.Int64, "lot_no": pl.Int64, "programme": pl.String, "holder": pl.String,
    "account": pl.String, "order_id": pl.String, "units": pl.Int64, "pool": pl.String, "rule_version": pl.String,
}  # fmt: skip
_BALANCE = {"account": pl.String, "holder": pl.String, "commodity": pl.String, "balance": pl.Int64}
_KINDS = [("member_vouchers", "X"), ("member_vouchers", "Y"), ("merchant_vouchers", "X")]
Back = tuple[int, int, int, int, int]  # refund, step, lot, which of _KINDS, units


def _balances(engine: DuckEngine, vouchers: list[int], backing: int) -> None:
    rows = [(account, holder, "VOUCHER", units) for (account, holder), units in zip(_KINDS, vouchers, strict=True)]
    rows += [("voucher_backing", "platform", "CNY", backing), ("member_wallet_rebate", "X", "CNY", 7)]
    engine.put("prior_balances", pl.DataFrame(rows, schema=_BALANCE, orient="row"))


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    vouchers=st.lists(st.integers(-50, 150), min_size=3, max_size=3),
    backing=st.integers(0, 200),
    back=st.lists(
        st.tuples(
            st.integers(1, 3), st.sampled_from([2, 4, 5]), st.integers(0, 1), st.integers(0, 2), st.integers(0, 90)
        ),
        max_size=8, unique_by=lambda one: one[:3],
    ),
)  # fmt: skip
def test_vouchers_taken_back_one_by_one(vouchers: list[int], backing: int, back: list[Back]) -> None:
    """By refund, then the order of rules.md section 9, then buyer before merchant: money follows as far as the holder
    has vouchers and the backing has money; what a queue gave has none."""
    engine = DuckEngine(threads=1)
    _balances(engine, vouchers, backing)
    rows = [
        (refund, step, lot, {2: "queue", 4: "green", 5: "circular"}[step], _KINDS[kind][1], _KINDS[kind][0],
         f"O{refund}", units, {2: "", 4: "pool_green", 5: "pool_circular"}[step], "v")
        for refund, step, lot, kind, units in back
    ]  # fmt: skip
    engine.put("vouchers_back_listed", pl.DataFrame(rows, schema=_BACK, orient="row"))
    engine.run("vouchers/vouchers_back")
    columns = ("programme", "holder", "account", "order_id", "units", "money")
    found = engine.frame("vouchers_back", "place", columns).rows()
    held, left, expected = dict(zip(_KINDS, vouchers, strict=True)), backing, []
    for _, _, _, programme, holder, account, order, units, pool, _ in sorted(rows):
        if units:
            money = min(units, max(0, held[account, holder]), left) if pool else 0
            held[account, holder] -= units
            left -= money
            expected.append((programme, holder, account, order, units, money))
    assert found == expected
    assert left >= 0
    engine.close()


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    backing=st.integers(0, 200),
    gone=st.integers(0, 60),
    asked=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(["POINT", "VOUCHER"]), st.sampled_from(["taken", "bad_status"]),
                  st.integers(1, 90), st.sampled_from(["", "S", "T"])),
        max_size=8,
    ),
)  # fmt: skip
def test_vouchers_spent_one_by_one(backing: int, gone: int, asked: list[tuple[int, str, str, int, str]]) -> None:
    """Each request takes what is left behind all vouchers after step 2, at most its amount, to its merchant."""
    engine = DuckEngine(threads=1)
    _balances(engine, [0, 0, 0], backing)
    engine.put("vouchers_back", pl.DataFrame({"money": [min(gone, backing)]}))
    kinds = {"redemption_id": pl.String, "requested_at": pl.Int64, "commodity": pl.String, "verdict": pl.String,
             "amount": pl.Int64, "merchant_id": pl.String}  # fmt: skip
    rows = [(f"X{no}", *one) for no, one in enumerate(asked)]
    engine.put("judged_redemptions", pl.DataFrame(rows[::-1], schema=kinds, orient="row"))
    engine.run("points/vouchers_spent")
    found = engine.frame("vouchers_spent", "redemption_id").rows()
    left, expected = backing - min(gone, backing), []
    for name, _, commodity, verdict, amount, merchant in sorted(rows, key=lambda row: (row[1], row[0])):
        if (commodity, verdict) == ("VOUCHER", "taken"):
            money = min(amount, left)
            left -= money
            expected.append((name, merchant or "platform", amount, money))
    assert found == sorted(expected)
    assert left >= 0
    engine.close()
