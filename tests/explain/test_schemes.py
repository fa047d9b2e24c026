"""Trees of every scheme, on homes of a few orders: split and exited tickets, points with a price, taxes, the chain,
circular purchase, green points; and why wallets were not paid.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.explain.telling import texts, told
from tests.settlement.ledger import Book, payout_id, rules
from tests.settlement.test_green import DAYS as GREEN_DAYS
from tests.settlement.test_green import GREEN


def home(tmp_path: Path, days: str, **changed: Any) -> Path:
    Book(tmp_path, rules(**changed), days)
    return tmp_path


def test_parts_of_a_split_order_and_an_exit(tmp_path: Path) -> None:
    """Ticket 1 takes 6.00 of the first pot, its order's last part then waits behind ticket 2; R1 makes it 5.00."""
    root = home(tmp_path, """
        2026-11-01
        member A
        member B
        merchant S
        order O1 A S 20.00
        2026-11-02
        order O2 B S 10.00
        2026-11-03
        order O3 B S 10.00
        refund R1 O1 9.00
        2026-11-04
        exit E1 O2
        order G - S 3.00
        order O4 B S 6.50 11:00
    """, queue={"split_unit_fen": 600, "pot_bp": 5000}, freeze_days=0)  # fmt: skip
    day = "2026-11-04"
    assert told(root, "ticket/platform#3", day) == [
        "5.00 ticket platform#3 = ⌊11.00 × 100 %⌋ = 11.00: 5.00",
        "  3.00 reward 2026-11-03/1",
        "    3.00 order O2",
        "      5.00 share queue/O2 = ⌊10.00 × 50 %⌋ = 5.00",
        "      -2.00 rest O2",
        "  2.00 reward 2026-11-03/2",
        "    2.00 order O3",
        "      5.00 share queue/O3 = ⌊10.00 × 50 %⌋ = 5.00",
        "      -3.00 rest O3",
        "  - parts O1",
        "    - ticket platform#1",
    ]
    assert told(root, "ticket/platform#5", day)[:2] == [
        "4.00 ticket platform#5 = ⌊10.00 × 100 %⌋ = 10.00: 4.00",
        "  4.00 need platform#5",
    ]
    assert texts(root, "ticket/platform#5", "need", day) == ["what it had not received when it left the queue"]
    assert texts(root, "order/G", "not_qualified", day) == ["a guest's order: it takes part in nothing"]
    (waits,) = [one for one in range(4, 8) if texts(root, f"ticket/platform#{one}", "behind", day)]
    assert texts(root, f"ticket/platform#{waits}", "behind", day) == ["0.50 yuan of the order have not entered yet"]


def test_an_order_whose_freeze_runs(tmp_path: Path) -> None:
    root = home(tmp_path, """
        2026-11-01
        member A
        merchant S
        order O1 A S 20.00
        order O2 A S 5.00 11:00
        2026-11-02
        refund R1 O1 3.00
        refund R2 O2 5.00
        2026-11-09
    """, queue={}, freeze_days=7)  # fmt: skip
    assert told(root, "order/O1", "2026-11-02") == [
        "17.00 order O1", "  17.00 kept O1", "    20.00 line O1/1 = 20.00 × 1 = 20.00", "    -3.00 refund R1",
        "  - freeze O1",
    ]  # fmt: skip
    assert texts(root, "order/O1", "freeze", "2026-11-02") == [
        "qualifies on 2026-11-08: completed 2026-11-01 + 7 days of freeze (exported 2026-11-01)"
    ]
    assert texts(root, "order/O1", "qualified", "2026-11-08") == [
        "qualified on 2026-11-08 as number 1 of the day, with 17.00 yuan kept (rules v2026-01-01)"
    ]
    assert texts(root, "order/O2", "not_qualified", "2026-11-08") == [
        "nothing was kept of it on 2026-11-08: it did not qualify"
    ]


