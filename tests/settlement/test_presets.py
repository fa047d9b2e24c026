"""The presets of ``data/rules``, each by a day or two reckoned by hand with the very file that ships.

Holds: a home for each preset, small enough to follow on paper; that none is without one.
Never holds: what else a scheme does (``test_queue.py`` and its neighbours), or what a preset says of itself
(``tests/pipelines/test_presets.py``).
Neighbour: ``ledger.py``.

Presets wait seven days for returns. The orders here were completed a week before the day whose export brings them
(``DAY1``: on 1 January, ``DAY2``: on the 2nd, ...), so they qualify at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.settlement.ledger import Book, ledger

FOLDER = Path(__file__).parents[2] / "data" / "rules"
DAY1, DAY2, DAY3, DAY4 = (f"2026-01-{day:02}" for day in range(8, 12))


def days(text: str) -> str:
    """The text with ``@time`` at the end of an order's fields as that time of the day a week before its export."""
    lines = []
    for line in text.splitlines():
        words = line.split()
        if len(words) == 1:
            week_before = f"{words[0][:8]}{int(words[0][8:]) - 7:02}"
        lines.append(line.replace("@", f"{week_before}T") if "@" in line else line)
    return "\n".join(lines)


def settled(tmp_path: Path, preset: str, text: str) -> Book:
    """A home with the preset's own file as its rules, settled."""
    return Book(tmp_path, FOLDER / f"{preset}.yaml", days(text))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_preset_has_its_day_here(path: Path) -> None:
    assert f"test_a_day_of_{path.stem.replace('-', '_')}" in globals()


def test_a_day_of_plain_30_70(tmp_path: Path) -> None:
    book = settled(tmp_path, "plain-30-70", f"""
        {DAY1}
        merchant S
        member A
        member B
        account A alipay
        order A A S 100.00 @10:00
        {DAY2}
        order B B S 200.00 @10:00
        redeem X A 5000 POINT S
    """)  # fmt: skip
    # 100.00: 70 % as points; 30 % wait in the queue, since nobody was in it yet.
    assert book.rewards(DAY1) == ["points grant A A - 7000 POINT"]
    assert book.tickets(DAY1) == ["merchant/S 1 A 1 A 0 10000 0 waiting"]
    assert book.balances(DAY1, "pool_queue") == ["pool_queue merchant/S 3000"]
    # 200.00: 30 % are 6000; with the 3000 of yesterday A has 9000 of his 10 000, and is paid them.
    assert book.rewards(DAY2) == ledger("""
        points grant  B B - 14000 POINT
        points redeem A - - -5000 POINT
        queue  fund   A A A  3000 CNY
        queue  fund   A A B  6000 CNY
    """)
    assert book.tickets(DAY2) == ledger("""
        merchant/S 1 A 1 A 9000 10000 0 waiting
        merchant/S 2 B 1 B    0 20000 0 waiting
    """)
    assert book.payouts(DAY2) == ["A alipay 9000 0 9000 1"]


