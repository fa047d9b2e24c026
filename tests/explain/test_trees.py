"""What the trees say, line by line, on a home whose figures can be reckoned by hand (``conftest.py``).

The day's pot is a fifth of what is kept; A's ticket waits first, so all pots are his: 6.00 + 4.00 on 2 November (a
payout that fails), 10.00 + 0.08 on the 3rd (paid again, all of it), 2.20 on the 5th, of which 1.50 pay the debt that
the refund of OB left: his claim for OB sank from 2.00 to 0.50 when his wallets were empty.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explain.telling import texts, told
from tests.settlement.ledger import payout_id

FIRST, SECOND = payout_id("A", "2026-11-02"), payout_id("A", "2026-11-03")


def test_a_payout_that_was_paid_again_after_it_failed(settled: Path) -> None:
    assert told(settled, f"payout/{SECOND}") == [
        f"22.08 payout {SECOND} = 22.08 - 0.00 = 22.08",
        "  20.08 wallet rebate",
        f"    10.00 payout {FIRST}",
        "      6.00 reward 2026-11-02/2",
        "        6.00 order OA",
        "          6.00 share queue/OA = ⌊30.00 × 20 %⌋ = 6.00",
        "      4.00 reward 2026-11-02/3",
        "        4.00 order OB",
        "          4.00 share queue/OB = ⌊20.00 × 20 %⌋ = 4.00",
        "    10.00 reward 2026-11-03/3",
        "      10.00 order OC",
        "        10.00 share queue/OC = ⌊50.00 × 20 %⌋ = 10.00",
        "    0.08 reward 2026-11-03/4",
        "      0.08 order OD",
        "        0.08 share queue/OD = ⌊0.40 × 20 %⌋ = 0.08",
        "  2.00 wallet labour",
        f"    2.00 payout {FIRST}",
        "      2.00 reward 2026-11-02/4",
        "        2.00 claim referral/OB",
        "          0.50 worth referral/OB = min(⌊min(5.00, 30.00) × 10 %⌋ = 0.50, 5.00, 6.67) = 0.50",
        "          1.50 rest referral/OB",
        f"  - status {SECOND}",
        f"  - payout {FIRST}",
    ]
    assert texts(settled, f"payout/{FIRST}", "status") == ["failed: the money went back to the wallets"]
    assert told(settled, FIRST)[-1] == f"  - payout {SECOND}"  # a bare id will do


def test_as_of_an_earlier_close(settled: Path) -> None:
    worth = "          2.00 worth referral/OB = min(⌊min(20.00, 30.00) × 10 %⌋ = 2.00, 20.00, 6.67) = 2.00"
    assert worth.removeprefix("  ") in told(settled, f"payout/{FIRST}", "2026-11-02")
    assert texts(settled, f"payout/{FIRST}", "status", "2026-11-02") == ["in transit by bank: no result yet"]


def test_a_member_whose_debt_took_what_came_first(settled: Path) -> None:
    assert told(settled, "member/A") == [
        "0.70 member A",
        "  22.28 rewards queue/fund",
        "    22.28 order OA",
        "  -1.50 rewards referral/clawback",
        "    -1.50 order OB",
        "  2.00 rewards referral/fund",
        "    2.00 order OB",
        "  -22.08 payouts paid_out",
        f"    -22.08 payout {SECOND}",
        "  - wallets A",
        "    0.70 wallet rebate",
        "      0.70 reward 2026-11-05/4",
        "        2.00 order X",
        "          2.00 share queue/X = ⌊10.00 × 20 %⌋ = 2.00",
        "        -1.30 rest 2026-11-05/4",
        "  - why_not A",
        "  - holdings A",
        "    2,100 holding member_points",
        "      2,100 rewards points/grant",
        "        2,100 order OA",
        "  - waiting A",
        "    - ticket platform#1",
    ]
    assert texts(settled, "member/A", "why_not") == ["0.70 yuan not paid out: below the payout minimum of 1.00"]


def test_a_debt(settled: Path) -> None:
    found = told(settled, "member/A", "2026-11-04")
    assert found[0] == "-1.50 member A"
    assert found[found.index("  - debts A") :][:3] == [
        "  - debts A", "    1.50 debt member_debt", "      1.50 debt 2026-11-04/1",
    ]  # fmt: skip
    assert texts(settled, "member/A", "debt", "2026-11-04")[1] == "since 2026-11-04, to pool_referral of platform"


def test_an_order_with_its_refund_and_what_it_earned(settled: Path) -> None:
    assert told(settled, "order/OB") == [
        "5.00 order OB",
        "  5.00 kept OB",
        "    20.00 line OB/1 = 20.00 × 1 = 20.00",
        "    -15.00 refund R1",
        "  - qualified OB",
        "  - shares OB",
        "    10.67 shares_sum OB",
        "      4.00 share queue/OB = ⌊20.00 × 20 %⌋ = 4.00",
        "        4.00 reward 2026-11-02/3",
        "      6.67 share referral/OB = ⌈20.00 × 33.34 %⌉ = 6.67",
        "  - earned OB/CNY",
        "    0.50 earned_sum OB/CNY",
        "      2.00 reward 2026-11-02/4",
        "      -1.50 reward 2026-11-04/2",
        "  - earned OB/POINT",
        "    350 earned_sum OB/POINT",
        "      1,400 reward 2026-11-02/1",
        "      -1,050 reward 2026-11-04/1",
        "  - tickets OB = ⌊5.00 × 100 %⌋ = 5.00",
        "    - ticket platform#2",
        "  - referral OB",
        "    - place OB",
        "    0.50 claim referral/OB",
        "      0.50 worth referral/OB = min(⌊min(5.00, 30.00) × 10 %⌋ = 0.50, 5.00, 6.67) = 0.50",
    ]


def test_why_an_order_is_no_referral(settled: Path) -> None:
    assert texts(settled, "order/OD", "condition") == [
        "✗ not the buyer's first qualified order, which was OB",
        "✗ 0.40 yuan kept, below the 0.50 that are asked for",
        "✓ sponsor A had bought before, with at least 0.50 yuan kept",
        "✓ there is a base (min), the sponsor's order keeping 30.00 yuan",
    ]
    assert texts(settled, "order/OD", "no_ticket") == ["no ticket: 0.40 yuan kept, 0.50 are asked for"]
    assert texts(settled, "order/OC", "condition") == ["✗ C has no sponsor"]
    assert texts(settled, "order/OE", "condition", "2026-11-06")[2:] == [
        "✗ sponsor F had no earlier order of which at least 0.50 yuan were kept",
        "✗ no base (min): the sponsor's order keeps 0.00 yuan",
    ]


def test_a_ticket_that_waits(settled: Path) -> None:
    assert told(settled, "ticket/platform#2") == [
        "5.00 ticket platform#2 = ⌊5.00 × 100 %⌋ = 5.00",
        "  5.00 need platform#2",
        "    - ahead platform#2",
        "    - queue platform",
        "    - pace platform",
        "    - pace platform#2",
    ]
    assert texts(settled, "ticket/platform#2", "ahead") == [
        "tickets that wait before it: 1, which need 7.72 yuan (fifo)"
    ]
    assert texts(settled, "ticket/platform#2", "pace") == [
        "the last 5 settled days brought its pool 22.28 yuan and paid 22.28",
        "if it went on like that, 12.72 yuan would take some 3 days; nobody can promise it",
    ]


def test_a_ticket_that_received(settled: Path) -> None:
    found = told(settled, "platform#1", "2026-11-03")
    assert found == [
        "30.00 ticket platform#1 = ⌊30.00 × 100 %⌋ = 30.00",
        "  6.00 reward 2026-11-02/2",
        "    6.00 order OA",
        "      6.00 share queue/OA = ⌊30.00 × 20 %⌋ = 6.00",
        "  4.00 reward 2026-11-02/3",
        "    4.00 order OB",
        "      4.00 share queue/OB = ⌊20.00 × 20 %⌋ = 4.00",
        "  10.00 reward 2026-11-03/3",
        "    10.00 order OC",
        "      10.00 share queue/OC = ⌊50.00 × 20 %⌋ = 10.00",
        "  0.08 reward 2026-11-03/4",
        "    0.08 order OD",
        "      0.08 share queue/OD = ⌊0.40 × 20 %⌋ = 0.08",
        "  9.92 need platform#1",
        "    - ahead platform#1",
        "    - queue platform",
        "    - pace platform",
        "    - pace platform#1",
    ]


def test_a_claim_and_its_cap(settled: Path) -> None:
    assert told(settled, "claim/referral/OB") == [
        "0.50 claim referral/OB = min(⌊min(5.00, 30.00) × 10 %⌋ = 0.50, 5.00, 6.67) = 0.50",
        "  2.00 reward 2026-11-02/4",
        "  -1.50 reward 2026-11-04/2",
        "  - based_on referral/OB",
        "    5.00 order OB",
        "    30.00 order OA",
        "  - limit referral/OB",
        "    6.67 cap referral/OB",
        "      6.67 share referral/OB = ⌈20.00 × 33.34 %⌉ = 6.67",
    ]


def test_a_lot_of_points(settled: Path) -> None:
    assert told(settled, "lot/points/OB") == [
        "- lot points/OB",
        "  - grant points/OB = ⌊20.00 × 70 %⌋ = 1,400",
        "  350 left points/OB",
        "    1,400 granted points/OB",
        "    -1,050 gone points/OB",
    ]


@pytest.mark.parametrize(
    ("member", "day", "said"),
    [
        ("B", "2026-11-05", "0.50 yuan not paid out: no payout account"),
        ("G", "2026-11-06", "0.60 yuan not paid out: account held"),
    ],
)
def test_why_a_wallet_was_not_paid(settled: Path, member: str, day: str, said: str) -> None:
    assert texts(settled, f"member/{member}", "why_not", day) == [said]
