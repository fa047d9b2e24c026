"""排队免单 (rules.md section 6): tickets, the four disciplines, acceleration, attribution, scope.

Holds: a home with a queue per merchant and a discipline a day, and one where the scope changes.
Never holds: split orders, exits and refunds (``test_queue_changes.py``). Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import pytest

from tests.settlement.ledger import Book, ledger, version

OFFERS = {"scope": "merchant", "direct_bp": 3000, "repurchase_bp": 2000}
RULES = [
    version("2026-11-01", queue={"scope": "merchant", "pot_bp": 0}),
    version("2026-11-02", queue=OFFERS),
    version("2026-11-03", queue={**OFFERS, "mode": "average"}),
    version("2026-11-04", queue={**OFFERS, "mode": "pro_rata"}),
    version("2026-11-05", queue={**OFFERS, "mode": "seats"}),
    version("2026-11-06", queue={**OFFERS, "target_bp": 5000, "min_order_fen": 2000, "target_max_fen": 3000}),
]
# Three tickets of 10.00, 30.00 and 50.00 for each discipline, at a merchant of its own; buyers G and H have none there.
DAYS = """
2026-11-01
merchant Fifo
merchant Level
merchant Rata
merchant Seats
merchant Fast
merchant Faster
merchant Carry
member A
member B
member C
member D
member G
member S
member M  S
member N  S
member N2 S
member L  M
member Z
order FA A Fifo 10.00 09:01
order FB B Fifo 30.00 09:02
order FC C Fifo 50.00 09:03
order LA A Level 10.00 09:01
order LB B Level 30.00 09:02
order LC C Level 50.00 09:03
order RA A Rata 10.00 09:01
order RB B Rata 30.00 09:02
order RC C Rata 50.00 09:03
order SA A Seats 10.00 09:01
order SB B Seats 30.00 09:02
order SC C Seats 50.00 09:03
order SD D Seats  7.00 09:04
order Z0 Z Fast 50.00 09:01
order S2 S Fast 10.00 09:02
order S3 S Fast 10.00 09:03
order M4 M Fast 10.00 09:04
order M1 M Faster 5.00
2026-11-02
order F1 G  Fifo 100.00
order X1 M  Fast 100.00 10:01
order X2 N  Fast 200.00 10:02
order X3 N2 Fast  50.00 10:03
order Y1 M  Faster  50.00 10:01
order Y2 L  Faster 200.00 10:02
order K1 A Carry 10.00 10:01
order K2 B Carry 20.00 10:02
2026-11-03
order L1 G Level 200.05
order K3 C Carry 15.00
2026-11-04
order R1 G Rata 50.05
2026-11-05
order T1 G Seats  50.00 10:01
order T2 G Seats 100.00 10:02
order T3 G Seats  10.05 10:03
2026-11-06
merchant Limits
order U1 A Limits  19.99 10:01
order U2 A Limits  20.00 10:02
order U3 A Limits 100.00 10:03
"""
DAY1, DAY2, DAY3, DAY4, DAY5, DAY6 = (f"2026-11-0{day}" for day in range(1, 7))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("queue"), RULES, DAYS)


def test_tickets_are_numbered_in_sequence_and_enter_at_the_close(book: Book) -> None:
    assert book.tickets(DAY1, "merchant/Fifo") == ledger("""
        merchant/Fifo 1 FA 1 A 0 1000 0 waiting
        merchant/Fifo 2 FB 1 B 0 3000 0 waiting
        merchant/Fifo 3 FC 1 C 0 5000 0 waiting
    """)
    # K1 and K2 found nobody waiting and are not paid from their own money: 200 + 400 stay.
    assert book.tickets(DAY2, "merchant/Carry") == ledger("""
        merchant/Carry 1 K1 1 A 0 1000 0 waiting
        merchant/Carry 2 K2 1 B 0 2000 0 waiting
    """)
    assert "pool_queue merchant/Carry 600" in book.balances(DAY2)


def test_fifo_pays_each_in_full_before_the_next(book: Book) -> None:
    # 10 000 x 20 % = 2000: 1000 for the first, what is left for the second
    assert book.tickets(DAY2, "merchant/Fifo") == ledger("""
        merchant/Fifo 1 FA 1 A 1000  1000 0 done
        merchant/Fifo 2 FB 1 B 1000  3000 0 waiting
        merchant/Fifo 4 F1 1 G    0 10000 0 waiting
    """)
    assert book.rewards(DAY2, "F1") == ["queue fund A FA F1 1000 CNY", "queue fund B FB F1 1000 CNY"]


def test_acceleration_fills_the_sponsors_tickets_and_then_the_buyers_own(book: Book) -> None:
    # Pots 2000, 4000, 1000. To S, 30 %: 600 + 400 fill S2, 800 + 200 fill S3; 100 of X3's 300 are over.
    # To the buyer, 20 %: M has a ticket, N and N2 have none. Common: 1000 + 2800 + 800 go to Z0.
    assert book.rewards(DAY2, "X1") + book.rewards(DAY2, "X2") + book.rewards(DAY2, "X3") == [
        "queue accelerate M M4 X1 400 CNY",
        "queue accelerate S S2 X1 600 CNY",
        "queue fund Z Z0 X1 1000 CNY",
        "queue accelerate S S2 X2 400 CNY",
        "queue accelerate S S3 X2 800 CNY",
        "queue fund Z Z0 X2 2800 CNY",
        "queue accelerate S S3 X3 200 CNY",
        "queue fund Z Z0 X3 800 CNY",
    ]
    assert book.tickets(DAY2, "merchant/Fast")[:4] == ledger("""
        merchant/Fast 1 Z0 1 Z 4600 5000 0 waiting
        merchant/Fast 2 S2 1 S 1000 1000 0 done
        merchant/Fast 3 S3 1 S 1000 1000 0 done
        merchant/Fast 4 M4 1 M  400 1000 0 waiting
    """)


def test_all_direct_offers_come_before_any_own_offer(book: Book) -> None:
    # M's ticket needs 500. His own order Y1 would offer 200, but his invitee's Y2 offers 1200 before it.
    # 1000 + 4000 - 500 find no other ticket.
    assert book.rewards(DAY2, "M1") == ["queue accelerate M M1 Y2 500 CNY"]
    assert "pool_queue merchant/Faster 4500" in book.balances(DAY2)


def test_average_raises_all_to_one_level_and_carries_the_rest(book: Book) -> None:
    # 20 005 x 20 % = 4001 for needs of 1000, 3000, 5000: 1000 + 1500 + 1500, and 1 is left.
    assert book.tickets(DAY3, "merchant/Level") == ledger("""
        merchant/Level 1 LA 1 A 1000  1000 0 done
        merchant/Level 2 LB 1 B 1500  3000 0 waiting
        merchant/Level 3 LC 1 C 1500  5000 0 waiting
        merchant/Level 4 L1 1 G    0 20005 0 waiting
    """)
    assert "pool_queue merchant/Level 1" in book.balances(DAY3)


def test_carried_money_is_paid_out_first_and_keeps_the_name_of_its_order(book: Book) -> None:
    # Money: K1 200, K2 400, K3 300; payments of 450 each, end to end.
    assert book.rewards(DAY3, "fund")[:4] == ledger("""
        queue fund A K1 K1 200 CNY
        queue fund A K1 K2 250 CNY
        queue fund A LA L1 1000 CNY
        queue fund B K2 K2 150 CNY
    """)
    assert "queue fund B K2 K3 300 CNY" in book.rewards(DAY3)


def test_pro_rata_gives_floors_by_need_and_carries_the_rest(book: Book) -> None:
    # 5005 x 20 % = 1001 over 9000: 111.2, 333.7, 556.1; sum 1000
    assert book.rewards(DAY4, "fund") == ledger("""
        queue fund A RA R1 111 CNY
        queue fund B RB R1 333 CNY
        queue fund C RC R1 556 CNY
    """)
    # The 1 of yesterday's level is too little for anybody there.
    pools = book.balances(DAY4, "pool_queue")
    assert "pool_queue merchant/Rata 1" in pools and "pool_queue merchant/Level 1" in pools


def test_seats_are_taken_turn_by_turn_and_the_rest_goes_to_the_next_turn(book: Book) -> None:
    # T1 1000: 500, 300, 200 to A, B, C. T2 2000: A needs 500 only, B 600, C 400; 500 are left.
    # T3 201 + 500 = 701: A is done, so B 350, C 210, D 140; 1 is left.
    assert book.tickets(DAY5, "merchant/Seats")[:4] == ledger("""
        merchant/Seats 1 SA 1 A 1000 1000 0 done
        merchant/Seats 2 SB 1 B 1250 3000 0 waiting
        merchant/Seats 3 SC 1 C  810 5000 0 waiting
        merchant/Seats 4 SD 1 D  140  700 0 waiting
    """)
    # The third turn's 350 + 210 + 140 begin with the 500 that T2 left: 350 and 150 of it.
    assert book.rewards(DAY5, "fund") == ledger("""
        queue fund A SA T1 500 CNY
        queue fund A SA T2 500 CNY
        queue fund B SB T1 300 CNY
        queue fund B SB T2 950 CNY   # 600 + 350
        queue fund C SC T1 200 CNY
        queue fund C SC T2 550 CNY   # 400 + 150
        queue fund C SC T3  60 CNY
        queue fund D SD T3 140 CNY
    """)
    assert "pool_queue merchant/Seats 1" in book.balances(DAY5)


def test_small_orders_make_no_ticket_and_large_ones_a_limited_one(book: Book) -> None:
    # Half of 20.00, half of 100.00 but at most 30.00. All three pay their pot: 399.8 -> 399, 400, 2000.
    assert book.tickets(DAY6, "merchant/Limits") == ledger("""
        merchant/Limits 1 U2 1 A 0 1000 0 waiting
        merchant/Limits 2 U3 1 A 0 3000 0 waiting
    """)
    assert "pool_queue merchant/Limits 2799" in book.balances(DAY6)


SCOPES = [
    version("2026-11-01", queue={"scope": "merchant"}),
    version("2026-11-02", queue={"scope": "group"}),
    version("2026-11-03", queue={"scope": "platform"}),
    version("2026-11-04", queue={"scope": "platform", "target_bp": 1}),
]
SCOPE_DAYS = """
2026-11-01
member A
member B
merchant S1 g
merchant S2 g
merchant S3
order OA A S1 50.00
2026-11-02
order OB B S2 20.00
order OC B S3 10.00
2026-11-03
order OD A S1 30.00
2026-11-04
order OE B S3  99.99 10:01
order OF B S3 100.00 10:02
"""


@pytest.fixture(scope="module")
def scopes(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("scopes"), SCOPES, SCOPE_DAYS)


def test_the_scope_of_the_day_names_the_queue_and_old_queues_live_on(scopes: Book) -> None:
    assert scopes.tickets(DAY1) == ["merchant/S1 1 OA 1 A 0 5000 0 waiting"]
    # The old queue pays what it holds; a merchant without a group has a queue of his own.
    assert scopes.tickets(DAY2) == ledger("""
        merchant/S1 1 OA 1 A 1000 5000 0 waiting
        group/g     1 OB 1 B    0 2000 0 waiting
        merchant/S3 1 OC 1 B    0 1000 0 waiting
    """)
    assert scopes.tickets(DAY3) == ledger("""
        group/g     1 OB 1 B 400 2000 0 waiting
        merchant/S3 1 OC 1 B 200 1000 0 waiting
        platform    1 OD 1 A   0 3000 0 waiting
    """)


def test_a_target_below_one_fen_makes_no_ticket(scopes: Book) -> None:
    # 9999 x 0.01 % = 0.99; 10 000 x 0.01 % = 1. OD is paid 600 of its own, 1999 of OE, 401 of OF.
    assert scopes.tickets(DAY4) == ledger("""
        platform 1 OD 1 A 3000 3000 0 done
        platform 2 OF 1 B    0    1 0 waiting
    """)
    assert scopes.rewards(DAY4) == ledger("""
        queue fund A OD OD  600 CNY
        queue fund A OD OE 1999 CNY
        queue fund A OD OF  401 CNY
    """)