def test_a_day_of_points_nav(tmp_path: Path) -> None:
    book = settled(tmp_path, "points-nav", f"""
        {DAY1}
        merchant S
        member A
        member B
        member C
        member D
        account A alipay
        order A A S 5000.00 @10:00
        {DAY2}
        order B B S 5000.00 @10:00
        {DAY3}
        order C C S 5000.00 @10:00
        sell  X B 1000000
        {DAY4}
        order D D S 5000.00 @10:00
    """)  # fmt: skip
    # Each order puts 150 000 fen into the pool and buys points for 105 000, in 1/10 000 point.
    # Day 1: at 1.000000 yuan 10 500 000 units. Strike: 150 000 x 10^8 / 10 500 000 = 1 428 571.
    assert book.lots(DAY1) == ["points/A A 10500000 10500000 live"]
    # Day 2: 105 000 x 10^8 / 1 428 571 = 7 350 002. Strike: 300 000 x 10^8 / 17 850 002 = 1 680 672.
    assert book.lots(DAY2) == ["points/B B 7350002 7350002 live"]
    # Day 3: B sells 100 points: 1 000 000 x 1 680 672 / 10^8 = 16 806, of which 80 % are 13 444. C gets
    # 105 000 x 10^8 / 1 680 672 = 6 247 500. Strike: (300 000 - 13 444 + 150 000) x 10^8 / 23 097 502 = 1 890 057.
    assert book.rewards(DAY3) == ledger("""
        points grant C C - 6247500  POINT
        points sale  B - - 13444    CNY
        points sale  B - - -1000000 POINT
    """)
    assert book.lots(DAY3) == ledger("""
        points/B B 7350002 6350002 live
        points/C C 6247500 6247500 live
    """)
    assert book.balances(DAY3, "pool_points") == ["pool_points platform 436556"]
    # Day 4: D gets 105 000 x 10^8 / 1 890 057 = 5 555 388. Strike: 586 556 x 10^8 / 28 652 890 = 2 047 109, more than
    # twice what A paid: A is out at 2.000000, 210 000 gross, 80 % of it 168 000.
    assert book.rewards(DAY4) == ledger("""
        points grant D D - 5555388   POINT
        points sale  A A - 168000    CNY
        points sale  A A - -10500000 POINT
    """)
    assert book.lots(DAY4) == ledger("""
        points/A A 10500000 0       closed
        points/D D  5555388 5555388 live
    """)
    assert book.balances(DAY4, "pool_points") == ["pool_points platform 418556"]
    assert book.payouts(DAY4) == ["A alipay 168000 0 168000 1"]


def test_a_day_of_referral_ladder(tmp_path: Path) -> None:
    book = settled(tmp_path, "referral-ladder", f"""
        {DAY1}
        merchant M
        member S
        member a S
        member b S
        member c S
        member d S
        account S bank
        order S S M 398.00 @09:00
        order a a M 398.00 @10:00
        order b b M 398.00 @11:00
        order c c M 398.00 @12:00
        {DAY2}
        order d d M 1000.00 @10:00
    """)  # fmt: skip
    # Each referral puts in a third, rounded up: 13 270. Steps of 39 800: 3980 + 7960 + 27 860, and all of it is back.
    # The caps: what the cycle has paid in so far, less what it has given: 13 270, 26 540 - 3980, 39 810 - 11 940.
    assert book.claims(DAY1) == ledger("""
        referral/a S 0 S 13270  3980  3980 paid
        referral/b S 1 S 22560  7960  7960 paid
        referral/c S 2 S 27870 27860 27860 paid
    """)
    assert book.balances(DAY1, "pool_referral") == ["pool_referral platform 10"]
    assert book.payouts(DAY1) == ["S bank 39800 0 39800 1"]  # labour below 800.00 yuan a month: no tax
    # The fourth begins again with 10 %, of the smaller order: his own 398.00, not 1000.00. 33 340 came in.
    assert book.claims(DAY2) == ["referral/d S 3 S 33340 3980 3980 paid"]
    assert book.balances(DAY2, "pool_referral") == ["pool_referral platform 29370"]


def test_a_day_of_referral_plain(tmp_path: Path) -> None:
    book = settled(tmp_path, "referral-plain", f"""
        {DAY1}
        merchant M
        member S
        member a S
        member b S
        member c S
        member d S
        account S bank
        order S S M 398.00 @09:00
        order a a M 398.00 @10:00
        order b b M 398.00 @11:00
        {DAY2}
        order c c M 398.00 @10:00
        order d d M 398.00 @11:00
    """)  # fmt: skip
    # Two referrals: a third of each, rounded up, waits in the pool, and S has nothing yet.
    assert (book.claims(DAY1), book.rewards(DAY1)) == ([], [])
    assert book.balances(DAY1, "pool_referral") == ["pool_referral platform 26540"]
    # The third returns the whole order, out of 39 810; the fourth earns nothing, and his third stays: 10 + 13 270.
    assert book.claims(DAY2) == ["referral/c S 2 S 39810 39800 39800 paid"]
    assert book.rewards(DAY2) == ["referral fund S c - 39800 CNY"]
    assert book.balances(DAY2, "pool_referral") == ["pool_referral platform 13280"]
    assert book.payouts(DAY2) == ["S bank 39800 0 39800 1"]


