"""Money and needs laid end to end: the pass over sorted sums and both statements of ``sql/common`` say the same."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.foundation.duck import DuckEngine
from assets.foundation.engine import statement
from assets.programmes.laying import lay

PIECE = {"lane": pl.Int64(), "place": pl.Int64(), "amount": pl.Int64()}
Piece = tuple[int, int, int]


def _frame(pieces: list[Piece]) -> pl.DataFrame:
    return pl.DataFrame(sorted(pieces), schema=PIECE, orient="row")


def test_pieces_meet_in_order() -> None:
    money = _frame([(1, 5, 100), (1, 9, 50), (2, 1, 10), (4, 1, 7)])
    needs = _frame([(1, 1, 30), (1, 2, 70), (1, 3, 80), (3, 1, 9), (4, 1, 3), (4, 2, 3)])
    assert lay(money, needs).rows() == [
        (1, 5, 1, 30),
        (1, 5, 2, 70),
        (1, 9, 3, 50),
        (4, 1, 1, 3),
        (4, 1, 2, 3),
    ]


@pytest.mark.parametrize(
    ("money", "needs"), [([], []), ([(1, 1, 5)], []), ([], [(1, 1, 5)]), ([(1, 1, 5)], [(2, 1, 5)])]
)
def test_nothing_meets(money: list[Piece], needs: list[Piece]) -> None:
    met = lay(_frame(money), _frame(needs))
    assert met.is_empty() and met.columns == ["lane", "money_place", "need_place", "amount"]


def test_one_need_over_many_pieces_and_one_piece_over_many_needs() -> None:
    money = _frame([(1, place, 1) for place in range(5)] + [(2, 0, 4)])
    needs = _frame([(1, 0, 4)] + [(2, place, 1) for place in range(9)])
    expected = [(1, place, 0, 1) for place in range(4)] + [(2, 0, place, 1) for place in range(4)]
    assert lay(money, needs).rows() == expected


SIDE = st.dictionaries(st.tuples(st.integers(1, 4), st.integers(0, 12)), st.integers(1, 9), max_size=30).map(
    lambda found: [(lane, place, amount) for (lane, place), amount in found.items()]
)


@settings(deadline=None, max_examples=30)
@given(SIDE, SIDE)
def test_the_pass_and_the_statements_agree(money: list[Piece], needs: list[Piece]) -> None:
    engine = DuckEngine(threads=1)
    engine.put("lay_money", _frame(money))
    engine.put("lay_needs", _frame(needs))
    stated = engine.frame(engine.run("common/overlap"), "lane, money_place, need_place").rows()
    # In blocks of two: every lane of three pieces is a long one.
    text = statement("common/overlap_long").text
    assert text.count("1048576") == 3
    engine.view("in_blocks", text.replace("1048576", "2"))
    in_blocks = engine.frame("in_blocks", "lane, money_place, need_place").rows()
    engine.close()
    assert sorted(lay(_frame(money), _frame(needs)).rows()) == stated == in_blocks
