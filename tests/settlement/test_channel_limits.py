"""What a channel cannot carry acts before the cut (rules.md section 10.3): limits, least sums, accounts.

Holds: one home of four days whose payees run into the limits of their channels.
Never holds: a channel's format (``tests/payouts``).
Neighbour: ``test_payouts.py`` for the limits of the rules themselves.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, version

QUEUE = {"scope": "merchant", "pot_bp": 5000}
CHANNELS = {
    "alipay": {"profile": "alipay", "payment_max_fen": 5000},  # the least is 10 fen by default
    "card": {"profile": "unionpay", "mer_id": "898110000000001"},
    "files": {"profile": "alipay", "file_max_fen": 3000},
}
RULES = [
    version("2026-11-01", queue={**QUEUE, "pot_bp": 0}),
    version("2026-11-02", queue=QUEUE, payout={"min_fen": 1, "max_fen": 6000, "channels": CHANNELS}),
]
DAYS = """
2026-11-01
merchant S
merchant T
merchant U
merchant V
merchant W
member A
member B
member C
member D
member E
member F
account A alipay
account B alipay
account C card
account D files
account E plain
order TA A S 100.00
order TB B T 100.00
order TC C U 100.00
order TD D V 100.00
order TE E W 100.00
2026-11-02
order FS F S 140.00
order FT F T   0.18
order FU F U  40.00
order FV F V  90.00
order FW F W 140.00
2026-11-03
order FT2 F T 0.02
2026-11-04
"""
DAY2, DAY3, DAY4 = (f"2026-11-0{day}" for day in (2, 3, 4))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("limits"), RULES, DAYS)


def test_a_payee_is_paid_up_to_the_narrowest_limit_and_the_rest_waits(book: Book) -> None:
    # A: 70.00, at most 50.00 a payment; D: 45.00, at most 30.00 a file; E: 70.00, the rules' own 60.00
    assert book.payouts(DAY2) == ledger("""
        A alipay 5000 0 5000 1
        D files  3000 0 3000 1
        E plain  6000 0 6000 1
    """)
    assert [book.payouts(DAY3, member) for member in "ADE"] == [
        ["A alipay 2000 0 2000 1"],
        ["D files 1500 0 1500 1"],
        ["E plain 1000 0 1000 1"],
    ]


def test_what_is_less_than_the_channel_pays_waits_until_it_is_enough(book: Book) -> None:
    assert book.balances(DAY2, "member_wallet_rebate") == ledger("""
        member_wallet_rebate A 2000
        member_wallet_rebate B    9
        member_wallet_rebate C 2000
        member_wallet_rebate D 1500
        member_wallet_rebate E 1000
    """)
    assert book.payouts(DAY3, "B") == ["B alipay 10 0 10 1"]


def test_an_account_that_the_channel_cannot_carry_is_not_cut(book: Book) -> None:
    assert [book.payouts(day, "C") for day in (DAY2, DAY3, DAY4)] == [[], [], []]
    assert book.balances(DAY4, "member_wallet_rebate") == ["member_wallet_rebate C 2000"]


def test_the_report_says_why(book: Book) -> None:
    page = (book.root / "settlements" / DAY2 / "report.html").read_text(encoding="utf-8")
    rows = {
        "below the least that the channel pays": ("1", "0.09"),
        "the channel cannot carry the account or name": ("1", "20.00"),
        "paid up to the channel&#39;s limit for a payee, the rest waits": ("2", "35.00"),
        "paid up to the payout maximum, the rest waits": ("1", "10.00"),
    }
    for why, (members, held) in rows.items():
        assert f'<tr><td>{why}</td><td class="n">{members}</td><td class="n">{held}</td></tr>' in page
    assert "<td>C</td><td>card</td><td>account_no is no" in page