def test_a_day_of_queue_fifo(tmp_path: Path) -> None:
    book = settled(tmp_path, "queue-fifo", f"""
        {DAY1}
        merchant S
        member A
        member B
        member C
        account A alipay
        order A A S 100.00 @10:00
        order B B S  50.00 @11:00
        {DAY2}
        order C C S 400.00 @10:00
    """)  # fmt: skip
    # 2000 + 1000 wait; C brings 8000. A has all of his 10 000 back, B the 1000 that are left.
    assert book.balances(DAY1, "pool_queue") == ["pool_queue merchant/S 3000"]
    assert book.rewards(DAY2) == ledger("""
        queue fund A A A 2000 CNY
        queue fund A A B 1000 CNY
        queue fund A A C 7000 CNY
        queue fund B B C 1000 CNY
    """)
    assert book.tickets(DAY2) == ledger("""
        merchant/S 1 A 1 A 10000 10000 0 done
        merchant/S 2 B 1 B  1000  5000 0 waiting
        merchant/S 3 C 1 C     0 40000 0 waiting
    """)
    assert book.payouts(DAY2) == ["A alipay 10000 0 10000 1"]


def test_a_day_of_queue_seats(tmp_path: Path) -> None:
    book = settled(tmp_path, "queue-seats", f"""
        {DAY1}
        merchant S
        member A
        member B
        member C
        member D
        member E
        order A A S 100.00 @10:00
        order B B S 100.00 @11:00
        order C C S 100.00 @12:00
        order D D S 100.00 @13:00
        {DAY2}
        order E1 E S 500.00 @10:00
        order E2 E S 100.00 @11:00
        order E3 E S 100.00 @12:00
    """)  # fmt: skip
    # Turn 1: the 8000 of yesterday + 10 000: 9000 to A, 5400 to B, 3600 to C. Turn 2: 2000: A needs 1000 of it and has
    # them, 600, 400. Turn 3: 2000, and D has A's seat after B and C have moved up: B 1000, C 600, D 400.
    assert book.rewards(DAY2, "E2") == ledger("""
        queue fund A A E2 1000 CNY
        queue fund B B E2  600 CNY
        queue fund C C E2  400 CNY
    """)
    assert book.rewards(DAY2, "E3") == ledger("""
        queue fund B B E3 1000 CNY
        queue fund C C E3  600 CNY
        queue fund D D E3  400 CNY
    """)
    assert book.tickets(DAY2)[:4] == ledger("""
        merchant/S 1 A 1 A 10000 10000 0 done
        merchant/S 2 B 1 B  7000 10000 0 waiting
        merchant/S 3 C 1 C  4600 10000 0 waiting
        merchant/S 4 D 1 D   400 10000 0 waiting
    """)
    assert book.balances(DAY2, "pool_queue") == []


def test_a_day_of_queue_5(tmp_path: Path) -> None:
    book = settled(tmp_path, "queue-5", f"""
        {DAY1}
        merchant P
        merchant Q
        member S
        member M S
        member X
        member Y
        order X  X P 1200.00 @09:00
        order S  S Q  100.00 @10:00
        order M1 M P   50.00 @11:00
        order Y  Y Q   80.00 @12:00
        {DAY2}
        order M2 M Q  400.00 @10:00
    """)  # fmt: skip
    # One queue for P and Q. X waits with 500.00 of his 1200.00. 24 000 + 2000 + 1000 + 1600 are in the pool.
    assert book.tickets(DAY1) == ledger("""
        platform 1 X  1 X 0 50000 70000 waiting
        platform 2 S  1 S 0 10000     0 waiting
        platform 3 M1 1 M 0  5000     0 waiting
        platform 4 Y  1 Y 0  8000     0 waiting
    """)
    assert book.balances(DAY1, "pool_queue") == ["pool_queue platform 28600"]
    # M2 puts in 8000: 2400 to S, who brought M, 800 to M's own place; 28 600 + 4800 = 33 400 for the seats: X half,
    # 16 700; S of 10 020 the 7600 that he needs, M of 6680 the 4200 that he needs. 4900 are carried.
    assert book.rewards(DAY2, "accelerate") == ledger("""
        queue accelerate S S  M2 2400 CNY
        queue accelerate M M1 M2  800 CNY
    """)
    assert book.tickets(DAY2) == ledger("""
        platform 1 X  1 X 16700 50000 70000 waiting
        platform 2 S  1 S 10000 10000     0 done
        platform 3 M1 1 M  5000  5000     0 done
        platform 5 M2 1 M     0 40000     0 waiting
    """)
    assert book.balances(DAY2, "pool_queue") == ["pool_queue platform 4900"]


