"""Split orders, exits and late refunds of tickets (rules.md sections 6.1, 6.2 and 9, 大单拆小单).

Holds: two homes of a few days. Never holds: debts (``test_debts.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, rules

DAY1, DAY2, DAY3, DAY4, DAY5 = (f"2026-11-0{day}" for day in range(1, 6))
SPLIT_DAYS = """
2026-11-01
member A
member B
member C
member D
merchant S
order OA A S 25.00
2026-11-02
order OB B S 60.00
2026-11-03
order OC C S 40.00
2026-11-04
order OD D S 75.00
2026-11-05
refund RB OB 45.00
refund RA OA 25.00
2026-11-06
exit   E1 OC
2026-11-07
refund RC OC 16.00
"""


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("split"), rules(queue={"split_unit_fen": 1000}), SPLIT_DAYS)


def test_only_the_first_part_of_a_split_order_enters(split: Book) -> None:
    # 2500 = 1000 + 1000 + 500
    assert split.tickets(DAY1) == ["platform 1 OA 1 A 0 1000 1500 waiting"]


def test_the_next_part_enters_behind_the_new_tickets_of_the_day(split: Book) -> None:
    # Money: 500 of OA, 1200 of OB; ticket 1 takes 500 + 500.
    assert split.tickets(DAY2)[1:] == ledger("""
        platform 2 OB 1 B 0 1000 5000 waiting
        platform 3 OA 2 A 0 1000  500 waiting
    """)
    assert split.rewards(DAY2) == ["queue fund A OA OA 500 CNY", "queue fund A OA OB 500 CNY"]
    # 700 of OB and 800 of OC: ticket 2 is done, ticket 3 has half; C's order first, then B's second part
    assert split.tickets(DAY3, "waiting") == ledger("""
        platform 3 OA 2 A 500 1000  500 waiting
        platform 4 OC 1 C   0 1000 3000 waiting
        platform 5 OB 2 B   0 1000 4000 waiting
    """)


def test_parts_of_one_day_enter_in_the_order_of_their_old_numbers(split: Book) -> None:
    # 1500: tickets 3 and 4 are done
    assert split.tickets(DAY4, "waiting") == ledger("""
        platform 6 OD 1 D 0 1000 6500 waiting
        platform 7 OA 3 A 0  500    0 waiting   # after ticket 3
        platform 8 OC 2 C 0 1000 2000 waiting   # after ticket 4
    """)


def test_a_late_refund_shrinks_first_what_has_not_entered_then_the_waiting_part(split: Book) -> None:
    # OB keeps 15.00 of 60.00: 4500 less, 4000 of it behind, 500 of the waiting part; nothing to take back.
    # 2000 came back from A: 500 for it, it is done at once.
    assert split.tickets(DAY5, "OB") == ["platform 5 OB 2 B 500 500 0 done"]
    assert not split.rewards(DAY5, "B clawback")


def test_an_order_returned_whole_loses_all_its_parts_and_what_they_received(split: Book) -> None:
    assert split.tickets(DAY5, "OA") == ledger("""
        platform 1 OA 1 A 0 0 0 cancelled
        platform 3 OA 2 A 0 0 0 cancelled
        platform 7 OA 3 A 0 0 0 cancelled
    """)
    # 1000 + 1000 come back and are paid out again the same day: money without the name of an order
    assert split.rewards(DAY5) == ledger("""
        queue clawback A OA - -2000 CNY
        queue fund     B OB -   500 CNY
        queue fund     D OD -  1000 CNY
        queue fund     C OC -   500 CNY
    """)


def test_an_exit_closes_the_waiting_part_and_what_is_behind_it(split: Book) -> None:
    # The second part of OC had 500 of 1000, and 2000 are behind: 2500 x 60 %.
    assert split.rewards("2026-11-06") == ["queue exit C OC - 1500 VOUCHER"]
    assert split.tickets("2026-11-06") == ["platform 8 OC 2 C 500 1000 0 exited"]
    # 24.00 of 40.00 are kept: 1000 of the first part and 500 received, 900 would have been left: 1500 - 540.
    assert split.rewards("2026-11-07") == ["queue clawback C OC - -960 VOUCHER"]


EXIT_DAYS = """
2026-11-01
member A
member B
member C
member G
member H
member I
merchant S
order OH H S 10.00 09:00
order OA A S 50.00 09:01
order OB B S 50.00 09:02
order OC C S 30.00 09:03
2026-11-02
exit  E0 OA
exit  E9 OG
order OG G S 10.00
2026-11-03
exit  E1 OA
exit  E2 OB 13:01
exit  E3 OB 13:02
exit  E4 OH
exit  E5 OG
order OI I S 100.00
2026-11-04
refund RA OA 35.00
refund RB OB 10.00
refund RC OC 15.00
refund RH OH  4.00
refund RI OI 20.00
redeem X1 B 2000 VOUCHER
2026-11-05
refund RZ OB 40.00
redeem X2 B 1 VOUCHER
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("exits"), rules(queue={"exit_after_days": 2}), EXIT_DAYS)