def test_points_with_a_price_and_chance_tax(tmp_path: Path) -> None:
    """The first close strikes 30.00 yuan / 21 points = 1.428571; 10 points sold bring 14.28, of which 80 % are paid."""
    points = {"enabled": True, "mode": "pool_priced", "pool_bp": 3000, "grant_bp": 2100, "min_units": 0,
              "exit_multiple_bp": 0, "cost_bp": 0, "expire_months": 0}  # fmt: skip
    root = home(tmp_path, """
        2026-11-01
        member A
        account A
        merchant S
        order O1 A S 100.00
        2026-11-02
        order O2 A S 100.00
        sell X1 A 100000
        2026-11-03
        refund R1 O1 50.00
    """, points=points, payout={"min_fen": 100}, tax={"points": "chance"})  # fmt: skip
    paid = payout_id("A", "2026-11-02")
    assert told(root, f"payout/{paid}", "2026-11-03") == [
        f"9.14 payout {paid} = 11.42 - 2.28 = 9.14",
        "  11.42 wallet chance",
        "    11.42 reward 2026-11-02/2 = ⌊⌊10.0000 × 1.428571⌋ × 80 %⌋ = 11.42",
        f"  -2.28 tax {paid}",
        "    -2.28 tax chance = ⌊11.42 × 20 %⌋ = 2.28",
        f"  - status {paid}",
    ]
    grant = "⌊⌊100.00 × 21 %⌋ / 1.000000⌋ = 21.0000; ⌊21.0000 × 50.00 / 100.00⌋ = 10.5000"
    assert told(root, "lot/points/O1", "2026-11-03") == [
        "- lot points/O1",
        f"  - grant points/O1 = {grant}",
        "  0.5000 left points/O1",
        "    10.5000 granted points/O1",
        "    -10.0000 gone points/O1",
        "  - sold points/O1",
    ]


@pytest.mark.parametrize(
    ("method", "second"),
    [
        # 3 000 + 3 000 in a month: 6 000 less a fifth, of it 20 %, less the 440 withheld before.
        ("monthly", "(6,000.00 - ⌊6,000.00 × 20 %⌋) × 20 %⌋ - 440.00 = 520.00"),
        # of the year nothing: 6 000 less a fifth is less than the 5 000 that a month takes off
        ("cumulative", ""),
    ],
)
def test_tax_on_labour(tmp_path: Path, method: str, second: str) -> None:
    root = home(tmp_path, """
        2026-11-01
        member A
        member B A
        member C A
        account A
        merchant S
        order O1 B S 3000.00
        2026-11-02
        order O2 C S 3000.00
    """, payout={"min_fen": 100, "labour_method": method},
        referral={"n": 1, "ladder_bp": [10000], "reserve_bp": 10000})  # fmt: skip
    taxes = [line for line in told(root, f"payout/{payout_id('A', '2026-11-02')}", "2026-11-02") if "labour =" in line]
    assert taxes == ([f"    -520.00 tax labour = ⌊{second}"] if second else [])
    first = [line for line in told(root, f"payout/{payout_id('A', '2026-11-01')}", "2026-11-02") if "labour =" in line]
    assert first == (["    -440.00 tax labour = ⌊max(0.00, 3,000.00 - 800.00) × 20 %⌋ = 440.00"] if second else [])


def test_a_cap_with_an_earlier_claim_of_the_cycle(tmp_path: Path) -> None:
    root = home(tmp_path, """
        2026-11-01
        member A
        member B A
        member C A
        merchant S
        order O1 B S 30.00
        order O2 C S 20.00 11:00
    """, referral={})  # fmt: skip
    assert told(root, "claim/referral/O2", "2026-11-01")[-5:] == [
        "  - limit referral/O2",
        "    13.68 cap referral/O2",
        "      10.01 share referral/O1 = ⌈30.00 × 33.34 %⌉ = 10.01",
        "      6.67 share referral/O2 = ⌈20.00 × 33.34 %⌉ = 6.67",
        "      -3.00 claim referral/O1",
    ]