CITY = f"""
    {DAY1}
    merchant P
    merchant Q
    member A
    member B
    member C
    order A A P  700.00 @10:00
    order B B Q  100.00 @11:00
    {DAY2}
    order C C Q 1000.00 @10:00
"""


def test_a_day_of_queue_city(tmp_path: Path) -> None:
    book = settled(tmp_path, "queue-city", CITY)
    # 14 000 + 2000 wait, C brings 20 000: A's first part of 300.00 is paid, B has 6000 of 10 000. Behind C, A's second
    # part enters.
    assert book.tickets(DAY2) == ledger("""
        platform 1 A 1 A 30000 30000 0     done
        platform 2 B 1 B  6000 10000 0     waiting
        platform 3 C 1 C     0 30000 70000 waiting
        platform 4 A 2 A     0 30000 10000 waiting
    """)


def test_leaving_the_city_queue(tmp_path: Path) -> None:
    patient = (FOLDER / "queue-city.yaml").read_text(encoding="utf-8")
    quick = tmp_path / "quick.yaml"
    quick.write_text(patient.replace("exit_after_days: 30", "exit_after_days: 2"), encoding="utf-8")
    book = Book(tmp_path, quick, days(f"{CITY}\n{DAY3}\nexit E1 B\nexit E2 C"))
    # B has waited for two days: 60 % of the 4000 that he misses. C came a day later: not yet.
    assert book.rewards(DAY3) == ["queue exit B B - 2400 VOUCHER"]
    assert book.tickets(DAY3) == ["platform 2 B 1 B 6000 10000 0 exited"]
    assert book.quarantine(DAY3) == ["queue_exits E2 exit_too_early"]


def test_a_day_of_queue_split(tmp_path: Path) -> None:
    book = settled(tmp_path, "queue-split", f"""
        {DAY1}
        merchant S
        member A
        member B
        member C
        order A A S 250.00 @10:00
        order B B S 100.00 @11:00
        {DAY2}
        order C C S 300.00 @10:00
    """)  # fmt: skip
    # 250.00 is 100.00, 100.00 and 50.00: one waits, two are behind.
    assert book.tickets(DAY1) == ledger("""
        merchant/S 1 A 1 A 0 10000 15000 waiting
        merchant/S 2 B 1 B 0 10000     0 waiting
    """)
    # 5000 + 2000 + 6000 = 13 000: A's first part is paid back, B gets 3000. A's next part enters behind C's first.
    assert book.tickets(DAY2) == ledger("""
        merchant/S 1 A 1 A 10000 10000     0 done
        merchant/S 2 B 1 B  3000 10000     0 waiting
        merchant/S 3 C 1 C     0 10000 20000 waiting
        merchant/S 4 A 2 A     0 10000  5000 waiting
    """)


