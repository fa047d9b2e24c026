"""链动 2+1 and 3+1 (rules.md section 8b): who joins where, every award, paid depth, late refunds, changes of rules.

Holds: one home of seven days with a version for each change of keys, and one of the years of n.
Never holds: what somebody tries (``test_chain_exploits.py``), debts as such (``test_debts.py``).
Neighbour: ``ledger.py``.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.settlement.ledger import Book, ledger, version

RULES = [
    version("2026-11-01", max_paid_depth=2, chain={"slide_bp": 100}),
    version("2026-11-03", max_paid_depth=2, chain={"direct_bp": 1000, "slide_bp": 500}),
    version("2026-11-04", max_paid_depth=2, chain={"fund_fen": 5300, "slide_bp": 200}),
    version("2026-11-05", max_paid_depth=1, chain={"slide_bp": 100}),
    version("2026-11-06", max_paid_depth=0, chain={"team_fen": 0}),
    version("2026-11-07", max_paid_depth=2),
]
# A is the root; B and C make him a boss; E is his third, F and G make E a boss. An order bears its member's name.
DAYS = """
2026-11-01
merchant S
member A
member B A
member C A
member D B
member E A
member F E
member G E
member H E
member I F
member Z
member Y Z
order I I S 300.00 10:08 P
order H H S 300.00 10:07 P
order G G S 300.00 10:06 P
order F F S 300.00 10:05 P
order E E S 300.00 10:04 P
order D D S 300.00 10:03 P
order C C S 300.00 10:02 P
order B B S 300.00 10:01 P
order A A S 300.00 10:00 P
order Y Y S 300.00 10:09 P
order Z Z S 300.00 10:10 P
2026-11-02
member J A
member K E
member L I
member M D
member N H
member X Z
order J J S 300.00 10:01 P
order K K S 300.00 10:02 P
order L L S 300.00 10:03 P
order M M S 300.00 10:04 P
order N N S 300.00 10:05 P
order X X S 300.00 10:06 P
2026-11-03
refund RN N 0.01
refund RK K 0.01
member O A
member P A
member Q A
member R A
order O O S 500.00 10:01 P
order P P S 800.00 10:02 P
order Q Q S 600.00 10:03 P
order R R S 300.00 10:04 P
2026-11-04
refund RO O 200.00
refund RP P 100.00
refund RQ Q 100.00
member K1 K
member F1 F
member F2 F
order K1 K1 S 300.00 10:01 P
order F1 F1 S 300.00 10:02 P
order F2 F2 S 300.00 10:03 P
2026-11-05
refund RE E 300.00
member E1 E
member F3 F
member F11 F1
order F11 F11 S 300.00 10:00 P
member G1 G
order E1 E1 S 300.00 10:01 P
order F3 F3 S 300.00 10:02 P
order G1 G1 S 300.00 10:03 P
2026-11-06
refund RF F3 0.01
member B1 B
order B1 B1 S 300.00 10:01 P
member A6 A
order A6 A6 S 300.00 10:02 P
2026-11-07
refund RH H 0.01
refund R1 F1 0.01
member A9 A
order A9 A9 S 300.00 10:01 tea
"""
DAY1, DAY2, DAY3, DAY4, DAY5, DAY6, DAY7 = (f"2026-11-0{day}" for day in range(1, 8))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("chain"), RULES, DAYS)


def claims(book: Book, day: str, where: str = "") -> list[str]:
    """``claim member cap amount received status``"""
    return book.table(day, "claims", "claim_id member_id cap amount received status", where)


def test_a_day_in_sequence_gives_every_award(book: Book) -> None:
    # A and Z have no sponsor; Y joins before Z does. Each order brings 10,000 and is laid out in award order:
    # direct, team, peer, slide. B and C: A is no boss yet. D: B is none, and nobody is over him.
    # E: A is one, 3000 + 2000; third of A, so placed under C: B has D already. 300.00 x 1 % = 300.
    # F, G: their boss is E's, A, two steps up. H: E is one since G; peer 2000 x 10 % to A; F joined before G.
    # I: F stays with A though E left as a boss: A is three steps up, blocked, and takes nothing of the 10,000.
    assert claims(book, DAY1) == ledger("""
        chain/B/direct A 10000 3000 3000 paid
        chain/C/direct A 10000 3000 3000 paid
        chain/D/direct B 10000 3000 3000 paid
        chain/E/direct A 10000 5000 5000 paid
        chain/E/slide  C  5000  300  300 paid
        chain/F/direct E 10000 3000 3000 paid
        chain/F/team   A  7000 2000 2000 paid
        chain/G/direct E 10000 3000 3000 paid
        chain/G/team   A  7000 2000 2000 paid
        chain/H/direct E 10000 5000 5000 paid
        chain/H/peer   A  5000  200  200 paid
        chain/H/slide  F  4800  300  300 paid
        chain/I/direct F 10000 3000 3000 paid
        chain/I/team   A  7000 2000    0 blocked_depth
    """)


def test_claims_of_the_chain_have_no_ordinal_and_no_base(book: Book) -> None:
    columns = "claim_id programme order_id ordinal base_order_id claimed_on ended_on rule_version"
    assert book.table(DAY1, "claims", columns, "I") == [
        f"chain/I/direct chain I - - {DAY1} {DAY1} v{DAY1}",
        f"chain/I/team chain I - - {DAY1} - v{DAY1}",
    ]


def test_what_was_paid_says_from_how_many_steps(book: Book) -> None:
    columns = "programme kind member_id order_id from_order_id amount paid_depth"
    assert book.table(DAY1, "rewards", columns, "H") == ledger("""
        chain fund E H - 5000 1
        chain fund A H -  200 2
        chain fund F H -  300 2
    """)


def test_each_package_order_contributes_and_what_is_not_awarded_stays_in_the_pool(book: Book) -> None:
    # Eleven agents x 10,000; paid in all 32,800.
    assert book.balances(DAY1) == ledger("""
        merchant_receivable S 110000
        pool_chain platform    77200
        member_wallet_labour A 15200
        member_wallet_labour B  3000
        member_wallet_labour C   300
        member_wallet_labour E 11000
        member_wallet_labour F  3300
    """)
    assert book.table(DAY1, "entries", "txn_id account holder debit credit", "merchant_receivable") == [
        f"{DAY1}/chain/contribute merchant_receivable S 110000 0"
    ]


def test_the_next_day_goes_on_from_the_sealed_tree(book: Book) -> None:
    # J: C once more, who has nobody of his own (E was placed under him, and does not count). K: F has I, so G.
    # L: I's boss is A, four steps up. M: over D there is nobody. N: H joined under a boss, E; two steps; E's boss is A,
    # three. X: Z became an agent after Y, who is no direct agent of his.
    assert claims(book, DAY2) == ledger("""
        chain/J/direct A 10000 5000 5000 paid
        chain/J/slide  C  5000  300  300 paid
        chain/K/direct E 10000 5000 5000 paid
        chain/K/peer   A  5000  200  200 paid
        chain/K/slide  G  4800  300  300 paid
        chain/L/direct I 10000 3000 3000 paid
        chain/L/team   A  7000 2000    0 blocked_depth
        chain/M/direct D 10000 3000 3000 paid
        chain/N/direct H 10000 3000 3000 paid
        chain/N/team   E  7000 2000 2000 paid
        chain/N/peer   A  5000  200    0 blocked_depth
        chain/X/direct Z 10000 3000 3000 paid
    """)


def test_one_fen_below_the_price_voids_every_claim_of_the_order(book: Book) -> None:
    assert claims(book, DAY3, "void") == ledger("""
        chain/N/direct H 10000 0 0 void
        chain/N/team   E  7000 0 0 void
        chain/N/peer   A  5000 0 0 void
        chain/K/direct E 10000 0 0 void
        chain/K/peer   A  5000 0 0 void
        chain/K/slide  G  4800 0 0 void
    """)
    assert book.rewards(DAY3, "clawback") == ledger("""
        chain clawback H N - -3000 CNY
        chain clawback E N - -2000 CNY
        chain clawback E K - -5000 CNY
        chain clawback A K -  -200 CNY
        chain clawback G K -  -300 CNY
    """)
    ended = book.table(DAY3, "claims", "claim_id ended_on", "")
    assert {f"chain/N/direct {DAY2}", f"chain/N/peer {DAY3}"} <= set(ended)


def test_bp_awards_and_the_limit_of_what_the_order_contributed(book: Book) -> None:
    # O: 10 % of 500.00 + 2000, 5 %. P: 8000 + 2000 take all. Q: 6000 + 2000, of 3000 the slide gets what is left.
    # B has D alone, C nobody: he is placed there every time.
    assert claims(book, DAY3, "A") == ledger("""
        chain/N/peer   A  5000     0     0 void
        chain/K/peer   A  5000     0     0 void
        chain/O/direct A 10000  7000  7000 paid
        chain/P/direct A 10000 10000 10000 paid
        chain/Q/direct A 10000  8000  8000 paid
        chain/R/direct A 10000  5000  5000 paid
    """)
    assert claims(book, DAY3, "C") == ledger("""
        chain/O/slide C 3000 2500 2500 paid
        chain/Q/slide C 2000 2000 2000 paid
        chain/R/slide C 5000 1500 1500 paid
    """)


def test_a_refund_recomputes_what_goes_by_bp_and_never_upward(book: Book) -> None:
    # O keeps 300.00: 3000 + 2000, 1500. P 700.00: 7000 + 2000; there is no slide that could rise. Q 500.00: 5000 and
    # 2000; the slide would be 2500, and stays 2000.
    assert claims(book, DAY4, "A paid") == ledger("""
        chain/O/direct A 10000 5000 5000 paid
        chain/P/direct A 10000 9000 9000 paid
        chain/Q/direct A 10000 7000 7000 paid
    """)
    assert claims(book, DAY4, "C") == ["chain/O/slide C 3000 1500 1500 paid"]
    assert book.rewards(DAY4, "clawback") == ledger("""
        chain clawback A O - -2000 CNY
        chain clawback C O - -1000 CNY
        chain clawback A P - -1000 CNY
        chain clawback A Q - -1000 CNY
    """)


def test_who_returned_his_package_keeps_his_place_and_is_given_nothing(book: Book) -> None:
    # K1: of 5300 nothing goes to K and nothing is set aside for him; the team's goes to E over him, two steps.
    assert claims(book, DAY4, "E") == ["chain/K1/team E 5300 2000 2000 paid"]
    assert not claims(book, DAY4, "K")
    assert claims(book, DAY4, "chain/K1/peer") == ["chain/K1/peer A 3300 200 0 blocked_depth"]


def test_a_blocked_award_takes_nothing_of_the_contribution(book: Book) -> None:
    # F2 is the third of F (I, F1): F is a boss, whose own is A, two steps over him. Of 5300, 5000 go to F; 200 are
    # listed for A; the slide still finds 300 of its 600. I has L, so F1.
    assert claims(book, DAY4, "F") == ledger("""
        chain/F1/direct F 5300 3000 3000 paid
        chain/F2/direct F 5300 5000 5000 paid
    """)
    assert claims(book, DAY4, "chain/F1/team") == ["chain/F1/team A 2300 2000 0 blocked_depth"]
    assert claims(book, DAY4, "chain/F2/peer") == ["chain/F2/peer A 300 200 0 blocked_depth"]
    assert claims(book, DAY4, "chain/F2/slide") == ["chain/F2/slide F1 300 300 300 paid"]


def test_of_a_boss_who_returned_his_package_the_peer_award_still_comes(book: Book) -> None:
    # max_paid_depth 1: what goes two steps is listed. E is withheld since this morning, before his order E1 counts.
    # F3: I and F1 have one each since F11, and F2 has nobody, but is not of the first two.
    assert claims(book, DAY5) == ledger("""
        chain/E/direct  A 10000    0    0 void
        chain/E/slide   C  5000    0    0 void
        chain/E1/peer   A 10000  200    0 blocked_depth
        chain/E1/slide  G 10000  300    0 blocked_depth
        chain/F11/direct F1 10000 3000 3000 paid
        chain/F11/team  A  7000 2000    0 blocked_depth
        chain/F3/direct F 10000 5000 5000 paid
        chain/F3/peer   A  5000  200    0 blocked_depth
        chain/F3/slide  I  5000  300    0 blocked_depth
        chain/G1/direct G 10000 3000 3000 paid
        chain/G1/team   A  7000 2000    0 blocked_depth
    """)


def test_nothing_is_paid_at_depth_none_and_an_award_of_nothing_makes_no_claim(book: Book) -> None:
    # A6 is placed under somebody, whose award is 0 % of it; A's for the team is nothing.
    assert claims(book, DAY6, "blocked_depth") == ledger("""
        chain/A6/direct A 10000 3000 0 blocked_depth
        chain/B1/direct B 10000 3000 0 blocked_depth
    """)
    assert claims(book, DAY6, "void") == ledger("""
        chain/F3/direct F 10000 0 0 void
        chain/F3/peer   A  5000 0 0 void
        chain/F3/slide  I  5000 0 0 void
    """)


def test_claims_are_taken_back_in_the_order_of_the_awards_and_pools_are_kept_apart(book: Book) -> None:
    # H brought E 5000, A 200, F 300; F1 brought F 3000.
    assert book.rewards(DAY7) == ledger("""
        chain clawback E H  - -5000 CNY
        chain clawback A H  -  -200 CNY
        chain clawback F H  -  -300 CNY
        chain clawback F F1 - -3000 CNY
    """)
    before, after = (int(book.balances(day, "pool_chain")[0].split()[2]) for day in (DAY6, DAY7))
    assert after - before == 8500  # tea made A9 no agent, and contributes nothing


def test_the_report_counts_heads_and_levels_of_every_tree(book: Book) -> None:
    # A: 9 of the first day, 5 of the second, 4, 3, 4, 2; A-E-F-I-L is its longest way down. Z and X; Y alone.
    page = (book.root / "settlements" / DAY6 / "report.html").read_text(encoding="utf-8")
    part = page[page.index("Trees of the chain") :]
    rows = re.findall(
        r'<tr><td>(.*?)</td><td class="n">(\d+)</td><td class="n">(\d+)</td><td class="n">(\d+)</td></tr>', part
    )
    assert rows[:3] == [("A", "27", "5", "2"), ("Z", "2", "2", "0"), ("Y", "1", "1", "0")]


# --- changes of rules --------------------------------------------------------------------------------------------

YEARS = [
    version("2026-11-01", chain={"n": 3}),
    version("2026-11-02", chain={"n": 2, "slide_bp": 100}, max_paid_depth=2),
    version("2026-11-03", chain={"n": 3, "slide_bp": 100}, max_paid_depth=2),
    version("2026-11-04", chain={"enabled": False}),
    version(
        "2026-11-05",
        freeze_days=1,
        chain={
            "packages": [{"product_id": "Q", "price_fen": 40000}, {"product_id": "X", "price_fen": 50000}],
            "fund_fen": 1000,
        },
    ),
]
OVER_THE_YEARS = """
2026-11-01
merchant S
member A
member B A
member C A
order A A S 300.00 10:00 P
order B B S 300.00 10:01 P
order C C S 300.00 10:02 P
2026-11-02
member D A
member E A
order D D S 300.00 10:00 P
order E E S 300.00 10:01 P
2026-11-03
member F A
member G B
member H C
order G G S 300.00 10:00 P
order H H S 300.00 10:01 P
order F F S 300.00 10:02 P
2026-11-04
member I A
member J A
order I I S 300.00 10:00 P
refund RB B 0.01
2026-11-05
order I2 I S 300.00 10:00 P
order J1 J S 399.99 10:01 Q
order J2 J S 400.00 10:02 Q
member K A
line K 1 K S 99.99 1 0 10:03 Q
line K 2 K S 400.00 1 0 10:03 X
refund RC C 0.01
2026-11-06
"""


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("years"), YEARS, OVER_THE_YEARS)


def test_a_smaller_n_promotes_at_the_next_direct_agent_and_places_by_its_own_measure(years: Book) -> None:
    # A has two and is no boss by n 3. D under n 2 is beyond the first two, and makes him one: E finds a boss.
    assert claims(years, DAY2) == ledger("""
        chain/D/direct A 10000 3000 3000 paid
        chain/D/slide  B  7000  300  300 paid
        chain/E/direct A 10000 5000 5000 paid
        chain/E/slide  B  5000  300  300 paid
    """)


def test_a_larger_n_takes_no_boss_his_place_and_looks_at_one_more_of_his_first(years: Book) -> None:
    # B has G and C has H since this morning: D is the weakest of the first three.
    assert claims(years, DAY3, "D") == ["chain/F/slide D 5000 300 300 paid"]
    assert claims(years, DAY3, "A") == ["chain/F/direct A 10000 5000 5000 paid"]


def test_while_it_is_off_nobody_joins_and_refunds_are_still_taken_back(years: Book) -> None:
    # B's order is refunded: what it brought A comes back, by the version of the claim.
    assert years.rewards(DAY4) == ["chain clawback A B - -3000 CNY"]
    assert claims(years, DAY4) == ["chain/B/direct A 10000 0 0 void"]
    pool = [years.balances(day, "pool_chain") for day in (DAY3, DAY4)]
    assert [int(line[0].split()[2]) for line in pool] == [54100, 57100]


def test_switched_on_again_an_order_counts_by_the_packages_of_its_day(years: Book) -> None:
    # P is no package now; of Q one fen is missing, then not; of K's two the dearer one counts. A takes 1000 of 5000, a
    # day after the order came.
    assert claims(years, DAY5) == ["chain/C/direct A 10000 0 0 void"]
    assert claims(years, DAY6) == ["chain/J2/direct A 1000 1000 1000 paid"]


def test_a_day_that_never_knew_the_chain_has_nothing_of_it(tmp_path: Path) -> None:
    later = [version("2026-11-01", points={}), version("2026-11-02", chain={})]
    book = Book(tmp_path, later, "2026-11-01\nmerchant S\nmember A\nmember B A\norder A A S 300.00 10:00 P")
    assert "Trees of the chain" not in (tmp_path / "settlements" / DAY1 / "report.html").read_text(encoding="utf-8")
    assert not [line for line in book.table(DAY1, "controls", "name") if "chain" in line]
    # A bought before it was on.
    book.settle("2026-11-02\norder B B S 300.00 10:00 P")
    assert book.balances(DAY2, "pool_chain") == ["pool_chain platform 10000"]
    assert not book.claims(DAY2)