def test_an_exit_needs_a_waiting_ticket_that_waited_long_enough(left: Book) -> None:
    # OA entered on the 1st and may leave from the 3rd on; OG has no ticket before the close of the 2nd.
    assert left.quarantine(DAY2) == ["queue_exits E0 exit_too_early", "queue_exits E9 no_waiting_ticket"]
    assert left.quarantine(DAY3) == [
        "queue_exits E3 no_waiting_ticket",  # asked twice
        "queue_exits E4 no_waiting_ticket",  # done
        "queue_exits E5 exit_too_early",
    ]


def test_an_exit_gives_vouchers_for_what_is_left_and_the_queue_moves_up(left: Book) -> None:
    # Day 2 paid 2800 + 200: 1000 to H, 2000 to A. A leaves with (5000 - 2000) x 60 %, B with 5000 x 60 %.
    # So the 2000 of OI go to C.
    assert left.rewards(DAY3) == ledger("""
        queue exit A OA -  1800 VOUCHER
        queue exit B OB -  3000 VOUCHER
        queue fund C OC OI 2000 CNY
    """)
    assert left.tickets(DAY3, "exited") == ["platform 2 OA 1 A 2000 5000 0 exited", "platform 3 OB 1 B 0 5000 0 exited"]
    assert left.balances(DAY3, "member_wallet_rebate") == ledger("""
        member_wallet_rebate A 2000   # what the ticket had received stays his
        member_wallet_rebate C 2000
        member_wallet_rebate H 1000
    """)


def test_late_refunds_of_waiting_done_and_exited_tickets(left: Book) -> None:
    # OA keeps 15.00: 500 of its 2000 come back, nothing would have been left: all 1800 vouchers too.
    # OB keeps 40.00: (3000 - 2400) vouchers. OC keeps 15.00: 500 of 2000 come back, it is done.
    # OH keeps 6.00: 400 of 1000. OI keeps 80.00 and gives nothing. 1400 came back: 1000 to G, 400 to I.
    assert left.rewards(DAY4, "queue") == ledger("""
        queue clawback A OA -  -500 CNY
        queue clawback A OA - -1800 VOUCHER
        queue clawback B OB -  -600 VOUCHER
        queue clawback C OC -  -500 CNY
        queue clawback H OH -  -400 CNY
        queue fund     G OG -  1000 CNY
        queue fund     I OI -   400 CNY
    """)
    assert left.tickets(DAY4) == ledger("""
        platform 1 OH 1 H  600  600 0 done
        platform 2 OA 1 A 1500 5000 0 exited
        platform 4 OC 1 C 1500 1500 0 done
        platform 5 OG 1 G 1000 1000 0 done
        platform 6 OI 1 I  400 8000 0 waiting
    """)


def test_vouchers_go_below_zero_and_nothing_is_redeemed_meanwhile(left: Book) -> None:
    # B had 2400 and redeemed 2000; the rest of the order goes back: 400 - 2400. The exited ticket is not cancelled.
    assert left.rewards(DAY5) == ["queue clawback B OB - -2400 VOUCHER"]
    assert "member_vouchers B -2000" in left.balances(DAY5)
    assert left.quarantine(DAY5) == ["redemptions X2 insufficient_points"]
    assert not left.tickets(DAY5, "cancelled")