def test_a_day_of_queue_alliance(tmp_path: Path) -> None:
    book = settled(tmp_path, "queue-alliance", f"""
        {DAY1}
        merchant Baker high-street
        merchant Hair  high-street
        merchant Alone
        member A
        member S
        member M S
        member Z
        order A A Baker 100.00 @10:00
        order S S Hair   60.00 @11:00
        order Z Z Alone 100.00 @12:00
        {DAY2}
        order M M Hair  500.00 @10:00
    """)  # fmt: skip
    # 2000 + 1200 of the street wait; M's 10 000 at the hairdresser's: 3000 to S, who brought him; 3200 + 7000 to A, who
    # bought at the baker's, until he has his 10 000, and the last 200 to S. The merchant alone has a queue of his own,
    # where Z is next and nobody has bought since: the 2000 that waited are his.
    assert book.rewards(DAY2) == ledger("""
        queue accelerate S S M 3000 CNY
        queue fund       A A A 2000 CNY
        queue fund       A A S 1200 CNY
        queue fund       A A M 6800 CNY
        queue fund       S S M  200 CNY
        queue fund       Z Z Z 2000 CNY
    """)
    assert book.tickets(DAY2) == ledger("""
        group/high-street 1 A 1 A 10000 10000 0 done
        group/high-street 2 S 1 S  3200  6000 0 waiting
        group/high-street 3 M 1 M     0 50000 0 waiting
        merchant/Alone    1 Z 1 Z  2000 10000 0 waiting
    """)


def test_a_day_of_green_queue(tmp_path: Path) -> None:
    book = settled(tmp_path, "green-queue", f"""
        {DAY1}
        member   R
        member   A
        member   B
        merchant P - 2000 R
        merchant Q
        account  R bank
        order A A P 1000.00 @10:00
        {DAY2}
        order B B P  200.00 @10:00
        order C A Q  100.00 @11:00
    """)  # fmt: skip
    # P concedes 20 % of 1000.00: 20 000. 40 % to the pool, 5 % to R, who brought P, 11 000 to the platform. The first
    # inflow ends period 1: 0.5 % of 20 000 points, 100, for A and as much for P, out of 8000.
    assert book.rewards(DAY1) == ledger("""
        green grant   A          A - 20000 GREEN
        green grant   merchant/P A - 20000 GREEN
        green grant   R          A - 1000  CNY
        green release A          A - 100   VOUCHER
        green release merchant/P A - 100   VOUCHER
    """)
    assert book.balances(DAY1, "pool_green", "voucher_backing", "platform_income", "pool_queue") == ledger("""
        pool_green      platform    7800
        voucher_backing platform     200
        platform_income platform   11000
        pool_queue      merchant/P 10000
    """)
    assert book.payouts(DAY1) == ["R bank 1000 0 1000 1"]
    # B: a concession of 4000. 1600 are more than 15 % of 7800, so period 2 ends with 15 % of growth: the lots of A have
    # a right to 20 000 x 0.5 % x (1 + 1.15) = 215, 115 more; those of B to 0.5 % of 4000. 115 x 2 + 20 x 2 = 270.
    # Q concedes nothing: C is in his queue alone. P's queue: 10 000 + 2000, and A gets them.
    assert book.rewards(DAY2, "green") == ledger("""
        green grant   B          B - 4000 GREEN
        green grant   merchant/P B - 4000 GREEN
        green grant   R          B - 200  CNY
        green release A          A - 115  VOUCHER
        green release merchant/P A - 115  VOUCHER
        green release B          B - 20   VOUCHER
        green release merchant/P B - 20   VOUCHER
    """)
    assert book.balances(DAY2, "pool_green", "voucher_backing", "pool_queue") == ledger("""
        pool_green      platform   9130
        voucher_backing platform    470
        pool_queue      merchant/Q 1000
    """)
    assert book.tickets(DAY2) == ledger("""
        merchant/P 1 A 1 A 12000 100000 0 waiting
        merchant/P 2 B 1 B     0  20000 0 waiting
        merchant/Q 1 C 1 A     0  10000 0 waiting
    """)