def test_the_chain_and_circular_purchase(tmp_path: Path) -> None:
    """A is a boss after two direct agents, so the third brings him the team's 20.00 too, until its order is refunded.
    Each day's pool of 30.00 per order goes to the lots that lived, one contribution each, up to their energy."""
    root = home(tmp_path, """
        2026-11-01
        member A
        member B A
        member C A
        member D A
        merchant S
        order O1 A S 300.00 10:00 P
        2026-11-02
        order O2 B S 300.00 10:00 P
        order O3 C S 300.00 11:00 P
        2026-11-03
        order O4 D S 300.00 10:00 P
        2026-11-04
        refund R1 O4 100.00
    """, chain={}, circular={})  # fmt: skip
    assert told(root, "claim/chain/O4/direct", "2026-11-03")[:2] == [
        "50.00 claim chain/O4/direct = min(30.00 + 20.00 = 50.00, 100.00) = 50.00",
        "  50.00 reward 2026-11-03/1",
    ]
    assert told(root, "claim/chain/O4/direct", "2026-11-04") == [
        "0.00 claim chain/O4/direct = 200.00 < 300.00 → 0.00",
        "  50.00 reward 2026-11-03/1",
        "  -50.00 reward 2026-11-04/1",
        "  - based_on chain/O4/direct",
        "    200.00 order O4",
        "  - cap chain/O4/direct",
    ]
    assert told(root, "lot/circular/O2", "2026-11-04") == [
        "- lot circular/O2",
        "  - grant circular/O2 = 300.00 ≥ 10.00 → 30.00, 1",
        "  0.00 left circular/O2",
        "    30.00 granted circular/O2",
        "    -30.00 gone circular/O2",
        "  30.00 received circular/O2",
        "    30.00 day circular/O2@2026-11-03 = ⌊30.00 × 50 %⌋ = 15.00",
    ]
    assert "      30.00 share circular/O4 = ⌊300.00 × 10 %⌋ = 30.00" in told(root, "order/O4", "2026-11-04")
    assert "      100.00 share chain/O4 = min(100.00, 300.00) = 100.00" in told(root, "order/O4", "2026-11-04")


def test_green_points(tmp_path: Path) -> None:
    """``test_green.py`` has the figures of these days."""
    root = home(tmp_path, GREEN_DAYS, green=GREEN)
    assert told(root, "lot/green/O1/merchant", "2026-11-08")[:9] == [
        "- lot green/O1/merchant",
        "  - grant green/O1/merchant = ⌊⌊100.00 × 10 %⌋ × 50 %⌋ = 500",
        "  500 left green/O1/merchant",
        "    500 granted green/O1/merchant",
        "  217 received green/O1/merchant",
        "    50 day green/O1/merchant@2026-11-01",
        "    57 day green/O1/merchant@2026-11-03",
        "    37 day green/O1/merchant@2026-11-06",
        "    73 day green/O1/merchant@2026-11-08",
    ]
    assert "        0.50 order O1 = ⌊⌊100.00 × 10 %⌋ × 5 %⌋ = 0.50" in told(root, "member/R", "2026-11-08")
    assert texts(root, "lot/green/O1", "period", "2026-11-08")[2] == (
        "period 3 ended 2026-11-06: inflow 0.20, growth 1052 bp, due 2.19, released 1.23"
    )


@pytest.mark.parametrize(
    ("changed", "account", "said"),
    [
        ({"min_fen": 100, "max_fen": 400}, "account A", "6.00 yuan wait: paid up to the payout maximum of 4.00"),
        ({"min_fen": 1001}, "account A", "10.00 yuan not paid out: below the payout minimum of 10.01"),
        ({"min_fen": 100}, "account A bank closed", "10.00 yuan not paid out: account closed"),
        ({"min_fen": 100}, "", "10.00 yuan not paid out: no payout account"),
        ({"min_fen": 100, "channels": {"bank": {"profile": "alipay", "payment_min_fen": 2000}}}, "account A",
         "10.00 yuan not paid out: 10.00 after tax is below the least that the channel pays, 20.00"),
        ({"min_fen": 100, "channels": {"bank": {"profile": "generic", "payee_day_max_fen": 300}}}, "account A",
         "7.00 yuan wait: paid up to the channel's limit for a payee"),
    ],
)  # fmt: skip
def test_why_a_wallet_was_not_paid(tmp_path: Path, changed: dict[str, Any], account: str, said: str) -> None:
    days = f"""
        2026-11-01
        member A
        {account}
        merchant S
        order O1 A S 20.00
        2026-11-02
        order O2 A S 20.00
    """
    root = home(tmp_path, days, queue={"pot_bp": 2500}, payout=changed)
    assert texts(root, "member/A", "why_not", "2026-11-02") == [said]