def test_a_day_of_circular_green(tmp_path: Path) -> None:
    book = settled(tmp_path, "circular-green", f"""
        {DAY1}
        merchant P - 1000
        member A
        member B
        member C
        account A bank
        order A A P 2000.00 @10:00
        {DAY2}
        order B B P 6000.00 @10:00
        {DAY3}
        order C C P  100.00 @10:00
    """)  # fmt: skip
    lots = "lot_id granted left received contribution status"
    # The lowest tier: one contribution, 6000.00 of energy. No lot was there when the day opened: 10 %, 20 000, wait.
    assert book.table(DAY1, "lots", lots, "circular/A") == ["circular/A 600000 600000 0 1 live"]
    assert book.balances(DAY1, "pool_circular") == ["pool_circular platform 20000"]
    # 60 000 more, all for A, the only contribution: 80 000, half of it money and half vouchers.
    assert book.rewards(DAY2, "circular") == ledger("""
        circular release A A - 40000 CNY
        circular release A A - 40000 VOUCHER
    """)
    assert book.table(DAY2, "lots", lots, "1 live") + book.table(DAY2, "lots", lots, "3 live") == [
        "circular/A 600000 520000 80000 1 live",
        "circular/B 2000000 2000000 0 3 live",
    ]
    assert book.payouts(DAY2) == ["A bank 40000 0 40000 1"]
    # Green points: concessions of 10 %, 40 % of them to the pool. Day 1: 8000 less 0.5 % of 20 000 points for buyer and
    # merchant. Day 2: 24 000 more; 115 twice for A's lots, 300 twice for B's (0.5 % of 60 000).
    assert book.balances(DAY1, "pool_green") == ["pool_green platform 7800"]
    assert book.balances(DAY2, "pool_green") == ["pool_green platform 30970"]
    assert book.balances(DAY2, "voucher_backing") == ["voucher_backing platform 41030"]
    # C's order is below the tiers and only puts in 1000: 250 for each of the four contributions. His concession, 400
    # to the pool, is less than 15 % of 30 970: the period goes on.
    assert book.rewards(DAY3) == ledger("""
        circular release A          A - 125  CNY
        circular release A          A - 125  VOUCHER
        circular release B          B - 375  CNY
        circular release B          B - 375  VOUCHER
        green    grant   C          C - 1000 GREEN
        green    grant   merchant/P C - 1000 GREEN
    """)
    assert book.balances(DAY3, "pool_circular", "pool_green") == ["pool_green platform 31370"]


def test_a_day_of_chain_2_queue(tmp_path: Path) -> None:
    book = settled(tmp_path, "chain-2-queue", f"""
        {DAY1}
        merchant P
        member T
        member U T
        member V T
        member W T
        member Y W
        member Z W
        member Q W
        member K Y
        account T bank
        order T T P 500.00 @09:00 PACKAGE
        order U U P 500.00 @10:00 PACKAGE
        order V V P 500.00 @11:00 PACKAGE
        order W W P 500.00 @12:00 PACKAGE
        order Y Y P 500.00 @13:00 PACKAGE
        order Z Z P 500.00 @14:00 PACKAGE
        order Q Q P 500.00 @15:00 PACKAGE
        order K K P 500.00 @16:00 PACKAGE
        {DAY2}
        order K2 K P 100.00 @10:00
    """)  # fmt: skip
    # Each package puts in 15 000. U and V are T's first two: T is a boss, and W the first of his team: 6000 + 8000.
    # Y and Z are W's first two: 6000 each to W, 8000 each to his boss T. With Z W is a boss: for Q he has 6000 + 8000,
    # and T, his boss, 10 % of the 8000. Y is of T's team, so T's are the 8000 for K, but K is three steps from T.
    assert book.table(DAY1, "claims", "claim_id member_id amount received status") == ledger("""
        chain/U/direct T  6000  6000 paid
        chain/V/direct T  6000  6000 paid
        chain/W/direct T 14000 14000 paid
        chain/Y/direct W  6000  6000 paid
        chain/Y/team   T  8000  8000 paid
        chain/Z/direct W  6000  6000 paid
        chain/Z/team   T  8000  8000 paid
        chain/Q/direct W 14000 14000 paid
        chain/Q/peer   T   800   800 paid
        chain/K/direct Y  6000  6000 paid
        chain/K/team   T  8000     0 blocked_depth
    """)
    # 8 x 15 000 - 74 800. T's 42 800 are labour, below 800.00 yuan a month.
    assert book.balances(DAY1, "pool_chain") == ["pool_chain platform 45200"]
    assert book.payouts(DAY1) == ["T bank 42800 0 42800 1"]
    # The queue beside it: 8 x 10 000 of the packages and 2000 of K's tea: T has his 500.00 back, U 320.00.
    assert book.tickets(DAY2)[:2] == ledger("""
        merchant/P 1 T 1 T 50000 50000 0 done
        merchant/P 2 U 1 U 32000 50000 0 waiting
    """)
    assert book.balances(DAY2, "pool_chain", "pool_queue") == ["pool_chain platform 45200"]


def test_a_day_of_chain_3_queue_5(tmp_path: Path) -> None:
    book = settled(tmp_path, "chain-3-queue-5", f"""
        {DAY1}
        merchant P
        member T
        member a1 T
        member a2 T
        member a3 T
        member x  a1
        member d  T
        member y  d
        member z  T
        order T  T  P 400.00 @09:00 PACKAGE
        order a1 a1 P 400.00 @10:00 PACKAGE
        order a2 a2 P 400.00 @11:00 PACKAGE
        order a3 a3 P 400.00 @12:00 PACKAGE
        order x  x  P 400.00 @13:00 PACKAGE
        order d  d  P 400.00 @14:00 PACKAGE
        order y  y  P 400.00 @15:00 PACKAGE
        {DAY2}
        order z  z  P 100.00 @10:00
    """)  # fmt: skip
    # 20 % of 400.00 to the one who sells. With a3 T is a boss: for d he has 8000 + 3000. d is his fourth and slides to
    # the weakest of the first three: a1 has x already, a2 joined before a3: 10 % to a2. For y 3000 to T, d's boss.
    assert book.table(DAY1, "claims", "claim_id member_id amount received status") == ledger("""
        chain/a1/direct T   8000  8000 paid
        chain/a2/direct T   8000  8000 paid
        chain/a3/direct T   8000  8000 paid
        chain/x/direct  a1  8000  8000 paid
        chain/d/direct  T  11000 11000 paid
        chain/d/slide   a2  4000  4000 paid
        chain/y/direct  d   8000  8000 paid
        chain/y/team    T   3000  3000 paid
    """)
    assert book.balances(DAY1, "pool_chain") == ["pool_chain platform 54000"]  # 7 x 16 000 - 58 000
    # The queue: 7 x 4000 of the packages wait. z puts in 1000: 300 to T, who brought him; 28 000 + 700 for the seats:
    # 14 350, 8610 and 5740.
    assert book.rewards(DAY2, "accelerate") == ["queue accelerate T T z 300 CNY"]
    assert book.tickets(DAY2)[:3] == ledger("""
        platform 1 T  1 T  14650 40000 0 waiting
        platform 2 a1 1 a1  8610 40000 0 waiting
        platform 3 a2 1 a2  5740 40000 0 waiting
    """)
    assert book.balances(DAY2, "pool_queue") == []


def test_a_day_of_sample(tmp_path: Path) -> None:
    book = settled(tmp_path, "sample", """
        2026-11-08
        merchant P
        member S
        member a S
        member b S
        account S bank
        order S S P 100.00 @10:00
        order a a P  50.00 @11:00
        2026-11-09
        order b b P 200.00 @10:00
    """)  # fmt: skip
    # a is S's first referral: 10 % of the smaller order, 5000. Its share, a third of it, is the cap.
    assert book.claims("2026-11-08") == ["referral/a S 0 S 1667 500 500 paid"]
    assert book.rewards("2026-11-08", "points") == ["points grant S S - 7000 POINT", "points grant a a - 3500 POINT"]
    # b is the second: 20 % of S's 10 000. In the queue b puts in 4000: 1200 to S, who brought him, and with the 3000 of
    # yesterday 5800 more.
    assert book.claims("2026-11-09") == ["referral/b S 1 S 7835 2000 2000 paid"]
    assert book.rewards("2026-11-09", "accelerate") == ["queue accelerate S S b 1200 CNY"]
    assert book.tickets("2026-11-09") == ledger("""
        merchant/P 1 S 1 S 7000 10000 0 waiting
        merchant/P 3 b 1 b    0 20000 0 waiting
    """)
    assert book.payouts("2026-11-09") == ["S bank 9000 0 9000 1"]
